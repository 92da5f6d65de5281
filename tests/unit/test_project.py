"""Finding a project and reading its settings, right and wrong."""

import os
from pathlib import Path

import pytest

from oftra.diagnostics import Diagnostic, Report
from oftra.project.find import Project, find_project
from oftra.project.read import decoded
from oftra.project.settings import read_settings
from oftra.resolve.model import Settings
from oftra.source import SourceFile


def put(root: Path, files: dict[str, str | bytes]) -> Path:
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def find(path: Path) -> tuple[Project | None, list[Diagnostic]]:
    report = Report()
    return find_project(str(path), report), list(report)


def titles(found: list[Diagnostic]) -> list[tuple[str, str]]:
    return [(one.code, one.title) for one in found]


def test_a_project_is_found_from_any_place_in_it(tmp_path: Path) -> None:
    put(tmp_path, {"oftra.toml": "", "b.oftra": "", "finance/eu/a.oftra": "", "finance/c.oftra": ""})
    places = [tmp_path, tmp_path / "b.oftra", tmp_path / "oftra.toml", tmp_path / "finance" / "eu"]
    for place in places:
        project, found = find(place)
        assert project is not None
        assert not found
        assert project.root == str(tmp_path)
        assert [(file.path, file.namespace) for file in project.files] == [
            ("b.oftra", ""),
            ("finance/c.oftra", "finance"),
            ("finance/eu/a.oftra", "finance.eu"),
        ]


def test_what_tools_made_and_other_projects_are_left_out(tmp_path: Path) -> None:
    others = (".git/a.oftra", "build/a.oftra", "node_modules/x/a.oftra", ".a.oftra", "other/a.oftra", "a.txt")
    put(tmp_path, {"oftra.toml": "", "mine.oftra": "", "other/oftra.toml": "", **dict.fromkeys(others, "")})
    project, found = find(tmp_path)
    assert project is not None
    assert not found
    assert [file.path for file in project.files] == ["mine.oftra"]


def test_a_file_without_a_project_stands_alone(tmp_path: Path) -> None:
    put(tmp_path, {"one.oftra": "-- one", "two.oftra": "", "below/three.oftra": ""})
    project, found = find(tmp_path / "one.oftra")
    assert project is not None
    assert not found
    assert not project.is_folder
    assert [(file.path, file.data) for file in project.files] == [("one.oftra", b"-- one")]
    folder, _ = find(tmp_path)
    assert folder is not None
    assert [file.path for file in folder.files] == ["one.oftra", "two.oftra"]


def test_a_link_in_a_circle_is_not_followed(tmp_path: Path) -> None:
    put(tmp_path, {"oftra.toml": "", "a/b.oftra": ""})
    os.symlink(tmp_path, tmp_path / "a" / "again")
    project, _ = find(tmp_path)
    assert project is not None
    assert [file.path for file in project.files] == ["a/b.oftra"]


def test_what_is_not_there(tmp_path: Path) -> None:
    put(tmp_path, {"taxi.oftra": ""})
    wanted = tmp_path / "taxy.oftra"
    project, found = find(wanted)
    assert project is None
    assert titles(found) == [("OF0710", f"there is no file or folder `{wanted}`")]
    assert found[0].help == "did you mean `taxi.oftra`?"


def test_a_folder_with_nothing_in_it(tmp_path: Path) -> None:
    put(tmp_path, {"below/a.oftra": ""})
    project, found = find(tmp_path)
    assert project is None
    assert [one.code for one in found] == ["OF0711"]


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    put(tmp_path, {"README.md": ""})
    assert [one.code for one in find(tmp_path / "README.md")[1]] == ["OF0714"]


def test_a_folder_that_is_no_word(tmp_path: Path) -> None:
    put(tmp_path, {"oftra.toml": "", "sales-2026/a.oftra": "", "no-programs/a.txt": ""})
    project, found = find(tmp_path)
    assert project is not None
    assert [(one.code, one.help) for one in found] == [("OF0719", "rename it to `sales_2026`")]


def test_a_file_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    put(tmp_path, {"oftra.toml": "", "a.oftra": ""})
    os.symlink(tmp_path / "nowhere", tmp_path / "b.oftra")  # permissions would not stop root
    project, found = find(tmp_path)
    assert project is not None
    assert [file.path for file in project.files] == ["a.oftra"]
    assert titles(found) == [("OF0712", "`b.oftra` can't be read: no such file or directory")]


@pytest.mark.parametrize(
    ("data", "text", "place"),
    [
        (b"", "", None),
        (b"\xef\xbb\xbf-- a", "-- a", None),
        ("-- ä".encode(), "-- ä", None),
        ("-- ä".encode("latin-1"), None, 3),
        (b"\xef\xbb\xbf\xc3\xa4\xff", None, 1),
        (b"\xff\xfe-\x00", None, 0),
    ],
)
def test_text_is_utf8(tmp_path: Path, data: bytes, text: str | None, place: int | None) -> None:
    put(tmp_path, {"a.oftra": data})
    project, _ = find(tmp_path / "a.oftra")
    assert project is not None
    report = Report()
    source = decoded(project.files[0], report)
    assert (source.text if source else None) == text
    assert [(one.code, one.span.start) for one in report] == ([] if place is None else [("OF0713", place)])


def settings(text: str, env: str | None = None) -> tuple[Settings, list[tuple[str, str, str]]]:
    """The settings, and of each diagnostic its code, the text it points at and its help."""
    source = SourceFile("oftra.toml", text)
    report = Report()
    read = read_settings(source, env, "here", report)
    return read, [(one.code, text[one.span.start : one.span.end], one.help or "") for one in report]


def test_settings_of_a_whole_manifest() -> None:
    read, found = settings(
        """
        [project]
        name = "taxi"
        version = "1.0.0"
        store = "lake"

        [targets.duckdb]
        threads = 4

        [env.dev]
        prefix = "dev_"
        connection.lake = { root = "data/dev" }
        source.rides = { from = "lake", path = "rides.jsonl" }
        param.day = "2026-01-01"
        """,
        "dev",
    )
    assert not found
    assert (read.name, read.version, read.store, read.env) == ("taxi", "1.0.0", "lake", "dev")
    assert read.targets == {"duckdb": {"threads": 4}}
    assert read.overrides == {
        "prefix": "dev_",
        "connection": {"lake": {"root": "data/dev"}},
        "source": {"rides": {"from": "lake", "path": "rides.jsonl"}},
        "param": {"day": "2026-01-01"},
    }


def test_an_empty_manifest_gives_defaults() -> None:
    assert settings("") == (Settings(name="here"), [])


@pytest.mark.parametrize(
    ("text", "env", "expected"),
    [
        ("[project]\nname = taxi\n", None, ("OF0715", "t", "")),
        ("[project\nname = 'a'\n", None, ("OF0715", "\n", "")),
        ("[projct]\nname = 'a'\n", None, ("OF0716", "projct", "did you mean `project`?")),
        ("[project]\nstroe = 'a'\n", None, ("OF0716", "stroe", "did you mean `store`?")),
        ("[project]\nversion = 1.0\n", None, ("OF0717", "version", "")),
        ("project = 'taxi'\n", None, ("OF0717", "project", "")),
        ("[targets]\nduckdb = 1\n", None, ("OF0717", "duckdb", "")),
        ("[env.dev]\nprefx = 'a'\n", None, ("OF0716", "prefx", "did you mean `prefix`?")),
        ("[env.dev]\nsource.rides = 'lake'\n", None, ("OF0717", "source.rides", "")),
        ("[env.dev.param]\nday = [1]\n", None, ("OF0717", "day", "")),
        ("[env]\ndev = { prefx = 'a' }\n", None, ("OF0716", "prefx", "did you mean `prefix`?")),
        ("[env.prod]\n", "prd", ("OF0718", "", "did you mean `prod`?")),
        ("", "prod", ("OF0718", "", "add a table `[env.prod]` to `oftra.toml`")),
    ],
)
def test_mistakes_in_a_manifest_are_found_in_their_place(
    text: str, env: str | None, expected: tuple[str, str, str]
) -> None:
    assert settings(text, env)[1] == [expected]


def test_an_environment_needs_a_manifest() -> None:
    report = Report()
    read_settings(None, "dev", "one", report)
    assert [one.code for one in report] == ["OF0718"]

"""Output is written whole or not at all; the cache is believed only where it is right."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from oftra.diagnostics import Diagnostic, Report
from oftra.diagnostics.project import MissingOption, UnknownOption
from oftra.diagnostics.render import render_json, render_sarif, render_text
from oftra.project import cache
from oftra.project.find import Project, ProjectFile, find_project
from oftra.project.output import LISTING, differences, replace_text, write_files, write_targets
from oftra.source import SourceFile, Span


def tree(folder: Path) -> dict[str, str]:
    """Every file below `folder` but for the listing."""
    files = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}
    files.pop(LISTING, None)
    return files


def test_output_follows_the_program(tmp_path: Path) -> None:
    out = tmp_path / "build"
    assert write_targets(str(out), {"duckdb": {"a.sql": "1", "sub/b.sql": "2"}}) == ["duckdb/a.sql", "duckdb/sub/b.sql"]
    assert tree(out) == {"duckdb/a.sql": "1", "duckdb/sub/b.sql": "2"}
    (out / "duckdb" / "mine.txt").write_text("by hand")

    assert write_targets(str(out), {"duckdb": {"a.sql": "1"}}) == ["duckdb/sub/b.sql"]
    assert tree(out) == {"duckdb/a.sql": "1", "duckdb/mine.txt": "by hand"}
    assert not (out / "duckdb" / "sub").exists()


def test_what_is_as_it_should_be_is_not_touched(tmp_path: Path) -> None:
    files = {"duckdb": {"a.sql": "1", "b.sql": "2"}}
    write_targets(str(tmp_path), files)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    time.sleep(0.01)
    assert write_targets(str(tmp_path), files) == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_another_targets_files_stay(tmp_path: Path) -> None:
    write_targets(str(tmp_path), {"duckdb": {"a.sql": "1"}, "spark": {"a.py": "2"}})
    write_targets(str(tmp_path), {"duckdb": {}})
    assert tree(tmp_path) == {"spark/a.py": "2"}


def test_differences_say_what_writing_would_do(tmp_path: Path) -> None:
    write_targets(str(tmp_path), {"duckdb": {"same.sql": "1", "old.sql": "2", "gone.sql": "3"}})
    wanted = {"duckdb": {"same.sql": "1", "old.sql": "4", "new.sql": "5"}}
    found = [(one.path, one.old, one.new) for one in differences(str(tmp_path), wanted)]
    assert found == [("duckdb/new.sql", None, "5"), ("duckdb/old.sql", "2", "4"), ("duckdb/gone.sql", "3", None)]
    write_targets(str(tmp_path), wanted)
    assert differences(str(tmp_path), wanted) == []


def test_a_listing_that_was_tampered_with_removes_nothing_elsewhere(tmp_path: Path) -> None:
    out = tmp_path / "build"
    write_targets(str(out), {"duckdb": {"a.sql": "1"}})
    (tmp_path / "precious").write_text("mine")
    (out / LISTING).write_text('{"duckdb": ["../../precious", "/etc/hostname", 7], "..": ["precious"], "x": 1}')
    write_targets(str(out), {"duckdb": {"a.sql": "1"}, "..": {}})
    assert (tmp_path / "precious").read_text() == "mine"


@pytest.mark.parametrize("error", [OSError(28, "no space left on device"), KeyboardInterrupt()])
def test_an_error_while_writing_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    write_files(str(tmp_path), {"a": "old a", "b": "old b"})
    real, calls = open, []

    def failing(path: str, *args: object, **more: object) -> object:
        calls.append(path)
        if len(calls) == 2:
            raise error
        return real(path, *args, **more)  # type: ignore[call-overload]

    monkeypatch.setattr("oftra.project.output.open", failing, raising=False)
    with pytest.raises(type(error)):
        write_files(str(tmp_path), {"a": "new a", "b": "new b"})
    monkeypatch.undo()
    assert tree(tmp_path) == {"a": "old a", "b": "old b"}
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_a_folder_that_was_made_for_nothing_is_gone_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"[Nn]ot a directory"):
        write_files(str(tmp_path / "file" / "out"), {"a": "1"})
    with pytest.raises(UnicodeEncodeError):
        write_files(str(tmp_path / "new" / "out"), {"a": "\ud800"})
    assert sorted(os.listdir(tmp_path)) == ["file"]


def ended() -> int:
    """The number of a process that is no more."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_what_a_killed_process_left_is_gone_at_the_next_write(tmp_path: Path) -> None:
    left = tmp_path / f".oftra-new-{ended()}"
    left.mkdir()
    (left / "0").write_text("half")
    (tmp_path / f".oftra-new-{os.getppid()}").mkdir()  # at work still
    (tmp_path / f"a.oftra.oftra-new-{ended()}").write_text("half")
    (tmp_path / ".oftra-new-mine").write_text("no number: somebody's own")
    write_targets(str(tmp_path), {"duckdb": {"a.sql": "1"}})
    (tmp_path / "a.oftra").write_text("-- old")
    replace_text(str(tmp_path / "a.oftra"), "-- a")
    names = {name for name in os.listdir(tmp_path) if name not in ("duckdb", LISTING)}
    assert names == {"a.oftra", ".oftra-new-mine", f".oftra-new-{os.getppid()}"}


def project(tmp_path: Path, text: str = "-- a") -> Project:
    return Project(str(tmp_path), b"", (ProjectFile("a.oftra", "", text.encode()),))


WRONG = (
    UnknownOption("fromat", "source `x`", ("format",), span=Span(4, 10, "a.oftra")),
    MissingOption("path", "source `x`", "a string"),
)


def kept(tmp_path: Path) -> tuple[str, str, list[str]]:
    """An entry in a cache: its folder, its key, the folders of the code that made it."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.py").write_text("1")
    folder, code = cache.cache_folder(project(tmp_path)), [str(tmp_path / "code")]
    key = cache.key_of(project(tmp_path), {"env": None})
    cache.store(folder, key, cache.Entry(WRONG, {"duckdb": {"ä.sql": "1\n"}}, {"spark": WRONG[:1]}), code)
    return folder, key, code


def test_the_cache_gives_back_what_was_said(tmp_path: Path) -> None:
    folder, key, code = kept(tmp_path)
    entry = cache.load(folder, key, code)
    assert entry is not None
    assert entry.files == {"duckdb": {"ä.sql": "1\n"}}
    sources = {"a.oftra": SourceFile("a.oftra", "{ a fromat: 1 }")}
    for render in (render_text, render_json, render_sarif):
        assert render(entry.diagnostics, sources) == render(WRONG, sources)
    assert len(set(entry.diagnostics)) == len(WRONG)
    report = Report()
    for found in entry.diagnostics:
        report.add(found)
    assert report.has_errors
    assert [found.title for found in entry.declined["spark"]] == [WRONG[0].title]
    assert (tmp_path / ".oftra" / ".gitignore").read_text() == "*\n"


def test_an_entry_counts_only_while_the_code_is_the_same(tmp_path: Path) -> None:
    folder, key, code = kept(tmp_path)
    (tmp_path / "code" / "a.py").write_text("22")
    assert cache.load(folder, key, code) is None


@pytest.mark.parametrize(
    "damage", [b"", b"oftra-cache-1 0\n{}", b"\xff", b"[]", None], ids=["empty", "sum", "bytes", "head", "flipped"]
)
def test_a_damaged_entry_is_no_entry(tmp_path: Path, damage: bytes | None) -> None:
    folder, key, code = kept(tmp_path)
    path = Path(folder, key)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"sql", b"sqk") if damage is None else damage)
    assert cache.load(folder, key, code) is None


def test_every_input_is_in_the_key(tmp_path: Path) -> None:
    one = project(tmp_path)
    others = [
        project(tmp_path, "-- b"),
        Project(one.root, None, one.files),
        Project(one.root, b"[project]", one.files),
        Project(one.root, b"", (ProjectFile("b.oftra", "", one.files[0].data),)),
        Project(one.root, b"", (*one.files, ProjectFile("b.oftra", "", b""))),
    ]
    keys = {cache.key_of(other, {"env": None}) for other in [one, *others]} | {cache.key_of(one, {"env": "dev"})}
    assert len(keys) == len(others) + 2
    assert cache.key_of(Project("/elsewhere", b"", one.files), {"env": None}) == cache.key_of(one, {"env": None})


def test_old_entries_go(tmp_path: Path) -> None:
    folder, _, code = kept(tmp_path)
    for number in range(cache.KEPT + 3):
        cache.store(folder, f"key{number}", cache.Entry((), {}, {}), code)
    assert len(os.listdir(folder)) == cache.KEPT


def test_a_cache_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache.store(str(tmp_path / "file" / "cache"), "key", cache.Entry((), {}, {}), [])
    assert cache.load(str(tmp_path / "file" / "cache"), "key", []) is None


def test_a_single_files_cache_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    (tmp_path / "one.oftra").write_text("")
    alone = find_project(str(tmp_path / "one.oftra"), Report())
    assert alone is not None
    assert cache.cache_folder(alone) == str(tmp_path / "caches" / "oftra")


def test_a_diagnostic_out_of_the_cache_declares_no_code() -> None:
    from oftra.diagnostics.model import CODES
    from oftra.project.recorded import facts_of, replayed

    before = dict(CODES)
    found: Diagnostic = replayed(facts_of(WRONG[0]))
    assert before == CODES
    assert type(found).__name__ == "UnknownOption"

"""The stages in order, targets that can and can't take a program, and how installed ones are found."""

from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from cli_runs import Cli

from oftra.diagnostics import Report
from oftra.diagnostics.project import MissingOption
from oftra.driver import Checked, Files, ask, check_all, compile_for, parse_all, program_name
from oftra.ir.rel import Scan
from oftra.ir.walk import every_rel
from oftra.project import installed
from oftra.project.find import Project, ProjectFile
from oftra.target import Request, Stage, Target

PROGRAM = """
connection here = files { root: 'out' }
view numbers = from values (1), (2) as t (x)
table small in here = from numbers |> where x < 2
table large in here = from numbers |> where x >= 2
"""


class Lister:
    """A target whose one file lists the tables; with `lacks`, one that can't take any program."""

    engine = "none"

    def __init__(self, name: str, lacks: bool = False) -> None:
        self.name = name
        self.lacks = lacks

    def compile(self, request: Request, report: Report) -> Mapping[str, str]:
        if self.lacks:
            report.add(MissingOption("everything", f"target `{self.name}`", "a string"))
            return {}
        tables = [relation.name for relation in request.program.relations if relation.kind == "table"]
        return {"tables.txt": " ".join([*tables, *map(str, request.options.values())])}

    def show(self, request: Request, stage: Stage, report: Report) -> str:
        return stage


def project(files: Mapping[str, str], manifest: str | None = None) -> Project:
    described = [ProjectFile(path, "", text.encode()) for path, text in files.items()]
    return Project("/nowhere", None if manifest is None else manifest.encode(), tuple(described))


def checked(program: str = PROGRAM, manifest: str | None = None) -> Checked:
    report = Report()
    found = check_all(parse_all(project({"numbers.oftra": program}, manifest), None, report), report)
    assert found is not None, [diagnostic.title for diagnostic in report]
    return found


def compiled(targets: list[Target], all_must: bool, patterns: tuple[str, ...] = ()) -> tuple[Files | None, list[str]]:
    report = Report()
    manifest = "[targets.one]\nsize = 4\n"
    made = compile_for(checked(manifest=manifest).program, targets, patterns, all_must, report)
    return made, [found.title for found in report]


def test_every_target_is_given_the_program_and_its_own_options() -> None:
    made, found = compiled([Lister("one"), Lister("two")], all_must=True)
    assert made is not None
    assert made.files == {"one": {"tables.txt": "small large 4"}, "two": {"tables.txt": "small large"}}
    assert not found


def test_what_is_not_selected_is_not_there() -> None:
    made, _ = compiled([Lister("one")], True, ("large",))
    assert made is not None
    assert made.files == {"one": {"tables.txt": "large 4"}}


@pytest.mark.parametrize(("lacks", "all_must"), [([False, True], True), ([True, True], False)])
def test_a_target_that_was_asked_for_or_the_last_one_must_take_it(lacks: list[bool], all_must: bool) -> None:
    made, found = compiled([Lister(f"t{at}", lack) for at, lack in enumerate(lacks)], all_must)
    assert made is None
    assert found == [f"target `t{at}` needs the option `everything`" for at, lack in enumerate(lacks) if lack]


def test_a_target_among_others_may_be_left_out() -> None:
    made, found = compiled([Lister("one"), Lister("two", lacks=True)], all_must=False)
    assert made is not None
    assert set(made.files) == {"one"}
    assert [why.title for why in made.declined["two"]] == ["target `two` needs the option `everything`"]
    assert not found


def test_errors_of_all_stages_and_files_come_in_one_run() -> None:
    files = {
        "a.oftra": "view a = from\n",
        "b.oftra": "view b = from nowhere |> select x\n",
        "c.oftra": "view c = from values (1) as t (x) |> select y\n",
    }
    report = Report()
    parsed = parse_all(project(files, "[projct]\n"), None, report)
    assert check_all(parsed, report) is None
    assert {found.span.file for found in report} == {"oftra.toml", *files}


def test_a_query_keeps_to_what_it_needs() -> None:
    report = Report()
    asked = ask(checked(), "from small |> select x + 1 as y", report)
    assert asked is not None
    scanned = {part.relation for part in every_rel(asked.rel) if isinstance(part, Scan)}
    assert scanned <= {relation.name for relation in asked.program.relations} <= {"small", "numbers"}
    for wrong in ("from small |> select z", "from", ""):
        report = Report()
        assert ask(checked(), wrong, report) is None
        assert report.has_errors


def test_a_programs_name_does_not_depend_on_its_folder() -> None:
    assert program_name(project({"numbers.oftra": ""})) == "numbers"
    assert program_name(project({"a.oftra": "", "b.oftra": ""})) == "program"
    assert program_name(project({"a.oftra": ""}, "")) == "program"


@pytest.mark.parametrize("group", [installed.TARGETS, installed.ENGINES])
def test_installed_targets_are_those_that_python_knows(group: str) -> None:
    known = {point.name: point.value for point in entry_points(group=group)}
    assert known
    assert installed.entry_points()[group] == known


def test_a_target_that_cannot_be_loaded_is_left_out_unless_it_is_named(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distribution = tmp_path / "site" / "broken-1.0.dist-info"
    distribution.mkdir(parents=True)
    (distribution / "entry_points.txt").write_text("[oftra.targets]\nbroken = nowhere.at_all:TARGET\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    installed.entry_points.cache_clear()
    try:
        cli.put({"a.oftra": PROGRAM})
        result = cli("compile")
        assert result.status == 0
        assert "broken: left out, the target `broken` can't be used: No module named 'nowhere'" in result.err
        named = cli("compile", "--target", "broken")
        assert named.status == 2
        assert "OF0723" in named.err
    finally:
        installed.entry_points.cache_clear()

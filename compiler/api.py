"""The public Python API; `oftra` itself offers its names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from os import PathLike, fspath
from typing import TYPE_CHECKING

from oftra.diagnostics import Diagnostic, Report
from oftra.diagnostics.render import render_text, without_allowed
from oftra.diagnostics.tasks import UnsupportedTask
from oftra.driver import Checked, ask, check_all, compile_for, optimized, parse_all
from oftra.ir import program as ir
from oftra.ir.steps import tasks_for
from oftra.project import installed
from oftra.project.find import Project, find_project
from oftra.project.graph import select
from oftra.project.values import Given, for_run, read_values
from oftra.source import SourceFile
from oftra.target import Outcome, Session
from oftra.testing import Verdict, run_tests

if TYPE_CHECKING:  # pyarrow is heavy, and only a run needs it
    import pyarrow


class ProgramError(Exception):
    """A program is at fault. `diagnostics` say what is wrong; as text, the exception shows them with their source."""

    def __init__(self, diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile]) -> None:
        self.diagnostics = tuple(diagnostics)
        self.sources = sources
        super().__init__(render_text(self.diagnostics, sources))


def load(path: str | PathLike[str] = ".", env: str | None = None, mode: ir.Mode | None = None) -> "Program":
    """Read and check the program at `path`: a file, or a folder in a project. `env` chooses an `[env.NAME]`.

    `mode` says how all that it builds is made when it is compiled; without it pipelines do.

    Raises `ProgramError` if the program, or its `oftra.toml`, has an error.
    """
    report = Report()
    project = find_project(fspath(path), report)
    if project is None:
        raise ProgramError(report, {})
    parsed = parse_all(project, env, report)
    checked = check_all(parsed, report, mode)
    found = without_allowed(report, parsed.sources)
    if checked is None:
        raise ProgramError(found, parsed.sources)
    return Program(project, checked, tuple(found))


@dataclass(frozen=True)
class Program:
    """A program without errors. `diagnostics` are its warnings."""

    _project: Project
    _checked: Checked
    diagnostics: tuple[Diagnostic, ...]

    @property
    def name(self) -> str:
        """The project's name, else the file's."""
        return self._checked.program.name

    @property
    def root(self) -> str:
        """The folder that its paths are relative to."""
        return self._project.root

    @property
    def relations(self) -> tuple[ir.Relation, ...]:
        """Its sources, views and tables, each after those it reads, with columns, types and descriptions."""
        return self._checked.program.relations

    @property
    def ir(self) -> ir.Program:
        """All of it, typed."""
        return self._checked.program

    def compile(self, target: str, select: Iterable[str] = ()) -> Mapping[str, str]:
        """The files that `target` makes of it: path to text. `select` takes what the command's `--select` does.

        Raises `ProgramError` if the target can't take the program, or isn't installed.
        """
        report = Report()
        found = installed.find_target(target, report)
        made = found and compile_for(self._checked.program, [found], tuple(select), True, report)
        if not made:
            raise self._error(report)
        return made.files[target]

    def query(self, text: str, engine: str = "duckdb", **given: object) -> "pyarrow.Table":
        """The rows of a query over it, `from orders |> where ...`, as an Arrow table. `given` are params, by name.

        Raises `ProgramError` if the query has an error, `oftra.RunError` if the engine can't do it.
        """
        report = Report()
        asked = ask(self._checked, text, report)
        values = read_values(self._checked.program, Given(params=given), report)
        if asked is None or report.has_errors:
            raise self._error(report, {"query": SourceFile("query", text)})
        session = self._open(engine, report)
        try:
            return session.query(asked.program, asked.rel, values)
        finally:
            session.close()

    def run(
        self,
        *select: str,
        engine: str = "duckdb",
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        full: bool = False,
        **given: object,
    ) -> Outcome:
        """Build its tables and sinks, or what `select` asks for and all it needs. `given` are params, by name.

        Without `start` and `end` tables of which runs make a part go on from where they are made until; if the run is
        `full`, all of them is made again.

        Raises `oftra.RunError` if the engine can't do it.
        """
        report = Report()
        program = self._checked.program
        only = self._selected(select, report)
        values = read_values(program, Given(given, start, end), report)
        for task in tasks_for(program, only):
            report.add(UnsupportedTask(task.name, "the Python API", span=task.span))
        if report.has_errors:
            raise self._error(report)
        session = self._open(engine, report)
        try:
            return session.run(optimized(program, only), only, for_run(values, full), lambda _: None)
        finally:
            session.close()

    def test(self, engine: str = "duckdb") -> list[Verdict]:
        """The verdict on each of its `test` blocks."""
        session = self._open(engine, Report())
        try:
            return list(run_tests(self._checked.program, self._checked.program.tests, session))
        finally:
            session.close()

    def _selected(self, patterns: tuple[str, ...], report: Report) -> tuple[str, ...] | None:
        return select(self._checked.program, patterns, report) if patterns else None

    def _error(self, report: Report, more: Mapping[str, SourceFile] | None = None) -> ProgramError:
        return ProgramError(report, {**self._checked.parsed.sources, **(more or {})})

    def _open(self, name: str, report: Report) -> Session:
        engine = installed.find_engine(name, report)
        if engine is None:
            raise self._error(report)
        return engine.open(self._project.root)

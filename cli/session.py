"""What `run`, `query` and `test` share: a checked program, an engine that is up, the values that are given."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from oftra.cli.app import leave
from oftra.cli.report import sources_of, tell
from oftra.cli.status import WELL
from oftra.diagnostics import Report
from oftra.project import installed
from oftra.project.find import Project, find_project, root_above

if TYPE_CHECKING:  # what needs them imports the compiler when it has something to do
    from oftra.driver import Checked
    from oftra.source import SourceFile
    from oftra.target import Session

PROJECT = click.option(
    "-p", "--project", "path", metavar="PATH", help="The program: a file, or a folder in a project. [default: .]"
)
ENV = click.option("--env", metavar="NAME", help="The environment of oftra.toml.")
ENGINE = click.option("--engine", metavar="NAME", default="duckdb", show_default=True, help="What it runs on.")
PARAM = click.option("--param", "params", metavar="NAME=VALUE", multiple=True, help="A param's value; again for more.")


def parted(names: tuple[str, ...], path: str | None) -> tuple[tuple[str, ...], str]:
    """What was named and where the program is: a file or folder may stand among the names (`oftra run taxi.oftra`)."""
    places = [name for name in names if is_place(name)]
    if len(places) > 1 or (places and path is not None):
        raise click.UsageError("one program at a time.")
    return tuple([name for name in names if name not in places]), places[0] if places else path or "."


def is_place(name: str) -> bool:
    """Whether a name is a file's or folder's rather than a relation's."""
    if name.startswith(("tag:", "path:")):
        return False
    return name.endswith(".oftra") or name in (".", "..") or "/" in name or os.sep in name


def checked_program(path: str, env: str | None) -> "tuple[Project, Checked]":
    """The program at `path`. If it has errors they are shown, and the command ends."""
    report = Report()
    project = find_project(path, report)
    if project is None or report.has_errors:
        leave(tell(report, {} if project is None else sources_of(project)))
    return project, check_project(project, env, report)


def program_or_none(path: str | None, env: str | None) -> "tuple[Project, Checked]":
    """As `checked_program`; where no path is given and there is no project, an empty program: a query may need none."""
    if path is not None or env is not None or root_above(os.getcwd()) is not None:
        return checked_program(path or ".", env)
    if any(name.endswith(".oftra") for name in os.listdir()):
        return checked_program(".", env)
    project = Project(os.getcwd(), None, ())
    return project, check_project(project, None, Report())


def check_project(project: Project, env: str | None, report: Report) -> "Checked":
    """Check a project that was read. If it has errors they are shown, and the command ends."""
    # The compiler is heavy: only once there is something to compile.
    from oftra.diagnostics.allow import without_allowed
    from oftra.driver import check_all, parse_all

    parsed = parse_all(project, env, report)
    checked = check_all(parsed, report)
    found = without_allowed(report, parsed.sources)
    status = tell(found, sources_of(project) if found else {})
    if checked is None:
        leave(status)
    return checked


def end_if_wrong(report: Report, sources: "Mapping[str, SourceFile] | None" = None) -> None:
    """Show what `report` holds; if there is an error among it, the command ends."""
    status = tell(report, sources or {})
    if status != WELL:
        leave(status)


@contextmanager
def engine_session(name: str, root: str) -> "Iterator[Session]":
    """The engine called `name`, up while the block runs."""
    report = Report()
    engine = installed.find_engine(name, report)
    if engine is None:
        leave(tell(report, {}))
    session = engine.open(root)
    try:
        yield session
    finally:
        session.close()


def params_of(given: tuple[str, ...]) -> dict[str, object]:
    """`NAME=VALUE` taken apart."""
    for text in given:
        if "=" not in text:
            raise click.UsageError(f"--param takes NAME=VALUE, not {text!r}.")
    return {name.strip(): value for name, _, value in (text.partition("=") for text in given)}

"""`oftra check`."""

import json
import sys
from typing import TYPE_CHECKING

import click

from oftra.cli.activity import Activity
from oftra.cli.mode import MODE
from oftra.cli.outcome import check_outcome
from oftra.cli.report import FORMATS, rendered, sources_of, status_of, tell, wants_color
from oftra.cli.status import WELL
from oftra.diagnostics import Report
from oftra.project.find import Project, find_project

if TYPE_CHECKING:  # the compiler comes only to look for them
    from oftra.ir.program import Mode
    from oftra.resolve.escapes import Escape
    from oftra.source import Span


@click.command("check")
@click.argument("path", default=".")
@click.option("--env", metavar="NAME", help="The environment of oftra.toml to check for.")
@MODE
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--escapes", is_flag=True, help="List what is said in engines' own words, and where it is used.")
def command(path: str, env: str | None, mode: "Mode | None", format_: str, escapes: bool) -> int:
    """Say what is wrong with the program at PATH (a file, or a folder in a project), and write nothing."""
    if escapes and format_ not in ("text", "json"):
        raise click.UsageError("--escapes is shown as text or json")
    report = Report()
    project = find_project(path, report)
    if project is None or report.has_errors:
        found, sources = tuple(report), {} if project is None else sources_of(project)
    else:
        with Activity("checking"):
            found = check_outcome(project, env, mode)
        sources = sources_of(project) if found else {}
    status = status_of(found)
    if escapes and project is not None and status == WELL:
        tell(found, sources)
        show_escapes(project, env, format_)
    elif found or format_ != "text":
        click.echo(rendered(found, sources, format_, wants_color(sys.stdout)), nl=False)
    elif project is not None:
        files = len(project.files)
        click.echo(f"no errors in {files} file{'' if files == 1 else 's'}")
    return status


def show_escapes(project: Project, env: str | None, format_: str) -> None:
    """Count what a program says in engines' own words, and list it with its places."""
    # The cache knows nothing of them: this is for people who look for them.
    from oftra.driver import parse_all, resolve_all
    from oftra.resolve.escapes import escapes_of

    report = Report()
    found = escapes_of(resolve_all(parse_all(project, env, report), report))
    sources = sources_of(project)

    def place(span: "Span") -> dict[str, str | int]:
        source = sources[span.file]
        at = source.position(span.start)
        return {"path": source.path, "line": at.line, "column": at.column}

    if format_ == "json":
        listed = [
            {"kind": one.kind, "name": one.name, "engines": list(one.engines), **place(one.span)}
            | ({"calls": [place(call) for call in one.calls]} if one.kind == "function" else {})
            for one in found
        ]
        click.echo(json.dumps(listed, indent=2))
        return
    click.echo(_counted(found))
    for one in found:
        click.echo(f"\n{_shown(place(one.span))}  {one.kind} {one.name}  in the words of {', '.join(one.engines)}")
        for call in one.calls:
            click.echo(f"  {_shown(place(call))}  called")


def _shown(place: dict[str, str | int]) -> str:
    return f"{place['path']}:{place['line']}:{place['column']}"


def _counted(found: "tuple[Escape, ...]") -> str:
    """`2 functions (called 5 times) and 1 view in engines' own words`."""
    functions = [one for one in found if one.kind == "function"]
    calls = sum(len(one.calls) for one in functions)
    parts = [f"{_number(len(functions), 'function')} (called {_number(calls, 'time')})"] if functions else []
    if views := len(found) - len(functions):
        parts.append(_number(views, "view"))
    return f"{' and '.join(parts)} in engines' own words" if parts else "nothing in engines' own words"


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"

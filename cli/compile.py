"""`oftra compile`."""

import difflib
import os
from typing import TYPE_CHECKING

import click

from oftra.cli.activity import Activity
from oftra.cli.mode import MODE
from oftra.cli.outcome import compile_outcome
from oftra.cli.report import sources_of, tell
from oftra.cli.status import AT_FAULT, WELL
from oftra.diagnostics import Report
from oftra.project.cache import Entry
from oftra.project.find import Project, find_project
from oftra.project.output import Difference, differences, write_targets

if TYPE_CHECKING:  # with it comes the typed program, which the cache makes unneeded
    from oftra.ir.program import Mode


@click.command("compile")
@click.argument("path", default=".")
@click.option("--target", "targets", metavar="NAME", multiple=True, help="A target; again for more. [default: all]")
@click.option("--engine", metavar="NAME", help="What targets are written for that have a choice, as notebooks have.")
@click.option(
    "--select",
    "patterns",
    metavar="PATTERN",
    multiple=True,
    help="Only these: `name`, `+name`, `name+`, `tag:WORD`, `path:FOLDER`; again for more.",
)
@click.option("--env", metavar="NAME", help="The environment of oftra.toml to compile for.")
@MODE
@click.option("-o", "--output", metavar="FOLDER", help="Where files go. [default: build, in the project]")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 with a diff if files are stale.")
def command(
    path: str,
    targets: tuple[str, ...],
    engine: str | None,
    patterns: tuple[str, ...],
    env: str | None,
    mode: "Mode | None",
    output: str | None,
    only_check: bool,
) -> int:
    """Write the files that each target makes of the program at PATH to FOLDER/TARGET.

    Every installed target is asked that can take the program, unless some are named.
    """
    if engine is not None and not targets:
        raise click.UsageError(f"`--engine` is of a target: say of which, as in `--target notebook --engine {engine}`.")
    report = Report()
    project = find_project(path, report)
    if project is None or report.has_errors:
        return tell(report, {} if project is None else sources_of(project))
    with Activity("compiling"):
        entry = compile_outcome(project, env, tuple(dict.fromkeys(targets)), patterns, mode, engine)
    status = tell(entry.diagnostics, sources_of(project) if entry.diagnostics else {})
    if status != WELL:
        return status
    tell_declined(entry, project)
    folder = os.path.abspath(output) if output is not None else os.path.join(project.root, "build")
    if only_check:
        return show_differences(differences(folder, entry.files))
    changed = write_targets(folder, entry.files)
    for target, files in sorted(entry.files.items()):
        new = sum(name.startswith(f"{target}/") for name in changed)
        place = os.path.relpath(os.path.join(folder, target))
        click.echo(f"{target}: {count(len(files), 'file')} in {place}" + ("" if new else ", unchanged"))
    return WELL


def tell_declined(entry: Entry, project: Project) -> None:
    """Say which targets were left out, and why."""
    for target, why in entry.declined.items():
        first = next(found for found in why if found.severity == "error")
        more = f" (and {count(len(why) - 1, 'more reason')})" if len(why) > 1 else ""
        click.echo(f"{target}: left out, {first.title}{more}; `--target {target}` says where", err=True)


def show_differences(found: list[Difference]) -> int:
    """Print what writing would change, as a diff."""
    for difference in found:
        lines = difflib.unified_diff(
            (difference.old or "").splitlines(keepends=True),
            (difference.new or "").splitlines(keepends=True),
            "/dev/null" if difference.old is None else f"a/{difference.path}",
            "/dev/null" if difference.new is None else f"b/{difference.path}",
        )
        for line in lines:
            click.echo(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n", nl=False)
    if found:
        click.echo(f"{count(len(found), 'file')} would change: run `oftra compile`", err=True)
    return AT_FAULT if found else WELL


def count(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"

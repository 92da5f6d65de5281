"""`oftra deploy`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from oftra.cli.activity import Activity
from oftra.cli.app import complain
from oftra.cli.compile import count, show_differences
from oftra.cli.outcome import compile_outcome
from oftra.cli.report import sources_of, tell
from oftra.cli.status import FAILED, USAGE, WELL
from oftra.diagnostics import Report
from oftra.project.find import Project, find_project
from oftra.project.installed import find_target
from oftra.project.output import differences, write_targets

if TYPE_CHECKING:  # with it comes the typed program
    from oftra.target import ByCopy, ByTool, Deployment


@click.command("deploy")
@click.argument("target", metavar="TARGET")
@click.argument("path", default=".")
@click.option("--env", metavar="NAME", help="The environment of oftra.toml to compile for, and to deploy to.")
@click.option("--to", "folder", metavar="FOLDER", help="Where files are copied, for targets that are copied.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing there.")
@click.option("--yes", is_flag=True, help="Have the target's own tool go on without a question.")
def command(target: str, path: str, env: str | None, folder: str | None, dry_run: bool, yes: bool) -> int:
    """Compile the program at PATH for TARGET and bring it to where it runs, by the tool that TARGET has for it.

    What would change is said first: by the tool, or as the list of files that are new, changed or gone.
    """
    report = Report()
    project = find_project(path, report)
    if project is None or report.has_errors:
        return tell(report, {} if project is None else sources_of(project))
    with Activity("compiling"):
        entry = compile_outcome(project, env, (target,), ())
    status = tell(entry.diagnostics, sources_of(project) if entry.diagnostics else {})
    if status != WELL:
        return status
    name, way = _way(project, target, env)
    # The typed program comes with it.
    from oftra.target import ByCopy

    match way:
        case None:
            raise click.UsageError(f"{target} has no way to be deployed: its files are run where they are.")
        case ByCopy():
            return _copy(way, name, entry.files[target], folder, dry_run)
        case _ if folder is not None:
            raise click.UsageError(f"`--to` is of targets that are copied; `{way.tool}` takes {target} where it goes.")
        case _:
            build = os.path.join(project.root, "build")
            write_targets(build, entry.files)
            return _call(way, os.path.join(build, target), dry_run, yes)


def _way(project: Project, target: str, env: str | None) -> "tuple[str, Deployment | None]":
    """The program's name, and how the target brings its files to their place."""
    # The compiler is there anyway, unless the cache knew the files.
    from oftra.driver import parse_all
    from oftra.target import Deployable

    settings = parse_all(project, env, Report()).settings
    found = find_target(target, Report())
    if not isinstance(found, Deployable):
        return settings.name, None
    return settings.name, found.deployment(settings.targets.get(target, {}), env)


def _copy(way: "ByCopy", program: str, files: Mapping[str, str], folder: str | None, dry_run: bool) -> int:
    place = folder if folder is not None else _place(way)
    below = f"{way.below}/"
    texts = {program: {path.removeprefix(below): text for path, text in files.items() if path.startswith(below)}}
    changes = differences(place, texts)
    for change in changes:
        sign = "+" if change.old is None else "-" if change.new is None else "~"
        click.echo(f"{sign} {change.path}")
    if dry_run:
        show_differences([change for change in changes if change.old is not None])
        click.echo(f"{count(len(changes), 'file')} would change in {place}")
        return WELL
    write_targets(place, texts)
    click.echo(f"{count(len(changes), 'file')} changed in {place}")
    return WELL


def _place(way: "ByCopy") -> str:
    """The folder that the environment names."""
    for variable, below in way.places:
        if found := os.environ.get(variable):
            return os.path.join(found, below) if below else found
    names = " or ".join([variable for variable, _ in way.places])
    raise click.UsageError(f"where to? Give `--to FOLDER`, or set {names}.")


def _call(way: "ByTool", folder: str, dry_run: bool, yes: bool) -> int:
    """Run the target's own tool, whose words go straight to the user; its failure is ours."""
    if shutil.which(way.tool) is None:
        complain(f"`{way.tool}` is not installed here: {way.where}")
        return USAGE
    calls: Sequence[Sequence[str]] = way.plan
    if not dry_run:
        *before, last = way.apply
        calls = [*calls, *before, (*last, *way.agreed) if yes else last]
    for call in calls:
        click.echo(f"{folder}: {way.tool} {' '.join(call)}", err=True)
        sys.stdout.flush()
        status = subprocess.run([way.tool, *call], cwd=folder, check=False).returncode
        if status != 0:
            complain(f"`{way.tool} {' '.join(call)}` ended with {status}")
            return FAILED
    return WELL

"""`oftra check`."""

import sys

import click

from oftra.cli.activity import Activity
from oftra.cli.outcome import check_outcome
from oftra.cli.report import FORMATS, rendered, sources_of, status_of, wants_color
from oftra.diagnostics import Report
from oftra.project.find import find_project


@click.command("check")
@click.argument("path", default=".")
@click.option("--env", metavar="NAME", help="The environment of oftra.toml to check for.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True)
def command(path: str, env: str | None, format_: str) -> int:
    """Say what is wrong with the program at PATH (a file, or a folder in a project), and write nothing."""
    report = Report()
    project = find_project(path, report)
    if project is None or report.has_errors:
        found, sources = tuple(report), {} if project is None else sources_of(project)
    else:
        with Activity("checking"):
            found = check_outcome(project, env)
        sources = sources_of(project) if found else {}
    if found or format_ != "text":
        click.echo(rendered(found, sources, format_, wants_color(sys.stdout)), nl=False)
    elif project is not None:
        files = len(project.files)
        click.echo(f"no errors in {files} file{'' if files == 1 else 's'}")
    return status_of(found)

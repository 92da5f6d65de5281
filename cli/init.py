"""`oftra init`."""

import os
import sys

import click

from oftra.cli.status import USAGE, WELL
from oftra.cli.template import project_files
from oftra.project.output import write_files


@click.command("init")
@click.argument("name", required=False)
@click.option("--ci/--no-ci", default=None, help="Add a GitHub workflow and a pre-commit hook.")
def command(name: str | None, ci: bool | None) -> int:
    """Make the folder NAME with a small project that runs at once: data, a contract, a table, a sink, a test.

    What isn't said is asked for, if there is somebody to ask. No file that is there already is touched.
    """
    asks = sys.stdin.isatty()
    if name is None:
        if not asks:
            raise click.UsageError("say what the project is called: oftra init NAME")
        name = str(click.prompt("What is the project called", default="coffee"))
        if ci is None:
            ci = click.confirm("Add a GitHub workflow and a pre-commit hook?", default=False)
    folder = os.path.abspath(name)
    files = project_files(os.path.basename(folder), bool(ci))
    there = [path for path in files if os.path.lexists(os.path.join(folder, path))]
    if there:
        click.echo(f"error: `{os.path.join(name, there[0])}` is there already; nothing was written", err=True)
        return USAGE
    write_files(folder, files)
    for path in files:
        click.echo(f"  {os.path.join(name, path)}")
    where = "" if folder == os.getcwd() else f"cd {name}\n  "
    click.echo(f"\nIt runs as it is:\n\n  {where}oftra test\n  oftra run")
    return WELL

"""`oftra run`."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from oftra.cli.activity import Activity
from oftra.cli.report import wants_color
from oftra.cli.rows import json_rows, names_of, rows_of, show_table
from oftra.cli.session import (
    ENGINE,
    ENV,
    PARAM,
    PROJECT,
    checked_program,
    end_if_wrong,
    engine_session,
    params_of,
    parted,
)
from oftra.cli.status import FAILED, WELL
from oftra.diagnostics import Report

if TYPE_CHECKING:  # the compiler comes once there is something to run
    from oftra.ir.program import Program
    from oftra.target import Outcome, Session

SHOWN = 20
"""How many rows of a table people are shown."""


@click.command("run")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@PROJECT
@ENV
@ENGINE
@PARAM
@click.option("--start", metavar="TIME", help="Where the run's window begins.")
@click.option("--end", metavar="TIME", help="Where the run's window ends.")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
def command(
    names: tuple[str, ...],
    path: str | None,
    env: str | None,
    engine: str,
    params: tuple[str, ...],
    start: str | None,
    end: str | None,
    format_: str,
) -> int:
    """Build the program's tables and sinks, or those NAMEd with all that they need, and print the tables.

    A NAME may also be `+name`, `name+`, `tag:WORD` or `path:FOLDER`.
    """
    patterns, place = parted(names, path)
    given = params_of(params)
    project, checked = checked_program(place, env)
    # The compiler is there by now; these are its later stages.
    from oftra.driver import optimized
    from oftra.project.graph import select
    from oftra.project.values import Given, read_values
    from oftra.target import RunError

    report = Report()
    only = select(checked.program, patterns, report) if patterns else None
    values = read_values(checked.program, Given(given, start, end), report)
    end_if_wrong(report)
    program = optimized(checked.program, only)
    with engine_session(engine, project.root) as session:
        try:
            with Activity("starting") as activity:
                outcome = session.run(program, only, values, activity.tell)
            print_run(checked.program, only, session, outcome, format_)
        except RunError as error:
            where = f" in `{error.relation}`" if error.relation else ""
            click.echo(f"error: the run failed{where}: {error}", err=True)
            return FAILED
    return WELL


def print_run(
    program: "Program", only: Sequence[str] | None, session: "Session", outcome: "Outcome", format_: str
) -> None:
    """The tables that were built with their rows, then a line for each relation that was written."""
    tables = [
        relation.name
        for relation in program.relations
        if relation.kind == "table" and (only is None or relation.name in only)
    ]
    if format_ == "json":
        parts = [f"{json_name(name)}: {json_rows(session.read(program, name))}" for name in tables]
        click.echo("{" + ", ".join(parts) + "}")
        return
    color = wants_color(sys.stdout)
    counts = {one.name: one.rows for one in outcome.relations}
    for name in tables:
        table = session.read(program, name, SHOWN)
        for part in show_table(name, names_of(table), rows_of(table), color, counts.get(name)):
            click.echo(part, nl=False)
        click.echo()
    for one in outcome.relations:
        click.echo(f"{one.name}: {one.rows:,} row{'' if one.rows == 1 else 's'} in {one.seconds:.2f} s")
        for rule, broken in one.warnings.items():
            rows = "1 row" if broken == 1 else f"{broken:,} rows"
            click.echo(f"warning: {rows} of `{one.name}` break{'s' if broken == 1 else ''} `{rule}`", err=True)


def json_name(name: str) -> str:
    """A key of a JSON object."""
    from json import dumps  # needed by this format alone

    return dumps(name, ensure_ascii=False)

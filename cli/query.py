"""`oftra query`."""

import sys

import click

from oftra.cli.activity import Activity
from oftra.cli.report import sources_of, tell, wants_color
from oftra.cli.rows import csv_rows, json_rows, names_of, rows_of, show_table
from oftra.cli.session import ENGINE, ENV, PARAM, PROJECT, engine_session, params_of, program_or_none
from oftra.cli.status import FAILED, WELL
from oftra.diagnostics import Report


@click.command("query")
@click.argument("text")
@PROJECT
@ENV
@ENGINE
@PARAM
@click.option("--format", "format_", type=click.Choice(("table", "json", "csv")), default="table", show_default=True)
def command(text: str, path: str | None, env: str | None, engine: str, params: tuple[str, ...], format_: str) -> int:
    """Print the rows of the query TEXT, `from orders |> where ...`, over the program. Nothing is stored.

    TEXT `-` is read from standard input. Outside of a project, the query stands for itself.
    """
    given = params_of(params)
    project, checked = program_or_none(path, env)
    if text == "-":
        text = sys.stdin.read()
    # The compiler is there by now; these are its later stages.
    from oftra.driver import QUERY, ask
    from oftra.project.values import Given, read_values
    from oftra.source import SourceFile
    from oftra.target import RunError

    report = Report()
    asked = ask(checked, text, report)
    values = read_values(checked.program, Given(given), report)
    status = tell(report, {**sources_of(project), QUERY: SourceFile(QUERY, text)})
    if asked is None or status != WELL:
        return status
    with engine_session(engine, project.root) as session:
        try:
            with Activity("asking"):
                table = session.query(asked.program, asked.rel, values)
        except RunError as error:
            click.echo(f"error: the query failed: {error}", err=True)
            return FAILED
    match format_:
        case "json":
            click.echo(json_rows(table))
        case "csv":
            click.echo(csv_rows(table), nl=False)
        case _:
            for part in show_table(None, names_of(table), rows_of(table), wants_color(sys.stdout)):
                click.echo(part, nl=False)
    return WELL

"""`oftra query`."""

import sys
from collections.abc import Mapping
from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING

import click

from oftra.cli.activity import Activity
from oftra.cli.report import sources_of, tell, wants_color
from oftra.cli.rows import csv_rows, json_rows, names_of, rows_of, show_table
from oftra.cli.session import ENV, PARAM, PROJECT, engine_session, params_of, program_or_none
from oftra.cli.status import FAILED, USAGE, WELL
from oftra.diagnostics import Report

if TYPE_CHECKING:  # the compiler comes once there is something to ask
    from oftra.driver import Asked
    from oftra.ir.expr import Expr
    from oftra.source import SourceFile

ENGINE = click.option(
    "--engine",
    metavar="NAME",
    default="duckdb",
    show_default=True,
    help="What it runs on; `all` puts engines side by side.",
)


@click.command("query")
@click.argument("text")
@PROJECT
@ENV
@ENGINE
@click.option("--raw", is_flag=True, help="Also ask the engine in the query's own words, nothing corrected.")
@PARAM
@click.option("--format", "format_", type=click.Choice(("table", "json", "csv")), default="table", show_default=True)
def command(
    text: str, path: str | None, env: str | None, engine: str, raw: bool, params: tuple[str, ...], format_: str
) -> int:
    """Print the rows of the query TEXT, `from orders |> where ...`, over the program. Nothing is stored.

    TEXT `-` is read from standard input. Outside of a project, the query stands for itself.

    With `--engine all`, exit 3 if engines differ. `--raw` takes queries over `values`: an engine by itself knows no
    relation of a program.
    """
    if format_ == "csv" and (raw or engine == "all"):
        raise click.UsageError("csv holds the rows of one engine: --format json holds them all.")
    given = params_of(params)
    project, checked = program_or_none(path, env)
    if text == "-":
        text = sys.stdin.read()
    # The compiler is there by now; these are its later stages.
    from oftra.driver import QUERY, ask
    from oftra.project.values import Given, read_values
    from oftra.source import SourceFile

    report = Report()
    asked = ask(checked, text, report)
    values = read_values(checked.program, Given(given), report)
    sources = {**sources_of(project), QUERY: SourceFile(QUERY, text)}
    status = tell(report, sources)
    if asked is None or status != WELL:
        return status
    if raw or engine == "all":
        return compare(asked, values, text, engine, raw, project.root, format_)
    return print_rows(asked, values, engine, project.root, format_, sources)


def print_rows(
    asked: "Asked",
    values: "Mapping[str, Expr]",
    engine: str,
    root: str,
    format_: str,
    sources: "Mapping[str, SourceFile]",
) -> int:
    """The rows as one engine gives them."""
    from oftra.target import CannotRun, RunError  # with the compiler, which is there by now

    with engine_session(engine, root) as session:
        try:
            with Activity("asking"):
                table = session.query(asked.program, asked.rel, values)
        except CannotRun as error:
            tell(error.report, sources)
            return FAILED
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


def compare(
    asked: "Asked", values: "Mapping[str, Expr]", text: str, name: str, raw: bool, root: str, format_: str
) -> int:
    """The rows as several engines give them; with `raw` also what each says to the query's own words."""
    from oftra.check.case import is_ordered  # a comparison alone needs these
    from oftra.cli.comparison import answer_of, engines_of, print_side_by_side  # nothing else needs them
    from oftra.cli.raw import print_raw, raw_wordings

    engines = engines_of(name)
    if not engines:
        return USAGE
    plain = raw_wordings(text, engines) if raw else {}
    with ExitStack() as open_:
        sessions = {engine.name: open_.enter_context(closing(engine.open(root))) for engine in engines}
        answers = [
            answer_of(name, partial(session.query, asked.program, asked.rel, values))
            for name, session in sessions.items()
        ]
        if raw:
            return print_raw(asked, answers, sessions, plain, format_)
    return print_side_by_side(answers, is_ordered(asked.rel), format_)

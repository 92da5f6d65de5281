"""What engines say to a query's own words, beside what they say to ours."""

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from oftra.cli.comparison import Answer, answer_of
from oftra.cli.report import wants_color
from oftra.cli.rows import json_value, show_table
from oftra.cli.status import FAILED, WELL
from oftra.diagnostics import Report

if TYPE_CHECKING:  # the compiler comes once there is something to ask
    from oftra.driver import Asked
    from oftra.target import Engine, Session


def raw_wordings(text: str, engines: "Sequence[Engine]") -> dict[str, str]:
    """The query as each engine would be asked it without us."""
    from oftra.driver import QUERY  # the text was read before, and is well
    from oftra.source import SourceFile
    from oftra.syntax.parser import parse_query
    from oftra.syntax.plain_sql import NotPlain, plain_sql

    query = parse_query(SourceFile(QUERY, text), Report())
    assert query is not None
    try:
        return {engine.name: plain_sql(query, text, engine.quote) for engine in engines}
    except NotPlain as error:
        raise click.UsageError(f"--raw can't put the query into an engine's SQL: {error}.") from error


def print_raw(
    asked: "Asked",
    answers: Sequence[Answer],
    sessions: "Mapping[str, Session]",
    plain: Mapping[str, str],
    format_: str,
) -> int:
    """Each engine's answer below what it was asked, first by us, then in the query's own words."""
    objects = []
    for ours in answers:
        session, text = sessions[ours.engine], plain[ours.engine]
        wording = wording_of(session, asked)
        raw = answer_of(ours.engine, partial(session.raw, text))
        if format_ == "json":
            said = {"wording": json_value(wording), "rows": ours.json, "raw_wording": json_value(text), "raw": raw.json}
            objects.append(
                f"{json_value(ours.engine)}: {{{', '.join([f'{json_value(k)}: {v}' for k, v in said.items()])}}}"
            )
        else:
            print_answer(f"{ours.engine}, as Oftra asks it", wording, ours)
            print_answer(f"{ours.engine} by itself", text, raw)
    if objects:
        click.echo("{" + ", ".join(objects) + "}")
    # What an engine says by itself is no fault of the query's.
    return FAILED if any(answer.error is not None for answer in answers) else WELL


def wording_of(session: "Session", asked: "Asked") -> str:
    """The words that the engine is asked in; none if it has none for the query."""
    from oftra.target import RunError  # the compiler is there by now

    try:
        return session.wording(asked.program, asked.rel)
    except RunError:
        return ""


def print_answer(head: str, words: str, answer: Answer) -> None:
    """What was asked, and the rows that came back."""
    click.echo(f"{head}:\n")
    if words:
        for line in words.strip().splitlines():
            click.echo(f"    {line}".rstrip())
        click.echo()
    if answer.error is not None:
        click.echo(f"error: {answer.error}")
    else:
        for part in show_table(None, answer.names, answer.rows, wants_color(sys.stdout)):
            click.echo(part, nl=False)
    click.echo()

"""`oftra test`."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from oftra.cli.junit import junit
from oftra.cli.report import sources_of, wants_color
from oftra.cli.rows import aligned, cell_text
from oftra.cli.session import ENGINE, ENV, PROJECT, checked_program, engine_session, parted
from oftra.cli.status import FAILED, USAGE, WELL

if TYPE_CHECKING:  # the compiler comes once there is something to test
    from oftra.ir.program import TestCase
    from oftra.source import SourceFile, Span
    from oftra.testing import Difference, Verdict

SHOWN = 10
"""How many rows of each kind people are shown of a relation that differs."""


@click.command("test")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@PROJECT
@ENV
@ENGINE
@click.option("--format", "format_", type=click.Choice(("text", "junit")), default="text", show_default=True)
def command(names: tuple[str, ...], path: str | None, env: str | None, engine: str, format_: str) -> int:
    """Run the program's `test` blocks, or those whose title has NAME in it or that expect the relation NAME."""
    wanted, place = parted(names, path)
    project, checked = checked_program(place, env)
    tests = [test for test in checked.program.tests if not wanted or any(is_meant(test, name) for name in wanted)]
    if wanted and not tests:
        click.echo(f"error: no test has {' or '.join(repr(name) for name in wanted)} in its title", err=True)
        return USAGE
    # The compiler is there by now; this is its way to run tests.
    from oftra.testing import run_tests

    sources = sources_of(project)
    with engine_session(engine, project.root) as session:
        verdicts = []
        for verdict in run_tests(checked.program, tests, session):
            verdicts.append(verdict)
            if format_ == "text":
                print_verdict(verdict, sources, wants_color(sys.stdout))
    failed = sum(not verdict.passed for verdict in verdicts)
    if format_ == "junit":
        explained = ["".join(explain(verdict, sources)) for verdict in verdicts]
        click.echo(junit(checked.program.name, verdicts, explained), nl=False)
    else:
        click.echo(f"{len(verdicts) - failed} passed" + (f", {failed} failed" if failed else ""))
    return FAILED if failed else WELL


def is_meant(test: "TestCase", name: str) -> bool:
    """Whether `name` stands in the title, or names a relation that the test expects."""
    expected = {expected.relation for expected in test.expected}
    return name.lower() in test.title.lower() or any(
        relation == name or relation.rpartition(".")[2] == name for relation in expected
    )


def print_verdict(verdict: "Verdict", sources: "Mapping[str, SourceFile]", color: bool) -> None:
    """A line for the test; if it failed, how."""
    word = "ok    " if verdict.passed else "FAILED"
    click.echo(
        (click.style(word, fg="green" if verdict.passed else "red") if color else word) + f" {verdict.test.title}"
    )
    for line in explain(verdict, sources) if not verdict.passed else ():
        click.echo(line, nl=False)


def explain(verdict: "Verdict", sources: "Mapping[str, SourceFile]") -> Iterator[str]:
    """Why a test failed: what could not be run, and each relation's rows that differ."""
    if verdict.error is not None:
        yield f"  {place_of(verdict.test.span, sources)}: {verdict.error}\n"
    for difference in verdict.differences:
        place = place_of(difference.expected.span, sources)
        name = difference.expected.relation
        if difference.swapped:
            yield f"  {place}: the rows of `{name}` are right, their order is not\n"
        else:
            counts = [(len(difference.missing), "missing"), (len(difference.unexpected), "unexpected")]
            said = " and ".join(f"{count} {word}" for count, word in counts if count)
            yield f"  {place}: `{name}` differs: {said}\n"
        yield from difference_table(difference, sources)


def difference_table(difference: "Difference", sources: "Mapping[str, SourceFile]") -> Iterator[str]:
    """The rows that differ: `-` was expected and is missing, `+` came unexpected. The line is the test row's."""
    missing, unexpected = ("expected", "came") if difference.swapped else ("missing", "unexpected")
    rows = [
        ("-", missing, line_of(difference, at, sources), *map(cell_text, row)) for at, row in difference.missing[:SHOWN]
    ]
    rows += [("+", unexpected, "", *map(cell_text, row)) for row in difference.unexpected[:SHOWN]]
    header = ("", "", "line", *difference.columns)
    widths = [max(len(row[at]) for row in (header, *rows)) for at in range(len(header))]
    for row in (header, *rows):
        yield "    " + aligned(row, widths, [False] * len(row)) + "\n"
    left_out = len(difference.missing[SHOWN:]) + len(difference.unexpected[SHOWN:])
    if left_out:
        yield f"    ... {left_out:,} more\n"


def line_of(difference: "Difference", at: int, sources: "Mapping[str, SourceFile]") -> str:
    """The line on which an expected row stands."""
    spans: Sequence[Span] = difference.expected.row_spans
    if at >= len(spans) or spans[at].file not in sources:
        return ""
    return str(sources[spans[at].file].position(spans[at].start).line)


def place_of(span: "Span", sources: "Mapping[str, SourceFile]") -> str:
    """`file:line`."""
    source = sources.get(span.file)
    return f"{source.path}:{source.position(span.start).line}" if source is not None else span.file or "the program"

"""The answers of several engines to one query, side by side."""

import sys
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from oftra.cli.activity import Activity
from oftra.cli.report import tell, wants_color
from oftra.cli.rows import BLANK, Row, json_rows, json_value, names_of, rows_of, show_table
from oftra.cli.status import FAILED, WELL
from oftra.diagnostics import Report
from oftra.project import installed

if TYPE_CHECKING:  # the compiler comes once there is something to ask
    import pyarrow

    from oftra.target import Engine


@dataclass(frozen=True)
class Answer:
    """What an engine said: rows, or why it could not."""

    engine: str
    table: "pyarrow.Table | None"
    error: str | None = None

    @property
    def rows(self) -> list[Row]:
        """The rows, none if it could not."""
        return [] if self.table is None else rows_of(self.table)

    @property
    def names(self) -> list[str]:
        """The names of its columns."""
        return [] if self.table is None else names_of(self.table)

    @property
    def json(self) -> str:
        """The rows as JSON; what went wrong as an object."""
        return f'{{"error": {json_value(self.error)}}}' if self.table is None else json_rows(self.table)


def engines_of(name: str) -> "list[Engine]":
    """The engines that are meant: all that can be used, or the one called `name`. None, once it was said why."""
    report = Report()
    names = installed.engine_names() if name == "all" else (name,)
    found = [engine for one in names if (engine := installed.find_engine(one, report)) is not None]
    tell(report, {})
    return found


def answer_of(engine: str, ask: "Callable[[], pyarrow.Table]") -> Answer:
    """What `engine` says when it is asked."""
    from oftra.target import RunError  # the compiler is there by now

    try:
        with Activity(f"asking {engine}"):
            return Answer(engine, ask())
    except RunError as error:
        return Answer(engine, None, str(error))


def print_side_by_side(answers: Sequence[Answer], ordered: bool, format_: str) -> int:
    """Show the answers beside each other, and whether they are the same; gives the exit status."""
    lines = list(aligned(answers, ordered))
    alike = all(line.is_same for line in lines) and all(answer.error is None for answer in answers)
    if format_ == "json":
        click.echo("{" + ", ".join([f"{json_value(one.engine)}: {one.json}" for one in answers]) + "}")
        return WELL if alike else FAILED
    said = [answer for answer in answers if answer.error is None]
    if said:
        names = [f"{answer.engine}.{name}" for answer in said for name in answer.names]
        rows = [tuple([cell for part in line.parts for cell in part]) for line in lines]
        if not all(line.is_same for line in lines):
            names.insert(0, "")
            rows = [("" if line.is_same else "!", *row) for line, row in zip(lines, rows)]
        for part in show_table(None, names, rows, wants_color(sys.stdout)):
            click.echo(part, nl=False)
    for answer in answers:
        if answer.error is not None:
            click.echo(f"{answer.engine}: error: {answer.error}")
    click.echo(verdict(said, lines, alike))
    return WELL if alike else FAILED


def verdict(said: Sequence[Answer], lines: "Sequence[Line]", alike: bool) -> str:
    """A line that says whether engines agree."""
    if alike:
        return "same rows" if len(said) > 1 else "one engine alone: nothing to compare"
    differing = sum(not line.is_same for line in lines)
    if differing:
        return f"{differing:,} row{'' if differing == 1 else 's'} differ{'s' if differing == 1 else ''}"
    return "not all engines could answer" if said else "no engine could answer"


@dataclass(frozen=True)
class Line:
    """A row of each engine, blank where it has none to put there."""

    parts: tuple[Row, ...]
    is_same: bool


def aligned(answers: Sequence[Answer], ordered: bool) -> Iterator[Line]:
    """The rows of all engines that answered, line by line: those of the first, each beside what is equal to it.

    A row that has no equal stands beside the other's next row that has none. In order only place by place.
    """
    from oftra.testing.compare import same  # only a comparison needs it

    said = [answer for answer in answers if answer.error is None]
    if not said:
        return
    first, *others = [answer.rows for answer in said]
    columns = [beside(first, rows, ordered) for rows in others]
    blanks = [(BLANK,) * len(answer.names) for answer in said]
    for at in range(max([len(first), *map(len, columns)])):
        own = first[at] if at < len(first) else None
        rows = [own, *[column[at] if at < len(column) else None for column in columns]]
        is_same = own is not None and all(row is not None and same(own, row) for row in rows)
        parts = tuple([blank if row is None else row for row, blank in zip(rows, blanks)])
        yield Line(parts, is_same)


def beside(first: Sequence[Row], rows: Sequence[Row], ordered: bool) -> Sequence[Row | None]:
    """`rows` in such an order that equal ones stand where those of `first` do."""
    from oftra.testing.compare import key_of, same, unmatched  # only a comparison needs it

    if ordered:
        return rows
    missing, unexpected = unmatched(first, rows)
    lacking = {at for at, _ in missing}
    waiting: dict[Hashable, list[Row]] = {}
    for row in reversed(rows):
        waiting.setdefault(key_of(row), []).append(row)
    placed: list[Row | None] = []
    for at, row in enumerate(first):
        if at in lacking:
            placed.append(unexpected.pop(0) if unexpected else None)
        elif equal := waiting.get(key_of(row)):
            placed.append(equal.pop())
        else:  # rounding keeps them apart
            alike = next(rows for rows in waiting.values() if rows and same(row, rows[-1]))
            placed.append(alike.pop())
    return placed + unexpected

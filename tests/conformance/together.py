"""Many relations asked for in one question: it is questions that cost. The rows of each come as one array."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import count
from typing import Any, TypeAlias, TypeVar

import pyarrow as pa
from answers import Change
from arrow_types import arrow_type
from stages import as_written

from oftra.datatypes import Array, Field, Struct
from oftra.ir.columns import freshen
from oftra.ir.expr import AggregateCall, Column, MakeStruct
from oftra.ir.program import Program
from oftra.ir.rel import Aggregate, Item, Join, Rel
from oftra.target import RunError, Session

Row: TypeAlias = tuple[Any, ...]
T = TypeVar("T")
A = TypeVar("A")

FIRST_ID = 1_000_000


@dataclass(frozen=True)
class Rows:
    """What an engine gives for a relation, and of which types; the rows sorted as texts."""

    rows: tuple[str, ...]
    types: tuple[pa.DataType, ...]
    declared: tuple[pa.DataType, ...]


def halving(ask: Callable[[list[T]], list[A]], asked: list[T]) -> Iterator[tuple[T, A | Exception]]:
    """The answer to each of `asked`; half of them at a time where all fail, to know which of them it was."""
    try:
        yield from zip(asked, ask(asked), strict=True)
    except Exception as error:
        if len(asked) == 1:
            yield asked[0], error
            return
        half = len(asked) // 2
        yield from halving(ask, asked[:half])
        yield from halving(ask, asked[half:])


def rows_of(
    session: Session, program: Program, rels: Sequence[Rel], change: Change = as_written, together: int = 10
) -> list[Rows | Exception]:
    """What the engine gives for each relation. What it has no words for is found without asking it."""
    found: dict[int, Rows | Exception] = {}
    for at, rel in enumerate(rels):
        try:
            session.wording(*change(program, rel))
        except RunError as refused:
            found[at] = refused
    left = [at for at in range(len(rels)) if at not in found]

    def ask(places: list[int]) -> list[Rows]:
        return _ask(session, program, [rels[at] for at in places], change)

    for start in range(0, len(left), together):
        found |= dict(halving(ask, left[start : start + together]))
    return [found[at] for at in range(len(rels))]


def shown(value: Any) -> str:
    """A value as text by which rows sort and compare: a zero has no sign, NaN is NaN."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value + 0.0)
        case dict():
            return "{" + ", ".join(f"{name}: {shown(one)}" for name, one in value.items()) + "}"
        case list() | tuple():
            return "(" + ", ".join(map(shown, value)) + ")"
        case _:
            return str(value)


def _ask(session: Session, program: Program, rels: list[Rel], change: Change) -> list[Rows]:
    ids = count(FIRST_ID)
    fresh = [freshen(rel, lambda: next(ids)) for rel in rels]
    whole = reduce(lambda left, right: Join("cross", left, right), [_collected(rel, ids) for rel in fresh])
    table = session.query(*change(program, whole), {})
    return [_rows(table.column(at), rel) for at, rel in enumerate(fresh)]


def _collected(rel: Rel, ids: Iterator[int]) -> Rel:
    """One row: all rows of `rel` in an array."""
    type_ = Struct(tuple([Field(f"c{at}", column.type) for at, column in enumerate(rel.columns)]))
    call = AggregateCall("array_agg", (MakeStruct(rel.columns, type_),), Array(type_), nullable=True)
    at = next(ids)
    return Aggregate(rel, (), (Item(Column(at, f"rows_{at}", call.type), call),))


def _rows(column: pa.ChunkedArray, rel: Rel) -> Rows:
    found = column[0].as_py() or []
    fields = column.type.value_type
    return Rows(
        tuple(sorted(shown(tuple(row.values())) for row in found)),
        tuple([fields.field(at).type for at in range(fields.num_fields)]),
        tuple([arrow_type(one.type) for one in rel.columns]),
    )

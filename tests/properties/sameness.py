"""Asking engines the same, and finding the smallest part of a program to which they answer otherwise."""

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any

import pyarrow as pa
from arrow_types import arrow_type

from oftra.datatypes import Interval
from oftra.ir.expr import (
    AggregateCall,
    Column,
    ExistsQuery,
    Expr,
    InQuery,
    Lambda,
    Literal,
    ScalarQuery,
    WindowCall,
)
from oftra.ir.program import Program
from oftra.ir.rel import Aggregate, Filter, Item, Project, Rel, Unnest, Window
from oftra.ir.show import show_rel
from oftra.ir.walk import children, every_rel, inputs
from oftra.target import RunError, Session
from oftra.testing import compare

BROKEN = frozenset({
    "BinderException", "ParserException", "CatalogException", "SyntaxException", "AnalysisException", "ParseException",
    "PySparkTypeError", "PySparkValueError", "TypeError", "AttributeError", "NameError", "SyntaxError",
})  # fmt: skip
"""Errors of an engine that does not understand what it is asked: whatever the rows are, that is wrong."""


@dataclass(frozen=True)
class Answer:
    """What an engine said: rows and types; why it failed; that the query is refused, or not understood."""

    rows: tuple[tuple[object, ...], ...] = ()
    types: tuple[str, ...] = ()
    error: str | None = None
    is_refused: bool = False
    is_broken: bool = False

    def differs(self, other: "Answer") -> bool:
        """Whether it says something else than another one. Two that fail agree; a refusal is no answer."""
        if self.is_refused or other.is_refused:
            return False
        if self.error is not None or other.error is not None:
            return (self.error is None) != (other.error is None)
        return self.types != other.types or compare.unmatched(self.rows, other.rows) != ([], [])

    def __str__(self) -> str:
        if self.error is not None:
            return ("refused: " if self.is_refused else "error: ") + self.error
        return f"{', '.join(self.types)}\n" + "\n".join(sorted(map(repr, self.rows)))


def ask(session: Session, program: Program, rel: Rel) -> Answer:
    """The answer of an engine."""
    try:
        return answer_of(session.query(program, rel, {}))
    except RunError as error:
        return failed(error)
    except Exception:
        return Answer(error=traceback.format_exc(), is_broken=True)  # a planner broke down


def failed(error: RunError) -> Answer:
    """The answer that is an error: what an engine reports has a cause; what is refused before it is asked has none."""
    broken = type(error.__cause__).__name__ in BROKEN
    return Answer(error=str(error), is_refused=error.__cause__ is None, is_broken=broken)


def answer_of(table: pa.Table) -> Answer:
    """The answer that these rows are."""
    columns = [[settled(value) for value in cells(column)] for column in table.columns]
    rows = tuple(zip(*columns)) if columns else ((),) * table.num_rows
    return Answer(rows, tuple([type_text(type_) for type_ in table.schema.types]))


def cells(column: pa.ChunkedArray) -> list[Any]:
    """Python's values; numbers for days and times that Python has not."""
    try:
        return column.to_pylist()
    except (OverflowError, ValueError):
        return column.cast(pa.int32() if pa.types.is_date32(column.type) else pa.int64()).to_pylist()


def settled(value: Any) -> object:
    """A value as it is compared: entries of a map have no order, and what rounding left of nothing is nothing."""
    match value:
        case float():
            return value if isnan(value) or abs(value) > 1e-12 else 0.0
        case [tuple(), *_]:
            return sorted([(repr(key), settled(item)) for key, item in value], key=lambda entry: entry[0])
        case list():
            return [settled(item) for item in value]
        case dict():
            return {name: settled(item) for name, item in value.items()}
        case _:
            return value


def type_text(type_: pa.DataType) -> str:
    """An Arrow type without the names and nullability of what is inside, which mean nothing."""
    if pa.types.is_list(type_):
        return f"array<{type_text(type_.value_type)}>"
    if pa.types.is_map(type_):
        return f"map<{type_text(type_.key_type)}, {type_text(type_.item_type)}>"
    if pa.types.is_struct(type_):
        return f"struct<{', '.join([f'{field.name}: {type_text(field.type)}' for field in type_])}>"
    return str(type_)


def declared(rel: Rel) -> tuple[str, ...]:
    """The types that the program says its columns have."""
    return tuple([type_text(arrow_type(column.type)) for column in rel.columns])


Ask = Callable[[Rel], Answer]
"""Asks an engine for the rows of a relation."""


class Asked:
    """Engines that should agree, by their names."""

    def __init__(self, ways: Mapping[str, Ask]) -> None:
        self.ways = ways

    def answers(self, rel: Rel) -> dict[str, Answer]:
        """What each says."""
        return {name: way(rel) for name, way in self.ways.items()}

    def smallest(self, rel: Rel, patience: int = 30) -> Rel:
        """The smallest part of `rel` that still differs, of those found by taking it apart."""
        asked = 0

        def differs(part: Rel) -> bool:
            nonlocal asked
            asked += 1
            return asked <= patience and disagree(self.answers(part), part)

        while True:
            smaller = next((part for part in (*inputs(rel), *reduced(rel)) if differs(part)), None)
            if smaller is None:
                return rel
            rel = smaller


def disagree(answers: Mapping[str, Answer], rel: Rel) -> bool:
    """Whether the answers differ, or are of other types than the program says."""
    first, *others = answers.values()

    def wrong(found: Answer) -> bool:
        return found.is_broken or (found.error is None and found.types != declared(rel))

    return any(map(wrong, answers.values())) or any(first.differs(other) for other in others)


def reduced(rel: Rel) -> Iterator[Rel]:
    """Relations that have less in them than `rel`, over the same rows."""
    match rel:
        case Project(source, items) if len(items) > 1:
            yield from [Project(source, (item,)) for item in items if not isinstance(item.value, Column)]
        case Project(source, (item,)):
            yield from [values(source, part) for part in parts(item.value)]
        case Window(source, items) if len(items) > 1:
            yield from [Window(source, (item,)) for item in items]
        case Window(source, (item,)) if len(rel.columns) > 1:
            yield Project(rel, (Item(item.column, item.column),))
        case Aggregate(source, keys, items, sets) if len(items) > 1:
            yield from [Aggregate(source, keys, (item,), sets) for item in items]
        case Aggregate(source, keys, (item,), None) if keys:
            yield Aggregate(source, (), (item,))
            yield values(source, *[key.value for key in keys])
        case Aggregate(source, (), (Item(value=AggregateCall(arguments=arguments, filter=when)),)):
            yield from [values(source, part) for part in (*arguments, *([when] if when is not None else []))]
        case Filter(source, condition):
            yield values(source, condition)
        case Unnest(source, array):
            yield values(source, array)


def parts(expr: Expr) -> Iterator[Expr]:
    """What an expression is made of, as far as it has a value by itself."""
    if not isinstance(expr, AggregateCall | WindowCall | ScalarQuery | ExistsQuery | InQuery):
        for part in children(expr):
            if not isinstance(part, Lambda | Column | Literal) and not isinstance(part.type, Interval):
                yield part


def values(source: Rel, *exprs: Expr) -> Rel:
    """The values of expressions over the rows of `source`."""
    items = [Item(Column(90_000 + at, f"v{at}", expr.type, expr.nullable), expr) for at, expr in enumerate(exprs)]
    return Project(source, tuple(items))


def told(program: Program, rel: Rel, answers: Mapping[str, Answer]) -> str:
    """A difference, with all that is needed to see it again."""
    names = {part.relation for part in every_rel(rel) if hasattr(part, "relation")}
    tables = [f"view {one.name} =\n{show_rel(one.rel)}\n" for one in program.relations if one.name in names]
    lines = [*tables, show_rel(rel), f"declared: {', '.join(declared(rel))}"]
    return "\n".join([*lines, *[f"--- {name}\n{answer}" for name, answer in answers.items()]])

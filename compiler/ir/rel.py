"""Typed relations: what rows there are, never how an engine gets them.

Every node offers `columns`, the columns of its rows in order. Column ids are unique within one relation's definition: a
node that passes a column through keeps its id, a node that makes a value gives it a new one. A query inside an
expression may use columns of the rows around it: they are the ids that its own relations do not define.
"""

from dataclasses import field
from typing import Literal, TypeAlias

from oftra.ir.expr import AggregateCall, Call, Column, Duration, Expr, SortKey, WindowCall, luggage
from oftra.node import node
from oftra.source import Span

JoinKind = Literal["inner", "left", "right", "full", "cross", "semi", "anti"]


@node
class Item:
    """A column and the value it takes. Where `value` is the column itself, it is passed through."""

    column: Column
    value: Expr

    @property
    def passes(self) -> bool:
        """Whether the column comes from the input unchanged, under its own name."""
        return isinstance(self.value, Column) and self.value.id == self.column.id


@node
class Scan:
    """The rows of another relation of the program, by its full name. Columns are matched by name.

    Each use of a relation has ids of its own, so that a self-join needs no care. `alias` is the name that the program
    gives it here: generated code may keep it.
    """

    relation: str
    columns: tuple[Column, ...]
    alias: str | None = field(default=None, compare=False, repr=False, kw_only=True)
    span: Span = luggage()


@node
class Read:
    """The records of a source as they come in from its connection, under its contract's names and types."""

    source: str
    columns: tuple[Column, ...]
    span: Span = luggage()


@node
class Values:
    """Rows that stand in the program. Every cell is a constant expression of its column's type.

    `alias` is the name that the program gives them: generated code may keep it.
    """

    rows: tuple[tuple[Expr, ...], ...]
    columns: tuple[Column, ...]
    alias: str | None = field(default=None, compare=False, repr=False, kw_only=True)
    span: Span = luggage()


@node
class Filter:
    """Keep the rows for which `condition` is true (not false, not null)."""

    source: "Rel"
    condition: Expr
    span: Span = luggage()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of its source."""
        return self.source.columns


@node
class Project:
    """Rows of exactly these items."""

    source: "Rel"
    items: tuple[Item, ...]
    span: Span = luggage()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of its items."""
        return tuple([item.column for item in self.items])


@node
class Join:
    """Pairs of rows for which `condition` is true (None: all), and by `kind` the rows that found no partner.

    With `lateral` the right side may use columns of the left one (kind inner, cross or left). `ttl` is how long the row
    of a stream waits for partners, where the program says so; in batch all rows wait for each other.
    """

    kind: JoinKind
    left: "Rel"
    right: "Rel"
    condition: Expr | None = None
    lateral: bool = False
    ttl: Duration | None = None
    span: Span = luggage()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Left's, then right's (semi and anti: left's alone); nullable where a row may have no partner."""
        left, right = self.left.columns, self.right.columns
        if self.kind in ("semi", "anti"):
            return left
        if self.kind in ("right", "full"):
            left = as_nullable(left)
        if self.kind in ("left", "full"):
            right = as_nullable(right)
        return left + right


def as_nullable(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """`columns`, each of which may be null."""
    return tuple([c if c.nullable else Column(c.id, c.name, c.type, nullable=True, span=c.span) for c in columns])


@node
class Aggregate:
    """One row a group: the keys, then the aggregates. Without keys one row, also of nothing.

    The value of each of `aggregates` is an `AggregateCall`. `sets` holds, for each grouping set, the positions of its
    keys; None is the one set of all keys.
    """

    source: "Rel"
    keys: tuple[Item, ...]
    aggregates: tuple[Item, ...]
    sets: tuple[tuple[int, ...], ...] | None = None
    span: Span = luggage()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Keys first, then aggregates."""
        return tuple([item.column for item in self.keys + self.aggregates])


@node
class Window:
    """The source's columns, then one for each item, whose value is a `WindowCall`."""

    source: "Rel"
    items: tuple[Item, ...]
    span: Span = luggage()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The source's, then the items'."""
        return self.source.columns + tuple([item.column for item in self.items])


@node
class SetOperation:
    """`union`, `intersect` or `except` of inputs, matched by position; they have exactly `columns`' types."""

    kind: Literal["union", "intersect", "except"]
    all: bool
    inputs: tuple["Rel", ...]
    columns: tuple[Column, ...]
    span: Span = luggage()


@node
class Sort:
    """The rows in this order; it holds up to the next operator that doesn't keep it."""

    source: "Rel"
    keys: tuple[SortKey, ...]
    span: Span = luggage()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of its source."""
        return self.source.columns


@node
class Limit:
    """At most `count` rows (None: all) after leaving out the first `skip`."""

    source: "Rel"
    count: int | None
    skip: int = 0
    span: Span = luggage()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of its source."""
        return self.source.columns


@node
class Distinct:
    """Each different row once; nulls equal nulls."""

    source: "Rel"
    span: Span = luggage()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of its source."""
        return self.source.columns


@node
class Unnest:
    """For each row of the source one row an element of `array`, which may use the source's columns.

    `offset` is the element's position from 0, None if not asked for. With `outer`, a row whose array is null or empty
    stays.
    """

    source: "Rel"
    array: Expr
    element: Column
    offset: Column | None = None
    outer: bool = False
    span: Span = luggage()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The source's, then the element and its position."""
        return (*self.source.columns, self.element, *(() if self.offset is None else (self.offset,)))


@node
class Sample:
    """A random part of the rows: `amount` percent of them, or so many."""

    source: "Rel"
    amount: float
    unit: Literal["percent", "rows"]
    seed: int | None = None
    span: Span = luggage()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of its source."""
        return self.source.columns


@node
class TimeWindow:
    """Each row with the window(s) of time that it falls into: `start` inclusive, `end` exclusive.

    `sizes` are constant intervals: tumble (size[, offset]), hop (slide, size), cumulate (step, size), session (gap).
    A row with a null time falls into none and is left out.
    """

    kind: Literal["tumble", "hop", "cumulate", "session"]
    source: "Rel"
    time: Expr
    sizes: tuple[Expr, ...]
    start: Column
    end: Column
    partition_by: tuple[Expr, ...] = ()
    span: Span = luggage()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The source's, then the window's start and end."""
        return (*self.source.columns, self.start, self.end)


@node
class Rule:
    """A promise about every row: `condition` is not false. `action` is what happens to a row that breaks it.

    `kind` `unique` says instead that no two rows agree in `columns` (with `primary key`, each is not null too: a
    rule of its own); `references` that `columns`, unless one is null, are found in `target_columns` of `target`;
    `readable`, of a source whose records come as text, that the record could be decoded exactly. `into` is the full
    name of the quarantine that takes what breaks it.
    """

    name: str
    kind: Literal["check", "unique", "references", "readable"]
    action: Literal["fail", "drop", "warn", "quarantine"]
    condition: Expr | None = None
    columns: tuple[Column, ...] = ()
    target: str | None = None
    target_columns: tuple[str, ...] = ()
    into: str | None = None
    span: Span = luggage()


def must_be_there(rule: Rule) -> Column | None:
    """The column that a rule `not null` is about; None of another rule."""
    match rule.condition:
        case Call("not", (Call("is_null", (Column() as column,)),)):
            return column
        case _:
            return None


@node
class Checked:
    """The rows of `source` that keep `rules`. They judge every row of `source`: nothing moves across."""

    source: "Rel"
    rules: tuple[Rule, ...]
    columns: tuple[Column, ...]
    span: Span = luggage()


@node
class Opaque:
    """A query in one engine's own words, with holes `{name}` for its inputs. Nothing moves in or across.

    `name` is that of the view that it is, in full.
    """

    engine: str
    text: str
    inputs: tuple[Scan, ...]
    columns: tuple[Column, ...]
    name: str = "raw"
    span: Span = luggage()


@node
class Recursion:
    """What `with recursive` names: the rows of the first input, and those that the second makes of each round's rows.

    The second ends where a round makes no row; without `all` it makes none that was there. `columns` are by position.
    """

    name: str
    all: bool
    inputs: tuple["Rel", "Rel"]
    columns: tuple[Column, ...]
    span: Span = luggage()


@node
class Round:
    """The rows that the last round made, inside the second input of the `Recursion` of that name around it."""

    name: str
    columns: tuple[Column, ...]
    span: Span = luggage()


@node
class Step:
    """Its source under a name that somebody gave it: an inlined view lives on so, and generated code keeps the name.

    If it is `shared`, the same under the same name stands elsewhere in the relation, and is to be computed once.
    """

    source: "Rel"
    name: str
    description: str | None = field(default=None, compare=False)
    shared: bool = False
    span: Span = luggage()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of its source."""
        return self.source.columns


Rel: TypeAlias = (
    Scan | Read | Values | Filter | Project | Join | Aggregate | Window | SetOperation | Sort | Limit | Distinct
    | Unnest | Sample | TimeWindow | Checked | Opaque | Recursion | Round | Step
)  # fmt: skip

__all__ = [
    "Aggregate", "AggregateCall", "Checked", "Distinct", "Filter", "Item", "Join", "JoinKind", "Limit", "Opaque",
    "Project", "Read", "Recursion", "Rel", "Round", "Rule", "Sample", "Scan", "SetOperation", "Sort", "Step",
    "TimeWindow", "Unnest", "Values", "Window", "WindowCall", "as_nullable", "must_be_there",
]  # fmt: skip

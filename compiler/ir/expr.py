"""Typed expressions: a dozen nodes; every operator and function is a `Call` of a registry entry.

Each node has a `type` and says whether its value may be `nullable`. A column is known by its `id`, unique within one
relation's definition: names are for people and for the stored result.
"""

from dataclasses import field
from datetime import date, datetime
from decimal import Decimal as Number
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from typing import Literal as OneOf

from oftra.datatypes import BOOLEAN, DataType
from oftra.datatypes import Struct as StructType
from oftra.node import node
from oftra.source import NOWHERE, Span

if TYPE_CHECKING:  # the two unions refer to each other: a query may stand in an expression
    from oftra.ir.rel import Rel


def luggage() -> Span:
    """The span field of a node: carried along by rewrites, never compared."""
    return field(default=NOWHERE, compare=False, repr=False, kw_only=True)


class Duration(NamedTuple):
    """The value of an interval: whole months, or microseconds; one of them is 0."""

    months: int = 0
    micros: int = 0


Value: TypeAlias = bool | int | float | Number | str | bytes | date | datetime | Duration | None
"""A constant. A `timestamp` is an aware datetime in UTC, a `datetime` a naive one, `json` is text."""


@node
class Column:
    """A column of a relation and, used as an expression, its value in the row at hand."""

    id: int
    name: str
    type: DataType
    nullable: bool = True
    span: Span = luggage()


@node
class Literal:
    """A constant."""

    value: Value
    type: DataType
    span: Span = luggage()

    @property
    def nullable(self) -> bool:
        """Only `null` itself is."""
        return self.value is None


@node
class Runtime:
    """A value known when the generated program runs: a `param`, an `env`, a `secret`, `run.start` or `run.end`."""

    kind: OneOf["param", "env", "secret", "run"]
    name: str
    type: DataType
    default: "Expr | None" = None
    nullable: bool = False
    span: Span = luggage()


@node
class Call:
    """A scalar function or operator by its registry name: `add(a, b)`, `and(a, b)`, `is_null(a)`, `lower(a)`.

    `and` and `or` take two arguments or more. Arguments have exactly the types that the signature asks for: the checker
    has put in what casts are needed.
    """

    function: str
    arguments: tuple["Expr", ...]
    type: DataType
    nullable: bool
    span: Span = luggage()


@node
class Cast:
    """`cast(operand as type)`; with `safe`, null where it can't be done. `implicit` if nobody wrote it."""

    operand: "Expr"
    type: DataType
    nullable: bool
    safe: bool = False
    implicit: bool = field(default=False, compare=False)
    span: Span = luggage()


@node
class Case:
    """The value of the first branch whose condition is true, else `otherwise`."""

    branches: tuple[tuple["Expr", "Expr"], ...]
    otherwise: "Expr"
    type: DataType
    nullable: bool
    span: Span = luggage()


@node
class SortKey:
    """An expression to order by. Nulls sort lowest unless `nulls_first` says otherwise: it is always set."""

    expr: "Expr"
    descending: bool = False
    nulls_first: bool = True


@node
class AggregateCall:
    """An aggregate function over a group's rows. It stands only as an item of an `Aggregate`.

    `count(*)` is `count` without arguments.
    """

    function: str
    arguments: tuple["Expr", ...]
    type: DataType
    nullable: bool
    distinct: bool = False
    filter: "Expr | None" = None
    order_by: tuple[SortKey, ...] = ()
    span: Span = luggage()


@node
class FrameBound:
    """An end of a frame. `offset` None with `preceding` or `following` is unbounded."""

    kind: OneOf["preceding", "current row", "following"]
    offset: "Expr | None" = None


@node
class Frame:
    """The rows around the current one that a window function sees."""

    unit: OneOf["rows", "range", "groups"]
    start: FrameBound
    end: FrameBound
    exclude: OneOf["current row", "group", "ties"] | None = None


@node
class WindowCall:
    """A window function, or an aggregate over a window. It stands only as an item of a `Window`.

    `frame` None is SQL's default: the whole partition without `order_by`, else its start to the current row's peers.
    """

    function: str
    arguments: tuple["Expr", ...]
    type: DataType
    nullable: bool
    partition_by: tuple["Expr", ...] = ()
    order_by: tuple[SortKey, ...] = ()
    frame: Frame | None = None
    filter: "Expr | None" = None
    ignore_nulls: bool = False
    distinct: bool = False
    span: Span = luggage()


@node
class MakeStruct:
    """A struct of these values, in the order of the type's fields."""

    values: tuple["Expr", ...]
    type: StructType
    span: Span = luggage()

    @property
    def nullable(self) -> bool:
        """A struct that is made is there, whatever it holds."""
        return False


@node
class FieldOf:
    """A field of a struct; null of a null struct."""

    operand: "Expr"
    name: str
    type: DataType
    nullable: bool = True
    span: Span = luggage()


@node
class Lambda:
    """A function given to a function. Its parameters are columns of its own; `type` is its result's."""

    parameters: tuple[Column, ...]
    body: "Expr"
    span: Span = luggage()

    @property
    def type(self) -> DataType:
        """The type of what it returns."""
        return self.body.type

    @property
    def nullable(self) -> bool:
        """Whether what it returns may be null."""
        return self.body.nullable


@node
class ScalarQuery:
    """The only value of a query of one column: null where it has no row; a run fails where it has several."""

    query: "Rel"
    type: DataType
    span: Span = luggage()

    @property
    def nullable(self) -> bool:
        """A query may have no row."""
        return True


@node
class ExistsQuery:
    """Whether a query has a row."""

    query: "Rel"
    span: Span = luggage()

    @property
    def type(self) -> DataType:
        """Always boolean."""
        return BOOLEAN

    @property
    def nullable(self) -> bool:
        """Never null."""
        return False


@node
class InQuery:
    """Whether the operands equal a row of the query, in three-valued logic."""

    operands: tuple["Expr", ...]
    query: "Rel"
    nullable: bool = True
    span: Span = luggage()

    @property
    def type(self) -> DataType:
        """Always boolean."""
        return BOOLEAN


@node
class Foreign:
    """A function in engines' own words: for each engine its text with holes `{0}`, `{1}`, ... for the arguments."""

    name: str
    bodies: tuple[tuple[str, str], ...]
    arguments: tuple["Expr", ...]
    type: DataType
    nullable: bool = True
    span: Span = luggage()


Expr: TypeAlias = (
    Column | Literal | Runtime | Call | Cast | Case | AggregateCall | WindowCall | MakeStruct | FieldOf | Lambda
    | ScalarQuery | ExistsQuery | InQuery | Foreign
)  # fmt: skip

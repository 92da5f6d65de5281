"""A small tree of SQL for all SQL engines: what will be written, with every decision already taken.

This module holds expressions; `query` queries and statements. Names, strings and field names are kept as plain values:
quoting and escaping is the printer's business (`write`), and so are parentheses, which follow from precedence alone.
Function names, type names, operators and keywords are text of ours, printed as it stands.
"""

from typing import TYPE_CHECKING, Literal, TypeAlias

from oftra.node import node

if TYPE_CHECKING:  # the two unions refer to each other: a query may stand in an expression
    from oftra.targets.sql.query import Query


@node
class Name:
    """A column, relation or other object by its parts: `amount`, `orders.amount`."""

    parts: tuple[str, ...]


@node
class Number:
    """A number without a sign (a negative one is `Unary("-", ...)`), as SQL writes it: `1`, `1.50`, `1.5e0`."""

    text: str


@node
class Text:
    """A string literal."""

    value: str


@node
class Word:
    """A word that is an expression: `null`, `true`, `current_date`, `*`."""

    text: str


@node
class Typed:
    """A literal that begins with its type's name: `date '2026-01-31'`."""

    type: str
    value: str


@node
class Unary:
    """An operator before its operand: `-x`, `not x`."""

    operator: str
    operand: "Expr"


@node
class Binary:
    """An operator between two operands: `a + b`, `a is distinct from b`, `a like b`, `a not like b`."""

    operator: str
    left: "Expr"
    right: "Expr"


@node
class Chain:
    """An associative operator between operands: `a and b and c`."""

    operator: Literal["and", "or", "||"]
    operands: tuple["Expr", ...]


@node
class Postfix:
    """An operator after its operand: `x is null`, `x is not true`."""

    operand: "Expr"
    operator: str


@node
class Between:
    """`operand between low and high`, or `not between`."""

    operand: "Expr"
    low: "Expr"
    high: "Expr"
    negated: bool = False


@node
class In:
    """`operand in (items)`, or `not in`; `items` may be a query."""

    operand: "Expr"
    items: "tuple[Expr, ...] | Query"
    negated: bool = False


@node
class Like:
    """`operand like pattern escape escape`, or another operator of its kind (`ilike`, `not like`)."""

    operator: str
    operand: "Expr"
    pattern: "Expr"
    escape: "Expr | None" = None


@node
class Cast:
    """`cast(operand as type)`, or `try_cast`; by the dialect's shorter form where it has one."""

    operand: "Expr"
    type: str
    safe: bool = False


@node
class Case:
    """`case when ... then ... else ... end`. With `operand`, its simple form."""

    branches: tuple[tuple["Expr", "Expr"], ...]
    otherwise: "Expr | None" = None
    operand: "Expr | None" = None


@node
class OrderItem:
    """A key of an `order by`."""

    expr: "Expr"
    descending: bool = False
    nulls: Literal["first", "last"] | None = None


@node
class Function:
    """A call by name, with what an aggregate may have in its parentheses and after them."""

    name: str
    arguments: tuple["Expr", ...] = ()
    distinct: bool = False
    order_by: tuple[OrderItem, ...] = ()
    ignore_nulls: bool = False
    filter: "Expr | None" = None


@node
class WindowSpec:
    """What stands after `over`: the partition, the order, and the frame as text with holes for its bounds.

    `frame` holds words and expressions in turn: `("rows between", 2, "preceding and current row")`.
    """

    partition_by: tuple["Expr", ...] = ()
    order_by: tuple[OrderItem, ...] = ()
    frame: tuple["str | Expr", ...] = ()


@node
class Over:
    """A function over a window, or over the named window of its SELECT."""

    function: Function
    window: "WindowSpec | str"


@node
class Extract:
    """`extract(part from operand)`."""

    part: str
    operand: "Expr"


@node
class Member:
    """A field of a struct value: `operand.name`."""

    operand: "Expr"
    name: str


@node
class Index:
    """`operand[index]`, or a slice `operand[index:end]`."""

    operand: "Expr"
    index: "Expr"
    end: "Expr | None" = None


@node
class ListOf:
    """`[a, b]`."""

    items: tuple["Expr", ...]


@node
class StructOf:
    """`{'name': value}`."""

    fields: tuple[tuple[str, "Expr"], ...]


@node
class MapOf:
    """`map {key: value}`."""

    entries: tuple[tuple["Expr", "Expr"], ...]


@node
class Row:
    """`(a, b)`, two items or more."""

    items: tuple["Expr", ...]


@node
class Lambda:
    """`lambda x: body`, or as the dialect writes it."""

    parameters: tuple[str, ...]
    body: "Expr"


@node
class Interval:
    """`interval '5 minutes'`: the text is of ours."""

    text: str


@node
class Subquery:
    """A query as a value."""

    query: "Query"


@node
class Exists:
    """`exists (query)`, or `not exists`."""

    query: "Query"
    negated: bool = False


@node
class Named:
    """An argument by name, which is a word of ours: `hive_partitioning = true`."""

    name: str
    value: "Expr"


@node
class Raw:
    """Text that the program gives, with expressions in its holes.

    As an operand it stands in parentheses, unless it is no more than a call.
    """

    pieces: tuple["str | Expr", ...]
    is_call: bool = False


Expr: TypeAlias = (
    Name | Number | Text | Word | Typed | Unary | Binary | Chain | Postfix | Between | In | Like | Cast | Case
    | Function | Over | Extract | Member | Index | ListOf | StructOf | MapOf | Row | Lambda | Interval | Subquery
    | Exists | Named | Raw
)  # fmt: skip

NULL, TRUE, FALSE, STAR = Word("null"), Word("true"), Word("false"), Word("*")


def column(*parts: str) -> Name:
    """The name of these parts."""
    return Name(parts)


def call(name: str, *arguments: Expr) -> Function:
    """A plain call."""
    return Function(name, arguments)


def integer(value: int) -> Expr:
    """A whole number, negative ones too."""
    return Number(str(value)) if value >= 0 else Unary("-", Number(str(-value)))


def all_of(conditions: tuple[Expr, ...]) -> Expr:
    """`a and b and ...`; true of none."""
    match conditions:
        case ():
            return TRUE
        case (single,):
            return single
        case _:
            return Chain("and", conditions)

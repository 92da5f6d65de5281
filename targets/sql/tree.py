"""A small tree of SQL for all SQL engines: what will be written, with every decision already taken.

Names, strings and field names are kept as plain values: quoting and escaping is the printer's business (`write`), and so are
parentheses, which follow from precedence alone. Function names, type names, operators and keywords are text of ours, printed
as it stands.
"""

from typing import Literal, TypeAlias

from oftra.ir.expr import luggage
from oftra.node import node
from oftra.source import Span

# ---------------------------------------------------------------------------------------------------------- expressions


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
    """An argument by name: `hive_partitioning = true`."""

    name: str
    value: "Expr"


@node
class Raw:
    """Text that the program gives, with expressions in its holes; it is put in parentheses wherever it is an operand."""

    pieces: tuple["str | Expr", ...]


Expr: TypeAlias = (
    Name | Number | Text | Word | Typed | Unary | Binary | Chain | Postfix | Between | In | Like | Cast | Case | Function
    | Over | Extract | Member | Index | ListOf | StructOf | MapOf | Row | Lambda | Interval | Subquery | Exists | Named | Raw
)  # fmt: skip

NULL, TRUE, FALSE, STAR = Word("null"), Word("true"), Word("false"), Word("*")

# -------------------------------------------------------------------------------------------------------------- queries


@node
class SelectItem:
    """An item of a SELECT; `alias` None where the expression's own name will do."""

    expr: Expr
    alias: str | None = None
    span: Span = luggage()


@node
class Table:
    """A relation in FROM by its name."""

    name: Name
    alias: str | None = None


@node
class TableFunction:
    """A call in FROM: `read_parquet('a.parquet')`, `unnest(tags) as t (tag)`."""

    call: Expr
    alias: str | None = None
    columns: tuple[str, ...] = ()


@node
class Derived:
    """A query in FROM."""

    query: "Query"
    alias: str | None = None
    columns: tuple[str, ...] = ()
    lateral: bool = False


@node
class Join:
    """A further relation of FROM: `kind` is the words before it (`join`, `left join`, `semi join`, `cross join`)."""

    kind: str
    source: "FromItem"
    condition: Expr | None = None
    using: tuple[str, ...] = ()
    span: Span = luggage()


FromItem: TypeAlias = Table | TableFunction | Derived


@node
class Condition:
    """A condition of WHERE, HAVING or QUALIFY; several are joined by `and`, a line each if they don't fit on one."""

    expr: Expr
    span: Span = luggage()


@node
class Grouping:
    """`group by`: keys (`all` for DuckDB's `group by all`), or `grouping sets` of them."""

    keys: tuple[Expr, ...] = ()
    sets: tuple[tuple[Expr, ...], ...] | None = None
    span: Span = luggage()


@node
class Select:
    """One SELECT. `comment` lines stand above it."""

    items: tuple[SelectItem, ...]
    source: FromItem | None = None
    joins: tuple[Join, ...] = ()
    where: tuple[Condition, ...] = ()
    group_by: Grouping | None = None
    having: tuple[Condition, ...] = ()
    windows: tuple[tuple[str, WindowSpec], ...] = ()
    qualify: tuple[Condition, ...] = ()
    order_by: tuple[OrderItem, ...] = ()
    limit: int | None = None
    offset: int = 0
    sample: str | None = None
    distinct: bool = False
    source_span: Span = luggage()


@node
class Compound:
    """`union all`, `intersect`, ... of queries, and what orders and cuts the whole."""

    operator: str
    inputs: tuple["Query", ...]
    order_by: tuple[OrderItem, ...] = ()
    limit: int | None = None
    offset: int = 0


@node
class RowsOf:
    """`values (1, 'a'), (2, 'b')`."""

    rows: tuple[tuple[Expr, ...], ...]


@node
class RawQuery:
    """A query that the program gives as text, with expressions in its holes."""

    pieces: tuple["str | Expr", ...]


@node
class Cte:
    """A named query before another; its description is the comment above it."""

    name: str
    query: "Query"
    description: str | None = None
    span: Span = luggage()


@node
class With:
    """A query and the named queries it uses."""

    ctes: tuple[Cte, ...]
    query: "Query"


Query: TypeAlias = Select | Compound | RowsOf | RawQuery | With

# ----------------------------------------------------------------------------------------------------------- statements


@node
class Create:
    """`create or replace view NAME as query`, and the same of a table."""

    kind: Literal["view", "table", "temp view", "temp table"]
    name: Name
    query: Query
    description: str | None = None
    span: Span = luggage()


@node
class CreateSchema:
    """`create schema if not exists NAME`."""

    name: Name


@node
class Copy:
    """`copy (query) to 'path' (option, ...)`."""

    query: Query
    path: Expr
    options: tuple[tuple[str, Expr | None], ...] = ()
    description: str | None = None
    span: Span = luggage()


@node
class SetVariable:
    """`set variable NAME = value`; its description is the comment above it."""

    name: str
    value: Expr
    description: str | None = None
    span: Span = luggage()


@node
class Set:
    """`set NAME = value`: an option of the session."""

    name: str
    value: Expr


@node
class Attach:
    """`attach 'path' as name`."""

    path: Expr
    name: str
    read_only: bool = False


@node
class Run:
    """A query that is run for what it does: `select error(...)`."""

    query: Query
    description: str | None = None
    span: Span = luggage()


Statement: TypeAlias = Create | CreateSchema | Copy | SetVariable | Set | Attach | Run

# ------------------------------------------------------------------------------------------------------- short spellings


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

"""Queries and statements of the SQL tree."""

from typing import Literal, TypeAlias

from oftra.ir.expr import luggage
from oftra.node import node
from oftra.source import Span
from oftra.targets.sql.tree import Expr, Name, OrderItem, WindowSpec


@node
class SelectItem:
    """An item of a SELECT; `alias` None where the expression's own name will do."""

    expr: Expr
    alias: str | None = None
    span: Span = luggage()


@node
class Table:
    """A relation in FROM by its name; with `as_of` as it was at that time."""

    name: Name
    alias: str | None = None
    as_of: Expr | None = None


@node
class TableFunction:
    """A call in FROM: `read_parquet('a.parquet')`, `unnest(tags) with ordinality as t (tag, at)`."""

    call: Expr
    alias: str | None = None
    columns: tuple[str, ...] = ()
    ordinality: bool = False


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
    """One SELECT.

    Columns qualified with `implicit`, the alias of its only relation, are written without it; except in ORDER BY and
    HAVING those named in `clashing`, which an item's alias would hide. `hint` says of relations, by their aliases, for
    how long a join keeps their rows.
    """

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
    implicit: str | None = None
    clashing: frozenset[str] = frozenset()
    hint: tuple[tuple[str, str], ...] = ()
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
    """A query that the program gives as text, with expressions in its holes.

    `shifts` says that more space before each of its lines does no harm.
    """

    pieces: tuple["str | Expr", ...]
    shifts: bool = False


@node
class Cte:
    """A named query before another; its description is the comment above it."""

    name: str
    query: "Query"
    description: str | None = None
    span: Span = luggage()


@node
class With:
    """A query and the named queries it uses; `recursive` if one of them uses itself."""

    ctes: tuple[Cte, ...]
    query: "Query"
    recursive: bool = False


Query: TypeAlias = Select | Compound | RowsOf | RawQuery | With

# ---------------------------------------------------------------------------------------------------------- statements


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
    """`copy source to 'path' (option, ...)`: of a query, or of all of a relation."""

    source: Query | Name
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
class CreateMacro:
    """`create or replace temp macro NAME(parameters) as body`, lines of ours; its description stands above it."""

    name: str
    parameters: tuple[str, ...]
    body: tuple[str, ...]
    description: str | None = None


@node
class Set:
    """`set NAME = value`: an option of the session."""

    name: str
    value: Expr


@node
class CreateTable:
    """`create or replace temp table NAME (column type, ...)`; its description stands above it."""

    name: str
    columns: tuple[tuple[str, str], ...]
    description: str | None = None


@node
class Insert:
    """`insert into NAME by name query`; its description is the comment above it."""

    name: str | Name
    query: Query
    description: str | None = None
    span: Span = luggage()


@node
class CreateEmpty:
    """`create table if not exists NAME as query`: the query has no row, but the table's columns."""

    name: Name
    query: Query


@node
class Delete:
    """`delete from NAME where condition`; without one all rows."""

    name: Name
    where: tuple[Condition, ...] = ()


@node
class Transaction:
    """`begin` or `commit`."""

    word: Literal["begin", "commit"]


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


Statement: TypeAlias = (
    Create | CreateSchema | CreateTable | CreateEmpty | Insert | Delete | Transaction
    | Copy | SetVariable | CreateMacro | Set | Attach | Run
)  # fmt: skip

"""Statements of Flink's SQL beside queries: tables with their connectors, views, and the one set of inserts."""

from typing import TypeAlias, assert_never

from oftra.ir.expr import luggage
from oftra.node import node
from oftra.source import Span
from oftra.targets.document import HARD, Doc, cat, nest, separated
from oftra.targets.engines.flink.dialect import FLINK
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import Expr
from oftra.targets.sql.write import comment
from oftra.targets.sql.write_query import Writer, mark


@node
class Option:
    """`set 'name' = 'value'`, an option of the session."""

    name: str
    value: str


@node
class CatalogOf:
    """`create catalog NAME with (...)`: what keeps tables for good."""

    name: str
    options: tuple[tuple[str, str], ...]


@node
class Database:
    """`create database if not exists CATALOG.NAME`."""

    place: tuple[str, str]


@node
class Alter:
    """`alter table CATALOG.DATABASE.NAME set (...)`. Why stands above it."""

    place: tuple[str, str, str]
    options: tuple[tuple[str, str], ...]
    description: str


@node
class Drop:
    """`drop table if exists CATALOG.DATABASE.NAME`."""

    place: tuple[str, str, str]


@node
class ColumnOf:
    """A column of a table: of a type, from a connector's metadata, or computed of others."""

    name: str
    type: str = ""
    metadata: str | None = None
    computed: Expr | None = None


@node
class Watermark:
    """`watermark for time as time - delay`; or as the connector says, if it `is_given`."""

    time: str
    delay: Expr | None = None
    is_given: bool = False


@node
class Table:
    """`create table NAME (...) with (...)`: where rows come from or go to. Its description stands above it.

    With a `place`, its catalog and database, it is kept for good, and made if it is not there yet. What is `like` a
    table of a catalog has the columns of that before its own.
    """

    name: str
    columns: tuple[ColumnOf, ...]
    options: tuple[tuple[str, str], ...]
    key: tuple[str, ...] = ()
    watermark: Watermark | None = None
    partitioned_by: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    description: str | None = None
    span: Span = luggage()


@node
class View:
    """`create view NAME as query`. Its description stands above it."""

    name: str
    query: q.Query
    description: str | None = None
    span: Span = luggage()


@node
class Insert:
    """`insert into NAME query`, or `insert overwrite` where it replaces what was there.

    With `settles` the last row of each key is the one that counts, where Flink doesn't see that there is but one.
    `owner` is the relation or sink whose rows, or counts, it writes. A table that has a `place` is written to by the
    names of its `columns`; `hints` are options for this insert alone.
    """

    name: str
    query: q.Query
    replaces: bool = False
    settles: bool = False
    owner: str = ""
    place: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    hints: tuple[tuple[str, str], ...] = ()
    description: str | None = None
    span: Span = luggage()


@node
class Inserts:
    """`execute statement set`: one job for all of them."""

    inserts: tuple[Insert, ...]


def all_of(name: str) -> q.Query:
    """All rows of a table or view."""
    return q.Select((q.SelectItem(sql.STAR),), q.Table(sql.column(name)))


Statement: TypeAlias = Option | CatalogOf | Database | Drop | Table | Alter | View | Insert | Inserts


def written(writer: Writer, statement: Statement) -> Doc:
    """A statement with its semicolon."""
    match statement:
        case Option(name, value):
            return f"set {FLINK.string(name)} = {FLINK.string(value)};"
        case CatalogOf(name, options):
            return cat(f"create catalog {FLINK.identifier(name)}", _with(options), ";")
        case Database(place):
            return f"create database if not exists {path(place)};"
        case Drop(place):
            return f"drop table if exists {path(place)};"
        case Alter(place, options, description):
            return cat(
                comment(description), f"alter table {path(place)} set (", nest(HARD, _pairs(options)), HARD, ");"
            )
        case Table():
            return mark(statement.span, cat(comment(statement.description), _table(writer, statement), ";"))
        case View(name, query, description, span=span):
            head = f"create view {FLINK.identifier(name)} as"
            return mark(span, cat(comment(description), head, HARD, writer.rows(query), ";"))
        case Insert():
            ending: Doc = cat(HARD, "on conflict do deduplicate;") if statement.settles else ";"
            rows = writer.rows(statement.query)
            return mark(statement.span, cat(comment(statement.description), _head(statement), HARD, rows, ending))
        case Inserts(inserts):
            parts = separated([written(writer, one) for one in inserts], cat(HARD, HARD))
            return cat("execute statement set", HARD, "begin", nest(HARD, parts), HARD, "end;")
        case _:
            assert_never(statement)


def _table(writer: Writer, table: Table) -> Doc:
    lines: list[Doc] = [_column(writer, one) for one in table.columns]
    if table.watermark is not None:
        time = sql.column(table.watermark.time)
        late: Expr = time if table.watermark.delay is None else sql.Binary("-", time, table.watermark.delay)
        if table.watermark.is_given:
            late = sql.call("source_watermark")
        lines.append(cat(f"watermark for {writer.name(time)} as ", writer.expr(late)))
    if table.key:
        lines.append(f"primary key ({_names(table.key)}) not enforced")
    head = "create table if not exists" if table.place else "create table"
    parts: list[Doc] = [f"{head} {path((*table.place, table.name))}"]
    if lines:
        parts += [" (", nest(HARD, _lines(lines)), HARD, ")"]
    if table.partitioned_by:
        parts.append(f" partitioned by ({_names(table.partitioned_by)})")
    return cat(*parts, _with(table.options), f" like {path(table.like)}" if table.like else "")


def _head(insert: Insert) -> str:
    """What stands before the rows of an insert."""
    head = f"insert {'overwrite' if insert.replaces else 'into'} {path((*insert.place, insert.name))}"
    if insert.hints:
        hints = ", ".join([f"{FLINK.string(name)} = {FLINK.string(value)}" for name, value in insert.hints])
        head += f" /*+ options({hints}) */"
    return f"{head} ({_names(insert.columns)})" if insert.columns else head


def path(names: tuple[str, ...]) -> str:
    """The name of a table or database behind those of what it is in."""
    return ".".join([FLINK.identifier(name) for name in names])


def _with(options: tuple[tuple[str, str], ...]) -> Doc:
    return cat(" with (", nest(HARD, _pairs(options)), HARD, ")") if options else ""


def _pairs(options: tuple[tuple[str, str], ...]) -> Doc:
    return _lines([f"{FLINK.string(name)} = {FLINK.string(value)}" for name, value in options])


def _column(writer: Writer, column: ColumnOf) -> Doc:
    name = FLINK.identifier(column.name)
    if column.computed is not None:
        return cat(f"{name} as ", writer.expr(column.computed))
    if column.metadata is not None:
        return f"{name} {column.type} metadata from {FLINK.string(column.metadata)} virtual"
    return f"{name} {column.type}"


def _lines(docs: list[Doc]) -> Doc:
    return separated(docs, cat(",", HARD))


def _names(names: tuple[str, ...]) -> str:
    return ", ".join([FLINK.identifier(name) for name in names])

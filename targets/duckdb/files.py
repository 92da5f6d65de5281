"""Files: how DuckDB reads a source's records exactly, and writes what a table or sink holds."""

from collections.abc import Iterable
from typing import NamedTuple

from oftra.connectors import SUFFIX, format_of
from oftra.connectors.format import TEXT
from oftra.datatypes import DataType, Decimal
from oftra.ir.enforce import Hidden
from oftra.ir.expr import Column
from oftra.ir.options import given, text, word, words
from oftra.ir.program import Connection, Option, Options, Relation
from oftra.targets.duckdb.runtimes import Runtimes, place
from oftra.targets.duckdb.text_records import Records, text_reading
from oftra.targets.duckdb.text_values import as_read, type_in_text
from oftra.targets.engines.duckdb.datatypes import type_name
from oftra.targets.engines.duckdb.dialect import DUCKDB
from oftra.targets.engines.duckdb.plan import Reading
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call
from oftra.targets.stored_types import inside

DOUBLE_DIGITS = 15
"""How many digits of a number a double always keeps."""

_QUOTING = (("quote", "quote"), ("escape", "escape"))


class Found(NamedTuple):
    """What a source's files are known to be: which columns none of them has, and whether their schemas `differ`."""

    absent: frozenset[str] = frozenset()
    differ: bool = False


class File(NamedTuple):
    """Where files are and how they are written."""

    path: sql.Expr
    format: str


def file_of(name: str, options: Options, connection: Connection, runtimes: Runtimes) -> File:
    """The file that holds a table or sink called `name`."""
    path = text(options.get("path"))
    format_ = format_of(options, connection)
    return File(place(connection, path or name.replace(".", "/") + SUFFIX[format_], runtimes), format_)


def reading(
    relation: Relation,
    hidden: Hidden | None,
    connection: Connection,
    runtimes: Runtimes,
    found: Found,
    prefix: str,
) -> Reading:
    """How a source's records are read. What a file lacks is null.

    `prefix` stands before the names of the queries that it may need.
    """
    file = file_of(relation.short, relation.options, connection, runtimes)
    if file.format in TEXT:
        return text_reading(Records(relation, hidden, connection, file.format, file.path, runtimes, prefix))
    chosen = (
        ("hive_partitioning", relation.options.get("hive_partitioned") is True),
        ("union_by_name", found.differ),
    )
    options = [sql.Named(name, sql.TRUE) for name, is_chosen in chosen if is_chosen]
    paths = {one.name: relation.record_paths.get(one.name, one.name).split(".") for one in relation.columns}
    names = tuple(dict.fromkeys([path[0] for name, path in paths.items() if name not in found.absent]))
    values: dict[str, sql.Expr] = {}
    for one in relation.columns:
        value: sql.Expr = sql.Name((relation.short, paths[one.name][0]))
        for step in paths[one.name][1:]:
            value = sql.Member(value, step)
        values[one.name] = sql.Cast(sql.NULL if one.name in found.absent else value, type_name(one.type))
    return Reading(q.TableFunction(call(f"read_{file.format}", file.path, *options)), relation.short, names, values)


def of_table(relation: Relation, item: q.FromItem, absent: frozenset[str]) -> Reading:
    """How a source's records are read from a table of a database."""
    alias = relation.short
    columns = relation.columns
    paths = {column.name: relation.record_paths.get(column.name, column.name) for column in columns}
    values = {
        column.name: sql.Cast(
            sql.NULL if column.name in absent else sql.Name((alias, paths[column.name])), type_name(column.type)
        )
        for column in columns
    }
    return Reading(item, alias, tuple(paths.values()), values)


def of_rows(relation: Relation, table: str) -> Reading:
    """How a source's records are read from a table that has its columns."""
    names = tuple([column.name for column in relation.columns])
    return Reading(q.Table(sql.column(table)), table, names, {name: sql.Name((table, name)) for name in names})


def stored(file: File, relation: Relation, connection: Connection, runtimes: Runtimes) -> q.Query:
    """The rows of a table that was written to a file."""
    if file.format == "json" and has_long_decimals(relation):
        return decoded(text_reading(Records(relation, None, connection, "json", file.path, runtimes)))
    folders = words(relation.options.get("partition_by"))
    types = [(column.name, sql.Text(type_name(type_in_text(column.type)))) for column in relation.columns]
    columns = tuple([one for one in types if one[0] not in folders])
    options: tuple[sql.Expr, ...] = ()
    match file.format:
        case "csv":
            written = _csv(relation.options, connection, (("delim", "delimiter"), *_QUOTING))
            options = (
                sql.Named("header", sql.FALSE if given(relation.options, connection, "header") is False else sql.TRUE),
                *[sql.Named(name, value) for name, value in written],
                sql.Named("columns", sql.StructOf(columns)),
                sql.Named("auto_detect", sql.FALSE),
                sql.Named("allow_quoted_nulls", sql.FALSE),
            )
        case "json":
            options = (sql.Named("format", sql.Text("newline_delimited")), sql.Named("columns", sql.StructOf(columns)))
    if folders and file.format == "parquet":
        nothing = [q.SelectItem(sql.Cast(sql.NULL, type_name(one.type)), one.name) for one in relation.columns]
        return there(file, relation, relation.columns, q.Select(tuple(nothing), limit=0))
    if folders:
        options += _of_folders([(one.name, type_in_text(one.type)) for one in relation.columns if one.name in folders])
    rows = q.TableFunction(call(f"read_{file.format}", file.path, *options))
    if file.format in TEXT:
        return as_read(rows, relation.columns, in_order=not folders)
    return q.Select((q.SelectItem(sql.STAR),), rows)


def there(file: File, relation: Relation, columns: tuple[Column, ...], nothing: q.Query) -> q.Query:
    """The rows of a file, or of folders, that may not be there: then they are `nothing`, the columns without rows."""
    partitions = [one for one in columns if one.name in words(relation.options.get("partition_by"))]
    options = [sql.Named("allow_empty", sql.TRUE)]
    if partitions:
        options += _of_folders([(one.name, one.type) for one in partitions])
    rows = q.Select((q.SelectItem(sql.STAR),), q.TableFunction(call(f"read_{file.format}", file.path, *options)))
    items = tuple([q.SelectItem(sql.column(one.name)) for one in columns])
    return q.Select(items, q.Derived(q.Compound("union all by name", (rows, nothing))))


def _of_folders(columns: Iterable[tuple[str, DataType]]) -> tuple[sql.Named, ...]:
    """What has columns read from the names of folders: left to itself, DuckDB guesses their types."""
    types = tuple([(name, sql.Text(type_name(type_))) for name, type_ in columns])
    return sql.Named("hive_partitioning", sql.TRUE), sql.Named("hive_types", sql.StructOf(types))


def has_long_decimals(relation: Relation) -> bool:
    """Whether DuckDB's own reader of JSON would round some column's numbers: it takes them for doubles first."""
    types = [type_ for column in relation.columns for type_ in inside(column.type)]
    return any(isinstance(type_, Decimal) and type_.precision > DOUBLE_DIGITS for type_ in types)


def decoded(reading: Reading) -> q.Query:
    """The records of a source of texts, with all that its rules need."""
    *before, last = reading.ctes
    return q.With(tuple(before), last.query)


def _csv(options: Options, connection: Connection, names: tuple[tuple[str, str], ...]) -> list[tuple[str, sql.Expr]]:
    found: list[tuple[str, sql.Expr]] = []
    for ours, theirs in names:
        value = text(given(options, connection, theirs))
        if value is not None:
            found.append((ours, sql.Text(value)))
    null = text(given(options, connection, "null_text"))
    if null is not None:
        found.append(("nullstr", sql.Text(null)))
    return found


def copy_options(format_: str, options: Options, connection: Connection) -> tuple[tuple[str, sql.Expr | None], ...]:
    """The options of `copy ... to`."""
    found: list[tuple[str, sql.Expr | None]] = [("format", sql.Word(format_))]
    if format_ == "csv":
        header = given(options, connection, "header")
        found.append(("header", sql.FALSE if header is False else sql.TRUE))
        found += _csv(options, connection, (("delimiter", "delimiter"), *_QUOTING))
    compression: Option = given(options, connection, "compression")
    if compression is not None:
        name = word(compression)
        found.append(("compression", sql.Word("uncompressed" if name == "none" and format_ == "parquet" else name)))
    partitions = words(options.get("partition_by"))
    if partitions:
        listed = ", ".join([DUCKDB.identifier(name) for name in partitions])
        found.append(("partition_by", sql.Word(f"({listed})")))
        found.append(("overwrite", sql.TRUE))
    return tuple(found)

"""Files: how DuckDB reads a source's records exactly, and writes what a table or sink holds."""

from collections.abc import Mapping
from typing import NamedTuple

from oftra.datatypes import Decimal, Integer
from oftra.ir.expr import Column
from oftra.ir.program import Connection, Option, Options, Relation
from oftra.targets.duckdb.runtimes import Runtimes, place
from oftra.targets.engines.duckdb.datatypes import type_name
from oftra.targets.engines.duckdb.dialect import DUCKDB
from oftra.targets.engines.duckdb.plan import Reading
from oftra.targets.options import SUFFIX, format_of, given, text, word, words
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call


class File(NamedTuple):
    """Where files are and how they are written."""

    path: sql.Expr
    format: str


def file_of(name: str, options: Options, connection: Connection, runtimes: Runtimes) -> File:
    """The file that holds a table or sink called `name`."""
    path = text(options.get("path"))
    format_ = format_of(options, connection, path)
    return File(place(connection, path or name.replace(".", "/") + SUFFIX[format_], runtimes), format_)


def reading(relation: Relation, connection: Connection, runtimes: Runtimes, absent: frozenset[str]) -> Reading:
    """How a source's records are read. `absent` are columns that its files are known to lack: they are null."""
    columns = relation.columns
    file = file_of(relation.short, relation.options, connection, runtimes)
    paths = {column.name: relation.record_paths.get(column.name, column.name).split(".") for column in columns}
    there = tuple([column for column in columns if column.name not in absent])
    options = [sql.Named(name, value) for name, value in _reader(file.format, relation, connection, there, paths)]
    function = sql.Function(f"read_{file.format}", (file.path, *options))
    names = tuple(dict.fromkeys(paths[column.name][0] for column in there))
    values = {
        column.name: _decoded(column, paths[column.name], relation.short, file.format)
        if column.name not in absent
        else sql.Cast(sql.NULL, type_name(column.type))
        for column in columns
    }
    return Reading(q.TableFunction(function), relation.short, names, values)


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


def stored(file: File, relation: Relation) -> q.Query:
    """The rows of a table that was written to a file."""
    columns = tuple([(column.name, sql.Text(type_name(column.type))) for column in relation.columns])
    options: tuple[sql.Expr, ...] = ()
    match file.format:
        case "csv":
            options = (
                sql.Named("header", sql.TRUE),
                sql.Named("types", sql.StructOf(columns)),
                sql.Named("allow_quoted_nulls", sql.FALSE),
            )
        case "json":
            options = (sql.Named("format", sql.Text("newline_delimited")), sql.Named("columns", sql.StructOf(columns)))
    return q.Select((q.SelectItem(sql.STAR),), q.TableFunction(call(f"read_{file.format}", file.path, *options)))


def _decoded(column: Column, path: list[str], alias: str, format_: str) -> sql.Expr:
    """A column's value from its record, of exactly its type."""
    value: sql.Expr = sql.Name((alias, path[0]))
    for step in path[1:]:
        value = sql.Member(value, step)
    name = type_name(column.type)
    match format_, column.type:
        case "parquet", _:
            return sql.Cast(value, name)
        case "csv", Integer():
            return sql.Cast(_matching(value, "^[+-]?[0-9]+$"), name)
        case "json", Integer():
            return sql.Cast(_matching(value, r"^-?[0-9]+(\.0+)?$"), name)
        case _, Decimal(_, scale):
            fraction = rf"(\.[0-9]{{0,{scale}}}0*)?" if scale else r"(\.0*)?"
            return sql.Cast(_matching(value, f"^[+-]?[0-9]+{fraction}$"), name)
        case _ if len(path) > 1:
            return sql.Cast(value, name)
        case _:
            return value


def _matching(value: sql.Expr, pattern: str) -> sql.Expr:
    """A text of this form, else one that is no number: DuckDB would round what doesn't fit."""
    return call("regexp_extract", value, sql.Text(pattern))


def _declared(column: Column) -> str:
    """The type that a text format is read with: numbers as text, so that none is rounded unseen."""
    return "varchar" if isinstance(column.type, Integer | Decimal) else type_name(column.type)


def _reader(
    format_: str,
    relation: Relation,
    connection: Connection,
    columns: tuple[Column, ...],
    paths: Mapping[str, list[str]],
) -> list[tuple[str, sql.Expr]]:
    found: list[tuple[str, sql.Expr]] = []
    options = relation.options
    match format_:
        case "csv":
            header = given(options, connection, "header")
            found.append(("header", sql.FALSE if header is False else sql.TRUE))
            found += _csv(options, connection, (("delim", "delimiter"), ("quote", "quote"), ("escape", "escape")))
            null = text(given(options, connection, "null_text"))
            if null is not None:
                found.append(("nullstr", sql.Text(null)))
            types = [(paths[column.name][0], sql.Text(_declared(column))) for column in columns]
            if header is False:
                found.append(("columns", sql.StructOf(tuple(types))))
            else:
                found.append(("types", sql.StructOf(tuple(types))))
        case "json":
            found.append(("format", sql.Text("newline_delimited")))
            found.append(("columns", sql.StructOf(tuple(_fields(columns, paths).items()))))
        case _:
            pass
    if options.get("hive_partitioned") is True:
        found.append(("hive_partitioning", sql.TRUE))
    return found


def _fields(columns: tuple[Column, ...], paths: Mapping[str, list[str]]) -> dict[str, sql.Expr]:
    """The fields of a json record with their types; those below others as structs."""
    tree: dict[str, object] = {}
    for column in columns:
        *above, last = paths[column.name]
        level = tree
        for name in above:
            level = level.setdefault(name, {})  # type: ignore[assignment]
        level[last] = _declared(column)

    def written(part: object) -> str:
        if isinstance(part, dict):
            inside = ", ".join([f"{DUCKDB.identifier(name)} {written(below)}" for name, below in part.items()])
            return f"struct({inside})"
        return str(part)

    return {name: sql.Text(written(part)) for name, part in tree.items()}


def _csv(options: Options, connection: Connection, names: tuple[tuple[str, str], ...]) -> list[tuple[str, sql.Expr]]:
    found: list[tuple[str, sql.Expr]] = []
    for ours, theirs in names:
        value = text(given(options, connection, theirs))
        if value is not None:
            found.append((ours, sql.Text(value)))
    return found


def copy_options(format_: str, options: Options, connection: Connection) -> tuple[tuple[str, sql.Expr | None], ...]:
    """The options of `copy ... to`."""
    found: list[tuple[str, sql.Expr | None]] = [("format", sql.Word(format_))]
    if format_ == "csv":
        header = given(options, connection, "header")
        found.append(("header", sql.FALSE if header is False else sql.TRUE))
        found += _csv(options, connection, (("delimiter", "delimiter"), ("quote", "quote"), ("escape", "escape")))
        null = text(given(options, connection, "null_text"))
        if null is not None:
            found.append(("nullstr", sql.Text(null)))
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

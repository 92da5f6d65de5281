"""How rows are put in place: tables whole or not at all, sinks as their connection has them."""

from collections.abc import Iterator

from oftra.datatypes import Array, DataType, Datetime, Map, String, Struct, Timestamp
from oftra.ir.expr import Column
from oftra.ir.program import Connection, Options
from oftra.targets.options import SUFFIX, format_of, given, text, word, words
from oftra.targets.pyspark.places import path_of, table_name
from oftra.targets.pyspark.reading import csv_options
from oftra.targets.python import tree as py

MICROSECONDS = "yyyy-MM-dd'T'HH:mm:ss.SSSSSS"

_WRITE = py.name("rows.write")


def body(
    full: str, physical: str, options: Options, connection: Connection, columns: tuple[Column, ...]
) -> tuple[py.Statement, ...]:
    """The body of a function that writes `rows`, which have these columns."""
    match connection.kind:
        case "files":
            return (py.Evaluate(_files(full, physical, options, connection, columns)),)
        case "iceberg":
            made = py.call("rows.writeTo", table_name(full, physical, options, connection))
            using = py.method(made, "using", py.String("iceberg"))
            return (py.Evaluate(py.method(using, "createOrReplace")),)
        case "delta":
            write: py.Expr = py.method(_WRITE, "format", py.String("delta"))
            whole = py.method(write, "mode", py.String("overwrite"))
            typed = py.method(whole, "option", py.String("overwriteSchema"), py.TRUE)
            if connection.options.get("root") is not None:
                path = path_of(text(options.get("path")) or (physical or full).replace(".", "/"))
                return (py.Evaluate(py.method(typed, "save", path)),)
            return (py.Evaluate(py.method(typed, "saveAsTable", table_name(full, physical, options, connection))),)
        case _:
            write = _WRITE
            format_ = word(connection.options.get("format"))
            if format_:
                write = py.method(write, "format", py.String(format_))
            whole = py.method(write, "mode", py.String("overwrite"))
            return (py.Evaluate(py.method(whole, "saveAsTable", table_name(full, physical, options, connection))),)


def _files(full: str, physical: str, options: Options, connection: Connection, columns: tuple[Column, ...]) -> py.Expr:
    written = text(options.get("path"))
    format_ = format_of(options, connection, written)
    path = path_of(written or (physical or full).replace(".", "/") + SUFFIX[format_])
    write = py.method(_WRITE, "mode", py.String("overwrite"))
    found: list[tuple[str, py.Expr]] = []
    match format_:
        case "csv":
            found.append(("header", py.FALSE if given(options, connection, "header") is False else py.TRUE))
            found += csv_options(options, connection)
            if any(isinstance(column.type, String) for column in columns):
                # Spark trims what it writes.
                found += [("ignoreLeadingWhiteSpace", py.FALSE), ("ignoreTrailingWhiteSpace", py.FALSE)]
            found += _moments(columns)
        case "json":
            if any(column.nullable for column in columns):
                found.append(("ignoreNullFields", py.FALSE))
            found += _moments(columns)
    compression = given(options, connection, "compression")
    if compression is not None:
        found.append(("compression", py.String(word(compression))))
    if len(found) == 1:
        write = py.method(write, "option", py.String(found[0][0]), found[0][1])
    elif found:
        write = py.method(write, "options", *[py.Keyword(name, value) for name, value in found])
    partitions = words(options.get("partition_by"))
    if partitions:
        write = py.method(write, "partitionBy", *[py.String(name) for name in partitions])
    return py.call("replaced", path, py.Attribute(write, format_))


def _moments(columns: tuple[Column, ...]) -> list[tuple[str, py.Expr]]:
    """What keeps the microseconds, which texts of Spark end before."""
    found: list[tuple[str, py.Expr]] = []
    types = [type_ for column in columns for type_ in _inside(column.type)]
    if any(isinstance(type_, Timestamp) for type_ in types):
        found.append(("timestampFormat", py.String(f"{MICROSECONDS}XXX")))
    if any(isinstance(type_, Datetime) for type_ in types):
        found.append(("timestampNTZFormat", py.String(MICROSECONDS)))
    return found


def _inside(type_: DataType) -> Iterator[DataType]:
    """A type, and all that it is made of."""
    yield type_
    match type_:
        case Array(element):
            yield from _inside(element)
        case Map(key, value):
            yield from _inside(key)
            yield from _inside(value)
        case Struct(fields):
            for field in fields:
                yield from _inside(field.type)

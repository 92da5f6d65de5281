"""How rows are put in place: tables whole or not at all, sinks as their connection has them."""

from oftra.connectors import SUFFIX, format_of
from oftra.datatypes import Datetime, String, Timestamp
from oftra.ir.expr import Column
from oftra.ir.options import given, text, word, words
from oftra.ir.program import Connection, Options, Relation, Sink
from oftra.targets.pyspark import databases, text_values
from oftra.targets.pyspark.places import path_of, table_name
from oftra.targets.pyspark.reading import csv_options
from oftra.targets.python import tree as py
from oftra.targets.stored_types import inside

MICROSECONDS = "yyyy-MM-dd'T'HH:mm:ss.SSSSSS"

_WRITE = py.name("rows.write")


def body(
    full: str, physical: str, options: Options, connection: Connection, columns: tuple[Column, ...]
) -> tuple[py.Statement, ...]:
    """The body of a function that writes `rows`, which have these columns.

    Tables are counted once they are written, and the function gives that: an observation would stay empty, for their
    own writers ask for the rows in a query that Spark doesn't tell of.
    """
    if connection.kind == "files":
        write = py.Evaluate(_files(full, physical, options, connection, columns))
        texts = text_values.written(columns, format_of(options, connection))
        if not texts:
            return (write,)
        given_ = py.DictOf(tuple([(py.String(name), value) for name, value in texts.items()]))
        return (py.Assign(py.Name("rows"), py.method(py.Name("rows"), "withColumns", given_)), write)
    if connection.kind == "jdbc":
        # A table of the program's own, which has no mode, is made anew.
        mode = word(options.get("mode"), "overwrite")
        return databases.body(full, physical, options, connection, columns, mode)
    read: py.Expr = py.name("rows.sparkSession.read")
    if connection.kind == "delta" and connection.options.get("root") is not None:
        path = path_of(text(options.get("path")) or (physical or full).replace(".", "/"))
        written: py.Expr = py.method(_as_delta(), "save", path)
        stored = py.method(py.method(read, "format", py.String("delta")), "load", path)
    else:
        table = table_name(full, physical, options, connection)
        written = _table(connection, table)
        stored = py.method(read, "table", table)
    return (py.Evaluate(written), py.Return(py.method(stored, "count")))


def table_of(output: Relation | Sink, connection: Connection, ending: str = "") -> tuple[str, py.Expr, py.Expr]:
    """How to save to a table of a catalog, or of Delta Lake in a folder, where that is, and what SQL calls it.

    With an `ending` it is a table beside the output's own.
    """
    options = output.options
    if connection.kind == "delta" and connection.options.get("root") is not None:
        place = path_of((text(options.get("path")) or (output.physical or output.name).replace(".", "/")) + ending)
        return "save", place, py.call("in_folder", place)
    name = table_name(output.name, output.physical, options, connection, ending)
    return "saveAsTable", name, name


def made(
    output: Relation | Sink, connection: Connection, rows: py.Expr, ending: str = ""
) -> tuple[py.Statement, py.Expr]:
    """What makes such a table with the columns of `rows` if it isn't there, and what SQL calls it."""
    save, place, name = table_of(output, connection, ending)
    new: py.Expr = py.Attribute(py.method(rows, "limit", py.number(0)), "write")
    new = py.method(py.method(new, "format", py.String(table_format(connection))), "mode", py.String("ignore"))
    return py.Evaluate(py.method(new, save, place)), name


def table_format(connection: Connection) -> str:
    """How tables of a connection are stored."""
    if connection.kind == "catalog":
        return word(connection.options.get("format"), "delta")
    return connection.kind


def needs_documents(options: Options, connection: Connection, columns: tuple[Column, ...]) -> bool:
    """Whether what is written there has parts that Spark 4 alone writes exactly."""
    return connection.kind == "files" and text_values.needs_documents(columns, format_of(options, connection))


def counts(connection: Connection) -> bool:
    """Whether a function that writes there gives the number of rows."""
    return connection.kind != "files"


def _table(connection: Connection, table: py.Expr) -> py.Expr:
    """Replaces a table of a catalog."""
    match connection.kind:
        case "iceberg":
            using = py.method(py.call("rows.writeTo", table), "using", py.String("iceberg"))
            return py.method(using, "createOrReplace")
        case "delta":
            return py.method(_as_delta(), "saveAsTable", table)
        case _:
            format_ = word(connection.options.get("format"))
            if format_ == "delta":
                return py.method(_as_delta(), "saveAsTable", table)
            write: py.Expr = py.method(_WRITE, "format", py.String(format_)) if format_ else _WRITE
            return py.method(py.method(write, "mode", py.String("overwrite")), "saveAsTable", table)


def _as_delta() -> py.Expr:
    """Writes a Delta table anew, under the columns that the rows have now."""
    whole = py.method(py.method(_WRITE, "format", py.String("delta")), "mode", py.String("overwrite"))
    return py.method(whole, "option", py.String("overwriteSchema"), py.TRUE)


def folder(full: str, physical: str, options: Options, connection: Connection, ending: str = "") -> py.Expr:
    """The folder that files are written to; with an `ending` one beside it."""
    suffix = SUFFIX[format_of(options, connection)]
    path = text(options.get("path")) or (physical or full).replace(".", "/") + suffix
    return path_of(f"{path.removesuffix(suffix)}{ending}{suffix}" if ending else path)


def _files(full: str, physical: str, options: Options, connection: Connection, columns: tuple[Column, ...]) -> py.Expr:
    format_ = format_of(options, connection)
    path = folder(full, physical, options, connection)
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
    types = [type_ for column in columns for type_ in inside(column.type)]
    if any(isinstance(type_, Timestamp) for type_ in types):
        found.append(("timestampFormat", py.String(f"{MICROSECONDS}XXX")))
    if any(isinstance(type_, Datetime) for type_ in types):
        found.append(("timestampNTZFormat", py.String(MICROSECONDS)))
    return found

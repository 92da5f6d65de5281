"""How a source's records are read: by Spark's own readers, under the names and types of the contract."""

from typing import NamedTuple

from oftra.connectors import SUFFIX, format_of
from oftra.connectors.format import TEXT
from oftra.datatypes import STRING, Binary, Integer, String
from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedOption
from oftra.ir.enforce import Hidden
from oftra.ir.options import given, text, word, words
from oftra.ir.program import Connection, Options, Relation, Word
from oftra.targets.engines.spark.datatypes import identifier, type_name
from oftra.targets.engines.spark.frame import quoted
from oftra.targets.pyspark import databases
from oftra.targets.pyspark.brokers import client
from oftra.targets.pyspark.places import path_of, table_name
from oftra.targets.pyspark.text_records import TextRecords
from oftra.targets.pyspark.text_values import holds_documents
from oftra.targets.python import tree as py
from oftra.targets.stored_types import inside

CSV = (("delimiter", "sep"), ("quote", "quote"), ("escape", "escape"), ("null_text", "nullValue"))
"""Options of csv files, by our names and by Spark's."""

_PATTERN = frozenset("*?[{")
"""What stands in a path that names several files."""


class Reader(NamedTuple):
    """The body of a function that reads, and the columns and types that it names a constant for."""

    statements: tuple[py.Statement, ...]
    schema: tuple[str, ...]


def of_source(
    relation: Relation,
    connection: Connection,
    constant: str,
    report: Report,
    hidden: Hidden | None,
    streaming: bool = False,
) -> Reader:
    """Reads a source's records, with what its rules need of them besides its columns; if `streaming` as they come."""
    schema = tuple([f"{identifier(column.name)} {type_name(column.type)}" for column in relation.columns])
    rows = streamed(relation, connection, constant, report) if streaming else None
    if rows is None:
        rows = _records(relation, connection, constant, report)
    if isinstance(rows, _Lines):
        records = TextRecords(relation, hidden, connection, rows.format, streaming)
        return Reader(records.statements(rows.expr, constant), records.schema)
    if isinstance(rows, _Typed):
        found, conformed = rows.expr, "each_conformed" if rows.are_several else "conformed"
        for column in relation.columns:
            path = relation.record_paths.get(column.name, column.name)
            if path != column.name:
                conformed = "conformed"
                value = py.call("F.col", py.String(".".join([identifier(part) for part in path.split(".")])))
                found = py.method(found, "withColumn", py.String(column.name), value)
        said = (
            ("all_there", word(relation.options.get("missing"))),
            ("none_else", word(relation.options.get("extra"))),
        )
        more = [py.Keyword(name, py.TRUE) for name, action in said if action == "fail"]
        return Reader((py.Return(py.call(conformed, found, py.Name(constant), *more)),), schema)
    return Reader((py.Return(rows),), schema)


class _Lines(NamedTuple):
    """Records that are lines of text, of this format."""

    expr: py.Expr
    format: str


class _Typed(NamedTuple):
    """Records whose files know their types; `are_several` if the path may name more than one."""

    expr: py.Expr
    are_several: bool = False


def _records(relation: Relation, connection: Connection, constant: str, report: Report) -> "py.Expr | _Typed | _Lines":
    options = relation.options
    read: py.Expr = py.name("spark.read")
    match connection.kind:
        case "files":
            return _files(relation, connection, constant, report)
        case "jdbc":
            return _Typed(databases.read(relation, connection))
        case "kafka":
            return _topic(relation, connection, read, report)
        case "delta":
            read = py.method(read, "format", py.String("delta"))
            version = options.get("at_version")
            if isinstance(version, int):
                read = py.method(read, "option", py.String("versionAsOf"), py.number(version))
            if text(options.get("path")) is not None or connection.options.get("root") is not None:
                path = path_of(text(options.get("path")) or relation.short)
                return _Typed(py.method(read, "load", path))
            return _Typed(py.method(read, "table", table_name(relation.name, relation.physical, options, connection)))
        case "iceberg":
            snapshot = options.get("at_snapshot")
            if isinstance(snapshot, int):
                read = py.method(read, "option", py.String("snapshot-id"), py.number(snapshot))
            return _Typed(py.method(read, "table", table_name(relation.name, relation.physical, options, connection)))
        case _:
            return _Typed(py.method(read, "table", table_name(relation.name, relation.physical, options, connection)))


def _files(relation: Relation, connection: Connection, constant: str, report: Report) -> "py.Expr | _Typed | _Lines":
    options = relation.options
    written = text(options.get("path"))
    format_ = format_of(options, connection)
    if written is None:
        report.add(UnsupportedOption(relation.name, "path", "a value of the run", "pyspark", span=relation.span))
    path, globbed = _glob(written or relation.short + SUFFIX[format_])
    read: py.Expr = py.name("spark.read")
    if format_ in TEXT:
        return _Lines(py.method(_with(read, globbed), "text", path_of(path)), format_)
    if options.get("hive_partitioned") is not True:
        are_several = bool(globbed) or not _PATTERN.isdisjoint(path)
        return _Typed(py.method(_with(read, globbed), "parquet", path_of(path)), are_several)
    if globbed:
        # Files that are looked up recursively have no partitions.
        globbed = [(name, value) for name, value in globbed if name != "recursiveFileLookup"]
    elif (base := _before_glob(path)) != path:
        globbed = [("basePath", path_of(base))]
    read = _with(read, globbed)
    return py.method(py.method(read, "schema", py.Name(constant)), "parquet", path_of(path))


def streamed(
    relation: Relation, connection: Connection, constant: str, report: Report
) -> "py.Expr | _Typed | _Lines | None":
    """Reads what comes as it comes."""
    read: py.Expr = py.name("spark.readStream")
    if connection.kind == "kafka":
        return _topic(relation, connection, read, report, streaming=True)
    options = relation.options
    format_ = format_of(options, connection)
    path, given_ = _glob(text(options.get("path")) or relation.short + SUFFIX[format_])
    at_a_time = options.get("files_per_batch")
    if isinstance(at_a_time, int):
        given_ = [*given_, ("maxFilesPerTrigger", py.number(at_a_time))]
    read = _with(read, given_)
    if format_ in TEXT:
        return _Lines(py.method(read, "text", path_of(path)), format_)
    return py.method(py.method(read, "schema", py.Name(constant)), "parquet", path_of(path))


def _topic(
    relation: Relation, connection: Connection, read: py.Expr, report: Report, streaming: bool = False
) -> "_Lines":
    """Reads the messages of a topic: in batch as far as they go now."""
    options = relation.options
    read = py.method(read, "format", py.String("kafka"))
    found: dict[str, py.Expr] = dict(client(connection, options))
    found["subscribe"] = py.String(text(options.get("topic")) or "")
    match options.get("start"):
        case Word("latest"):
            found["startingOffsets"] = py.String("latest")
        case None | Word("earliest"):
            found["startingOffsets"] = py.String("earliest")
        case other:
            shown = other.text if isinstance(other, Word) else "a time"
            report.add(UnsupportedOption(relation.name, "start", shown, "pyspark", span=relation.span))
    if "headers" in words(options.get("metadata")):
        found["includeHeaders"] = py.TRUE
    at_a_time = options.get("records_per_batch")
    if streaming and isinstance(at_a_time, int):
        found["maxOffsetsPerTrigger"] = py.number(at_a_time)
    for name, value in found.items():
        read = py.method(read, "option", py.String(name), value)
    return _Lines(py.method(read, "load"), word(options.get("format"), "json"))


def stored(relation: Relation, connection: Connection, constant: str) -> Reader:
    """Reads the rows of a table as a run left them."""
    schema = tuple([f"{identifier(column.name)} {type_name(column.type)}" for column in relation.columns])
    read: py.Expr = py.name("spark.read")
    options = relation.options
    if connection.kind == "jdbc":
        return Reader((py.Return(databases.stored(relation, connection)),), ())
    if connection.kind != "files":
        if connection.kind == "delta" and connection.options.get("root") is not None:
            path = path_of(relation.physical or relation.name.replace(".", "/"))
            rows = py.method(py.method(read, "format", py.String("delta")), "load", path)
        else:
            rows = py.method(read, "table", table_name(relation.name, relation.physical, options, connection))
        if connection.kind == "iceberg" and _has_short_integers(relation):
            return Reader((py.Return(py.call("conformed", rows, py.Name(constant))),), schema)
        return Reader((py.Return(rows),), ())
    written = text(options.get("path"))
    format_ = format_of(options, connection)
    path = path_of(written or (relation.physical or relation.name).replace(".", "/") + SUFFIX[format_])
    partitions = words(options.get("partition_by"))
    names = [py.String(quoted(column.name)) for column in relation.columns]
    if format_ == "parquet" and partitions:
        # Spark puts what folders are called last, and makes numbers of it.
        read = py.method(py.method(read, "schema", py.Name(constant)), "parquet", path)
        return Reader((py.Return(py.method(read, "select", *names)),), schema)
    if format_ == "parquet":
        return Reader((py.Return(py.method(read, "parquet", path)),), ())
    if format_ == "json" and holds_documents(relation.columns):
        records = TextRecords(relation, None, connection, format_)
        return Reader(records.statements(py.method(read, "text", path), constant), records.schema)
    read = py.method(read, "schema", py.Name(constant))
    encoded = [column.name for column in relation.columns if format_ == "csv" and isinstance(column.type, Binary)]
    if format_ == "csv":
        header = py.FALSE if given(options, connection, "header") is False else py.TRUE
        more: list[tuple[str, py.Expr]] = [("header", header), *csv_options(options, connection)]
        if any(isinstance(column.type, String) for column in relation.columns):
            more.append(("multiLine", py.TRUE))
            if "nullValue" not in [name for name, _ in more]:
                # An empty text stands in quotes; Spark tells it from null only if null has a text of its own.
                more.append(("nullValue", py.String("\0")))
        read = _with(read, more)
    found: py.Expr = py.method(read, format_, path)
    if encoded:
        types = [STRING if column.name in encoded else column.type for column in relation.columns]
        schema = tuple([f"{identifier(one.name)} {type_name(type_)}" for one, type_ in zip(relation.columns, types)])
        decoded = [(py.String(name), py.call("F.unbase64", py.String(name))) for name in encoded]
        found = py.method(found, "withColumns", py.DictOf(tuple(decoded)))
    if partitions:
        found = py.method(found, "select", *names)
    return Reader((py.Return(found),), schema)


def _has_short_integers(relation: Relation) -> bool:
    """Whether some column's integers are shorter than any that Iceberg has, and come back as `int`."""
    types = [type_ for column in relation.columns for type_ in inside(column.type)]
    return any(isinstance(type_, Integer) and type_.bits < 32 for type_ in types)


def csv_options(options: Options, connection: Connection) -> list[tuple[str, py.Expr]]:
    """Spark's options for what is said of csv files."""
    found: list[tuple[str, py.Expr]] = []
    for ours, theirs in CSV:
        value = text(given(options, connection, ours))
        if value is not None:
            found.append((theirs, py.String(value)))
    if "escape" not in [name for name, _ in found]:
        # A quote in a cell is written twice.
        found.append(("escape", py.String(text(given(options, connection, "quote")) or '"')))
    return found


def _with(read: py.Expr, options: "list[tuple[str, py.Expr]]") -> py.Expr:
    """A reader with options."""
    if len(options) == 1:
        return py.method(read, "option", py.String(options[0][0]), options[0][1])
    return py.method(read, "options", *[py.Keyword(name, value) for name, value in options]) if options else read


def _glob(path: str) -> tuple[str, list[tuple[str, py.Expr]]]:
    """A path as Hadoop reads it, which has no `**`: a folder, and which files anywhere below it."""
    if "**" not in path:
        return path, []
    folder, _, last = path.partition("**")
    options: list[tuple[str, py.Expr]] = [("recursiveFileLookup", py.TRUE)]
    name = last.strip("/")
    if name and name != "*":
        options.append(("pathGlobFilter", py.String(name)))
    return folder.rstrip("/") or ".", options


def _before_glob(path: str) -> str:
    """The folder that holds all that a path with `*` or `?` stands for."""
    parts = path.split("/")
    plain = next((at for at, part in enumerate(parts) if "*" in part or "?" in part), len(parts))
    return "/".join(parts[:plain]) or "."

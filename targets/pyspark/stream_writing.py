"""How the rows of a batch of a stream are put in place, so that a batch that comes again leaves no row twice.

files               a folder a batch, which a batch that comes again replaces
tables, by key      rows take the place of those with their key; keys that have no row any more come with `GONE`
Delta Lake          Delta remembers which batches it has
topics              the messages come again: whoever reads an upsert topic keeps the last of a key
"""

from collections.abc import Sequence

from oftra.datatypes import BOOLEAN, STRING, Binary, Datetime, String, Timestamp
from oftra.ir.expr import Cast, Column
from oftra.ir.options import text, word, words
from oftra.ir.program import Connection, Relation, Sink
from oftra.ir.rel import Item, Project, Rel, Scan
from oftra.targets.engines.spark.frame import quoted
from oftra.targets.pyspark import databases, text_values, writing
from oftra.targets.pyspark.brokers import client
from oftra.targets.pyspark.streams import upserts
from oftra.targets.python import tree as py

ROWS, BATCH = py.Name("rows"), py.Name("batch")
COUNTED = py.Return(py.method(ROWS, "count"))
GONE = "is gone"
"""The column that says of a key that it has no row any more."""


def body(
    output: Relation | Sink, connection: Connection, columns: tuple[Column, ...], has_gone: bool = False
) -> tuple[py.Statement, ...]:
    """The body of a function that writes the `rows` of a `batch`; it gives their number where nothing else tells it."""
    match connection.kind:
        case "files":
            return _files(output, connection, columns)
        case "jdbc":
            gone = GONE if has_gone else ""
            return databases.body(
                output.name, output.physical, output.options, connection, columns, "upsert", gone=gone
            )
        case _:
            return _table(output, connection, has_gone)


def _files(output: Relation | Sink, connection: Connection, columns: tuple[Column, ...]) -> tuple[py.Statement, ...]:
    *before, write = writing.body(output.name, output.physical, output.options, connection, columns)
    match write:
        case py.Evaluate(py.Call(_, (path, py.Attribute(how, format_)))):
            parts = path.parts if isinstance(path, py.Formatted) else (_text(path),)
            beside = py.Formatted((*parts[:-1], f"{parts[-1]}/batch=", BATCH))
            return (*before, py.Evaluate(py.method(how, format_, beside)))
        case _:
            raise AssertionError("files are written by one call")


def _text(path: object) -> str:
    assert isinstance(path, py.String)
    return path.value


def _table(output: Relation | Sink, connection: Connection, has_gone: bool) -> tuple[py.Statement, ...]:
    """A table of a catalog, or of Delta Lake in a folder; it is made if it isn't there."""
    if not upserts(output):
        save, place, _ = writing.table_of(output, connection)
        format_ = writing.table_format(connection)
        written = py.method(py.Attribute(ROWS, "write"), "format", py.String(format_))
        written = py.method(written, "mode", py.String("append"))
        if format_ == "delta":
            # Delta leaves out a batch that it has.
            written = py.method(written, "option", py.String("txnAppId"), py.call("query_id", ROWS))
            written = py.method(written, "option", py.String("txnVersion"), BATCH)
        return (py.Evaluate(py.method(written, save, place)), COUNTED)
    there = py.method(ROWS, "drop", py.String(GONE)) if has_gone else ROWS
    made, name = writing.made(output, connection, there)
    options = output.options
    key = py.ListOf(tuple([py.String(one) for one in words(options.get("key"))]))
    order = words(options.get("order_by"))
    more = (py.ListOf(tuple([py.String(one) for one in order])),) if order else ()
    return (made, py.Return(py.call("merge", ROWS, name, key, *more)))


def outgoing(relation: Relation, has_gone: bool = False) -> Project:
    """The rows of a relation with its times in the language's own words: each engine would have others."""
    columns = tuple([Column(id_, one.name, one.type, one.nullable) for id_, one in enumerate(relation.columns, 1)])
    if has_gone:
        columns = (*columns, Column(len(columns) + 1, GONE, BOOLEAN, False))
    items = []
    for one in columns:
        is_time = isinstance(one.type, Timestamp | Datetime)
        made = Column(len(columns) + one.id, one.name, STRING, one.nullable) if is_time else one
        items.append(Item(made, Cast(one, STRING, one.nullable) if is_time else one))
    return Project(Scan(relation.name, columns), tuple(items))


def sent(rows: py.Expr, made: Rel, sink: Sink, connection: Connection) -> tuple[py.Statement, ...]:
    """The body of a function that sends `rows`, each as a message: without a value if its key is gone."""
    format_ = word(sink.options.get("format"), "json")
    columns = tuple([one for one in made.columns if one.name != GONE])
    if texts := text_values.written(columns, format_):
        entries = [(py.String(name), value) for name, value in texts.items()]
        rows = py.method(rows, "withColumns", py.DictOf(tuple(entries)))
    key = words(sink.options.get("key"))
    keys = [one for name in key for one in columns if one.name == name]
    selected: list[py.Expr] = []
    if keys:
        is_raw = word(sink.options.get("key_format"), "json") == "raw"
        selected.append(py.method(_raw(keys[0]) if is_raw else _object(keys), "alias", py.String("key")))
    match format_:
        case "raw":
            value = _raw(next(one for one in columns if one.name not in key))
        case "csv":
            cells = [py.String(quoted(one.name)) for one in columns] if columns != made.columns else [py.String("*")]
            value = py.call("F.to_csv", py.call("F.struct", *cells))
        case _:
            value = _object(columns)
    if columns != made.columns:
        value = py.call("F.when", py.Unary("~", py.call("F.col", py.String(GONE))), value)
    selected.append(py.method(value, "alias", py.String("value")))
    write: py.Expr = py.Attribute(py.method(rows, "select", *selected), "write")
    write = py.method(write, "format", py.String("kafka"))
    for name, option in client(connection, sink.options):
        write = py.method(write, "option", py.String(name), option)
    topic = py.String(text(sink.options.get("topic")) or "")
    write = py.method(py.method(write, "option", py.String("topic"), topic), "save")
    return (py.Evaluate(write), COUNTED)


def _raw(column: Column) -> py.Expr:
    found = py.call("F.col", py.String(quoted(column.name)))
    return found if isinstance(column.type, String | Binary) else py.method(found, "cast", py.String("string"))


def _object(columns: Sequence[Column]) -> py.Expr:
    """A row as a JSON object."""
    struct = py.call("F.struct", *[py.String(quoted(one.name)) for one in columns])
    if not any(one.nullable for one in columns):
        return py.call("F.to_json", struct)
    return py.call("F.to_json", struct, py.DictOf(((py.String("ignoreNullFields"), py.String("false")),)))

"""How the rows of a batch of a stream are put in place, so that a batch that comes again leaves no row twice.

files               a folder a batch, which a batch that comes again replaces
tables, by key      rows take the place of those with their key
Delta Lake          Delta remembers which batches it has
topics              the messages come again: whoever reads an upsert topic keeps the last of a key
"""

from oftra.ir.enforce import row_as_json
from oftra.ir.expr import Column, Expr
from oftra.ir.program import Connection, Relation, Sink
from oftra.ir.rel import Item, Project, Rel, Scan
from oftra.targets.options import text, word, words
from oftra.targets.pyspark import writing
from oftra.targets.pyspark.places import path_of, table_name
from oftra.targets.pyspark.reading import client
from oftra.targets.pyspark.streams import upserts
from oftra.targets.python import tree as py

ROWS, BATCH = py.Name("rows"), py.Name("batch")
COUNTED = py.Return(py.method(ROWS, "count"))


def body(output: Relation | Sink, connection: Connection, columns: tuple[Column, ...]) -> tuple[py.Statement, ...]:
    """The body of a function that writes the `rows` of a `batch`; it gives their number where nothing else tells it."""
    match connection.kind:
        case "files":
            return _files(output, connection, columns)
        case _:
            return _table(output, connection)


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


def _table(output: Relation | Sink, connection: Connection) -> tuple[py.Statement, ...]:
    """A table of a catalog, or of Delta Lake in a folder; it is made if it isn't there."""
    options = output.options
    format_ = connection.kind if connection.kind != "catalog" else word(connection.options.get("format"), "delta")
    write = py.Attribute(ROWS, "write")
    new = py.Attribute(py.method(ROWS, "limit", py.number(0)), "write")
    if connection.kind == "delta" and connection.options.get("root") is not None:
        place = path_of(text(options.get("path")) or (output.physical or output.name).replace(".", "/"))
        parts = place.parts if isinstance(place, py.Formatted) else (_text(place),)
        name: py.Expr = py.Formatted(("delta.`", *parts, "`"))
        save = "save"
    else:
        name = place = table_name(output.name, output.physical, options, connection)
        save = "saveAsTable"

    def saved(one: py.Expr, mode: str) -> py.Expr:
        return py.method(py.method(one, "format", py.String(format_)), "mode", py.String(mode))

    if not upserts(output):
        written = saved(write, "append")
        if format_ == "delta":
            # Delta leaves out a batch that it has.
            written = py.method(written, "option", py.String("txnAppId"), py.call("query_id", ROWS))
            written = py.method(written, "option", py.String("txnVersion"), BATCH)
        return (py.Evaluate(py.method(written, save, place)), COUNTED)
    made = py.Evaluate(py.method(saved(new, "ignore"), save, place))
    key = py.ListOf(tuple([py.String(one) for one in words(options.get("key"))]))
    order = words(options.get("order_by"))
    more = (py.ListOf(tuple([py.String(one) for one in order])),) if order else ()
    return (made, py.Return(py.call("merge", ROWS, name, key, *more)))


def outgoing(sink: Sink, relation: Relation) -> Rel:
    """The messages of a sink: `key`, if there is one, and `value`."""
    columns = tuple([Column(id_, one.name, one.type, one.nullable) for id_, one in enumerate(relation.columns, 1)])
    names = words(sink.options.get("key"))
    by_name = {one.name: one for one in columns}
    keys = tuple([by_name[name] for name in names])
    match word(sink.options.get("format"), "json"):
        case "raw":
            value: Expr = next(one for one in columns if one.name not in names)
        case _:
            value = row_as_json(columns)
    values = {"value": value}
    if keys:
        is_raw = word(sink.options.get("key_format"), "json") == "raw"
        values = {"key": keys[0] if is_raw else row_as_json(keys), **values}
    items = [
        Item(Column(len(columns) + at, name, one.type, one.nullable), one)
        for at, (name, one) in enumerate(values.items(), 1)
    ]
    return Project(Scan(relation.name, columns), tuple(items))


def sent(messages: py.Expr, sink: Sink, connection: Connection) -> tuple[py.Statement, ...]:
    """The body of a function that sends messages, made of `rows`."""
    write: py.Expr = py.method(py.Attribute(messages, "write"), "format", py.String("kafka"))
    for name, value in client(connection):
        write = py.method(write, "option", py.String(name), value)
    topic = py.String(text(sink.options.get("topic")) or "")
    write = py.method(py.method(write, "option", py.String("topic"), topic), "save")
    return (py.Evaluate(write), COUNTED)

"""Messages: decoded like lines of text, from a table that holds what was read of their topic; and made of rows.

DuckDB alone reaches no topic. Who runs a script fills that table first: a message a row, as it came.
"""

from collections.abc import Iterable

from oftra.datatypes import STRING, Binary, DataType, Datetime, String, Timestamp
from oftra.ir.enforce import Hidden
from oftra.ir.expr import Cast, Column
from oftra.ir.options import word, words
from oftra.ir.program import Connection, Relation, Sink
from oftra.ir.rel import Item, Project, Rel, Scan
from oftra.targets.duckdb.runtimes import Runtimes
from oftra.targets.duckdb.text_records import Reader, Records
from oftra.targets.duckdb.text_values import value_as_text
from oftra.targets.engines.duckdb import decoding
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.catalog import Reading
from oftra.targets.sql.tree import call, column

COLUMNS = {
    "topic": "varchar",
    "partition": "integer",
    "offset": "bigint",
    "timestamp": "timestamptz",
    "message_key": "blob",
    "headers": "struct(key varchar, value blob)[]",
    "value": "blob",
}
"""The columns of such a table, and their types."""


def reading(
    relation: Relation, hidden: Hidden | None, connection: Connection, table: str, runtimes: Runtimes, prefix: str
) -> Reading:
    """How the messages in `table` are decoded."""
    format_ = word(relation.options.get("format"), "json")
    records = Records(relation, hidden, connection, format_, column(table), runtimes, prefix)
    readers = {"raw": _RawReader, "debezium": _ChangeReader}
    return readers.get(format_, _MessageReader)(records).reading()


class _MessageReader(Reader):
    """`lines` has the messages as text; what follows is as it is of files. `position` is a message's offset."""

    def __init__(self, records: Records) -> None:
        super().__init__(records)
        self.has_header = False

    def _records(self) -> list[q.Cte]:
        return [
            q.Cte(self.lines, self._lines()),
            q.Cte(self.records, q.Select(self._items(), q.Table(column(self.lines)))),
        ]

    def _lines(self) -> q.Query:
        """A message that is no text is shown with its bytes in digits, and is not readable."""
        partition = call("concat", column("topic"), sql.Text("-"), column("partition"))
        value: sql.Expr = column("value")
        beside: dict[str, sql.Expr] = {one.name: column(one.name) for one in self.metadata}
        if "tombstone" in beside:
            beside["tombstone"] = sql.Postfix(value, "is null")
            # What is gone is told by its key.
            value = call("coalesce", value, column("message_key"))
        items = [
            q.SelectItem(partition, "file"),
            q.SelectItem(column("offset"), "number"),
            q.SelectItem(call("coalesce", _text(value), sql.Cast(value, "varchar")), "line"),
            *[self._item(expr, name) for name, expr in beside.items()],
        ]
        if not self._is_json():
            items.append(q.SelectItem(column("value")))
        assert isinstance(self.of.path, sql.Name)
        return q.Select(tuple(items), q.Table(self.of.path))

    def _is_json(self) -> bool:
        return not self.is_csv

    def _items(self) -> tuple[q.SelectItem, ...]:
        return (*super()._items(), *[q.SelectItem(column(one.name)) for one in self.metadata])

    def _csv_items(self, line: sql.Expr) -> tuple[q.SelectItem, ...]:
        *items, fits = super()._csv_items(line)
        is_text = sql.Postfix(_text(column("value")), "is not null")
        return (*items, q.SelectItem(sql.all_of((is_text, fits.expr)), self.fits))

    def _place(self, lines: tuple[str, ...]) -> sql.Expr:
        return column(*lines, "number")

    def _beside(self) -> dict[str, sql.Expr]:
        return {one.name: column(one.name) for one in self.metadata}

    def _file(self) -> sql.Expr:
        return column(self.file)


class _RawReader(_MessageReader):
    """The one column is a message's value as it is."""

    def _is_json(self) -> bool:
        return False

    def _json_items(self, line: sql.Expr) -> tuple[q.SelectItem, ...]:
        return (q.SelectItem(column("value"), self.fields),)

    def _decoded(self) -> q.Query:
        (one,) = self.columns
        value = column(self.fields)
        decoded = _raw(value, one.type)
        readable = decoding.is_decoded(value, decoded)
        items = [
            self._item(decoded, one.name),
            *[q.SelectItem(column(beside.name)) for beside in self.metadata],
            *self._hidden_items([readable]),
        ]
        return q.Select(tuple(items), q.Table(column(self.records)))


class _ChangeReader(_MessageReader):
    """Debezium's changes: the row as it is after one, or was before it if that deletes it.

    A column that says `from` where it stands is a field of the message as a whole: `op`, `source.lsn`, `ts_ms`.
    """

    def __init__(self, records: Records) -> None:
        super().__init__(records)
        given = records.relation.record_paths
        self.around = tuple(dict.fromkeys([self.paths[name][0] for name in self.paths if name in given]))
        self.known = tuple([name for name in self.paths if name not in given])
        self.envelope = f"{self.fields}_around"

    def _records(self) -> list[q.Cte]:
        lines, records = super()._records()
        name = self.changes
        return [
            lines,
            q.Cte(name, self._changes()),
            q.Cte(records.name, q.Select(self._items(), q.Table(column(name)))),
        ]

    def _changes(self) -> q.Query:
        """`change` is the message without its schema, `changed` the row."""
        line, change = call("long_numbers", column("line")), column("change")
        opened = call("coalesce", call("json_extract", line, sql.Text("$.payload")), sql.Cast(line, "json"))
        deletes = sql.Binary("=", call("json_extract_string", change, sql.Text("$.op")), sql.Text("d"))
        before, after = [call("json_extract", change, sql.Text(f"$.{side}")) for side in ("before", "after")]
        items = (
            q.SelectItem(sql.STAR),
            q.SelectItem(sql.Case(((call("is_json_object", column("line")), opened),)), "change"),
            q.SelectItem(sql.Case(((deletes, before),), after), "changed"),
        )
        # Behind a row that is deleted comes a message without a value, for the topic's own cleaning.
        there = sql.Postfix(column("line"), "is not null")
        return q.Select(items, q.Table(column(self.lines)), where=(q.Condition(there),))

    def _json_items(self, line: sql.Expr) -> tuple[q.SelectItem, ...]:
        changed, fields = column("changed"), column(self.fields)
        keys = call("json_keys", changed)
        known = sql.ListOf(tuple([sql.Text(name) for name in self.known]))
        fits = sql.all_of(tuple(self._conditions(keys, keys, known)))
        around = decoding.fields_of(column("change"), self.around)
        return (
            q.SelectItem(decoding.fields_of(changed, self.known), self.fields),
            *([q.SelectItem(around, self.envelope)] if self.around else []),
            q.SelectItem(sql.Case(((sql.Postfix(fields, "is not null"), fits),), sql.FALSE), self.fits),
        )

    def _fields_of(self, name: str) -> str:
        return self.envelope if name in self.of.relation.record_paths else self.fields


def _text(value: sql.Expr) -> sql.Expr:
    """Bytes as text, null if they are none."""
    return call("try", call("decode", value))


def _raw(value: sql.Expr, type_: DataType) -> sql.Expr:
    match type_:
        case Binary():
            return value
        case String():
            return _text(value)
        case _:
            return decoding.from_text(_text(value), type_)


def rows(relation: Relation) -> Rel:
    """The rows of a relation with its times in the language's own words: each engine would have others."""
    columns = tuple([Column(id_, one.name, one.type, one.nullable) for id_, one in enumerate(relation.columns, 1)])
    items = []
    for one in columns:
        value = Cast(one, STRING, one.nullable) if isinstance(one.type, Timestamp | Datetime) else one
        made = one if value is one else Column(len(columns) + one.id, one.name, STRING, one.nullable)
        items.append(Item(made, value))
    return Project(Scan(relation.name, columns), tuple(items))


def outgoing(sink: Sink, made: Rel, query: q.Query) -> q.Query:
    """The messages of a sink whose rows are these: `key` and `value`; of csv the cells, which are made lines later."""
    names = words(sink.options.get("key"))
    keys = [one for one in made.columns if one.name in names]
    rest = [one for one in made.columns if one.name not in names]
    key: sql.Expr = sql.NULL
    if keys:
        is_raw = word(sink.options.get("key_format"), "json") == "raw"
        key = column(keys[0].name) if is_raw else _object(sorted(keys, key=lambda one: names.index(one.name)))
    items = [q.SelectItem(key, "key")]
    match word(sink.options.get("format"), "json"):
        case "raw":
            items.append(q.SelectItem(column(rest[0].name), "value"))
        case "csv":
            for at, one in enumerate(made.columns):
                text = value_as_text(column(one.name), one.type, "csv")
                items.append(q.SelectItem(sql.Cast(text, "varchar"), f"cell_{at}"))
        case _:
            items.append(q.SelectItem(_object(made.columns), "value"))
    return q.Select(tuple(items), q.Derived(query))


def _object(columns: Iterable[Column]) -> sql.Expr:
    fields = [(one.name, value_as_text(column(one.name), one.type, "json")) for one in columns]
    return sql.Cast(call("to_json", sql.StructOf(tuple(fields))), "varchar")

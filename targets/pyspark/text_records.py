"""Sources of csv and JSON lines: Spark reads lines of text, and fixed code of the module decodes them exactly."""

from collections.abc import Iterator

from oftra.datatypes import Array, DataType, Json, Map, Struct
from oftra.ir.enforce import Hidden
from oftra.ir.expr import Column
from oftra.ir.options import given, text, word, words
from oftra.ir.program import Connection, Relation
from oftra.targets.engines.spark.datatypes import identifier, type_name
from oftra.targets.pyspark.debezium import AROUND, path_of_field
from oftra.targets.pyspark.places import ROOT
from oftra.targets.python import tree as py

CSV = (("delimiter", "sep"), ("quote", "quote"), ("escape", "escape"), ("null_text", "null"))
"""Options of csv files, by our names and by those of `csv_fields`."""

_CHANGE = AROUND.rstrip(".")
"""What fields of messages of changes stand in, as it would be if it were a field."""


class TextRecords:
    """How the records of a source are read, with the `hidden` columns that its rules need."""

    def __init__(
        self,
        relation: Relation,
        hidden: Hidden | None,
        connection: Connection,
        format_: str,
        streaming: bool = False,
    ) -> None:
        options = relation.options
        self.relation, self.hidden, self.connection = relation, hidden, connection
        self.streaming = streaming
        self.are_messages = connection.kind == "kafka"
        self.is_csv = format_ == "csv"
        self.are_changes = format_ == "debezium"
        self.has_header = self.is_csv and not self.are_messages and given(options, connection, "header") is not False
        self.is_hive = options.get("hive_partitioned") is True
        self.keeps_extra = word(options.get("extra")) == "keep"
        metadata = words(options.get("metadata"))
        own = len(relation.columns) - len(metadata) - self.keeps_extra
        self.columns = relation.columns[:own]
        self.beside = dict(zip(metadata, relation.columns[own:]))
        self.paths = {one.name: relation.record_paths.get(one.name, one.name) for one in self.columns}
        if self.are_changes:
            self.paths = {one.name: path_of_field(relation, one.name) for one in self.columns}
        # What a record has on its first level; a cell of csv has no levels.
        first = [path if self.is_csv else path.split(".")[0] for path in self.paths.values()]
        self.known = [name for name in dict.fromkeys(first) if not (self.are_changes and name == _CHANGE)]

    @property
    def schema(self) -> tuple[str, ...]:
        """The columns that stand in a record, with their types; a document is a variant while it is decoded."""
        return tuple([f"{identifier(column.name)} {_type(column.type)}" for column in self.columns])

    def statements(self, lines: py.Expr, constant: str) -> tuple[py.Statement, ...]:
        """What gives the records, of `lines` that are read, with the schema that `constant` names."""
        records = py.Name("records")
        rows = py.call("decoded", records, py.Name(constant), py.Name(self._decode()), *self._expected())
        chosen = py.method(rows, "select", py.String("row.*"), *self._more())
        return (py.Assign(records, self._records(lines)), py.Return(chosen))

    def _records(self, lines: py.Expr) -> py.Expr:
        hidden = self.hidden
        if self.are_messages:
            lines = py.call("keyed_messages" if "tombstone" in self.beside else "messages", lines)
        elif self.has_header or self.is_hive or self.beside or (hidden is not None and hidden.file is not None):
            lines = py.call("located" if self.streaming else "numbered", lines, ROOT)
        if not self.is_csv:
            records: py.Expr = py.call("row_fields" if self.are_changes else "json_fields", lines)
            for path in self._inner():
                records = py.call("opened", records, py.String(path))
            return records
        records = py.call("csv_fields", lines, *self._csv_options())
        return py.call("in_folders", records) if self.is_hive else records

    def _inner(self) -> Iterator[str]:
        """The paths of the objects that columns stand in, outer ones first."""
        found: dict[str, None] = {}
        for path in self.paths.values():
            steps = path.split(".")
            found.update([(".".join(steps[:depth]), None) for depth in range(1, len(steps))])
        yield from [path for path in found if not (self.are_changes and path == _CHANGE)]

    def _csv_options(self) -> Iterator[py.Keyword]:
        options, connection = self.relation.options, self.connection
        if not self.has_header:
            yield py.Keyword("names", _strings(self.known))
        said = {theirs: text(given(options, connection, ours)) for ours, theirs in CSV}
        if said["escape"] is None:
            said["escape"] = said["quote"]
        for name, value in said.items():
            if value:
                yield py.Keyword(name, py.String(value))

    def _decode(self) -> str:
        """The function that decodes a field, as plain as the types allow."""
        is_deep = any(isinstance(column.type, Array | Map | Struct) for column in self.columns)
        if self.is_csv:
            return "exact_cell" if is_deep or any(isinstance(one.type, Json) for one in self.columns) else "exact_text"
        return "exact_json" if is_deep else "exact_scalar"

    def _expected(self) -> Iterator[py.Keyword]:
        options = self.relation.options
        if any(name != path for name, path in self.paths.items()):
            entries = [(py.String(name), py.String(path)) for name, path in self.paths.items()]
            yield py.Keyword("paths", py.DictOf(tuple(entries)))
            if self.known != list(self.paths.values()):
                yield py.Keyword("known", _strings(self.known))
        if word(options.get("missing")) == "fail":
            yield py.Keyword("all_there", py.TRUE)
        if word(options.get("extra")) == "fail":
            yield py.Keyword("none_else", py.TRUE)

    def _more(self) -> Iterator[py.Expr]:
        """What stands beside the row."""
        names = {"file": "file", "row": "position", "message_key": "key"}
        for option, column in self.beside.items():
            yield _called(names.get(option, option), column)
        if self.keeps_extra:
            yield py.method(py.call("other_fields", _strings(self.known)), "alias", py.String("extra"))
        hidden = self.hidden
        if hidden is not None:
            made = (
                ("readable", hidden.readable), ("value", hidden.record), ("file", hidden.file),
                ("position", hidden.position),
            )  # fmt: skip
            yield from [_called(name, column) for name, column in made if column is not None]


def _called(name: str, column: Column) -> py.Expr:
    """A column of the records, by the name that it is to have."""
    if name == column.name:
        return py.String(name)
    return py.method(py.call("F.col", py.String(name)), "alias", py.String(column.name))


def _strings(values: list[str]) -> py.Expr:
    return py.ListOf(tuple([py.String(value) for value in values]))


def _type(type_: DataType) -> str:
    match type_:
        case Json():
            return "variant"
        case Array(element):
            return f"array<{_type(element)}>"
        case Map(key, value):
            return f"map<{_type(key)}, {_type(value)}>"
        case Struct(fields):
            inside = ", ".join([f"{identifier(field.name)}: {_type(field.type)}" for field in fields])
            return f"struct<{inside}>"
        case _:
            return type_name(type_)

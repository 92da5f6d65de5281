"""Sources of csv and JSON lines: lines of text, decoded exactly by queries that stand before those that use them."""

from dataclasses import dataclass

from oftra.datatypes import String
from oftra.ir.enforce import Hidden
from oftra.ir.judge import free_name
from oftra.ir.options import given, text, word, words
from oftra.ir.program import Connection, Relation
from oftra.targets.duckdb.runtimes import Runtimes, place
from oftra.targets.engines.duckdb import decoding
from oftra.targets.engines.duckdb.plan import Reading
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call, column, integer


@dataclass(frozen=True)
class Records:
    """A source whose records come as text, and what its rules need of them.

    `prefix` stands before the names of the queries that read them.
    """

    relation: Relation
    hidden: Hidden | None
    connection: Connection
    format: str
    path: sql.Expr
    runtimes: Runtimes
    prefix: str = ""


STEPS = ("lines", "heads", "changes", "records", "decoded")
"""What these queries are called."""


def text_reading(records: Records) -> Reading:
    """How the records are read and decoded."""
    return Reader(records).reading()


class Reader:
    """Writes the queries: `lines`, of csv with a header `heads`, `records` with their fields, and `decoded`."""

    def __init__(self, records: Records) -> None:
        relation, options = records.relation, records.relation.options
        self.of = records
        self.lines, self.heads, self.changes, self.records, self.decoded = [records.prefix + step for step in STEPS]
        beside = words(options.get("metadata"))
        self.keeps_extra = word(options.get("extra")) == "keep"
        own = len(relation.columns) - len(beside) - self.keeps_extra
        self.columns, self.metadata = relation.columns[:own], relation.columns[own : own + len(beside)]
        self.is_csv = records.format == "csv"
        self.has_header = self.is_csv and given(options, records.connection, "header") is not False
        self.is_hive = options.get("hive_partitioned") is True
        self.paths = {c.name: self._path(relation.record_paths.get(c.name, c.name)) for c in self.columns}
        self.known = tuple(dict.fromkeys([path[0] for path in self.paths.values()]))
        self.hidden = () if records.hidden is None else records.hidden.columns
        taken = relation.columns
        # Names of ours: a column of the contract keeps its own.
        self.file, self.position, self.line = [free_name(one, taken) for one in ("file", "position", "line")]
        self.fields, self.fits = free_name("fields", taken), free_name("fits", taken)
        self.cells, self.names, self.number = [free_name(one, taken) for one in ("cells", "names", "number")]
        wanted = records.hidden
        self.needs_position = "row" in beside or (wanted is not None and wanted.position is not None)
        self.needs_file = "file" in beside or self.is_hive or (wanted is not None and wanted.file is not None)

    def _path(self, path: str) -> list[str]:
        """The names that lead to a field; a cell of csv has but one."""
        return [path] if self.is_csv else path.split(".")

    def reading(self) -> Reading:
        """The queries, and the columns that the last one gives."""
        columns = (*self.of.relation.columns, *self.hidden)
        names = tuple([one.name for one in columns])
        values: dict[str, sql.Expr] = {name: column(self.decoded, name) for name in names}
        ctes = [*self._records(), q.Cte(self.decoded, self._decoded())]
        return Reading(q.Table(column(self.decoded)), self.decoded, names, values, tuple(ctes))

    # ------------------------------------------------------------------------------------------------------ records

    def _records(self) -> list[q.Cte]:
        lines = q.TableFunction(call("text_lines", self.of.path))
        if not self.has_header:
            return [q.Cte(self.records, q.Select(self._items(), lines))]
        return [
            q.Cte(self.lines, q.Select((q.SelectItem(sql.STAR),), lines)),
            q.Cte(self.heads, self._heads()),
            q.Cte(self.records, q.Select(self._items(), q.Table(column(self.lines)), (self._join(),))),
        ]

    def _heads(self) -> q.Query:
        """The first line of each file: the names of its cells, and whether they are what the contract expects."""
        names = column(self.names)
        known = sql.ListOf(tuple([sql.Text(name) for name in self.known]))
        fits = [sql.Binary("=", call("len", names), call("len", call("list_distinct", names)))]
        items = (
            q.SelectItem(column("file")),
            q.SelectItem(call("min", column("number")), self.number),
            q.SelectItem(self._cells(call("arg_min", column("line"), column("number"))), self.names),
            q.SelectItem(sql.all_of((*fits, *self._conditions(names, names, known))), self.fits),
        )
        return q.Select(items, q.Table(column(self.lines)), group_by=q.Grouping((column("file"),)))

    def _join(self) -> q.Join:
        same = sql.Binary("=", column(self.heads, "file"), column(self.lines, "file"))
        later = sql.Binary(">", column(self.lines, "number"), column(self.heads, self.number))
        return q.Join("join", q.Table(column(self.heads)), sql.all_of((same, later)))

    def _conditions(self, names: sql.Expr, own: sql.Expr, known: sql.Expr) -> list[sql.Expr]:
        """What the names of a record's fields have to be; `own` are those that stand in the record itself."""
        options = self.of.relation.options
        found: list[sql.Expr] = [call("list_has_any", own, known)]
        if word(options.get("missing")) == "fail":
            found[0] = call("list_has_all", names, known)
        if word(options.get("extra")) == "fail":
            found.append(call("list_has_all", known, own))
        return found

    def _items(self) -> tuple[q.SelectItem, ...]:
        lines = (self.lines,) if self.has_header else ()
        line = column(*lines, "line")
        items: list[q.SelectItem] = []
        if self.needs_file:
            items.append(self._item(column(*lines, "file"), self.file))
        if self.needs_position:
            items.append(q.SelectItem(self._place(lines), self.position))
        items.append(self._item(line, self.line))
        if not self.is_csv:
            return (*items, *self._json_items(line))
        return (*items, *self._csv_items(line))

    @staticmethod
    def _item(expr: sql.Expr, name: str) -> q.SelectItem:
        return q.SelectItem(expr, None if isinstance(expr, sql.Name) and expr.parts[-1] == name else name)

    def _place(self, lines: tuple[str, ...]) -> sql.Expr:
        """From 1 in the file; a header doesn't count."""
        number = column(*lines, "number")
        if self.has_header:
            return sql.Binary("-", number, column(self.heads, self.number))
        first = sql.Over(sql.Function("min", (number,)), sql.WindowSpec((column("file"),)))
        return sql.Binary("+", sql.Binary("-", number, first), integer(1))

    def _csv_items(self, line: sql.Expr) -> tuple[q.SelectItem, ...]:
        cells, names = column(self.cells), column(self.heads, self.names)
        if self.has_header:
            at: dict[str, sql.Expr] = {name: call("list_position", names, sql.Text(name)) for name in self.known}
            width: sql.Expr = call("len", names)
            conditions: list[sql.Expr] = [column(self.heads, self.fits)]
        else:
            at = {name: integer(place) for place, name in enumerate(self.known, 1)}
            width, conditions = integer(len(self.known)), []
        conditions += [sql.Binary("<>", line, sql.Text("")), sql.Binary("=", call("len", cells), width)]
        fields = tuple([(name, self._cell(sql.Index(cells, place))) for name, place in at.items()])
        fits = call("coalesce", sql.all_of(tuple(conditions)), sql.FALSE)
        items = [
            q.SelectItem(self._cells(line), self.cells),
            q.SelectItem(sql.StructOf(fields), self.fields),
            q.SelectItem(fits, self.fits),
        ]
        if self.keeps_extra and self.has_header:
            items.append(q.SelectItem(names))
        return tuple(items)

    def _cell(self, cell: sql.Expr) -> sql.Expr:
        null = text(given(self.of.relation.options, self.of.connection, "null_text")) or ""
        return call("nullif", cell, sql.Text(null))

    def _cells(self, line: sql.Expr) -> sql.Expr:
        options, connection = self.of.relation.options, self.of.connection
        delimiter = text(given(options, connection, "delimiter")) or ","
        quote = text(given(options, connection, "quote")) or '"'
        escape = text(given(options, connection, "escape")) or quote
        around, stop, before = (_in_class(one) for one in (quote, delimiter, escape))
        inside = f"[^{around}]|{_literal(quote)}{_literal(quote)}"
        if escape != quote:
            inside = f"[^{around}{before}]|{_literal(escape)}."
        cell = f"{_literal(quote)}(?:{inside})*{_literal(quote)}|[^{around}{stop}]*"
        parts = (delimiter, quote, escape + quote, cell)
        return call("csv_cells", line, *[sql.Text(part) for part in parts])

    def _json_items(self, line: sql.Expr) -> tuple[q.SelectItem, ...]:
        fields = column(self.fields)
        known = sql.ListOf(tuple([sql.Text(name) for name in self.known]))
        keys: sql.Expr = call("json_keys", line)
        names = call("list_concat", keys, _path_names(column("file"))) if self.is_hive else keys
        parsed = decoding.fields_of(call("long_numbers", line), self.known)
        fits = sql.all_of(tuple(self._conditions(names, keys, known)))
        return (
            q.SelectItem(sql.Case(((call("is_json_object", line), parsed),)), self.fields),
            q.SelectItem(sql.Case(((sql.Postfix(fields, "is not null"), fits),), sql.FALSE), self.fits),
        )

    # ------------------------------------------------------------------------------------------------------ decoded

    def _decoded(self) -> q.Query:
        items: list[q.SelectItem] = []
        checks: list[sql.Expr] = [column(self.fits)]
        for one in self.columns:
            given_, value, above = self._value(one.name, self.paths[one.name])
            type_ = one.type
            decoded = self._from(given_, value, type_)
            items.append(q.SelectItem(decoded, one.name))
            checks += above
            if not (self.is_csv and isinstance(type_, String)):
                checks.append(decoding.is_decoded(given_, column(one.name)))
        beside = self._beside()
        items += [self._item(beside[one.name], one.name) for one in self.metadata]
        if self.keeps_extra:
            items.append(q.SelectItem(self._extra(), "extra"))
        return q.Select((*items, *self._hidden_items(checks)), q.Table(column(self.records)))

    def _fields_of(self, name: str) -> str:
        """Which struct the field of a column stands in."""
        return self.fields

    def _beside(self) -> dict[str, sql.Expr]:
        """What says where a record came from, by the names that sources ask for it."""
        return {"file": self._file(), "row": column(self.position)}

    def _value(self, name: str, path: list[str]) -> tuple[sql.Expr, sql.Expr, list[sql.Expr]]:
        """What is given for a column, the value to decode, and what must hold of the objects that it stands in."""
        value: sql.Expr = column(self._fields_of(name), path[0])
        above: list[sql.Expr] = []
        if len(path) > 1:
            whole = value
            for depth in range(1, len(path)):
                place = (sql.Text(_pointer(path[1:depth])),) if depth > 1 else ()
                kind = call("coalesce", call("json_type", whole, *place), sql.Text("NULL"))
                above.append(sql.In(kind, (sql.Text("OBJECT"), sql.Text("NULL"))))
            inner = call("json_extract", whole, sql.Text(_pointer(path[1:])))
            value = sql.Case(((sql.Binary("<>", call("json_type", inner), sql.Text("NULL")), inner),))
        if not self.is_hive:
            return value, value, above
        return call("coalesce", self._from_path(name), sql.Cast(value, "varchar")), value, above

    def _from(self, given_: sql.Expr, value: sql.Expr, type_: object) -> sql.Expr:
        decoded = decoding.from_text(value, type_) if self.is_csv else decoding.from_json(value, type_)  # type: ignore[arg-type]
        if given_ is value:
            return decoded
        assert isinstance(given_, sql.Function)
        return call("coalesce", decoding.from_text(given_.arguments[0], type_), decoded)  # type: ignore[arg-type]

    def _from_path(self, name: str) -> sql.Expr:
        """The value that the folders `name=value` on the way to the file give."""
        found = call("regexp_extract", column(self.file), sql.Text(f"/{_literal(name)}=([^/]*)/"), integer(1))
        value = call("nullif", call("url_decode", found), sql.Text(""))
        return call("nullif", value, sql.Text("__HIVE_DEFAULT_PARTITION__"))

    def _hidden_items(self, checks: list[sql.Expr]) -> list[q.SelectItem]:
        hidden = self.of.hidden
        if hidden is None:
            return []
        items = [q.SelectItem(sql.all_of(tuple(checks)), hidden.readable.name)]
        for made, expr in ((hidden.record, column(self.line)), (hidden.file, self._file())):
            if made is not None:
                items.append(q.SelectItem(expr, made.name))
        if hidden.position is not None:
            items.append(self._item(column(self.position), hidden.position.name))
        return items

    def _file(self) -> sql.Expr:
        """The file, below the connection's root."""
        file = column(self.file)
        match place(self.of.connection, "", self.of.runtimes):
            case sql.Text(""):
                return file
            case sql.Text(root):
                return call("substring", file, integer(len(root.rstrip("/")) + 2))
            case root:
                return call("substring", file, sql.Binary("+", call("length", root), integer(1)))

    def _extra(self) -> sql.Expr:
        """The fields that the contract doesn't have, as a JSON object; null if there are none."""
        known = tuple([sql.Text(name) for name in self.known])
        if not self.is_csv:
            whole = call("from_json", call("long_numbers", column(self.line)), sql.Text('"MAP(VARCHAR, JSON)"'))
            unknown = sql.In(sql.Member(column("entry"), "key"), known, negated=True)
            entries = call("list_filter", call("map_entries", whole), sql.Lambda(("entry",), unknown))
            others = call("plain_numbers", call("to_json", call("map_from_entries", entries)))
        elif self.has_header:
            unknown = sql.In(column("name"), known, negated=True)
            others_names = call("list_filter", column(self.names), sql.Lambda(("name",), unknown))
            at = call("list_position", column(self.names), column("name"))
            cells = call(
                "list_transform",
                others_names,
                sql.Lambda(("name",), self._cell(sql.Index(column(self.cells), at))),
            )
            others = call("to_json", call("map", others_names, cells))
        else:
            return sql.Cast(sql.NULL, "json")
        return sql.Case(((column(self.fits), call("nullif", others, sql.Text("{}"))),))


def _pointer(path: list[str]) -> str:
    return "$" + "".join([f'."{name}"' for name in path])


def _path_names(file: sql.Expr) -> sql.Expr:
    return call("regexp_extract_all", file, sql.Text("/([^/=]+)="), integer(1))


def _literal(text_: str) -> str:
    """A regular expression that matches just this text."""
    return "".join([char if char.isalnum() or char in "_\"'-, ;" else f"\\{char}" for char in text_])


def _in_class(text_: str) -> str:
    """Characters as they stand between brackets in a regular expression."""
    return "".join([f"\\{char}" if char in "\\]^-[" else char for char in text_])

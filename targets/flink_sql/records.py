"""Sources whose records come as text: a table of them as they are, decoded exactly by queries over it."""

from dataclasses import dataclass, replace

from oftra.datatypes import Date, Datetime, String, Timestamp
from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedFunction
from oftra.ir.enforce import Hidden
from oftra.ir.judge import free_name
from oftra.ir.options import given, text, words
from oftra.ir.program import Connection, Relation
from oftra.targets.engines.flink import decoding
from oftra.targets.engines.flink.wording import Refused
from oftra.targets.flink_sql import debezium
from oftra.targets.flink_sql.once import once
from oftra.targets.flink_sql.tables import TIME
from oftra.targets.flink_sql.texts import is_text, shown
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.catalog import Reading
from oftra.targets.sql.tree import call, column, integer

STEPS = ("fields", "texts", "parsed", "decoded")
"""What the queries over the records are called."""

NEVER = sql.Cast(sql.Typed("timestamp", "1970-01-01 00:00:00"), TIME)
"""The event time of what has none: Flink takes no null for one."""

_TOLD_BY_TEXT = Date | Datetime | Timestamp


@dataclass(frozen=True)
class Records:
    """A source whose records come as text in the column `record` of a table.

    `file` and `position` say where a record stands, `metadata` what else is known of it; `time` is the column of the
    table that holds the event time of each record already, and `time_read` what it is called where it may be null.
    """

    relation: Relation
    hidden: Hidden | None
    connection: Connection
    format: str
    table: sql.Name
    record: str
    file: sql.Expr
    position: sql.Expr
    metadata: dict[str, sql.Expr]
    time: str | None = None
    time_read: str | None = None
    prefix: str = ""


def text_reading(records: Records, report: Report) -> Reading:
    """How the records are read and decoded."""
    return _Reader(records, report).reading()


def time_of(records: Records, report: Report) -> sql.Expr:
    """The event time of a record, which a table computes itself: in milliseconds, and long ago if it can't be read."""
    reader = _Reader(records, report)
    named = records.relation.interface.event_time
    at, time = next((at, one) for at, one in enumerate(reader.columns, 1) if one.name == named)
    if reader.is_csv:
        given_: sql.Expr = sql.Index(reader.line_cells(), integer(at))
    else:
        given_ = reader.json_value(time.name)
    read = sql.Cast(decoding.from_text(given_, time.type), TIME)
    return call("coalesce", read, NEVER)


class _Reader:
    """Writes the queries.

    `fields` cuts records into fields, `texts` has what strings of JSON among them say that are no values yet, `parsed`
    makes values of them, and `decoded` tells whether that could be done.
    """

    def __init__(self, records: Records, report: Report) -> None:
        self.of = records
        self.report = report
        relation = records.relation
        beside = words(relation.options.get("metadata"))
        own = len(relation.columns) - len(beside)
        self.columns, self.metadata = relation.columns[:own], relation.columns[own:]
        self.is_csv = records.format == "csv"
        self.is_change = records.format == "debezium"
        self.fields, self.texts, self.parsed, self.decoded = [records.prefix + step for step in STEPS]
        self.fits = free_name("fits", relation.columns)
        self.cells = free_name("cells", relation.columns)
        self.change = free_name("change", relation.columns)
        self.row = free_name("changed", relation.columns)
        self.record = column(records.record)
        self.raw = {one.name: free_name(f"{one.name}_field", relation.columns) for one in self.columns}
        self.text = {one.name: free_name(f"{one.name}_text", relation.columns) for one in self.columns}

    def reading(self) -> Reading:
        """The queries, and the columns that the last one gives."""
        hidden = () if self.of.hidden is None else self.of.hidden.columns
        read = () if self.of.time_read is None else (self.of.time_read,)
        names = (*[one.name for one in self.of.relation.columns], *read, *[one.name for one in hidden])
        values: dict[str, sql.Expr] = {name: column(self.decoded, name) for name in names}
        cut = self._cut()
        texts = [] if self.is_csv else self._texts()
        last = self.texts if texts else self.fields
        parsed = q.Select((q.SelectItem(sql.STAR), *self._values()), q.Table(column(last)))
        ctes = (*cut, *texts, q.Cte(self.parsed, parsed), q.Cte(self.decoded, self._decoded()))
        return Reading(q.Table(column(self.decoded)), self.decoded, names, values, ctes)

    # ------------------------------------------------------------------------------------------------------- fields

    def _cut(self) -> tuple[q.Cte, ...]:
        everything, table = q.SelectItem(sql.STAR), q.Table(self.of.table)
        if not self.is_csv:
            before, from_ = self._rows()
            items = [
                q.SelectItem(decoding.at(self._document(one.name), self.path(one.name)), self.raw[one.name])
                for one in self.columns
            ]
            fits = sql.Chain("and", (*decoding.is_one_object(self.record), self._is_meant()))
            cut = q.Select((everything, *items, q.SelectItem(self._sure(fits), self.fits)), from_)
            return (*before, q.Cte(self.fields, cut))
        cells = q.Select((everything, q.SelectItem(self.line_cells(), self.cells)), table)
        if self._has_header():
            other = sql.Binary("<>", self.record, sql.Text(self._header()))
            cells = q.Select(cells.items, table, where=(q.Condition(other),))
        items = [q.SelectItem(self._cell(at), self.raw[one.name]) for at, one in enumerate(self.columns, 1)]
        name = self.of.prefix + self.cells
        cut = q.Select(
            (everything, *items, q.SelectItem(self._sure(self._is_line()), self.fits)), q.Table(column(name))
        )
        return (q.Cte(name, cells), q.Cte(self.fields, cut))

    def _rows(self) -> tuple[tuple[q.Cte, ...], q.Table]:
        """What holds the objects that fields are cut of."""
        if not self.is_change:
            return (), q.Table(self.of.table)
        name = self.of.prefix + self.row
        rows = debezium.rows_of(self.record, self.of.table, self.change, self.row)
        return (q.Cte(name, rows),), q.Table(column(name))

    def _document(self, name: str) -> sql.Expr:
        """The object that a column is a field of."""
        if not self.is_change:
            return self.record
        return column(self.change if name in self.of.relation.record_paths else self.row)

    def json_value(self, name: str) -> sql.Expr:
        """The text that a record has for a column."""
        if self.is_change:
            return debezium.value_of(self.record, self.path(name), name in self.of.relation.record_paths)
        return call("json_value", self.record, sql.Text(decoding.path_of(self.path(name))))

    def _texts(self) -> list[q.Cte]:
        found = [
            q.SelectItem(decoding.json_text(column(self.raw[one.name])), self.text[one.name])
            for one in self.columns
            if isinstance(one.type, _TOLD_BY_TEXT)
        ]
        return (
            [q.Cte(self.texts, q.Select((q.SelectItem(sql.STAR), *found), q.Table(column(self.fields))))]
            if found
            else []
        )

    @staticmethod
    def _sure(condition: sql.Expr) -> sql.Expr:
        return sql.Postfix(condition, "is true")

    def path(self, name: str) -> tuple[str, ...]:
        """The names that lead to a field."""
        return tuple(self.of.relation.record_paths.get(name, name).split("."))

    def _is_meant(self) -> sql.Expr:
        """Whether the record has any field of the contract, or (if none may be missing) all of them."""
        row = self._document("")
        names = dict.fromkeys([self.path(one.name)[0] for one in self.columns if self._document(one.name) == row])
        any_ = "|".join([_literal(name) for name in names])
        return call("regexp", row, sql.Text(rf'"(?:{any_})"\s*:'))

    def _option(self, name: str, default: str) -> str:
        return text(given(self.of.relation.options, self.of.connection, name)) or default

    def _has_header(self) -> bool:
        is_file = self.of.connection.kind == "files"
        return is_file and given(self.of.relation.options, self.of.connection, "header") is not False

    def _header(self) -> str:
        return self._option("delimiter", ",").join([self.path(one.name)[0] for one in self.columns])

    def _pattern(self) -> str:
        quote, stop = self._option("quote", '"'), self._option("delimiter", ",")
        around, between = _in_class(quote), _in_class(stop)
        return f"{_literal(quote)}(?:[^{around}]|{_literal(quote) * 2})*{_literal(quote)}|[^{around}{between}]*"

    def line_cells(self) -> sql.Expr:
        """Each cell after its delimiter: Java goes on behind a match of nothing."""
        stop = self._option("delimiter", ",")
        line = sql.Chain("||", (sql.Text(stop), self.record))
        return call("regexp_extract_all", line, sql.Text(f"{_literal(stop)}({self._pattern()})"), integer(1))

    def _is_line(self) -> sql.Expr:
        """Whether the line has a cell for each column and nothing between them; a header of other columns is none."""
        stop, cell = _literal(self._option("delimiter", ",")), f"(?:{self._pattern()})"
        rest = f"(?:{stop}{cell}){{{len(self.columns) - 1}}}" if len(self.columns) > 1 else ""
        conditions: list[sql.Expr] = [
            sql.Binary("<>", self.record, sql.Text("")),
            call("regexp", self.record, sql.Text(rf"^{cell}{rest}$")),
        ]
        if self._has_header():
            names = "|".join([_literal(self.path(one.name)[0]) for one in self.columns])
            other = call("regexp", self.record, sql.Text(rf"^(?:(?:{names})(?:{stop}|$))+$"))
            conditions.append(sql.Unary("not", other))
        return sql.all_of(tuple(conditions))

    def _cell(self, place: int) -> sql.Expr:
        cell = sql.Index(column(self.cells), integer(place))
        quote = self._option("quote", '"')
        inside = call("substring", cell, integer(2), sql.Binary("-", call("char_length", cell), integer(2)))
        plain = call("replace", inside, sql.Text(quote * 2), sql.Text(quote))
        whole = sql.Case(((sql.Like("like", cell, sql.Text(f"{quote}%")), plain),), cell)
        found = sql.Case(((sql.Binary("<=", integer(place), call("cardinality", column(self.cells))), whole),))
        return call("nullif", found, sql.Text(self._option("null_text", "")))

    # ------------------------------------------------------------------------------------------------------ decoded

    def _values(self) -> list[q.SelectItem]:
        items: list[q.SelectItem] = []
        for one in self.columns:
            if one.name == self.of.relation.interface.event_time and self.of.time is not None:
                items.append(q.SelectItem(column(self.of.time), one.name))
                continue
            try:
                if self.is_csv:
                    value = decoding.from_text(column(self.raw[one.name]), one.type)
                elif isinstance(one.type, _TOLD_BY_TEXT):
                    value = decoding.from_text(column(self.text[one.name]), one.type)
                else:
                    value = decoding.from_json(column(self.raw[one.name]), one.type)
            except Refused as refused:
                self.report.add(UnsupportedFunction(str(refused), "flink", span=self.of.relation.span))
                value = sql.NULL
            items.append(q.SelectItem(value, one.name))
        return items

    def _decoded(self) -> q.Query:
        items = [q.SelectItem(column(one.name)) for one in self.columns]
        checks: list[sql.Expr] = [column(self.fits), is_text(self.record)]
        for one in self.columns:
            if one.name == self.of.relation.interface.event_time and self.of.time is not None:
                there: sql.Expr = sql.Binary("<>", column(one.name), NEVER)
                if self.of.time_read is not None:
                    # What isn't there breaks another rule.
                    there = sql.Chain("or", (sql.Postfix(column(self.raw[one.name]), "is null"), there))
                checks.append(there)
            elif not (self.is_csv and isinstance(one.type, String)):
                checks.append(decoding.is_decoded(column(self.raw[one.name]), column(one.name)))
        items += [self._item(self.of.metadata[one.name], one.name) for one in self.metadata]
        if self.of.time_read is not None and (time := self.of.relation.interface.event_time) is not None:
            items.append(q.SelectItem(call("nullif", sql.Cast(column(time), TIME), NEVER), self.of.time_read))
        rows = q.Select((*items, *self._hidden_items()), q.Table(column(self.parsed)))
        if self.of.hidden is None:
            return rows
        return replace(rows, joins=(once(sql.all_of(tuple(checks)), self.of.hidden.readable.name),))

    @staticmethod
    def _item(expr: sql.Expr, name: str) -> q.SelectItem:
        return q.SelectItem(expr, None if expr == column(name) else name)

    def _hidden_items(self) -> list[q.SelectItem]:
        hidden = self.of.hidden
        if hidden is None:
            return []
        found = [q.SelectItem(column(hidden.readable.name))]
        for made, expr in (
            (hidden.record, shown(self.record)),
            (hidden.file, self.of.file),
            (hidden.position, self.of.position),
        ):
            if made is not None:
                found.append(self._item(expr, made.name))
        return found


def _literal(text_: str) -> str:
    """A regular expression that matches just this text."""
    return "".join([char if char.isalnum() or char in "_\"'-, ;" else f"\\{char}" for char in text_])


def _in_class(text_: str) -> str:
    """Characters as they stand between brackets in a regular expression."""
    return "".join([f"\\{char}" if char in "\\]^-[" else char for char in text_])

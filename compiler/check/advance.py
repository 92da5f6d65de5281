"""Tests of streams: what comes in which order, how far time has come then, and which rows are late so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from oftra.check.context import Context
from oftra.check.convert import convert, fits_cell
from oftra.check.scope import Scope
from oftra.datatypes import STRING, show
from oftra.diagnostics.streams import CantAdvance, LateInTest
from oftra.diagnostics.typecheck import Mismatch, NotConstant
from oftra.ir.expr import Column, Expr, Literal
from oftra.ir.program import Arrival, GivenRows, Relation
from oftra.source import Span
from oftra.syntax import nodes

Row = tuple[Expr, ...]


@dataclass
class Coming:
    """What a test lets come, in its order. `late` are the rows of tables of late rows, `headers` each source's last."""

    arrivals: list[Arrival] = field(default_factory=list)
    headers: dict[str, list[Column | None]] = field(default_factory=dict)
    late: dict[str, GivenRows] = field(default_factory=dict)
    reached: dict[str, Literal] = field(default_factory=dict)

    def rows(self, given: GivenRows, header: list[Column | None]) -> None:
        """Rows that come at once: none of them is late."""
        self.arrivals.append(Arrival(given.relation, given.rows))
        self.headers[given.relation] = header

    def advance(self, relation: Relation, step: nodes.Advance, context: Context) -> Literal | None:
        """Where the watermark of `relation` is moved to; None if it can't be (reported)."""
        facts = relation.interface
        why = ""
        if relation.kind != "source":
            why = "it is no source"
        elif facts.event_time is None or facts.watermark is None:
            why = "its contract has no event time with a watermark"
        elif relation.name not in self.headers:
            why = "the test gives it no rows before"
        if why:
            context.report.add(CantAdvance(relation.name, why, span=step.relation.span))
            return None
        (column,) = [one for one in relation.columns if one.name == facts.event_time]
        to = Scope(context, None, "`advance`").type_of(step.time)
        if not fits_cell(to, column.type):
            context.report.add(Mismatch("`advance`", show(column.type), show(to.type), span=to.span))
            return None
        to = convert(to, column.type, context.report)
        if not isinstance(to, Literal) or to.value is None:
            context.report.add(NotConstant("`advance`", "a time that is written out", span=step.time.span))
            return None
        before = self.reached.get(relation.name)
        if before is not None and _is_before(to, before):
            context.report.add(CantAdvance(relation.name, "time goes forward only", span=step.time.span))
            return None
        self.reached[relation.name] = to
        self.arrivals.append(Arrival(relation.name, (), to))
        return to

    def more(
        self,
        relation: Relation,
        rows: tuple[Row, ...],
        spans: Sequence[Span],
        time: Literal,
        relations: Mapping[str, Relation],
        context: Context,
    ) -> tuple[Row, ...]:
        """The rows that are not late, of those that come once the watermark is at `time`."""
        if rows:
            self.arrivals.append(Arrival(relation.name, rows))
        at = next(at for at, one in enumerate(relation.columns) if one.name == relation.interface.event_time)
        on_time: list[Row] = []
        for row, span in zip(rows, spans):
            cell = row[at]
            if not isinstance(cell, Literal):
                context.report.add(NotConstant("a row below `advance`", "an event time that is written out", span=span))
            elif cell.value is None or not _is_before(cell, time):
                on_time.append(row)
            elif relation.late is None:
                context.report.add(LateInTest(relation.name, span=span))
            elif relation.late.into is not None and (table := relations.get(relation.late.into)) is not None:
                self._too_late(relation, row, table)
        return tuple(on_time)

    def _too_late(self, relation: Relation, row: Row, table: Relation) -> None:
        cells = {column.name: cell for column, cell in zip(relation.columns, row)}
        *shared, _ = table.columns
        kept = (*[cells[column.name] for column in shared], Literal(relation.name, STRING))
        known = self.late.get(table.name, GivenRows(table.name, (), table.columns))
        self.late[table.name] = replace(known, rows=(*known.rows, kept))


def _is_before(one: Literal, other: Literal) -> bool:
    return one.value < other.value  # type: ignore[operator]  # both are of the event time's type

"""What can't run as a stream: what would never give a row, or keeps state without end; each with the way out."""

from collections.abc import Iterator

from oftra.check.option import word
from oftra.check.streaming import Outputs
from oftra.diagnostics import Report
from oftra.diagnostics.model import Diagnostic
from oftra.diagnostics.streams import (
    AppendOnly,
    KeepsGivenRows,
    LateChanges,
    MovingTable,
    NoEventTime,
    NoWatermark,
    QueryOverStream,
    TimeOfTheRun,
    UnboundedJoin,
    UnboundedOperator,
    UnboundedOrder,
    UnboundedRule,
    UnboundedWindowFunction,
)
from oftra.ir.expr import Cast, Column, ExistsQuery, Expr, InQuery, Runtime, ScalarQuery
from oftra.ir.facts import Facts, facts_of, time_bound
from oftra.ir.program import Program, Relation
from oftra.ir.rel import Filter, Join, Limit, Recursion, Rel, Sample, Scan, SetOperation, Sort, TimeWindow, Window
from oftra.ir.state import State, operator_of, place_of, states_of
from oftra.ir.walk import children, every_rel, expressions, inputs
from oftra.source import Span


def check_streams(program: Program, outputs: Outputs, report: Report) -> None:
    """Report what keeps the program's streams from running as such; in batch the same is well."""
    if not program.streams:
        return
    check = _Check(program, report)
    refused = set[str]()
    for name in outputs.made_of(program.streams):
        relation, before = program.by_name[name], report.errors
        if not relation.interface.bounded and not relation.is_broken:
            check.relation(relation)
        if relation.is_broken or report.errors > before:
            refused.add(name)
    # What changes is said of sound streams only: how another one changes depends on how it is mended.
    sound = [name for name in program.streams if refused.isdisjoint(outputs.made_of([name]))]
    for relation in program.relations:
        if relation.name in sound and not relation.feeds and not relation.late_of:
            check.table(relation)
    for sink in program.sinks:
        if sink.name in sound and (source := program.by_name.get(sink.relation)) is not None:
            check.place(sink.name, "sink", word(sink.options, "mode"), source, sink.span)
    check.moving(outputs)


class _Check:
    def __init__(self, program: Program, report: Report) -> None:
        self.program = program
        self.add = report.add
        self.interfaces = {relation.name: relation.interface for relation in program.relations}

    def facts(self, rel: Rel) -> Facts:
        """What may be relied on of `rel`."""
        return facts_of(rel, self.interfaces)

    # ---------------------------------------------------------------------------------------- what never gives a row

    def relation(self, relation: Relation) -> None:
        """Report what can't be in a relation that streams are made of."""
        if relation.late is not None and word(relation.options, "changes") in ("upsert", "cdc"):
            self.add(LateChanges(relation.short, span=relation.span))
        for found in self._states(relation.rel):
            self.add(found)
        for rel in every_rel(relation.rel):
            if isinstance(rel, TimeWindow) and not self.facts(rel.source).bounded:
                self._window(rel)
            elif isinstance(rel, Sample) and rel.unit != "rows" and not self.facts(rel).bounded:
                self.add(UnboundedOperator("tablesample", _BY_CHANCE, span=rel.span))
            for expr in expressions(rel):
                self._expression(expr)

    def _window(self, rel: TimeWindow) -> None:
        facts = self.facts(rel.source)
        time = rel.time
        while isinstance(time, Cast) and time.implicit:
            time = time.operand
        if facts.event_time is not None and isinstance(time, Column) and time.id == facts.event_time:
            if facts.watermark is None:
                self.add(NoWatermark(rel.kind, time.name, span=rel.span))
            return
        names = {column.id: column.name for column in rel.source.columns}
        if facts.event_time in names:
            self.add(NoEventTime(rel.kind, names[facts.event_time], None, None, span=rel.span))
            return
        lost = self._lost(rel.source)
        name, span = lost or (None, None)
        self.add(NoEventTime(rel.kind, None, span, name, span=rel.span))

    def _lost(self, rel: Rel) -> tuple[str, Span] | None:
        """The event time that rows below `rel` have, and the operator that it doesn't come through."""
        while True:
            if isinstance(rel, Scan):
                relation = self.program.by_name.get(rel.relation)
                if relation is None or relation.kind == "source":
                    return None
                if relation.interface.event_time is not None:
                    return relation.interface.event_time, rel.span
                rel = relation.rel
                continue
            unbounded = [source for source in inputs(rel) if not self.facts(source).bounded]
            for source in unbounded:
                id_ = self.facts(source).event_time
                for column in source.columns:
                    if column.id == id_:
                        return column.name, place_of(rel)
            if not unbounded:
                return None
            rel = unbounded[0]

    def _expression(self, expr: Expr) -> None:
        match expr:
            case ScalarQuery() | ExistsQuery() | InQuery():
                if not self.facts(expr.query).bounded:
                    self.add(QueryOverStream(_FORMS[type(expr)], span=expr.span))
            case Runtime("run", name):
                self.add(TimeOfTheRun(f"run.{name}", span=expr.span))
            case _:
                pass
        for child in children(expr):
            self._expression(child)

    # ------------------------------------------------------------------------------------------ what is kept for ever

    def _states(self, rel: Rel) -> Iterator[Diagnostic]:
        limited = {id(limit.source) for limit in every_rel(rel) if isinstance(limit, Limit)}
        for state in states_of(rel, self.interfaces):
            if state.until == "ever" and not (isinstance(state.operator, Sort) and id(state.operator) in limited):
                yield self._without_end(state)
            elif state.until == "keys" and state.gave:
                yield KeepsGivenRows(operator_of(state.operator), state.what, span=place_of(state.operator))

    def _without_end(self, state: State) -> Diagnostic:
        rel = state.operator
        operator = operator_of(rel)
        match rel:
            case Sort() | Limit():
                return UnboundedOrder(operator, span=rel.span)
            case Window():
                return UnboundedWindowFunction(operator, span=place_of(rel))
            case Join():
                return self._join(rel)
            case _ if state.rule is not None:
                return UnboundedRule(state.rule.name, state.rule.kind, state.rule.target, span=state.rule.span)
            case SetOperation():
                return UnboundedOperator(operator, _BY_JOIN, span=rel.span)
            case Recursion():
                return UnboundedOperator("with recursive", _IN_BATCH, span=rel.span)
            case _:
                return UnboundedOperator(operator, _BY_CHANCE if isinstance(rel, Sample) else _IN_BATCH, span=rel.span)

    def _join(self, rel: Join) -> Diagnostic:
        left, right = self.facts(rel.left), self.facts(rel.right)
        names = {column.id: column.name for column in (*rel.left.columns, *rel.right.columns)}
        sides = ((rel.left, left.event_time), (rel.right, right.event_time))
        times = [_named(side, time, names[time]) for side, time in sides if time in names]
        if time_bound(rel, left, right):
            without = left if left.watermark is None else right
            if without.event_time in names:
                return NoWatermark(operator_of(rel), names[without.event_time], span=rel.span)
        return UnboundedJoin((times[0], times[1]) if len(times) == 2 else None, span=rel.span)

    # ------------------------------------------------------------------------------------------------- where it goes

    def table(self, relation: Relation) -> None:
        """Report rows that may change and go to a table that only grows."""
        refresh = word(relation.options, "refresh")
        if refresh != "merge":
            self.place(relation.name, "table", "append", relation, relation.span)

    def place(self, name: str, kind: str, mode: str | None, relation: Relation, span: Span) -> None:
        """Report rows that may change and go to where rows are only added."""
        if mode == "upsert" or relation.interface.changes == "append":
            return
        changing = self._changing(relation)
        key = relation.interface.keys[0] if relation.interface.keys else ()
        where = f"`{name}`" if kind == "sink" else "a table that is not refreshed by `merge`"
        self.add(AppendOnly(name, kind, where, key, operator_of(changing), place_of(changing), span=span))

    def _changing(self, relation: Relation) -> Rel:
        """The operator that first gives rows that may change."""
        rel = relation.rel
        while True:
            if isinstance(rel, Scan) and (below := self.program.by_name.get(rel.relation)) is not None:
                if below.kind == "source":
                    return rel
                rel = below.rel
                continue
            changed = [source for source in inputs(rel) if self.facts(source).changes != "append"]
            if not changed:
                return rel
            rel = changed[0]

    def moving(self, outputs: Outputs) -> None:
        """Warn of tables that streams look into while a pipeline builds them anew."""
        if self.program.mode is not None:
            return
        by = {
            name: pipeline.name
            for pipeline in self.program.pipelines
            if pipeline.mode == "batch"
            for name in pipeline.build
        }
        for name in outputs.made_of(self.program.streams):
            if self.program.by_name[name].interface.bounded:
                continue
            for rel in every_rel(self.program.by_name[name].rel):
                if isinstance(rel, Scan) and rel.relation in by and rel.relation not in self.program.streams:
                    self.add(MovingTable(rel.relation, by[rel.relation], span=rel.span))


_FORMS = {ScalarQuery: "a query as a value", ExistsQuery: "`exists`", InQuery: "`in`"}


def _named(rel: Rel, id_: int, name: str) -> str:
    """A column with the relation that it is of, where the program may call it so."""
    match rel:
        case Scan() if any(column.id == id_ for column in rel.columns):
            return f"{rel.alias or rel.relation.rpartition('.')[2]}.{name}"
        case Filter():
            return _named(rel.source, id_, name)
        case Join():
            side = rel.left if any(column.id == id_ for column in rel.left.columns) else rel.right
            return _named(side, id_, name)
        case _:
            return name


_BY_JOIN = "join them with a bound on their event times: `semi join` for both, `anti join` for what only one has"
_BY_CHANCE = "choose rows by what they hold, so that a restart chooses the same: `where mod(id, 10) = 0`"
_IN_BATCH = "make it in batch, `--mode batch`, or leave it out of the stream"

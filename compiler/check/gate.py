"""Gates of pipelines: what they ask, typed as a query of one row, and the relations that they are about."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from oftra.check.again import tasks_again
from oftra.check.context import BROKEN, Context, is_broken
from oftra.check.fit import apply
from oftra.check.naming import text_of
from oftra.check.scope import Scope
from oftra.check.surroundings import Surroundings
from oftra.check.task import counts_written
from oftra.datatypes import BIGINT, BOOLEAN, MONTHS, TIME, TIMESTAMP, DataType, Date, Datetime, Timestamp
from oftra.diagnostics.pipelines import GateElsewhere, NeverFresh, NotMeasured
from oftra.diagnostics.tasks import UnknownCount
from oftra.ir.counts import param_of
from oftra.ir.expr import AggregateCall, Cast, Column, Duration, Expr, Literal, Runtime, ScalarQuery
from oftra.ir.gates import Graph
from oftra.ir.program import Gate, Relation, Word
from oftra.ir.rel import Aggregate, Filter, Item, Join, Project, Rel, Scan, Values
from oftra.ir.walk import rewriter
from oftra.resolve.model import Declared
from oftra.source import Span
from oftra.syntax import nodes

MEASURES = ("rows", "fresh")
"""What gates alone can ask of a relation."""

EVER = Literal(datetime(1, 1, 1, tzinfo=UTC), TIMESTAMP)
"""The start of a run that is given none."""


def check_gate(
    require: nodes.Require,
    pipeline: str,
    involved: Collection[str],
    graph: Graph,
    around: Surroundings,
    context: Context,
) -> Gate:
    """A gate, typed. `involved` are the relations and sinks that the pipeline builds or reads."""
    asked = _Asked(around, context)
    measures = {"rows": asked.rows, "fresh": asked.fresh}
    scope = Scope(context, None, "`require`", measures=measures, counts=asked.count)
    condition = scope.condition_of(require.condition)
    about: dict[str, None] = {}
    for path, span in _named_in(require.condition):
        found = context.names.find("relation", path, context.namespace)
        if found is not None and found.name not in about:
            apart = found.name not in involved
            spoken_of = _stored_under(found.name, graph) if apart else [found.name]
            about |= dict.fromkeys(spoken_of)
            if apart and not (spoken_of and set(spoken_of) <= set(involved)):
                context.report.add(GateElsewhere(found.name, pipeline, span=span))
    for task, span in asked.tasks.items():
        about[task] = None
        if task not in involved:
            context.report.add(GateElsewhere(task, pipeline, span=span))
    rel = asked.row(condition, require)
    text, before, measured = text_of(require.condition), graph.readers(about), tuple(asked.measured)
    again = tasks_again(require.again, about, graph, context) if require.again is not None else ()
    return Gate(text, require.action, rel, tuple(about), before, measured, again, span=require.span)


def _stored_under(view: str, graph: Graph) -> list[str]:
    """What a view is of that is there without it: sources and tables; nothing, of anything but a view."""
    relation = graph.program.by_name.get(view)
    if relation is None or relation.kind != "view":
        return []
    relations = graph.program.by_name
    return [name for name in graph.near([view]) if name in relations and relations[name].kind != "view"]


@dataclass
class _Asked:
    """What a condition asks of the data: queries of one row and one column each, by their text."""

    around: Surroundings
    context: Context
    measured: dict[str, Rel] = field(default_factory=dict)
    tasks: dict[str, Span] = field(default_factory=dict)

    def row(self, condition: Expr, require: nodes.Require) -> Rel:
        """One row: whether it holds, then what was measured."""
        texts = {node.span: text_of(node) for node in _subqueries(require.condition)}

        def apart(expr: Expr) -> Expr:
            if isinstance(expr, ScalarQuery) and expr.span in texts and _is_one_row(expr.query):
                return self._column(texts[expr.span], expr.query)
            return expr

        condition = rewriter(apart)(condition)
        span = require.span
        if condition.nullable and not is_broken(condition):
            condition = apply("coalesce", (condition, Literal(False, BOOLEAN, span=span)), span, self.context)
        holds = self.context.column("holds", BOOLEAN, False, span)
        found = list(self.measured.values())
        if not found:
            one = self.context.column("one", BOOLEAN, False, span)
            nothing = Values(((Literal(True, BOOLEAN),),), (one,), span=span)
            return Project(nothing, (Item(holds, condition),), span=span)
        row = found[0]
        for other in found[1:]:
            row = Join("cross", row, other, span=span)
        items = [Item(holds, condition)]
        taken = {holds.name}
        for column in row.columns:
            name, number = column.name, 1
            while name.lower() in taken:
                number += 1
                name = f"{column.name}_{number}"
            taken.add(name.lower())
            named = column if name == column.name else self.context.column(name, column.type, column.nullable, span)
            items.append(Item(named, column))
        return Project(row, tuple(items), span=span)

    def rows(self, call: nodes.Call) -> Expr:
        """`rows(r)`: how many rows of `r` there are, of those that the run covers."""
        declared = _measured(call, self.context)
        if declared is None:
            return BROKEN
        relation = self._relation(declared)
        if relation is None:
            return Literal(0, BIGINT, span=call.span)  # what is wrong with it was reported
        count = AggregateCall("count", (), BIGINT, False, span=call.span)
        return self._aggregated(f"rows_of_{relation.short}", self._slice(relation, call.span), count, call)

    def fresh(self, call: nodes.Call) -> Expr:
        """`fresh(r)`: whether the newest event time of `r` is near enough to the run's end."""
        declared = _measured(call, self.context)
        if declared is None:
            return BROKEN
        relation = self._relation(declared)
        age = _freshness(declared, relation, call.span, self.around, self.context)
        if relation is None or age is None:
            return Literal(True, BOOLEAN, span=call.span)
        rows = self._scan(relation, call.span)
        time = next(column for column in rows.columns if column.name == relation.interface.event_time)
        last = AggregateCall("max", (time,), time.type, True, span=call.span)
        newest = self._aggregated(f"newest_of_{relation.short}", rows, last, call)
        end = Runtime("run", "end", TIMESTAMP, span=call.span)
        oldest = apply("subtract", (end, Literal(age, MONTHS if age.months else TIME)), call.span, self.context)
        oldest = self._beside(time.type, oldest)
        new = apply("greater_equal", (newest, oldest), call.span, self.context)
        return apply("coalesce", (new, Literal(False, BOOLEAN)), call.span, self.context)

    def count(self, node: nodes.Member) -> Expr | None:
        """`t.c`: what the task `t` counted as `c`, null if it didn't; None where `t` is no task."""
        if not isinstance(node.operand, nodes.Column | nodes.Member):
            return None
        declared = self.context.names.find("relation", _path_of(node.operand), self.context.namespace)
        if declared is None or not isinstance(declared.declaration, nodes.Task):
            return None
        self.tasks.setdefault(declared.name, node.operand.span)
        known = counts_written(declared.declaration)
        if node.name.text not in known:
            self.context.report.add(UnknownCount(declared.name, node.name.text, known, span=node.name.span))
            return BROKEN
        text = text_of(node)
        if text not in self.measured:
            name = f"{node.name.text}_of_{declared.name.rpartition('.')[2]}"
            held = self.context.column("counted", BOOLEAN, False, node.span)
            column = self.context.column(name, BIGINT, True, node.span)
            given = Runtime("param", param_of(declared.name, node.name.text), BIGINT, nullable=True, span=node.span)
            one = Values(((Literal(True, BOOLEAN),),), (held,), span=node.span)
            self.measured[text] = Project(one, (Item(column, given),), span=node.span)
        (found,) = self.measured[text].columns
        return found

    def _relation(self, declared: Declared) -> Relation | None:
        """The relation of that name; of a sink, what it writes. None if it has errors of its own."""
        sinks = {sink.name: sink.relation for sink in self.around.sinks}
        found = self.around.relations.get(sinks.get(declared.name, declared.name))
        return None if found is None or found.is_broken else found

    def _scan(self, relation: Relation, span: Span) -> Scan:
        new = [self.context.column(one.name, one.type, one.nullable, span) for one in relation.columns]
        return Scan(relation.name, tuple(new), span=span)

    def _slice(self, relation: Relation, span: Span) -> Rel:
        """The rows that the run covers: all of them where nothing says when a row is of."""
        rows = self._scan(relation, span)
        name = relation.interface.event_time if relation.kind == "source" else None
        if relation.kind == "table" and isinstance(window := relation.options.get("window"), Word):
            name = window.text
        time = next((column for column in rows.columns if column.name == name), None)
        if time is None or not isinstance(time.type, Timestamp | Datetime | Date):
            return rows
        start, end = (Runtime("run", side, TIMESTAMP, span=span) for side in ("start", "end"))
        given = apply("equal", (start, EVER), span, self.context)
        begun = apply("greater_equal", (time, self._beside(time.type, start)), span, self.context)
        over = apply("less", (time, self._beside(time.type, end)), span, self.context)
        within = apply("and", (begun, over), span, self.context)
        return Filter(rows, apply("or", (given, within), span, self.context), span=span)

    def _beside(self, type_: DataType, moment: Expr) -> Expr:
        """A moment as it is compared with times of a type."""
        return Cast(moment, type_, moment.nullable, span=moment.span) if isinstance(type_, Datetime) else moment

    def _aggregated(self, name: str, rows: Rel, value: AggregateCall, call: nodes.Call) -> Column:
        text = text_of(call)
        if text in self.measured:
            (known,) = self.measured[text].columns
            return known
        column = self.context.column(name, value.type, value.nullable, call.span)
        self.measured[text] = Aggregate(rows, (), (Item(column, value),), span=call.span)
        return column

    def _column(self, text: str, query: Rel) -> Column:
        (column,) = self.measured.setdefault(text, query).columns
        return column


def _is_one_row(query: Rel) -> bool:
    """Whether a query has one row, whatever the data."""
    while isinstance(query, Project):
        query = query.source
    return isinstance(query, Aggregate) and not query.keys and query.sets is None


def _subqueries(node: object) -> Iterator[nodes.Subquery]:
    """The queries that stand as values in a condition; not those inside them."""
    match node:
        case nodes.Subquery():
            yield node
        case tuple():
            for item in node:
                yield from _subqueries(item)
        case _ if hasattr(node, "__dataclass_fields__"):
            for name in node.__dataclass_fields__:
                if name != "span":
                    yield from _subqueries(getattr(node, name))


def _measured(call: nodes.Call, context: Context) -> Declared | None:
    """The relation that a measure is asked of; None if it is asked of none (reported)."""
    name = call.function.text
    match call.arguments:
        case (nodes.Column() | nodes.Member() as argument,):
            return context.with_rows(_path_of(argument), argument.span, nodes.Task)
        case _:
            context.report.add(NotMeasured(name, span=call.span))
            return None


def _path_of(expr: nodes.Expr) -> str:
    """The name of a relation where an expression stands, without quotes."""
    match expr:
        case nodes.Column(name):
            return name.text
        case nodes.Member(operand, name):
            return f"{_path_of(operand)}.{name.text}"
        case _:
            return text_of(expr)


def _freshness(
    declared: Declared, relation: Relation | None, span: Span, around: Surroundings, context: Context
) -> Duration | None:
    """How old the newest row of a relation may be; None if its contract doesn't say (reported)."""
    if relation is None:
        return None
    contract = around.contracts.get(relation.contract) if relation.contract is not None else None
    lacking = ""
    if contract is None:
        lacking = "it has no contract"
    elif relation.interface.event_time is None:
        lacking = "it has no event time"
    elif not isinstance(age := contract.options.get("freshness"), Duration):
        lacking = f"`{contract.name}` says nothing of `freshness`"
    else:
        return age
    context.report.add(NeverFresh(declared.name, lacking, span=span))
    return None


def _named_in(node: object) -> Iterator[tuple[str, Span]]:
    """The relations that a condition names, in its measures and in its queries."""
    match node:
        case nodes.TableRef(path):
            yield path.text, path.span
        case nodes.Call(function, (nodes.Column() | nodes.Member() as argument,)) if function.text in MEASURES:
            yield _path_of(argument), argument.span
        case tuple():
            for item in node:
                yield from _named_in(item)
        case _ if hasattr(node, "__dataclass_fields__"):
            for name in node.__dataclass_fields__:
                if name != "span":
                    yield from _named_in(getattr(node, name))

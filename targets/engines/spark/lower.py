"""What Spark's DataFrames have no operator for, said with those that they have: typed relations to typed relations.

queries in expressions   joins (see `subqueries`)
lateral joins            joins with the same query asked for all rows at once
cumulate                 each row once for each of the ends that its time falls before
session                  a running count of the gaps numbers the sessions, whose first and last time are its borders
frames of groups         the groups are numbered (see `group_frames`)
own words                what is computed for them is a column before (see `own_words`)
grouping sets            where one is of no keys, it is an aggregate of its own: of no rows it has a row too
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count

from oftra.datatypes import BIGINT, BOOLEAN, INT, Array, Interval
from oftra.diagnostics import Report
from oftra.ir.columns import free_columns, max_id
from oftra.ir.expr import Call, Case, Column, Duration, Expr, Frame, FrameBound, Literal, SortKey, WindowCall
from oftra.ir.keys import conjuncts
from oftra.ir.program import Interface
from oftra.ir.rel import (
    Aggregate,
    Filter,
    Item,
    Join,
    Project,
    Rel,
    TimeWindow,
    Unnest,
    Window,
)
from oftra.ir.walk import expressions, inputs, map_exprs, map_inputs, with_source
from oftra.targets.engines.grouping_sets import sets_apart
from oftra.targets.engines.spark.correlation import Names, all_of, call, free_of, ids_of, only
from oftra.targets.engines.spark.frame import unique_names
from oftra.targets.engines.spark.group_frames import numbered
from oftra.targets.engines.spark.own_words import bound
from oftra.targets.engines.spark.pulling import Puller
from oftra.targets.engines.spark.subqueries import Subqueries, has_query

STEPS = "time_steps"
"""`time_steps(first, last, step)`: the times from `first` to `last`, a step apart."""


def lower(
    rel: Rel,
    interfaces: Mapping[str, Interface],
    report: Report,
    ids: Iterator[int] | None = None,
    streaming: bool = False,
) -> Rel:
    """`rel` without what Spark lacks. New columns take their ids from `ids`.

    If it is `streaming`, sessions stay: Spark has them as what rows are grouped by, and nothing else in a stream.
    """
    lowering = _Lowering(interfaces, report, count(max_id(rel) + 1) if ids is None else ids, streaming)
    return bound(lowering.rel(rel), lowering.names)


class _Lowering:
    def __init__(
        self, interfaces: Mapping[str, Interface], report: Report, ids: Iterator[int], streaming: bool = False
    ) -> None:
        self.names = Names(ids)
        self.report = report
        self.streaming = streaming
        self.longer: set[int] = set()
        self.subqueries = Subqueries(self.names, interfaces, report, self.rel)

    def rel(self, rel: Rel) -> Rel:
        """`rel`, lowered from below."""
        rel = map_inputs(rel, self.rel)
        match rel:
            case Filter() if has_query(rel.condition):
                return self.subqueries.filtered(rel)
            case Join(lateral=True):
                return self._lateral(rel)
            case Join() if rel.condition is not None and has_query(rel.condition):
                return self._join(rel)
            case Aggregate() if rel.sets is not None:
                made = self._without_queries(rel)
                return sets_apart(made, self.names.ids, _told_apart) if isinstance(made, Aggregate) else made
            case Aggregate() if self.longer:
                return self._shortened(self._without_queries(rel))
            case TimeWindow():
                return self._time_window(self._without_queries(rel))
            case Window():
                made = self._without_queries(rel)
                return numbered(made, self.names) if isinstance(made, Window) else made
            case _:
                return self._without_queries(rel)

    def _without_queries(self, rel: Rel) -> Rel:
        exprs = expressions(rel)
        below = inputs(rel)
        if len(below) != 1 or not any(has_query(expr) for expr in exprs):
            return rel
        source, changed = self.subqueries.joined(below[0], exprs)
        by_old = dict(zip(exprs, changed))
        made = with_source(map_exprs(rel, lambda expr: by_old.get(expr, expr)), source)  # type: ignore[arg-type]
        return only(made, rel.columns)

    # ------------------------------------------------------------------------------------------------------ joins

    def _join(self, rel: Join) -> Rel:
        """Queries of a condition are asked on the side that they look at; behind an inner join if they look at both."""
        assert rel.condition is not None
        left, right = rel.left, rel.right
        conditions: list[Expr] = []
        after: list[Expr] = []
        for part in conjuncts(rel.condition):
            around = free_columns(part) if has_query(part) else set[int]()
            if not around:
                conditions.append(part)
            elif not around & ids_of(rel.right.columns):
                left, changed = self.subqueries.value_of(left, part)
                conditions.append(changed)
            elif not around & ids_of(rel.left.columns):
                right, changed = self.subqueries.value_of(right, part)
                conditions.append(changed)
            else:
                after.append(part)
        if after and rel.kind not in ("inner", "cross"):
            self.subqueries.refuse("a query about both sides in the condition of such a join", rel.span)
        joined: Rel = Join(rel.kind, left, right, all_of(conditions), ttl=rel.ttl, span=rel.span)
        condition = all_of(after)
        if condition is not None:
            joined = self.subqueries.filtered(Filter(joined, condition, span=rel.span))
        return only(joined, rel.columns)

    def _lateral(self, rel: Join) -> Rel:
        around = free_of(rel.right) & ids_of(rel.left.columns)
        own = () if rel.condition is None or rel.condition == Literal(True, BOOLEAN) else (rel.condition,)
        pulled = Puller(around, self.names).pull(rel.right)
        if pulled is not None:
            right, conditions = pulled
        else:
            attacher = self.subqueries.attacher(rel.left, around)
            right, values = attacher.attach(rel.right)
            conditions = (attacher.tied(values),)
        condition = all_of((*conditions, *own))
        kind = "inner" if rel.kind == "cross" and condition is not None else rel.kind
        joined = self.rel(Join(kind, rel.left, right, condition, span=rel.span))
        return only(joined, rel.columns)

    # --------------------------------------------------------------------------------------------- windows of time

    def _time_window(self, rel: Rel) -> Rel:
        if not isinstance(rel, TimeWindow):
            return rel
        match rel.kind:
            case "tumble" | "hop":
                return rel
            case "cumulate":
                return self._cumulate(rel)
            case "session":
                return self._longer(rel) if self.streaming else self._session(rel)

    def _cumulate(self, rel: TimeWindow) -> Rel:
        step, size = rel.sizes
        last, before, first = [
            self.names.column(name, rel.end.type, False, rel.columns) for name in ("last", "before", "first")
        ]
        whole = TimeWindow("tumble", rel.source, rel.time, (size,), rel.start, last, span=rel.span)
        within = TimeWindow("tumble", whole, rel.time, (step,), before, first, span=rel.span)
        steps = Call(STEPS, (first, last, step), Array(rel.end.type), False, span=rel.span)
        return only(Unnest(within, steps, rel.end, span=rel.span), rel.columns)

    def _longer(self, rel: TimeWindow) -> Rel:
        """Sessions with a gap a moment longer: rows exactly a gap apart share one, which Spark's own don't."""
        (gap,) = rel.sizes
        assert isinstance(gap, Literal) and isinstance(gap.value, Duration)
        self.longer.add(rel.end.id)
        longer = Literal(Duration(gap.value.months, gap.value.micros + 1), gap.type)
        return replace(rel, sizes=(longer,))

    def _shortened(self, rel: Rel) -> Rel:
        """The ends of sessions as they are, once rows are grouped by them."""
        if not isinstance(rel, Aggregate):
            return rel
        ends = {i.column.id for i in rel.keys if isinstance(i.value, Column) and i.value.id in self.longer}
        if not ends:
            return rel
        moment = Literal(Duration(0, 1), Interval("time"))
        new: dict[int, Column] = {}
        keys: list[Item] = []
        for item in rel.keys:
            column = item.column
            if column.id in ends:
                column = new[item.column.id] = self.names.column("end", column.type, column.nullable, rel.columns)
            keys.append(Item(column, item.value))
        grouped = Aggregate(rel.source, tuple(keys), rel.aggregates, span=rel.span)
        items = [
            Item(c, Call("subtract", (new[c.id], moment), c.type, c.nullable) if c.id in new else c)
            for c in rel.columns
        ]
        return Project(grouped, tuple(items), span=rel.span)

    def _session(self, rel: TimeWindow) -> Rel:
        source = rel.source
        if rel.time.nullable:
            source = Filter(source, call("not", call("is_null", rel.time)), span=rel.span)
        (gap,) = rel.sizes
        by, order = rel.partition_by, (SortKey(rel.time),)
        previous = self.names.column("previous", rel.time.type, True, rel.columns)
        number = self.names.column("session", BIGINT, True, rel.columns)
        lag = WindowCall("lag", (rel.time,), rel.time.type, True, by, order)
        before = Window(source, (Item(previous, lag),), span=rel.span)
        far = call("greater", rel.time, Call("add", (previous, gap), rel.time.type, True))
        begins = Case(((far, Literal(1, INT)),), Literal(0, INT), INT, False)
        frame = Frame("rows", FrameBound("preceding"), FrameBound("current row"))
        running = WindowCall("sum", (begins,), BIGINT, True, by, order, frame)
        counted = Window(before, (Item(number, running),), span=rel.span)
        within = (*by, number)
        first = WindowCall("min", (rel.time,), rel.start.type, True, within)
        latest = WindowCall("max", (rel.time,), rel.end.type, True, within)
        last = self.names.column("latest", rel.end.type, True, rel.columns)
        bordered = Window(counted, (Item(rel.start, first), Item(last, latest)), span=rel.span)
        passed = [Item(column, column) for column in (*rel.source.columns, rel.start)]
        end = Item(rel.end, Call("add", (last, gap), rel.end.type, False))
        return Project(bordered, (*passed, end), span=rel.span)


def _told_apart(columns: tuple[Column, ...]) -> Iterator[str]:
    return unique_names([column.name for column in columns])

"""Flink as an engine that is asked in SQL, and the planner of its queries."""

from dataclasses import replace
from itertools import count

from oftra.datatypes import BIGINT, BOOLEAN, DATETIME, INT, TIMESTAMP, Struct
from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedFunction, UnsupportedOperator
from oftra.ir.expr import Call, Column, Duration, Literal, Runtime
from oftra.ir.facts import facts_of
from oftra.ir.rel import (
    Aggregate,
    Filter,
    Item,
    Join,
    Project,
    Recursion,
    Rel,
    Round,
    Sample,
    Step,
    TimeWindow,
    Unnest,
    Values,
)
from oftra.targets.engines.flink.datatypes import meeting, settle, type_name
from oftra.targets.engines.flink.dialect import FLINK
from oftra.targets.engines.flink.expressions import Expressions
from oftra.targets.engines.flink.literals import literal
from oftra.targets.engines.flink.lower import lower_join
from oftra.targets.engines.flink.streams import Streams
from oftra.targets.engines.grouping_sets import sets_apart
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning import plan, starting
from oftra.targets.sql.planning.block import Block, Relation, over, unique_names
from oftra.targets.sql.planning.catalog import Catalog as Catalog
from oftra.targets.sql.planning.catalog import Reading as Reading
from oftra.targets.sql.planning.engine import SqlEngine
from oftra.targets.sql.planning.said import Said
from oftra.targets.sql.planning.scope import Scope
from oftra.targets.sql.planning.sessions import session


def _as_it_is(rel: Rel, fresh: "count[int]") -> Rel:
    return rel


FLINK_SQL = SqlEngine(
    "flink",
    type_name,
    meeting,
    settle,
    Expressions,
    _as_it_is,
    names_items=False,
    from_nothing=False,
    ordinals=INT,
    bare_nulls=False,
)


class Planner(plan.Planner):
    """Plans one statement's query for Flink; of a stream, if it is told what it knows of `streams`.

    `window` are the columns of the query that tell windows of time.
    """

    def __init__(
        self,
        catalog: Catalog,
        report: Report,
        runtimes: dict[str, Runtime] | None = None,
        streams: Streams | None = None,
        window: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(FLINK_SQL, catalog, report, runtimes)
        self.streams = streams
        self.is_stream = streams is not None
        self.window = window
        # What the next query to be planned is given a clock beside its columns for, by identity.
        self.timed = dict[int, Column]()

    def query(self, rel: Rel, exact: bool = True, unique: bool = True) -> q.Query:
        """The query of `rel`; with `exact` its columns have exactly the types of their own, but for `window`."""
        if self.window is None:
            return super().query(rel, exact, unique)
        while isinstance(rel, Step):
            rel = rel.source
        block = self.plan(rel, None)
        block.as_they_are = frozenset([one.id for one in block.columns if one.name in self.window])
        query = block.finish(exact, unique)[0]
        return q.With(tuple(self.ctes), query) if self.ctes else query

    def plan(self, rel: Rel, outer: Scope | None) -> Block:
        """The SELECT that `rel` comes to, still open for more."""
        if id(rel) in self.timed:
            return self._timed(rel, outer)
        match rel:
            case Join() if self.streams is not None and (looked_up := self.streams.looks_up(rel)) is not None:
                return self._looking_up(rel, looked_up, outer)
            case Join(ttl=ttl) if ttl is not None and self.is_stream:
                return self._forgetting(rel, ttl, outer)
            case Join(kind="semi" | "anti"):
                return self.plan(lower_join(rel), outer)
            case Join(kind="inner" | "left") if self.streams is not None:
                return self._looking(rel, self.streams, super().plan(rel, outer))
            case Aggregate(sets=sets) if sets is not None and () in sets:
                return self.plan(sets_apart(rel, self.fresh, unique_names), outer)
            case Unnest(element=element) if isinstance(element.type, Struct):
                return self._unnest_rows(rel, outer)
            case Aggregate() if self.is_stream and (key := self._other_end(rel)) is not None:
                whole = Aggregate(rel.source, (*rel.keys, Item(key, key)), rel.aggregates, span=rel.span)
                return self._project(self.plan(whole, outer), tuple([Item(one, one) for one in rel.columns]))
            case TimeWindow(kind="session") if not self.is_stream:
                return self.plan(session(rel, self.fresh), outer)
            case TimeWindow():
                return self._time_window(rel, outer)
            case Recursion() | Round():
                self.report.add(UnsupportedOperator("`with recursive`", FLINK_SQL.name, span=rel.span))
                return starting.values(self, Values((), rel.columns), outer)
            case _:
                return super().plan(rel, outer)

    def _filter(self, rel: Filter, block: Block) -> Block:
        if block.windows:
            # QUALIFY fails over joins and groups, and is no form that a stream is known to keep few rows by.
            block = self.wrapped(block)
        return super()._filter(rel, block)

    def _forgetting(self, rel: Join, ttl: Duration, outer: Scope | None) -> Block:
        """A join that keeps the rows of both sides for so long."""
        block = self.plan(replace(rel, ttl=None), outer)
        for relation in block.relations():
            block.hint[relation.alias] = f"{ttl.micros // 1_000_000 + ttl.months * 2_592_000} s"
        return block

    def _looking(self, rel: Join, streams: Streams, block: Block) -> Block:
        """A join of a stream with what has versions, by its key: each row meets the version of its time."""
        found = streams.looks_into(rel)
        time = facts_of(rel.left, streams.interfaces).event_time
        said = block.scope.columns.get(-1 if time is None else time)
        last = block.joins[-1] if block.joins else None
        if found is None or said is None or last is None or last.relation.item != q.Table(self.catalog.names[found]):
            if rel.kind == "left" and streams.waits(rel):
                what = "a left join of a stream with what it has no key of"
                self.report.add(UnsupportedOperator(what, FLINK_SQL.name, span=rel.span))
            return block
        table = q.Table(sql.Name((streams.versions[found][0],)), None, said.expr)
        block.joins[-1] = last._replace(relation=last.relation._replace(item=table))
        return block

    def _looking_up(self, rel: Join, name: str, outer: Scope | None) -> Block:
        """A join with a table that is asked for the rows of each key: as it is by Flink's clock, when a row comes."""
        clock = Column(next(self.fresh), "looked_up_at", TIMESTAMP, False)
        self.timed[id(rel.left)] = clock
        block = super().plan(rel, outer)
        last = block.joins[-1]
        item = last.relation.item
        if item != q.Table(self.catalog.names[name]):
            self.report.add(UnsupportedOperator("a lookup of anything but the source", FLINK_SQL.name, span=rel.span))
            return block
        table = q.Table(self.catalog.names[name], None, block.scope.columns.pop(clock.id).expr)
        block.joins[-1] = last._replace(relation=last.relation._replace(item=table))
        return block

    def _timed(self, rel: Rel, outer: Scope | None) -> Block:
        """The rows of a query with Flink's clock beside them."""
        clock = self.timed.pop(id(rel))
        block = self.plan(rel, outer)
        block.scope.columns[clock.id] = Said(sql.call("proctime"), TIMESTAMP)
        block.columns = (*block.columns, clock)
        return self.wrapped(block)

    def _other_end(self, rel: Aggregate) -> Column | None:
        """The end of the window whose start is a key, or its start: Flink asks for both to know the window."""
        ends = self._window_of(rel.source)
        keys = {item.value.id for item in rel.keys if isinstance(item.value, Column)}
        if ends is None or rel.sets is not None:
            return None
        missing = [one for one in ends if one.id not in keys]
        return missing[0] if len(missing) == 1 else None

    def _window_of(self, rel: Rel) -> tuple[Column, Column] | None:
        """The columns of `rel` that hold the start and the end of the window that each row stands in."""
        match rel:
            case TimeWindow():
                return rel.start, rel.end
            case Filter() | Step():
                return self._window_of(rel.source)
            case Project():
                inside = self._window_of(rel.source)
                new = {item.value.id: item.column for item in rel.items if isinstance(item.value, Column)}
                if inside is None or not new.keys() >= {one.id for one in inside}:
                    return None
                return new[inside[0].id], new[inside[1].id]
            case _:
                return None

    def _unnest_rows(self, rel: Unnest, outer: Scope | None) -> Block:
        """Of rows Flink makes a column a field: the element is asked of the array, by its place."""
        place = rel.offset or Column(next(self.fresh), "place", BIGINT, False)
        assert isinstance(rel.element.type, Struct)
        block = self.ready(self.plan(rel.source, outer), (rel.array,))
        if not block.is_from:
            block = self.wrapped(block)
        block.order_by = []
        array = self.expressions(block).exact(rel.array)
        alias = starting.free_alias(rel.element.name, block.scope)
        names = (*[f"{rel.element.name}_{at}" for at in range(len(rel.element.type.fields))], place.name)
        item = q.TableFunction(sql.call("unnest", array), alias, names, ordinality=True)
        made = Relation(alias, item, names)
        ordinal = sql.Name((alias, place.name))
        block.scope.columns[rel.element.id] = Said(sql.Index(array, ordinal), rel.element.type)
        if rel.offset is not None:
            block.scope.columns[rel.offset.id] = Said(sql.Binary("-", ordinal, sql.integer(1)), INT)
        block.scope.aliases[alias] = names
        block.columns = rel.columns
        if block.relation is None:
            block.relation = made
        elif rel.outer:
            block.joins.append(starting.joined("left join", made, sql.TRUE, rel.span))
        else:
            block.joins.append(starting.joined("cross join", made, None, rel.span))
        return block

    def _time_window(self, rel: TimeWindow, outer: Scope | None) -> Block:
        """A call in FROM, which adds two columns to all that its query gives; their names must be free."""
        source, time = rel.source, rel.time
        if self.streams is not None and not self.streams.keeps_time(source):
            what = "a window of time behind an operator that loses a stream's event time"
            self.report.add(UnsupportedOperator(what, FLINK_SQL.name, span=rel.span))
        own = [Item(column, column) for column in source.columns]
        keys = [key for key in rel.partition_by if isinstance(key, Column)]
        if len(keys) < len(rel.partition_by):
            self.report.add(UnsupportedOperator("`session` by what is no column", FLINK_SQL.name, span=rel.span))
        if not isinstance(time, Column) or {"window_start", "window_end"} & {c.name for c in source.columns}:
            time = Column(next(self.fresh), "event_time", rel.time.type, rel.time.nullable)
            fresh = [Column(next(self.fresh), f"c{at}", c.type, c.nullable) for at, c in enumerate(source.columns)]
            made = [Item(new, item.column) for new, item in zip(fresh, own)]
            source = Project(source, (*made, Item(time, rel.time)), span=rel.span)
            renamed = {item.column.id: new for item, new in zip(own, fresh)}
            keys = [renamed[key.id] for key in keys]
            own = [Item(item.column, new) for item, new in zip(own, fresh)]
        if time.nullable:
            null = Call("is_null", (time,), BOOLEAN, False)
            source = Filter(source, Call("not", (null,), BOOLEAN, False), span=rel.span)
        query, names, says = self.plan(source, outer).finish()
        at = next(at for at, column in enumerate(source.columns) if column.id == time.id)
        sizes = [literal(size).expr for size in rel.sizes if isinstance(size, Literal)]
        rows: sql.Expr = sql.Subquery(query)
        if rel.kind == "session":
            by = [names[next(at for at, c in enumerate(source.columns) if c.id == key.id)] for key in keys]
            named = ", ".join([FLINK.identifier(name) for name in by])
            rows = sql.Raw((rows, f" partition by {named}"), is_call=True) if by else rows
        given = (rows, sql.call("descriptor", sql.column(names[at])), *sizes)
        item = q.TableFunction(sql.call(rel.kind, *given), "windows")
        alias = starting.free_alias("windows", outer)
        both = [Column(next(self.fresh), name, rel.start.type, False) for name in ("window_start", "window_end")]
        columns = (*source.columns, *both)
        types = (*[said.type for said in says], None, None)
        block = over(self.engine, item, (*names, "window_start", "window_end"), types, columns, alias, outer)
        for column in both:
            # It counts milliseconds on a clock, whatever the time is of.
            said = block.scope.columns[column.id]
            if self.is_stream:
                # As they are they tell the planner that it is a window that is grouped by, or joined.
                block.scope.columns[column.id] = Said(said.expr, DATETIME)
                continue
            name = type_name(rel.start.type)
            block.scope.columns[column.id] = Said(sql.Cast(said.expr, name), rel.start.type)
        return self._project(block, (*own, Item(rel.start, both[0]), Item(rel.end, both[1])))

    def _sample(self, sample: Sample, block: Block) -> Block:
        self.report.add(UnsupportedFunction("tablesample", FLINK_SQL.name, span=sample.span))
        return block

"""Rows that tests give, as tables that Flink reads: they come in steps, as Arrivals.java tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from oftra.datatypes import BIGINT
from oftra.diagnostics import Report
from oftra.ir.columns import max_id
from oftra.ir.expr import Column, Expr, Literal
from oftra.ir.judge import free_name
from oftra.ir.program import Arrival, Program, Relation
from oftra.ir.rel import Checked, Filter, Project, Read, Rel, Step, Values
from oftra.ir.walk import every_rel, map_inputs
from oftra.target import RunError
from oftra.targets.document import render
from oftra.targets.engines.flink.datatypes import type_name
from oftra.targets.engines.flink.dialect import FLINK
from oftra.targets.engines.flink.plan import Catalog, Planner
from oftra.targets.flink_sql.records import NEVER
from oftra.targets.flink_sql.statements import ColumnOf, Table, Watermark
from oftra.targets.flink_sql.tables import TIME, Pairs
from oftra.targets.limits import stop_at
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.catalog import Reading
from oftra.targets.sql.tree import column
from oftra.targets.sql.write_query import Writer

Steps = list[tuple[str, int, int, int | None]]
"""What comes at once: a table and which of its rows, from one to before another; or where its time has come."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Given:
    """What tests give: by relation the query of its rows, in their order, and the steps in which all of them come.

    What `ends` is read whole before anything else comes.
    """

    queries: Mapping[str, str]
    steps: Steps
    ends: frozenset[str]

    def options(self, play: str, names: Sequence[str]) -> dict[str, Pairs]:
        """How the tables of relations are read, in a session called `play`."""
        return {
            name: (
                ("connector", "arrivals"),
                ("play", play),
                ("table", name),
                ("ends", "true" if name in self.ends else "false"),
            )
            for name in names
        }


def sources_of(program: Program) -> list[Relation]:
    """What rows are given of: all there is to read."""
    return [relation for relation in program.relations if relation.kind == "source"]


def given(program: Program, arrivals: Sequence[Arrival], names: Sequence[str]) -> Given:
    """What `arrivals` let come of the sources `names`; the rows of one that ends come first."""
    sources = {one.name: one for one in sources_of(program) if one.name in names}
    advanced = {one.relation for one in arrivals if one.to is not None}
    ends = frozenset([one.name for one in sources.values() if one.interface.bounded and one.name not in advanced])
    rows: dict[str, list[tuple[Expr, ...]]] = {}
    first: Steps = []
    then: Steps = []
    for arrival in arrivals:
        name = arrival.relation
        if name not in sources:
            continue
        known = rows.setdefault(name, [])
        steps = first if name in ends else then
        if arrival.to is not None:
            steps.append((name, 0, 0, watermark(arrival.to)))
        elif arrival.rows:
            steps.append((name, len(known), len(known) + len(arrival.rows), None))
            known += arrival.rows
    queries = {name: query_of(sources[name], tuple(found)) for name, found in rows.items() if found}
    return Given(queries, first + then, ends)


def watermark(to: Expr) -> int:
    """The last millisecond before a time: of that one more may come."""
    if not isinstance(to, Literal) or not isinstance(to.value, datetime):
        raise RunError("time can only be moved to a time that is written out")
    at = to.value if to.value.tzinfo else to.value.replace(tzinfo=UTC)
    return (at - _EPOCH) // _MILLISECOND - 1


def query_of(relation: Relation, rows: tuple[tuple[Expr, ...], ...]) -> str:
    """The rows as Flink computes them, each with its number as the last column."""
    columns = columns_of(relation)
    number = Column(max((max_id(relation.rel), *[one.id for one in columns])) + 1, free_name("nth", columns), BIGINT)
    cells = tuple([(*row, Literal(at, BIGINT)) for at, row in enumerate(rows)])
    report = Report()
    query = Planner(Catalog({}, {}), report).query(Values(cells, (*columns, number)))
    stop_at(report)
    time = relation.interface.event_time
    items = [
        q.SelectItem(sql.Cast(column(one.name), TIME), one.name) if one.name == time else q.SelectItem(column(one.name))
        for one in (*columns, number)
    ]
    return render(Writer(FLINK).rows(q.Select(tuple(items), q.Derived(query, "given")))).text


def columns_of(relation: Relation) -> tuple[Column, ...]:
    """The columns of the records of a source."""
    return next((part.columns for part in every_rel(relation.rel) if isinstance(part, Read)), ())


def given_table(
    relation: Relation, name: str, options: Pairs, is_stream: bool, since: str | None
) -> tuple[Table, Reading]:
    """The table of rows that stand in for a source, and how they are read; its time goes as the test says."""
    known = relation.interface
    time = known.event_time
    columns = [one for one in columns_of(relation) if one.name != since]
    made = [ColumnOf(one.name, TIME if one.name == time else type_name(one.type)) for one in columns]
    moves: Watermark | None = None
    if since is not None:
        made.append(ColumnOf(since, computed=NEVER))
        moves = Watermark(since)
    elif is_stream and any(one.name == time for one in columns):
        assert time is not None
        moves = Watermark(time, is_given=True)
    table = Table(name, tuple(made), options, watermark=moves, span=relation.span)
    names = tuple([one.name for one in made])
    values: dict[str, sql.Expr] = {one: sql.Name((name, one)) for one in names}
    return table, Reading(q.Table(column(name)), name, names, values)


def with_sources(program: Program) -> tuple[Program, list[Arrival]]:
    """The program with sources in the place of rows that stand in it, and these rows as what comes."""
    relations: list[Relation] = []
    arrivals: list[Arrival] = []
    for relation in program.relations:
        rows = values_in(relation.rel) if relation.kind == "view" else None
        if rows is None:
            relations.append(relation)
            continue
        arrivals.append(Arrival(relation.name, rows.rows))
        rel = relation.rel
        while isinstance(rel, Project) and all(one.value == one.column for one in rel.items):
            # What nobody asks for stays, as in all that is read: its rules may.
            rel = rel.source
        relations.append(replace(relation, kind="source", rel=_reading(rel, relation.name)))
    return replace(program, relations=tuple(relations)), arrivals


def values_in(rel: Rel) -> Values | None:
    """The rows that a relation is made of, if these stand in the program and are no more than chosen and judged."""
    while isinstance(rel, Project | Checked | Filter | Step):
        rel = rel.source
    return rel if isinstance(rel, Values) else None


def _reading(rel: Rel, name: str) -> Rel:
    if isinstance(rel, Values):
        return Read(name, rel.columns)
    return map_inputs(rel, lambda inside: _reading(inside, name))

"""What ends beside what doesn't: a source that streams look into by its key, as Flink knows tables with versions.

All of its rows have one event time, long ago: there is one version of each, valid ever since. A stream that is joined
with it waits until all of it is read, keeps its own event time, and gives rows that never change.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from oftra.datatypes import TIMESTAMP
from oftra.ir.columns import max_id
from oftra.ir.expr import Column
from oftra.ir.judge import free_name
from oftra.ir.options import words
from oftra.ir.program import Program, Relation, Word
from oftra.ir.rel import Checked, Item, Join, Project, Read, Rel, Scan, Step
from oftra.ir.walk import every_rel
from oftra.targets.engines.flink.streams import Streams
from oftra.targets.flink_sql.databases import is_lookup, looked_up
from oftra.targets.flink_sql.statements import View
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import column

SINCE = "since"


def looked_into(program: Program, names: Collection[str]) -> dict[str, str]:
    """The sources that end and have a key, which others are joined with; and a free name for a column in each."""
    found: dict[str, str] = {}
    for relation in program.relations:
        if relation.name not in names:
            continue
        for part in every_rel(relation.rel):
            if not isinstance(part, Join) or not isinstance(other := _inside(part.right), Scan):
                continue
            source = program.by_name[other.relation]
            if is_lookup(source):
                continue
            if source.kind == "source" and source.interface.bounded and any(source.interface.keys):
                found[source.name] = free_name(SINCE, source.columns)
    return found


def streams_of(relations: Sequence[Relation], versions: Mapping[str, str]) -> Streams:
    """What planning has to know of relations; `versions` is what the versions of some are called."""
    keys = {one.name: frozenset(one.interface.keys[0]) for one in relations if one.name in versions}
    return Streams(
        {one.name: one.interface for one in relations},
        {one.name: one.rel for one in relations if one.kind != "source"},
        {name: (called, keys[name]) for name, called in versions.items()},
        looked_up(relations),
    )


def with_versions(program: Program, since: Mapping[str, str]) -> Program:
    """The program with one more column in these sources: since when each row is valid."""
    if not since:
        return program
    relations = tuple([_with(one, since[one.name]) if one.name in since else one for one in program.relations])
    return replace(program, relations=relations)


def versions_of(view: str, name: str, relation: Relation, since: str) -> View:
    """A view in the form that Flink knows a table with versions by: the last row of each key."""
    key = relation.interface.keys[0]
    last = sql.Over(
        sql.Function("row_number"),
        sql.WindowSpec(tuple([column(one) for one in key]), (sql.OrderItem(column(since), descending=True),)),
    )
    nth = free_name("nth", relation.columns)
    numbered = q.Select((q.SelectItem(sql.STAR), q.SelectItem(last, nth)), q.Table(column(name)))
    items = tuple([q.SelectItem(column(one.name)) for one in relation.columns])
    where = (q.Condition(sql.Binary("=", column(nth), sql.integer(1))),)
    about = f"What {relation.short} says of each {', '.join(key)}, valid ever since."
    return View(view, q.Select(items, q.Derived(numbered), where=where), about, span=relation.span)


def _inside(rel: Rel) -> Rel:
    while isinstance(rel, Step):
        rel = rel.source
    return rel


def _with(relation: Relation, since: str) -> Relation:
    made = Column(max_id(relation.rel) + 1, since, TIMESTAMP, nullable=False)
    beside = tuple([Word(name) for name in (*words(relation.options.get("metadata")), since)])
    return replace(relation, rel=_added(relation.rel, made), options={**relation.options, "metadata": beside})


def _added(rel: Rel, made: Column) -> Rel:
    match rel:
        case Read():
            return replace(rel, columns=(*rel.columns, made))
        case Checked():
            return replace(rel, source=_added(rel.source, made), columns=(*rel.columns, made))
        case Project():
            return replace(rel, source=_added(rel.source, made), items=(*rel.items, Item(made, made)))
        case _:
            return rel

"""Test blocks in which time advances, on engines that run streams: rows come in the order that the test says."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from oftra.ir.program import Arrival, Program, Relation, TestCase
from oftra.ir.rel import Checked, Read, Rel
from oftra.ir.walk import every_rel
from oftra.project.graph import Graph


def with_arrivals(program: Program, graph: Graph, test: TestCase, wanted: Sequence[str]) -> Program:
    """The part of `program` that makes `wanted` out of what comes in the test: all that it gives is a source."""
    given = {arrival.relation for arrival in test.arrivals}
    sources = {relation.name for relation in program.relations if relation.kind == "source"}
    # What a source refers to is needed too, whoever gives its rows.
    steps = {name: () if name in given - sources else needed for name, needed in graph.reads.items()}
    needed = Graph(steps).above(wanted)
    relations = [
        arriving(relation) if relation.name in given | sources else relation
        for relation in program.relations
        if relation.name in needed
    ]
    return replace(program, relations=tuple(relations), sinks=(), pipelines=(), tests=())


def arriving(relation: Relation) -> Relation:
    """A source under the relation's name. What comes to a source are its records: its rules judge them."""
    rel: Rel = Read(relation.name, relation.columns)
    match relation.rel:
        case Checked(source, rules, columns) if relation.kind == "source":
            # What is given is read already.
            rules = tuple([rule for rule in rules if rule.kind != "readable"])
            rel = Checked(Read(relation.name, source.columns), rules, columns)
    return replace(relation, kind="source", rel=rel, connection=None, options={}, feeds=(), late_of=())


def fitted(arrivals: Sequence[Arrival], staged: Program, optimized: Program) -> Iterator[Arrival]:
    """What comes, with those cells alone that the optimized program still reads."""
    left = {relation.name: _read_by(relation) for relation in optimized.relations}
    for arrival in arrivals:
        if not arrival.rows or arrival.relation not in left:
            yield arrival
            continue
        all_ = _read_by(staged.by_name[arrival.relation])
        at = [all_.index(name) for name in left[arrival.relation]]
        yield replace(arrival, rows=tuple([tuple([row[one] for one in at]) for row in arrival.rows]))


def _read_by(relation: Relation) -> list[str]:
    return [column.name for part in every_rel(relation.rel) if isinstance(part, Read) for column in part.columns]

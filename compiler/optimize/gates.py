"""The gates of pipelines on their way through the passes: each is a relation that is stored nowhere."""

from collections.abc import Collection
from dataclasses import replace

from oftra.ir.gates import Graph
from oftra.ir.program import Gate, Interface, Pipeline, Program, Relation
from oftra.optimize.assertions_apart import assertions_apart


def gates_as_relations(program: Program, outputs: Collection[str]) -> tuple[Program, tuple[Relation, ...]]:
    """The program with no gates but those that are judged for `outputs`, and these as relations.

    They keep what they ask of, as relations do: what they scan is not dropped, nor does it lose the columns.
    """
    if not any(pipeline.gates for pipeline in program.pipelines):
        return program, ()
    graph = Graph(program)
    judged = [one.gate for one in graph.gates_of(graph.closure(outputs))]
    pipelines, found = [], []
    for pipeline in program.pipelines:
        gates = tuple([gate for gate in pipeline.gates if gate in judged])
        pipelines.append(replace(pipeline, gates=gates))
        for at, gate in enumerate(gates):
            name = _name_of(pipeline, at)
            found.append(Relation(name, "table", gate.rel, Interface(gate.rel.columns), span=gate.span))
    return replace(program, pipelines=tuple(pipelines)), tuple(found)


def gates_again(program: Program) -> Program:
    """The program whose gates are what passes made of the relations that they were."""
    relations = program.by_name

    def again(pipeline: Pipeline, at: int, gate: Gate) -> Gate:
        return replace(gate, rel=relations[_name_of(pipeline, at)].rel)

    pipelines = [
        replace(pipeline, gates=tuple([again(pipeline, at, gate) for at, gate in enumerate(pipeline.gates)]))
        for pipeline in program.pipelines
    ]
    names = {_name_of(pipeline, at) for pipeline in pipelines for at in range(len(pipeline.gates))}
    rest = tuple([relation for relation in program.relations if relation.name not in names])
    return _without_assertions(replace(program, relations=rest, pipelines=tuple(pipelines)))


def _without_assertions(program: Program) -> Program:
    for pipeline in program.pipelines:
        gates = []
        for gate in pipeline.gates:
            program, rel = assertions_apart(program, gate.rel)
            gates.append(gate if rel is gate.rel else replace(gate, rel=rel))
        if any(one is not other for one, other in zip(gates, pipeline.gates)):
            changed = replace(pipeline, gates=tuple(gates))
            pipelines = tuple([changed if one is pipeline else one for one in program.pipelines])
            program = replace(program, pipelines=pipelines)
    return program


def _name_of(pipeline: Pipeline, at: int) -> str:
    """A name that no relation can have: its last part is empty."""
    return f"{pipeline.name}.{at}."

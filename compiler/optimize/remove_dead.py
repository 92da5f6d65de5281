"""Only the relations that an output needs."""

from collections.abc import Iterable, Mapping, Sequence

from oftra.ir.program import Program, Relation
from oftra.optimize.survey import Survey


def outputs_of(program: Program, wanted: Sequence[str] | None) -> tuple[frozenset[str], frozenset[str]]:
    """The relations and the sinks to be kept for their own sake: `wanted`, or what the program is there for."""
    if wanted is not None:
        names = frozenset(wanted)
        sinks = frozenset([sink.name for sink in program.sinks if sink.name in names])
    else:
        sinks = frozenset([sink.name for sink in program.sinks])
        names = frozenset([relation.name for relation in program.relations if relation.kind == "table"])
        if not names and not sinks:
            names = frozenset([relation.name for relation in program.relations if relation.kind == "view"])
    fed = [sink.relation for sink in program.sinks if sink.name in sinks]
    return names.union(fed), sinks


def remove_dead(
    relations: Iterable[Relation], outputs: frozenset[str], surveys: Mapping[str, Survey]
) -> tuple[Relation, ...]:
    """relations  =>  those that are outputs or that (what reads for) an output reads, in the same order"""
    known = {relation.name: relation for relation in relations}
    live = set[str]()
    waiting = [name for name in outputs if name in known]
    while waiting:
        name = waiting.pop()
        if name not in live:
            live.add(name)
            waiting += [read for read in surveys[name].reads if read in known]
    return tuple([relation for name, relation in known.items() if name in live])

"""Gates that have the tasks run again which bring what they ask for."""

from collections.abc import Collection, Sequence

from oftra.check.context import Context
from oftra.diagnostics.tasks import NotBroughtAgain
from oftra.ir.gates import Graph, scanned
from oftra.ir.program import Gate
from oftra.syntax import nodes


def tasks_again(source: nodes.Path, about: Collection[str], graph: Graph, context: Context) -> tuple[str, ...]:
    """The tasks that bring `source`, or that it is, for a gate that speaks of `about`."""
    found = context.relation_named(source.text, source.span)
    if found is None:
        return ()
    name = found.name
    tasks = [task for task in graph.tasks.values() if name in (task.name, *task.writes)]
    brought = {name for task in tasks for name in (task.name, *task.writes)}
    made = [one for one in about if one not in brought and not graph.closure([one]).isdisjoint(brought)]
    why = ""
    if not tasks:
        why = "no task writes it"
    elif brought.isdisjoint(about):
        why = "the gate asks for nothing that is brought with it"
    elif made:
        why = f"`{made[0]}`, which the gate asks for too, is made of it, and would not be made again"
    if why:
        context.report.add(NotBroughtAgain(name, why, span=source.span))
        return ()
    return tuple([task.name for task in tasks])


def check_apart(gates: Sequence[Gate], graph: Graph, context: Context) -> None:
    """Report gates that ask for what another one has brought again, and aren't judged beside it."""
    tasks = graph.tasks
    for gate in gates:
        brought = {name for one in gate.again for name in (one, *tasks[one].writes)}
        for other in gates:
            asked = [name for name in other.about if name in brought]
            waits = not _made(other, graph).isdisjoint(gate.before)
            if asked and not waits and _made(other, graph) != _made(gate, graph):
                why = "another gate asks for it beside what comes from elsewhere, and would not be judged again"
                context.report.add(NotBroughtAgain(asked[0], why, span=other.span))


def _made(gate: Gate, graph: Graph) -> frozenset[str]:
    """The outputs behind which a gate is judged."""
    return graph.closure([*gate.about, *scanned(gate.rel)]).intersection(graph.outputs)


__all__ = ["check_apart", "tasks_again"]

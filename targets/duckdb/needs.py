"""Which relations a wish takes: those that the wanted ones read, and those that their rules look into."""

from collections.abc import Iterable

from oftra.ir.program import Program
from oftra.ir.rel import Checked, Rel, Scan
from oftra.ir.walk import every_rel


def read_by(rel: Rel) -> set[str]:
    """The relations that `rel` reads, and those that its rules look into."""
    found: set[str] = set()
    for part in every_rel(rel):
        if isinstance(part, Scan):
            found.add(part.relation)
        elif isinstance(part, Checked):
            found.update([rule.target for rule in part.rules if rule.target is not None])
    return found


def needed(program: Program, names: Iterable[str]) -> set[str]:
    """`names` and all that they take."""
    sinks = {sink.name: sink.relation for sink in program.sinks}
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        if name in sinks:
            waiting.append(sinks[name])
        if name in program.by_name:
            waiting.extend(read_by(program.by_name[name].rel))
    return found


def everything(program: Program) -> set[str]:
    """All relations and sinks, but for quarantines: those come of reading their sources."""
    relations = {one.name for one in program.relations if one.kind != "table" or one.connection is not None}
    return relations | {sink.name for sink in program.sinks}

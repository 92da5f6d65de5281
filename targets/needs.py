"""What a relation reads and what it is checked for, found in one walk; and which relations a wish takes."""

from collections import Counter
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import NamedTuple

from oftra.ir.gates import Gates, gates_of
from oftra.ir.program import Program
from oftra.ir.rel import Aggregate, Checked, Distinct, Join, Rel, Scan, SetOperation, Sort, TimeWindow, Window
from oftra.ir.walk import every_rel

_WORK = (Aggregate, Distinct, Join, SetOperation, Sort, TimeWindow, Window)


class Findings(NamedTuple):
    """The relations that one reads, once for each place, and the checks in it, outer ones first.

    `is_work` if there is more in it than columns and conditions.
    """

    reads: tuple[str, ...]
    checks: tuple[Checked, ...]
    is_work: bool = False

    @property
    def scans(self) -> frozenset[str]:
        """The relations that it reads."""
        return frozenset(self.reads)

    @property
    def needs(self) -> set[str]:
        """The relations that it reads, and those that its rules look into."""
        targets = [rule.target for checked in self.checks for rule in checked.rules if rule.target is not None]
        return {*self.scans, *targets}

    @property
    def quarantines(self) -> set[str]:
        """The quarantines that take what breaks its rules."""
        return {rule.into for checked in self.checks for rule in checked.rules if rule.into is not None}


def findings(rel: Rel) -> Findings:
    """What `rel` reads and is checked for."""
    reads: list[str] = []
    checks: list[Checked] = []
    is_work = False
    for part in every_rel(rel):
        if isinstance(part, Scan):
            reads.append(part.relation)
        elif isinstance(part, Checked) and part.rules:
            checks.append(part)
        elif isinstance(part, _WORK):
            is_work = True
    return Findings(tuple(reads), tuple(checks), is_work)


class Survey:
    """The findings of a program's relations, each walked once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._found: dict[str, Findings] = {}

    def of(self, name: str) -> Findings:
        """What was found in the relation called `name`."""
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = findings(self.program.by_name[name].rel)
        return found

    def asked(self, only: Iterable[str] | None) -> set[str]:
        """What a wish takes: `only` these and all that they and the gates before them need, or everything."""
        if only is None:
            return self.everything
        names = list(only)
        return self.needed(names) | self.needed(gates_of(self.program, self.needed(names)).scanned)

    def needed(self, names: Iterable[str], quarantines: bool = True) -> set[str]:
        """`names`, of relations and sinks, and all that they take; also the `quarantines` of what is read, whole."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                if name in self.sinks:
                    waiting.append(self.sinks[name])
                if name in self.program.by_name:
                    waiting.extend(self.of(name).needs)
                    waiting.extend(self.program.by_name[name].feeds)
                    if name in self.program.streams:
                        waiting.extend(self.program.by_name[name].late_of)
                    if quarantines:
                        waiting.extend(self.of(name).quarantines)
        return found

    def shared_work(self, names: Collection[str], gates: Gates) -> frozenset[str]:
        """The views among `names` that would be computed several times, and are more than columns and conditions.

        Those under rules are left out: what is judged is kept anyway.
        """
        times = Counter([relation for sink, relation in self.sinks.items() if sink in names])
        times.update(gates.scanned)
        shared = set[str]()
        for relation in reversed(self.program.relations):
            if relation.name in names:
                own, found = 1, self.of(relation.name)
                if relation.kind == "view":
                    own = times[relation.name]
                    if own > 1 and found.is_work and not found.checks:
                        shared.add(relation.name)
                        own = 1
                for name in found.reads:
                    times[name] += own
        return frozenset(shared)

    @cached_property
    def sinks(self) -> dict[str, str]:
        """The relation that each sink writes."""
        return {sink.name: sink.relation for sink in self.program.sinks}

    @cached_property
    def everything(self) -> set[str]:
        """All relations and sinks."""
        return {*self.program.by_name, *self.sinks}

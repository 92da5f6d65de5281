"""What a relation reads and what it is checked for, found in one walk; and which relations a wish takes."""

from collections import Counter
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import NamedTuple

from oftra.ir.program import Program
from oftra.ir.rel import Aggregate, Checked, Distinct, Join, Rel, Scan, SetOperation, Sort, TimeWindow, Window
from oftra.ir.walk import every_rel


class Findings(NamedTuple):
    """The relations that one reads, and the checks in it, outer ones first."""

    scans: frozenset[str]
    checks: tuple[Checked, ...]

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
    scans: set[str] = set()
    checks: list[Checked] = []
    for part in every_rel(rel):
        if isinstance(part, Scan):
            scans.add(part.relation)
        elif isinstance(part, Checked) and part.rules:
            checks.append(part)
    return Findings(frozenset(scans), tuple(checks))


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
        """What a wish takes: `only` these and all that they need, or everything."""
        return self.everything if only is None else self.needed(only)

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
                    if quarantines:
                        waiting.extend(self.of(name).quarantines)
        return found

    @cached_property
    def sinks(self) -> dict[str, str]:
        """The relation that each sink writes."""
        return {sink.name: sink.relation for sink in self.program.sinks}

    @cached_property
    def everything(self) -> set[str]:
        """All relations and sinks."""
        return {*self.program.by_name, *self.sinks}


_WORK = (Aggregate, Distinct, Join, SetOperation, Sort, TimeWindow, Window)


def shared_work(program: Program, names: Collection[str]) -> frozenset[str]:
    """The views among `names` that would be computed several times, and are more than columns and conditions.

    Those under rules are left out: what is judged is kept anyway.
    """
    times = Counter([sink.relation for sink in program.sinks if sink.name in names])
    shared = set[str]()
    for relation in reversed(program.relations):
        if relation.name not in names:
            continue
        parts = list(every_rel(relation.rel))
        own = 1
        if relation.kind == "view":
            own = times[relation.name]
            is_work = any(isinstance(part, _WORK) for part in parts)
            if own > 1 and is_work and not any(isinstance(part, Checked) for part in parts):
                shared.add(relation.name)
                own = 1
        for part in parts:
            if isinstance(part, Scan):
                times[part.relation] += own
    return frozenset(shared)

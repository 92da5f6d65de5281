"""Which pipeline writes what, and what waits for each gate."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from oftra.ir.program import Gate, Pipeline, Program, Relation
from oftra.ir.rel import Checked, Rel, Scan
from oftra.ir.walk import every_rel


class Required(NamedTuple):
    """A gate of a pipeline."""

    pipeline: Pipeline
    gate: Gate


class Graph:
    """What reads what, all of a program's relations and sinks; each is walked once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.sinks = {sink.name: sink.relation for sink in program.sinks}
        self._reads: dict[str, tuple[str, ...]] = {}
        self._closures: dict[str, frozenset[str]] = {}

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """The tables, each after those that it reads, then the sinks."""
        tables = [relation.name for relation in self.program.relations if relation.kind == "table"]
        return (*tables, *self.sinks)

    def reads(self, name: str) -> tuple[str, ...]:
        """What a relation or sink takes rows from, and what its rules look into."""
        if name not in self._reads:
            relation = self.program.by_name.get(name)
            found: dict[str, None] = {}
            if name in self.sinks:
                found[self.sinks[name]] = None
            if relation is not None:
                found |= dict.fromkeys((*relation.feeds, *relation.late_of, *scanned(relation.rel)))
                found.pop(name, None)
            self._reads[name] = tuple(found)
        return self._reads[name]

    def closure(self, names: Iterable[str]) -> frozenset[str]:
        """`names` and all that they take, through whatever is stored."""
        return frozenset().union(*map(self._closure, names))

    def _closure(self, name: str) -> frozenset[str]:
        if name not in self._closures:
            self._closures[name] = frozenset(reached([name], self.reads))
        return self._closures[name]

    def near(self, names: Iterable[str]) -> list[str]:
        """`names` and what they take, up to the tables that are stored."""
        first = list(names)
        found = reached(first, lambda name: () if self.is_table(name) and name not in first else self.reads(name))
        return [name for name in found if name in self.program.by_name or name in self.sinks]

    def is_table(self, name: str) -> bool:
        """Whether rows are stored under this name."""
        relation = self.program.by_name.get(name)
        return relation is not None and relation.kind == "table" and relation.connection is not None

    def apart(self, names: Iterable[str]) -> set[str]:
        """The tables that take what rules put apart, and what is late, of the relations `names`."""
        found = set[str]()
        for name in names:
            relation = self.program.by_name.get(name)
            if relation is not None:
                found.update(put_apart(relation))
        return found & self.program.by_name.keys()

    @cached_property
    def written(self) -> Mapping[str, tuple[str, ...]]:
        """What each pipeline writes: what it names, and what that needs and no other pipeline names.

        What rules put apart is left out: whoever reads the source puts the same records there.
        """
        named = {name for pipeline in self.program.pipelines for name in pipeline.build}
        found: dict[str, tuple[str, ...]] = {}
        for pipeline in self.program.pipelines:
            taken = self.closure(pipeline.build)
            taken |= self.apart(taken)
            own = [
                name
                for name in self.outputs
                if (name in pipeline.build or (name in taken and name not in named)) and not self.is_apart(name)
            ]
            found[pipeline.name] = tuple(own)
        return found

    def is_apart(self, name: str) -> bool:
        """Whether a table takes what rules put apart, or what is late."""
        relation = self.program.by_name.get(name)
        return relation is not None and bool(relation.feeds or relation.late_of)

    @cached_property
    def required(self) -> tuple[Required, ...]:
        """All gates, in the order in which they are written."""
        return tuple([Required(one, gate) for one in self.program.pipelines for gate in one.gates])

    def gates_of(self, names: Collection[str]) -> list[Required]:
        """The gates that a run judges which writes `names`: those that one of them waits for, or that are about it."""
        found = []
        for required in self.required:
            own = [name for name in self.written[required.pipeline.name] if name in names]
            about = self.spoken_of(required.gate)
            if any(not about or not self.closure([name]).isdisjoint(about) for name in own):
                found.append(required)
        return found

    def spoken_of(self, gate: Gate) -> set[str]:
        """The relations that a gate is about; what rules put apart is said of what it was taken from, too."""
        found = set(gate.about)
        for name in gate.about:
            if self.is_apart(name):
                found.update(self.reads(name))
        return found

    def needed(self, names: Collection[str]) -> frozenset[str]:
        """`names`, and what the gates speak of that a run judges which writes them and what they take."""
        found, known = frozenset(names), frozenset[str]()
        while found != known:
            known = found
            taken = self.closure(known)
            for required in self.gates_of(taken):
                found |= {*required.gate.about, *scanned(required.gate.rel)}
        return found


class Waits:
    """What has to be written, and which gates have to be judged, before each of `outputs` is written."""

    def __init__(self, graph: Graph, outputs: Collection[str], required: Iterable[Required]) -> None:
        self.graph = graph
        self.outputs = [name for name in graph.outputs if name in outputs]
        self.required = tuple(required)
        self.made = [self._made(one.gate) for one in self.required]

    def _made(self, gate: Gate) -> tuple[str, ...]:
        """The outputs that have to be written before a gate can be judged; of none it is judged at the start."""
        taken = self.graph.closure([*gate.about, *scanned(gate.rel)])
        return tuple([name for name in self.outputs if name in taken])

    def gates_before(self, output: str) -> list[int]:
        """The gates (by position) that an output waits for: those about what it reads, and all that come at the start.

        What a gate itself needs doesn't wait for it.
        """
        taken, found = self.graph.closure([output]), []
        for at, (pipeline, gate) in enumerate(self.required):
            if output in self.made[at] or not self._is_of(output, pipeline):
                continue
            if not self.made[at] or not taken.isdisjoint(self.graph.spoken_of(gate)):
                found.append(at)
        return found

    def _is_of(self, output: str, pipeline: Pipeline) -> bool:
        if not self.graph.is_apart(output):
            return output in self.graph.written[pipeline.name]
        feeds = self.graph.reads(output)
        return not self.graph.closure(self.graph.written[pipeline.name]).isdisjoint(feeds)

    def before(self, output: str) -> list[str]:
        """The outputs that have to be written before this one: those it reads, and those its gates are about."""
        found = dict.fromkeys([name for name in self.graph.near([output]) if name in self.outputs])
        for at in self.gates_before(output):
            found |= dict.fromkeys(self.made[at])
        found.pop(output, None)
        return list(found)

    def circle(self) -> list[str]:
        """Outputs that wait for each other, because of gates; none, where each can be written."""
        done = set[str]()
        for first in self.outputs:
            path: dict[str, Iterator[str]] = {} if first in done else {first: iter(self.before(first))}
            while path:
                name = next(reversed(path))
                for other in path[name]:
                    if other in path:
                        return list(path)[list(path).index(other) :]
                    if other not in done:
                        path[other] = iter(self.before(other))
                        break
                else:
                    del path[name]
                    done.add(name)
        return []


def scanned(rel: Rel) -> Iterator[str]:
    """The relations that `rel` takes rows from, and those that its rules look into."""
    for part in every_rel(rel):
        if isinstance(part, Scan):
            yield part.relation
        elif isinstance(part, Checked):
            yield from [rule.target for rule in part.rules if rule.target is not None]


def put_apart(relation: Relation) -> Iterator[str]:
    """The tables that take what rules put apart of a relation, and its late rows."""
    if relation.late is not None and relation.late.into is not None:
        yield relation.late.into
    for part in every_rel(relation.rel):
        if isinstance(part, Checked):
            yield from [rule.into for rule in part.rules if rule.into is not None]


def reached(names: Iterable[str], step: Callable[[str], Iterable[str]]) -> dict[str, None]:
    """Whatever can be reached from `names`, themselves included."""
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            waiting += step(name)
    return found

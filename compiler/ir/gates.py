"""Which pipeline writes what, and what waits for each gate."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import NamedTuple

from oftra.datatypes import STRING, Date, Datetime, Timestamp
from oftra.ir.columns import max_id
from oftra.ir.enforce import Build, Step
from oftra.ir.expr import Cast, Column
from oftra.ir.program import Gate, Pipeline, Program, Relation
from oftra.ir.rel import Checked, Item, Project, Rel, Scan
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
        self.tasks = {task.name: task for task in program.tasks if not task.is_step}
        self._reads: dict[str, tuple[str, ...]] = {}
        self._closures: dict[str, frozenset[str]] = {}

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """The tables, each after those that it reads, then the sinks, then the tasks."""
        tables = [relation.name for relation in self.program.relations if relation.kind == "table"]
        return (*tables, *self.sinks, *self.tasks)

    def reads(self, name: str) -> tuple[str, ...]:
        """What a relation or sink takes rows from, and what its rules look into; what a task reads.

        A source is there once the tasks that write it have run.
        """
        if name not in self._reads:
            relation = self.program.by_name.get(name)
            found: dict[str, None] = {}
            if name in self.sinks:
                found[self.sinks[name]] = None
            if relation is not None:
                found |= dict.fromkeys((*relation.feeds, *relation.late_of, *scanned(relation.rel)))
                found.pop(name, None)
            if self.tasks:
                found |= dict.fromkeys(self.tasks[name].reads if name in self.tasks else self._tasks_of(name))
            self._reads[name] = tuple(found)
        return self._reads[name]

    def _tasks_of(self, source: str) -> list[str]:
        return [task.name for task in self.tasks.values() if source in task.writes]

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
        relations, sinks, tasks = self.program.by_name, self.sinks, self.tasks
        return [name for name in found if name in relations or name in sinks or name in tasks]

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

        What another pipeline names is read as that one left it, so that what lies behind it isn't needed. What rules
        put apart is left out: whoever reads the source puts the same records there.
        """
        named = {name for pipeline in self.program.pipelines for name in pipeline.build}
        found: dict[str, tuple[str, ...]] = {}
        for pipeline in self.program.pipelines:
            taken = self._up_to(named.difference(pipeline.build), pipeline.build)
            taken |= self.apart(taken)
            own = [
                name
                for name in self.outputs
                if (name in pipeline.build or (name in taken and name not in named)) and not self.is_apart(name)
            ]
            found[pipeline.name] = tuple(own)
        return found

    def _up_to(self, ends: Collection[str], names: Iterable[str]) -> set[str]:
        """`names` and all that they take, but nothing of what `ends` take."""
        return set(reached(names, lambda name: () if name in ends else self.reads(name)))

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
            written = self.written[required.pipeline.name]
            own = [name for name in names if name in written or self.is_apart(name)]
            if any(not required.gate.about or name in required.gate.before for name in own):
                found.append(required)
        return found

    def readers(self, about: Iterable[str]) -> tuple[str, ...]:
        """The outputs that are one of `about` or take rows of it; of what rules put apart, of where it came from."""
        spoken_of = set(about)
        for name in tuple(spoken_of):
            if self.is_apart(name):
                spoken_of.update(self.reads(name))
        return tuple([name for name in self.outputs if not self.closure([name]).isdisjoint(spoken_of)])

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
        found = []
        for at, (pipeline, gate) in enumerate(self.required):
            waits = output not in self.made[at] and (not self.made[at] or output in gate.before)
            if waits and self._is_of(output, pipeline):
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


@dataclass(frozen=True)
class Gates:
    """The gates of a run, each with what comes `first`: the relations that an output is written after, by output.

    Those of `last` are about sinks, which are written when all relations are there. For those `waited` for there are
    outputs that wait.
    """

    required: tuple[Required, ...] = ()
    first: Mapping[str, Collection[str]] = field(default_factory=dict)
    last: tuple[Required, ...] = ()
    waited: tuple[Required, ...] = ()
    needs: tuple[frozenset[str], ...] = ()

    @property
    def all(self) -> tuple[Required, ...]:
        """All there are."""
        return (*self.required, *self.last)

    @property
    def scanned(self) -> set[str]:
        """The relations whose rows they ask for."""
        return {name for one in self.all for name in scanned(one.gate.rel)}

    def among(self, steps: Iterable[Step]) -> Iterator[Step | Required]:
        """The steps that build relations, and each gate once all that it asks of is built."""
        waiting, built = list(zip(self.required, self.needs)), set[str]()
        for step in (None, *steps):
            if step is not None:
                yield step
            if isinstance(step, Build):
                built.add(step.relation.name)
            ready = [one for one in waiting if built.issuperset(one[1])]
            waiting = [one for one in waiting if one not in ready]
            yield from [required for required, _ in ready]


def gates_of(program: Program, names: Collection[str]) -> Gates:
    """The gates that a run judges which takes the relations and sinks `names`."""
    if not any(pipeline.gates for pipeline in program.pipelines):
        return Gates()
    graph = Graph(program)
    outputs = [name for name in graph.outputs if name in names]
    # A program that writes nothing is there to judge its gates.
    required = graph.gates_of(outputs) if outputs else list(graph.required)
    waits = Waits(graph, outputs, required)
    needs = [_needs(graph, names, waits, at) for at in range(len(required))]
    first = {name: {one for at in waits.gates_before(name) for one in needs[at]} for name in outputs}
    last = [one for one in required if not graph.sinks.keys().isdisjoint(one.gate.about)]
    waited = {at for name in outputs for at in waits.gates_before(name)}
    early = [at for at, one in enumerate(required) if one not in last]
    return Gates(
        tuple([required[at] for at in early]),
        first,
        tuple(last),
        tuple([required[at] for at in sorted(waited)]),
        tuple([needs[at] for at in early]),
    )


def _needs(graph: Graph, names: Collection[str], waits: Waits, at: int) -> frozenset[str]:
    """The relations that are built before a gate: those it asks of, and what rules put apart of what was read."""
    asked = frozenset(scanned(waits.required[at].gate.rel))
    if not waits.made[at]:
        return asked
    apart = [one for one in graph.apart(graph.closure(asked)) if one in names and at not in waits.gates_before(one)]
    return asked.union(apart)


def measured(gate: Gate) -> Rel:
    """The row of a gate as a report tells it: moments as texts, in the language's own words."""
    ids = count(max_id(gate.rel) + 1)
    items = []
    for column in gate.rel.columns:
        if isinstance(column.type, Timestamp | Datetime | Date):
            told = Column(next(ids), column.name, STRING, column.nullable)
            items.append(Item(told, Cast(column, STRING, column.nullable)))
        else:
            items.append(Item(column, column))
    return Project(gate.rel, tuple(items), span=gate.span) if any(not item.passes for item in items) else gate.rel


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

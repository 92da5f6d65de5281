"""A pipeline as jobs: programs that are run one after another, each of which reads what those before it stored.

A job is a program like any other, so that targets compile it like any other. It ends where a gate has to be judged
before more is written, where rows that never end are made of those that do, and where another engine is needed; with
`granularity: table` at every table.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count

from oftra.ir.expr import Column
from oftra.ir.gates import Graph, Required, Waits, reached, scanned
from oftra.ir.program import Gate, Interface, Mode, Options, Pipeline, Program, Relation, Task, Word
from oftra.ir.rel import Opaque, Read
from oftra.ir.steps import with_steps
from oftra.ir.walk import every_rel


@dataclass(frozen=True)
class Job:
    """What is run at once.

    `program` is named as the job is. Its outputs are `writes`: tables (also those of what rules put apart) and sinks;
    what others store is a source in it that `is_stored`. Its one pipeline holds the `gates` that are judged in it, with
    the measures that its report tells. `reads` are sources and tables of others.

    It runs after the jobs `after`, all done, and if the gates `waits` hold, which were judged in some of these.
    `engine` is the only one that can run it, where a query in its words stands in it.

    A job that is a `task` has no relations, and writes the task. `steps` are the tasks that are run before it, those of
    `then` after it, if all went well.
    """

    name: str
    pipeline: Pipeline
    program: Program
    writes: tuple[str, ...]
    reads: tuple[str, ...]
    gates: tuple[Gate, ...]
    after: tuple[str, ...]
    waits: tuple[Gate, ...]
    mode: Mode
    engine: str | None = None
    task: Task | None = None
    steps: tuple[Task, ...] = ()
    then: tuple[Task, ...] = ()


def jobs_of(program: Program, pipeline: Pipeline | str) -> tuple[Job, ...]:
    """The jobs of a pipeline, each behind those that it runs after.

    Tables that other pipelines write are read as they were left. Gates over sources alone are judged in a job of their
    own, which writes nothing and comes first.
    """
    if isinstance(pipeline, str):
        pipeline = next(one for one in program.pipelines if one.name == pipeline)
    graph = Graph(program)
    required = [Required(pipeline, gate) for gate in pipeline.gates]
    outputs = [name for name in graph.written[pipeline.name] if name in graph.outputs]
    return _Cutter(graph, outputs, required, dict.fromkeys(outputs, pipeline)).jobs()


def all_jobs(program: Program) -> tuple[Job, ...]:
    """The jobs of all pipelines and of what none of them writes, each behind those that it runs after."""
    graph = Graph(program)
    owners = {name: one for one in program.pipelines for name in graph.written[one.name]}
    rest = [name for name in graph.outputs if name not in owners and not graph.is_apart(name)]
    none = Pipeline(program.name, tuple(rest), "batch", {})
    outputs = [name for name in graph.outputs if not graph.is_apart(name)]
    required = graph.gates_of(outputs)
    return _Cutter(graph, outputs, required, {**dict.fromkeys(rest, none), **owners}).jobs()


@dataclass(frozen=True)
class _Cut:
    """Outputs that are written at once; none, where gates alone are judged. `gates` are those that come behind, by
    position."""

    pipeline: Pipeline
    outputs: tuple[str, ...]
    gates: tuple[int, ...] = ()


class _Cutter:
    """Cuts `outputs`, each of the pipeline that owns it, into jobs."""

    def __init__(
        self, graph: Graph, outputs: Sequence[str], required: Sequence[Required], owners: dict[str, Pipeline]
    ) -> None:
        self.graph = graph
        self.program = graph.program
        self.owners = dict(owners)
        # What rules put apart is written with what it is taken from, unless somebody reads it, as they read a table.
        taken = graph.closure(outputs)
        for name in sorted(graph.apart(taken) & taken):
            reader = next(one for one in outputs if name in graph.closure([one]))
            self.owners.setdefault(name, owners[reader])
        for pipeline, gate in required:
            asked = graph.closure(scanned(gate.rel))
            self.owners |= {name: pipeline for name in graph.apart(asked | taken) & asked if name not in self.owners}
        self.waits = Waits(graph, self.owners, required)
        self.levels: dict[str, int] = {}

    def jobs(self) -> tuple[Job, ...]:
        """All of them."""
        cuts = self._cuts()
        names = self._names(cuts)
        by_output = {output: name for name, cut in zip(names, cuts) for output in cut.outputs}
        by_gate = {gate: name for name, cut in zip(names, cuts) for gate in cut.gates}
        jobs: list[Job] = []
        for name, cut in zip(names, cuts):
            jobs.append(self._job(name, cut, jobs, by_output, by_gate))
        return with_steps(self.program, jobs)

    # -------------------------------------------------------------------------------------------------- where it is cut

    def _cuts(self) -> list[_Cut]:
        found: dict[tuple[object, ...], list[str]] = {}
        for output in self.waits.outputs:
            owner = self.owners[output]
            is_own = owner.options.get("granularity") == Word("table") or self._has_steps(output)
            key = (self._level(output), owner.name, *self._kind(output), output if is_own else "")
            found.setdefault(key, []).append(output)
        cuts = [_Cut(self.owners[outputs[0]], tuple(outputs)) for _, outputs in sorted(found.items(), key=_by_level)]
        start: dict[str, list[int]] = {}
        behind: dict[int, list[int]] = {}
        alone: list[tuple[int, int]] = []
        for at, (pipeline, _) in enumerate(self.waits.required):
            makers = [place for place, cut in enumerate(cuts) if not set(cut.outputs).isdisjoint(self.waits.made[at])]
            if not makers:
                start.setdefault(pipeline.name, []).append(at)
            elif cuts[makers[-1]].outputs[0] in self.graph.tasks or self.waits.required[at].gate.again:
                alone.append((makers[-1], at))
            elif cuts[makers[-1]].pipeline.name == pipeline.name and all(
                self._follows(cuts[makers[-1]], cuts[other]) for other in makers[:-1]
            ):
                behind.setdefault(makers[-1], []).append(at)
            else:
                alone.append((makers[-1], at))
        whole: list[_Cut] = []
        for place, cut in enumerate(cuts):
            if cut.pipeline.name in start:
                whole.append(_Cut(cut.pipeline, (), tuple(start.pop(cut.pipeline.name))))
            whole.append(replace(cut, gates=tuple(behind.get(place, ()))))
            for together in self._together([at for last, at in alone if last == place]):
                whole.append(_Cut(self.waits.required[together[0]].pipeline, (), together))
        return whole

    def _together(self, gates: Sequence[int]) -> Iterable[tuple[int, ...]]:
        """Gates that are judged in one job: those behind the same tasks, if one of them has these run again."""
        found: dict[tuple[object, ...], list[int]] = {}
        for at in gates:
            found.setdefault((self.waits.required[at].pipeline.name, *self.waits.made[at]), []).append(at)
        for ats in found.values():
            if any(self.waits.required[at].gate.again for at in ats):
                yield tuple(ats)
            else:
                yield from [(at,) for at in ats]

    def _follows(self, cut: _Cut, other: _Cut) -> bool:
        """Whether `cut` runs after `other` in any case."""
        taken = reached(cut.outputs, self.waits.before)
        return any(output in taken for output in other.outputs)

    def _level(self, output: str) -> int:
        """How many jobs come before the one that writes it."""
        if output not in self.levels:
            level = 0
            gated = {made for at in self.waits.gates_before(output) for made in self.waits.made[at]}
            for other in self.waits.before(output):
                is_apart = other in gated or self._kind(other) != self._kind(output)
                is_apart = is_apart or self.owners[other].name != self.owners[output].name
                is_apart = is_apart or self.owners[output].options.get("granularity") == Word("table")
                is_apart = is_apart or self._has_steps(other) or self._has_steps(output)
                level = max(level, self._level(other) + is_apart)
            self.levels[output] = level
        return self.levels[output]

    def _kind(self, output: str) -> tuple[str, str]:
        """How it is made, and the engine in whose words a part of it stands, if there is one."""
        if output in self.graph.tasks:
            return "task", output
        engines = set[str]()
        for name in self.graph.near([output]):
            relation = self.program.by_name.get(name)
            if relation is not None and (name == output or not self.graph.is_table(name)):
                engines |= {part.engine for part in every_rel(relation.rel) if isinstance(part, Opaque)}
        return "streaming" if output in self.program.streams else "batch", min(engines, default="")

    def _names(self, cuts: Sequence[_Cut]) -> list[str]:
        """Names that stay as they are when something is added elsewhere."""
        names: list[str] = []
        for cut in cuts:
            plain = cut.pipeline.name.replace(".", "_")
            alone = sum([other.pipeline.name == cut.pipeline.name for other in cuts]) == 1
            if cut.outputs:
                wanted = plain if alone else f"{plain}_{cut.outputs[-1].rpartition('.')[2]}"
            elif self.waits.made[cut.gates[0]]:
                wanted = f"{plain}_gate"
            else:
                wanted = f"{plain}_start"
            name, numbers = wanted, count(2)
            while name.lower() in [one.lower() for one in names]:
                name = f"{wanted}_{next(numbers)}"
            names.append(name)
        return names

    # -------------------------------------------------------------------------------------------------- what is in it

    def _job(
        self, name: str, cut: _Cut, before: Sequence[Job], by_output: dict[str, str], by_gate: dict[int, str]
    ) -> Job:
        gates = tuple([self.waits.required[at].gate for at in cut.gates])
        task = self.graph.tasks.get(cut.outputs[0]) if cut.outputs else None
        asked = [one for gate in gates for one in scanned(gate.rel)]
        relations, stored = self._taken(cut.outputs, asked)
        writes = [one for one in self.graph.outputs if one in cut.outputs or (one in relations and one not in stored)]
        pipeline = replace(cut.pipeline, build=cut.outputs, gates=gates)
        program = replace(self._program(pipeline, writes, relations, stored), name=name)
        waits = sorted({at for output in cut.outputs for at in self.waits.gates_before(output)})
        needed = {by_output[one] for one in stored if one in by_output} | {by_gate[at] for at in waits}
        # Two never write the same table at once.
        needed |= {job.name for job in before if not set(job.writes).isdisjoint(writes)}
        if self.graph.tasks:
            first = [one for output in cut.outputs for one in self.waits.before(output)]
            needed |= {by_output[one] for one in first if one in self.graph.tasks or task is not None}
        needed |= {by_output[made] for at in cut.gates for made in self.waits.made[at] if made in by_output}
        mode, engine = self._kind(cut.outputs[0]) if cut.outputs else ("batch", "")
        return Job(
            name,
            cut.pipeline,
            program,
            tuple(writes),
            tuple([one.name for one in program.relations if one.kind == "source"]),
            gates,
            tuple([job.name for job in before if job.name in needed]),
            tuple([self.waits.required[at].gate for at in waits]),
            "streaming" if mode == "streaming" else "batch",
            None if task is not None else engine or None,
            task,
        )

    def _taken(self, outputs: Collection[str], asked: Iterable[str]) -> tuple[set[str], set[str]]:
        """All relations that a job needs, and those of them that others store.

        Whoever reads a source for an output writes what its rules put apart, of all that it is taken from.
        """
        own = set(outputs)
        while True:
            taken = {name for name in self._near([*own, *asked], own) if name in self.program.by_name}
            stored = {name for name in taken if self._is_elsewhere(name, own)}
            apart = self.graph.apart(taken - stored) if outputs else set()
            if apart <= own:
                return taken, stored
            own |= apart

    def _near(self, names: Iterable[str], own: Collection[str]) -> dict[str, None]:
        """`names` and what they take, up to the tables that are not its own."""
        return reached(names, lambda name: () if self._is_elsewhere(name, own) else self.graph.reads(name))

    def _is_elsewhere(self, name: str, own: Collection[str]) -> bool:
        """Whether others see to it that it is there."""
        return name in self.graph.tasks or (self.graph.is_table(name) and name not in own)

    def _has_steps(self, output: str) -> bool:
        if output in self.graph.sinks:
            options: Options = next(sink.options for sink in self.program.sinks if sink.name == output)
        else:
            relation = self.program.by_name.get(output)
            options = relation.options if relation is not None else {}
        return "before" in options or "after" in options

    def _program(
        self, pipeline: Pipeline, writes: Collection[str], relations: Collection[str], stored: Collection[str]
    ) -> Program:
        program = self.program
        taken = [one for one in program.relations if one.name in relations]
        return replace(
            program,
            relations=tuple([as_stored(one) if one.name in stored else one for one in taken]),
            sinks=tuple([sink for sink in program.sinks if sink.name in writes]),
            pipelines=(pipeline,),
            tests=(),
            tasks=(),
            streams=program.streams.intersection(writes),
        )


def _by_level(item: tuple[tuple[object, ...], list[str]]) -> int:
    (level, *_), _ = item
    assert isinstance(level, int)
    return level


def as_stored(table: Relation) -> Relation:
    """A table as those read it who don't write it."""
    ids = count(1)
    columns = tuple([Column(next(ids), one.name, one.type, one.nullable, span=one.span) for one in table.columns])
    known = table.interface
    interface = Interface(columns, True, "append", known.keys, known.event_time, None, known.window)
    return Relation(
        table.name,
        "source",
        Read(table.name, columns, span=table.span),
        interface,
        table.connection,
        table.physical,
        table.options,
        tags=table.tags,
        owner=table.owner,
        description=table.description,
        column_descriptions=table.column_descriptions,
        is_stored=True,
        span=table.span,
    )

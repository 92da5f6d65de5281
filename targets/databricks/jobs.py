"""What runs as one: a pipeline is a job of Databricks, and what it is cut into are its tasks, each with a notebook."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from oftra.ir import jobs as cut
from oftra.ir.options import words
from oftra.ir.program import Gate, Pipeline, Program
from oftra.ir.program import Task as Work
from oftra.ir.steps import Role, Step, listeners, steps_of
from oftra.targets.needs import Survey
from oftra.targets.pyspark.naming import Names, identifier

LONGEST = 60
"""How much of a gate's text its task is called by."""


@dataclass(frozen=True)
class After:
    """A task that another one runs after; of a condition, only if it comes out as `outcome` says."""

    name: str
    outcome: str | None = None


@dataclass(frozen=True)
class Judged:
    """A gate and its task, which says what was measured and fails if that closes the gate.

    A task `holds` asks whether it holds, where the run goes on without what is behind it, or somebody is told by the
    task `alert`.
    """

    name: str
    gate: Gate
    holds: str | None = None
    alert: str | None = None


@dataclass(frozen=True)
class Task:
    """A part of a job: the outputs `build` of a program of its own, and the `gates` that are measured in it.

    Or it is `work`, a task of the program, whose notebook may be `shared`; `role` is the word under which that listens
    for the end of a run, empty if it doesn't.
    """

    name: str
    program: Program
    build: tuple[str, ...]
    after: tuple[After, ...]
    gates: tuple[Judged, ...]
    work: Work | None = None
    shared: str = ""
    role: str = ""

    @property
    def notebook(self) -> str:
        """What its notebook is called."""
        return self.shared or self.name


@dataclass(frozen=True)
class Job:
    """What is deployed and scheduled as one: a pipeline; without any, all of the program under its name."""

    name: str
    title: str
    pipeline: Pipeline
    tasks: tuple[Task, ...]


def jobs_of(program: Program, only: tuple[str, ...] | None) -> tuple[Job, ...]:
    """The jobs of a program, or of those that build something of `only` or what that needs: what is not in a pipeline
    is a job of its own, which nothing starts."""
    names, keys = Names(), Names(shared_files(program).values())
    wanted = Survey(program).asked(only) | {task.name for task in program.tasks}
    shared: dict[tuple[str, str], str] = {}
    return tuple([_job(program, parts, names, keys, shared) for parts in _parts(program, wanted)])


def shared_files(program: Program) -> dict[str, str]:
    """What the files are called that notebooks share: the module beside them, and the notebook of gates."""
    return {part: f"{identifier(program.name)}_{part}" for part in ("support", "gate")}


def _parts(program: Program, wanted: set[str]) -> Iterator[list[cut.Job]]:
    declared = [pipeline.name for pipeline in program.pipelines]
    for pipeline in program.pipelines:
        found = [job for job in cut.jobs_of(program, pipeline) if job.gates or not wanted.isdisjoint(job.writes)]
        if any(job.writes for job in found):
            yield found
    rest = [
        job for job in cut.all_jobs(program) if job.pipeline.name not in declared and not wanted.isdisjoint(job.writes)
    ]
    if rest:
        yield rest


def _job(program: Program, parts: list[cut.Job], names: Names, keys: Names, shared: dict[tuple[str, str], str]) -> Job:
    called = {part.name: keys.free(identifier(part.task.name if part.task else part.name)) for part in parts}
    own_names = Names(called.values())
    judged = {id(gate): _judged(gate, part.pipeline, own_names) for part in parts for gate in part.gates}
    arranged = Arranged(program, parts, called, judged, own_names, keys, shared)
    pipeline = parts[0].pipeline
    return Job(names.free(identifier(pipeline.name)), pipeline.name, pipeline, tuple(arranged.tasks()))


class Arranged:
    """The tasks of a job in their order, each with what it runs after: parts of a pipeline, and tasks of the program
    around them."""

    def __init__(
        self,
        program: Program,
        parts: Sequence[cut.Job],
        called: Mapping[str, str],
        judged: Mapping[int, Judged],
        names: Names,
        files: Names,
        shared: dict[tuple[str, str], str],
    ) -> None:
        self.files = files
        self.program, self.parts, self.called, self.judged, self.names = program, parts, called, judged, names
        self.shared = shared
        self.steps = steps_of(program, parts)
        self.measured = {id(gate): part.name for part in parts for gate in part.gates}
        self.skipped: dict[str, tuple[After, ...]] = {}
        self.behind: dict[str, After] = {}
        self.found: list[Task] = []

    def tasks(self) -> list[Task]:
        """All of them."""
        early: dict[str, list[After]] = {}
        for part in self.parts:
            self.skipped[part.name] = tuple(self._skips([part]))
            last: list[After] = []
            for step in self._steps("before", part):
                parts = [one for one in self.parts if one.name in step.jobs]
                last = [self._work(step.task, "", [*last, *self._after(parts)])]
                for other in step.jobs:
                    early.setdefault(other, []).append(last[0])
            after = dict.fromkeys([*self._after([part]), *early.get(part.name, [])])
            own = tuple([self.judged[id(gate)] for gate in part.gates])
            if part.task is not None:
                self._work(part.task, "", list(after), self.called[part.name])
            else:
                self.found.append(Task(self.called[part.name], part.program, part.writes, tuple(after), own))
            last = []
            for step in self._steps("after", part):
                ended = [one for name in step.jobs for one in self._ended(name)]
                last = [self._work(step.task, "", [*last, *ended])]
            if last:
                self.behind[part.name] = last[0]
        self._listeners()
        return self.found

    def _steps(self, role: Role, part: cut.Job) -> list[Step]:
        return [step for step in self.steps if step.role == role and step.at == part.name]

    def _gates(self, parts: Sequence[cut.Job]) -> list[int]:
        """The gates that all of `parts` wait for."""
        first = [id(gate) for gate in parts[0].waits if id(gate) in self.judged]
        return [gate for gate in first if all(gate in [id(one) for one in part.waits] for part in parts)]

    def _before(self, parts: Sequence[cut.Job]) -> list[str]:
        found = [name for name in parts[0].after if name in self.called]
        return [name for name in found if all(name in part.after for part in parts)]

    def _skips(self, parts: Sequence[cut.Job]) -> dict[After, None]:
        """The conditions that leave `parts` out. Who comes behind what was left out is left out by the same one."""
        gates = self._gates(parts)
        skips = dict.fromkeys([one for name in self._before(parts) for one in self.skipped[name]])
        return skips | dict.fromkeys(
            [_behind(self.judged[at]) for at in gates if self.judged[at].gate.action == "skip"]
        )

    def _after(self, parts: Sequence[cut.Job]) -> list[After]:
        """What all of `parts` run after: others, or where one measured for them, its gates; what is done behind it."""
        gates = self._gates(parts)
        gated = {self.measured[gate] for gate in gates}
        before = self._before(parts)
        after = [self.behind.get(name, After(self.called[name])) for name in before if name not in gated]
        after += [self.behind.get(self.measured[gate], _behind(self.judged[gate])) for gate in gates]
        return list(dict.fromkeys(after) | self._skips(parts))

    def _ended(self, part: str) -> list[After]:
        """What says that a part has been done, and its gates hold."""
        gates = [_behind(self.judged[gate]) for gate, of in self.measured.items() if of == part]
        return [*(gates or [After(self.called[part])]), *self.skipped[part]]

    def _listeners(self) -> None:
        """What runs once all that is there so far has ended."""
        ended = [After(one.name) for one in self.found]
        ended += [After(judged.name) for one in self.found for judged in one.gates]
        for role in ("on_success", "on_failure"):
            for task in listeners(self.program, self.parts[0].pipeline, role):
                self._work(task, role, ended)

    def _work(self, task: Work, role: str, after: Sequence[After], name: str | None = None) -> After:
        """A task of the program, which runs `after` others. All uses of it in one role have one notebook."""
        use = task.name, "on_failure" if role == "on_failure" else ""
        if use not in self.shared:
            self.shared[use] = self.files.free(identifier(task.name)) if name is None else name
        notebook = self.shared[use]
        name = self.names.free(identifier(task.name)) if name is None else name
        own = replace(self.program, relations=(), sinks=(), pipelines=(), tests=())
        self.found.append(Task(name, own, (), tuple(dict.fromkeys(after)), (), task, notebook, role))
        return After(name)


def _judged(gate: Gate, pipeline: Pipeline, keys: Names) -> Judged:
    name = keys.free(identifier(gate.condition)[:LONGEST].rstrip("_"))
    tells = gate.action == "alert" and bool(words(pipeline.options.get("alert")))
    asks = tells or gate.action == "skip"
    return Judged(
        name, gate, keys.free(f"{name}_holds") if asks else None, keys.free(f"{name}_alert") if tells else None
    )


def _behind(judged: Judged) -> After:
    if judged.gate.action == "skip" and judged.holds is not None:
        return After(judged.holds, "true")
    return After(judged.name)

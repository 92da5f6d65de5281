"""What stands in the function of a DAG: its tasks, and what runs after what."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from oftra.ir.counts import counters
from oftra.ir.jobs import Job
from oftra.ir.program import Gate
from oftra.ir.steps import Step
from oftra.targets.airflow.naming import Names, identifier, plain
from oftra.targets.airflow.params import used
from oftra.targets.airflow.work import Work
from oftra.targets.python import tree as py


@dataclass(frozen=True)
class _Task:
    """A task under a name of Python; those of one `group`, which stand beside each other, are a task group."""

    name: str
    call: py.Expr
    group: str | None = None


@dataclass(frozen=True)
class _Edge:
    """`last` runs after each of `first`."""

    first: tuple[str, ...]
    last: str | py.Expr


@dataclass(frozen=True)
class _Judged:
    """The task of a gate, and the job that measures for it."""

    gate: Gate
    job: str
    name: str


@dataclass
class Order:
    """The tasks of the jobs of a pipeline. `run` and `judge` say how a job (given the names of tasks that counted for
    it) and a gate (of the job of a name, at a position) are called, under an id."""

    jobs: Sequence[Job]
    work: Work
    run: Callable[[Job, str, Mapping[str, str]], py.Expr]
    judge: Callable[[str, str, int], py.Expr]
    parts: list[_Task | _Edge] = field(default_factory=list)
    ids: Names = field(default_factory=Names)
    variables: Names = field(init=False)
    ends: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ran: dict[str, str] = field(default_factory=dict)
    judged: list[_Judged] = field(default_factory=list)
    behind: dict[str, set[str]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        # A variable that had the name of a function would hide it.
        self.variables = Names(self.work.functions.values())

    def statements(self) -> Iterator[py.Statement]:
        """All of it. Only tasks of which something is said further down have names."""
        early: dict[str, list[str]] = {}
        for job in self.jobs:
            before = [step for step in self.work.steps if step.role == "before" and step.at == job.name]
            first = [self._id(job)] if job.task is None else []
            names, waits = self._before(before, job, early)
            waits += [*names[-1:], *early.get(job.name, [])]
            self._job(job, first, waits)
            self._after([step for step in self.work.steps if step.role == "after" and step.at == job.name], job)
        self._listeners()
        yield from self._written()

    # ------------------------------------------------------------------------------------------------------- what runs

    def _id(self, job: Job) -> str:
        return self.ids.free(plain(job.name))

    def _job(self, job: Job, ids: Sequence[str], waits: Sequence[str]) -> None:
        """A job with its gates, or a task, behind what it waits for."""
        if job.task is not None:
            self.ran[job.name] = self._task(job.task.name)
            self.ends[job.name] = (self.ran[job.name],)
            self._edge(waits, self.ran[job.name])
            return
        (group,) = ids
        self.ran[job.name] = ran = self.variables.free(identifier(job.name))
        counts = self._counts(job)
        call = self.run(job, "run" if job.gates else group, counts)
        self.parts.append(_Task(ran, call, group if job.gates else None))
        edge = self._direct([*waits, *counts.values()], ran, given=counts.values())
        names, own = Names(["run"]), list[str]()
        for at, gate in enumerate(job.gates):
            id_ = names.free(plain(gate.condition)[:60].rstrip("_"))
            name = self.variables.free(identifier(id_))
            self.judged.append(_Judged(gate, job.name, name))
            self.parts.append(_Task(name, self.judge(ran, id_, at), group))
            self.behind[name] = {ran, *self.behind.get(ran, ())}
            own.append(name)
        self.parts += edge
        self.ends[job.name] = tuple(own) or (ran,)

    def _counts(self, job: Job) -> dict[str, str]:
        """The tasks whose counts a job asks for, and the names of what these give."""
        known = counters(self.work.program)
        asked = {known[param.name][0] for param in used(job.program) if param.name in known}
        return {one.task.name: self.ran[one.name] for one in self.jobs if one.task and one.task.name in asked}

    def _task(self, task: str, role: str = "") -> str:
        """A call of the function of a task; gives its name."""
        name = self.variables.free(f"{identifier(task)}_task")
        self.parts.append(_Task(name, self._call(task, role)))
        return name

    def _call(self, task: str, role: str) -> py.Expr:
        function, id_ = self.work.functions[task, role], self.ids.free(plain(task))
        if id_ == plain(task):
            return py.call(function)
        return py.Call(py.call(f"{function}.override", py.Keyword("task_id", py.String(id_))))

    # ------------------------------------------------------------------------------------------------------ what waits

    def _before(self, steps: Sequence[Step], job: Job, early: dict[str, list[str]]) -> tuple[list[str], list[str]]:
        """The tasks that are done before a job, one after another; and what else the job waits for."""
        names, covered, waiting = list[str](), set[str](), dict[str, str]()
        for step in steps:
            jobs = [one for one in self.jobs if one.name in step.jobs]
            waits = [one for one in self._waits(jobs) if one not in covered]
            covered.update(waits)
            name = self._task(step.task.name)
            self._edge([*names[-1:], *waits], name)
            names.append(name)
            waiting |= dict.fromkeys([one for one in step.jobs if one != job.name], name)
        for other, name in waiting.items():
            early.setdefault(other, []).append(name)
        return names, [one for one in self._waits([job]) if one not in covered]

    def _waits(self, jobs: Sequence[Job]) -> list[str]:
        """What all of `jobs` wait for: other jobs, or where one measured for them, its gates."""
        own = [job.name for job in jobs]
        gates = [one for one in self.judged if one.job not in own and all(_waits(job, one.gate) for job in jobs)]
        behind = [name for name in jobs[0].after if all(name in job.after for job in jobs)]
        # What is done after a job comes behind its gates, and a gate behind its job.
        found = [end for name in behind if self._is_stepped(name) for end in self.ends[name]]
        asked = [one for one in gates if not self._is_stepped(one.job)]
        found += [
            self.ran[name] for name in behind if not self._is_stepped(name) and name not in {a.job for a in asked}
        ]
        return [*found, *[one.name for one in asked]]

    def _is_stepped(self, job: str) -> bool:
        """Whether something is done directly after a job."""
        return any(step.role == "after" and step.at == job for step in self.work.steps)

    def _after(self, steps: Sequence[Step], job: Job) -> None:
        """The tasks that are done after jobs, one after another."""
        last: list[str] = []
        covered = set[str]()
        for step in steps:
            ends = dict.fromkeys([end for name in step.jobs for end in self.ends[name]])
            name = self._task(step.task.name)
            self._edge([*last, *[end for end in ends if end not in covered]], name)
            covered.update(ends)
            last = [name]
        if last:
            self.ends[job.name] = tuple(last)

    def _listeners(self) -> None:
        """What runs once all has ended: it has no say in how the run has ended."""
        if not self.work.listening:
            return
        tasks = [part.name for part in self.parts if isinstance(part, _Task)]
        first = {name for part in self.parts if isinstance(part, _Edge) for name in part.first}
        first |= {self.ran[one.job] for one in self.judged} | self.taken
        # What is skipped doesn't tell what else has failed, or is at work still.
        skips = any(gate.action == "skip" for job in self.jobs for gate in job.gates)
        ends = tuple([name for name in tasks if skips or name not in first])
        for use in self.work.listening:
            call = py.method(self._call(use.task.name, use.role), "as_teardown")
            self.parts.append(_Edge(ends, call))

    def _edge(self, first: Iterable[str], last: str) -> None:
        self.parts += self._direct(first, last)

    def _direct(self, first: Iterable[str], last: str, given: Collection[str] = ()) -> list[_Edge]:
        """That `last` runs after `first`, but for those that others of them run after, and those that it is `given`
        what they give: it waits for them by that."""
        self.taken.update(given)
        names = dict.fromkeys(first)
        before = [self.behind.get(name, set()) for name in names]
        self.behind[last] = set(names).union(*before)
        direct = tuple([name for name in names if name not in given and not any(name in one for one in before)])
        return [_Edge(direct, last)] if direct else []

    # --------------------------------------------------------------------------------------------------------- written

    def _written(self) -> Iterator[py.Statement]:
        edges = [part for part in self.parts if isinstance(part, _Edge)]
        listening = [edge.first for edge in edges if not isinstance(edge.last, str) and len(edge.first) > 1]
        ended = self.variables.free("ended") if len(listening) > 1 else None
        named = {name for edge in edges for name in (*edge.first, edge.last)} | self.taken
        named |= {self.ran[one.job] for one in self.judged}
        group, body = None, list[py.Statement]()
        for part in [*self.parts, None]:
            inside = part.group if isinstance(part, _Task) else None
            if group is not None and inside != group:
                yield py.With(py.call("TaskGroup", py.String(group)), None, tuple(body))
                body = []
            group = inside
            match part:
                case _Task(name, call):
                    made = py.Assign(py.Name(name), call) if name in named else py.Evaluate(call)
                    if group is None:
                        yield made
                    else:
                        body.append(made)
                case _Edge(first, last):
                    names: py.Expr = py.ListOf(tuple([py.Name(one) for one in first]))
                    if len(first) == 1:
                        names = py.Name(first[0])
                    elif ended is not None and not isinstance(last, str):
                        if listening:
                            yield py.Assign(py.Name(ended), names)
                            listening.clear()
                        names = py.Name(ended)
                    then = py.Name(last) if isinstance(last, str) else last
                    yield py.Evaluate(py.Binary(">>", names, then))


def _waits(job: Job, gate: Gate) -> bool:
    return any(gate is waited for waited in job.waits)

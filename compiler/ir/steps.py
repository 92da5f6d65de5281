"""Tasks that something names: what is done before and after jobs, and once a pipeline has ended."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from oftra.ir.gates import Graph
from oftra.ir.program import Options, Pipeline, Program, Relation, Sink, Task, Word

if TYPE_CHECKING:  # jobs take their steps from here
    from oftra.ir.jobs import Job

Role = Literal["before", "after"]


@dataclass(frozen=True)
class Step:
    """A task that is run before all of `jobs`, or after all of them, by their names in the order of the jobs."""

    task: Task
    role: Role
    jobs: tuple[str, ...]

    @property
    def at(self) -> str:
        """The job that it belongs to where jobs are run one after another: the first before which, or the last behind
        which it is run."""
        return self.jobs[0] if self.role == "before" else self.jobs[-1]


def steps_of(program: Program, jobs: "Sequence[Job]") -> tuple[Step, ...]:
    """The steps around `jobs`, those of one role at one job in their order: of a pipeline outermost.

    Those of a table or sink stand at the jobs that write it, of a source at those that read it. A task that several
    have as a step at the same job is run there once.
    """
    tasks = {task.name: task for task in program.tasks if task.is_step}
    if not tasks:
        return ()
    whole, parts = list(_pipelines(program, jobs)), list(_parts(program, jobs))
    order = {job.name: at for at, job in enumerate(jobs)}
    found: dict[tuple[str, str, str], Step] = {}
    roles: tuple[Role, ...] = ("before", "after")
    for role in roles:
        for names, options in [*whole, *parts] if role == "before" else [*parts, *whole]:
            for name in _names(options, role):
                step = Step(tasks[name], role, names)
                known = found.get((role, step.at, name))
                if known is not None:
                    step = replace(known, jobs=tuple(sorted({*known.jobs, *names}, key=order.__getitem__)))
                found[role, step.at, name] = step
    return tuple(found.values())


def tasks_for(program: Program, only: Sequence[str] | None) -> tuple[Task, ...]:
    """The tasks that are run to make all tables and sinks, or `only` these (and these tasks); and all steps."""
    if not program.tasks or only is None:
        return program.tasks
    graph = Graph(program)
    needed = graph.closure(graph.needed(only))
    return tuple([task for task in program.tasks if task.is_step or task.name in needed])


Around = tuple[tuple[str, ...], Options]
"""The jobs that something is done before and after, and what says so."""


def _pipelines(program: Program, jobs: "Sequence[Job]") -> Iterator[Around]:
    for pipeline in program.pipelines:
        if names := tuple([job.name for job in jobs if job.pipeline.name == pipeline.name]):
            yield names, pipeline.options


def _parts(program: Program, jobs: "Sequence[Job]") -> Iterator[Around]:
    parts: tuple[Relation | Sink, ...] = (*program.relations, *program.sinks)
    for one in parts:
        if "before" in one.options or "after" in one.options:
            writers = tuple([job.name for job in jobs if one.name in job.writes])
            if names := writers or tuple([job.name for job in jobs if _reads(job, one.name)]):
                yield names, one.options


def with_steps(program: Program, jobs: "Sequence[Job]") -> "tuple[Job, ...]":
    """The jobs, each with the tasks that are run before and after it where jobs are run one after another."""
    steps = steps_of(program, jobs)
    if not steps:
        return tuple(jobs)

    def at(job: "Job", role: Role) -> tuple[Task, ...]:
        return tuple([step.task for step in steps if step.role == role and step.at == job.name])

    return tuple([replace(job, steps=at(job, "before"), then=at(job, "after")) for job in jobs])


def _names(options: Options, word: str) -> list[str]:
    """The names of the tasks that are named as steps."""
    value = options.get(word)
    return [one.text for one in value if isinstance(one, Word)] if isinstance(value, tuple) else []


def _reads(job: "Job", source: str) -> bool:
    """Whether a job reads a source from where it comes."""
    relation = job.program.by_name.get(source)
    return relation is not None and relation.kind == "source" and not relation.is_stored


def listeners(program: Program, pipeline: Pipeline, word: str) -> tuple[Task, ...]:
    """The tasks that a pipeline has run once it has ended: `on_success`, or `on_failure`."""
    tasks = {task.name: task for task in program.tasks}
    return tuple([tasks[one] for one in _names(pipeline.options, word)])

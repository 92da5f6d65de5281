"""What runs as one: a pipeline is a job of Databricks, and what it is cut into are its tasks, each with a notebook."""

from collections.abc import Iterator
from dataclasses import dataclass

from oftra.ir import jobs as cut
from oftra.ir.program import Gate, Pipeline, Program
from oftra.targets.needs import Survey
from oftra.targets.pyspark.naming import Names, identifier


@dataclass(frozen=True)
class Task:
    """A part of a job: the outputs `build` of a program of its own, and the `gates` that are judged in it.

    It runs after other tasks, and only if the gates `waits` hold, each of which was judged in one of these.
    """

    name: str
    program: Program
    build: tuple[str, ...]
    after: tuple[str, ...]
    gates: tuple[Gate, ...]
    waits: tuple[Gate, ...]


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
    names, keys = Names(), Names()
    wanted = Survey(program).asked(only)
    return tuple([_job(parts, names, keys) for parts in _parts(program, wanted)])


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


def _job(parts: list[cut.Job], names: Names, keys: Names) -> Job:
    called = {part.name: keys.free(identifier(part.name)) for part in parts}
    tasks = [
        Task(
            called[part.name],
            part.program,
            part.writes,
            tuple([called[name] for name in part.after if name in called]),
            part.gates,
            part.waits,
        )
        for part in parts
    ]
    pipeline = parts[0].pipeline
    return Job(names.free(identifier(pipeline.name)), pipeline.name, pipeline, tuple(tasks))

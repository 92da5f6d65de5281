"""What runs as one: a pipeline is a job of Databricks, and what it is cut into are its tasks, each with a notebook."""

from collections.abc import Iterator
from dataclasses import dataclass

from oftra.ir import jobs as cut
from oftra.ir.options import words
from oftra.ir.program import Gate, Pipeline, Program
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
    """A part of a job: the outputs `build` of a program of its own, and the `gates` that are measured in it."""

    name: str
    program: Program
    build: tuple[str, ...]
    after: tuple[After, ...]
    gates: tuple[Judged, ...]


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
    wanted = Survey(program).asked(only)
    return tuple([_job(parts, names, keys) for parts in _parts(program, wanted)])


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


def _job(parts: list[cut.Job], names: Names, keys: Names) -> Job:
    called = {part.name: keys.free(identifier(part.name)) for part in parts}
    own_names = Names(called.values())
    judged = {id(gate): _judged(gate, part.pipeline, own_names) for part in parts for gate in part.gates}
    measured = {id(gate): part.name for part in parts for gate in part.gates}
    tasks: list[Task] = []
    skipped: dict[str, tuple[After, ...]] = {}
    for part in parts:
        waits = [id(gate) for gate in part.waits if id(gate) in judged]
        before = [name for name in part.after if name in called]
        # Who comes behind what was left out is left out by the same condition.
        skips = dict.fromkeys([one for name in before for one in skipped[name]])
        skips |= dict.fromkeys([_behind(judged[gate]) for gate in waits if judged[gate].gate.action == "skip"])
        skipped[part.name] = tuple(skips)
        gated = {measured[gate] for gate in waits}
        after = dict.fromkeys([After(called[name]) for name in before if name not in gated])
        after |= dict.fromkeys([_behind(judged[gate]) for gate in waits]) | skips
        own = tuple([judged[id(gate)] for gate in part.gates])
        tasks.append(Task(called[part.name], part.program, part.writes, tuple(after), own))
    pipeline = parts[0].pipeline
    return Job(names.free(identifier(pipeline.name)), pipeline.name, pipeline, tuple(tasks))


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

"""A run job by job: gates are judged in between, and decide whether what waits for them is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import sleep
from typing import TYPE_CHECKING

from oftra.cli.activity import Activity
from oftra.cli.log import say, say_done, warn
from oftra.cli.tasks import seconds_of

if TYPE_CHECKING:  # the compiler comes once there is something to run
    from oftra.cli.tasks import Tasks
    from oftra.ir.expr import Expr
    from oftra.ir.jobs import Job
    from oftra.ir.program import Pipeline, Program
    from oftra.target import GateRun, Outcome, RelationRun, Session, TaskRun


@dataclass
class Done:
    """What jobs did so far, one after another, the outputs of those that were skipped, and when each relation began."""

    relations: "list[RelationRun]" = field(default_factory=list)
    gates: "list[GateRun]" = field(default_factory=list)
    tasks: "list[TaskRun]" = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    begun: dict[str, datetime] = field(default_factory=dict)

    def add(self, outcome: "Outcome") -> None:
        """What a job did. A source that an earlier job judged for a gate is told of once, as it was read last."""
        say_done(outcome.relations, self.begun)
        again = {one.name for one in outcome.relations}
        self.relations = [one for one in self.relations if one.is_stored or one.name not in again]
        self.relations += outcome.relations
        self.gates += outcome.gates

    @property
    def outcome(self) -> "Outcome":
        """All of it."""
        from oftra.target import Outcome  # the compiler is there by now

        return Outcome(tuple(self.relations), tuple(self.gates), tuple(self.tasks))


def jobs_for(program: "Program", pipeline: str | None) -> "tuple[Job, ...]":
    """The jobs of a pipeline; else of all there is, where it has gates or tasks; else none: it is run at once."""
    from oftra.ir.jobs import all_jobs, jobs_of  # as above

    if pipeline is not None:
        return jobs_of(program, pipeline)
    return all_jobs(program) if program.tasks or any(one.gates for one in program.pipelines) else ()


def run_jobs(
    jobs: "Sequence[Job]", session: "Session", values: "Mapping[str, Expr]", done: Done, tasks: "Tasks"
) -> None:
    """Run them in their order, and tell of the gates that don't hold; a RunError where one stops it."""
    from oftra.target import RunError  # as above

    out = set[str]()
    for at, job in enumerate(jobs):
        if not out.isdisjoint(job.after):
            out.add(job.name)
            done.skipped += job.writes
        else:
            try:
                _run(job, session, values, done, tasks)
            except RunError as error:
                gate = getattr(error, "gate", None)
                if gate is None or gate.action != "skip":
                    _listen(job.pipeline, "on_failure", done, tasks)
                    error.outcome = done.outcome
                    raise
                told(gate)
                built = {one.name for one in error.outcome.relations}
                done.skipped += [name for name in job.writes if name not in built]
                out.add(job.name)
        if all(other.pipeline.name != job.pipeline.name for other in jobs[at + 1 :]):
            _listen(job.pipeline, "on_success", done, tasks)


def _run(job: "Job", session: "Session", values: "Mapping[str, Expr]", done: Done, tasks: "Tasks") -> None:
    """Run a job, the tasks that are its steps before and behind it."""
    from oftra.target import RunError  # as above

    for step in job.steps:
        tasks.run(step, "before", job.pipeline, done.tasks)
    if job.task is not None:
        tasks.run(job.task, "task", job.pipeline, done.tasks)
    else:
        try:
            outcome = _tried(job, session, values, done, tasks)
        except RunError as error:
            done.add(error.outcome)
            raise
        done.add(outcome)
        for gate in outcome.gates:
            if not gate.holds:
                told(gate)
    for step in job.then:
        tasks.run(step, "after", job.pipeline, done.tasks)


def _listen(pipeline: "Pipeline", word: str, done: Done, tasks: "Tasks") -> None:
    """Run the tasks that wait for the end of a pipeline: if one fails, that is told, and changes nothing."""
    from oftra.ir.steps import listeners  # as above
    from oftra.target import RunError

    for task in listeners(tasks.program, pipeline, word):
        try:
            tasks.run(task, word, pipeline, done.tasks)
        except RunError as error:
            warn(str(error))


def _tried(job: "Job", session: "Session", values: "Mapping[str, Expr]", done: Done, tasks: "Tasks") -> "Outcome":
    """Run a job, again as often as its pipeline says if a gate asks for that: behind the tasks that this names."""
    from oftra.target import GateClosed  # as above

    left = job.pipeline.options.get("retries")
    left = left if isinstance(left, int) else 0
    while True:
        try:
            with Activity("starting", done.begun) as activity:
                return session.run(job.program, None, {**values, **tasks.counted}, activity.tell)
        except GateClosed as error:
            if error.gate.action != "retry" or not left:
                raise
            told(error.gate, f", {left} more {'time' if left == 1 else 'times'}")
            left -= 1
            sleep(seconds_of(job.pipeline.options.get("retry_delay")) or 0)
            asked = error.gate.gate, error.gate.line
            again = {name for gate in job.gates if (gate.condition, gate.line) == asked for name in gate.again}
            for task in tasks.program.tasks:
                if task.name in again:
                    tasks.run(task, "task", job.pipeline, done.tasks)


def told(gate: "GateRun", more: str = "") -> None:
    """Tell of a gate that doesn't hold: its text, its place, what was measured, and what is done."""
    found = f": {gate.found}" if gate.found else ""
    say(f"{gate.action}{more}: `{gate.gate}` does not hold{found} ({gate.file}:{gate.line})", "WARNING")

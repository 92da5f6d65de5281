"""A run job by job: gates are judged in between, and decide whether what waits for them is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import sleep
from typing import TYPE_CHECKING

import click

from oftra.cli.activity import Activity

if TYPE_CHECKING:  # the compiler comes once there is something to run
    from oftra.ir.expr import Expr
    from oftra.ir.jobs import Job
    from oftra.ir.program import Program
    from oftra.target import GateRun, Outcome, RelationRun, Session


@dataclass
class Done:
    """What jobs did so far, one after another, and the outputs of those that were skipped."""

    relations: "list[RelationRun]" = field(default_factory=list)
    gates: "list[GateRun]" = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def add(self, outcome: "Outcome") -> None:
        """What a job did. A source that an earlier job judged for a gate is told of once, as it was read last."""
        again = {one.name for one in outcome.relations}
        self.relations = [one for one in self.relations if one.is_stored or one.name not in again]
        self.relations += outcome.relations
        self.gates += outcome.gates

    @property
    def outcome(self) -> "Outcome":
        """All of it."""
        from oftra.target import Outcome  # the compiler is there by now

        return Outcome(tuple(self.relations), tuple(self.gates))


def jobs_for(program: "Program", pipeline: str | None) -> "tuple[Job, ...]":
    """The jobs of a pipeline; else of all there is, where it has gates; else none: it is run at once."""
    from oftra.ir.jobs import all_jobs, jobs_of  # as above

    if pipeline is not None:
        return jobs_of(program, pipeline)
    return all_jobs(program) if any(one.gates for one in program.pipelines) else ()


def run_jobs(jobs: "Sequence[Job]", session: "Session", values: "Mapping[str, Expr]", done: Done) -> None:
    """Run them in their order, and tell of the gates that don't hold; a RunError where one stops it."""
    from oftra.target import RunError  # as above

    out = set[str]()
    for job in jobs:
        if not out.isdisjoint(job.after):
            out.add(job.name)
            done.skipped += job.writes
            continue
        try:
            outcome = _tried(job, session, values)
        except RunError as error:
            done.add(error.outcome)
            gate = getattr(error, "gate", None)
            if gate is None or gate.action != "skip":
                error.outcome = done.outcome
                raise
            told(gate)
            done.skipped += [name for name in job.writes if name not in {one.name for one in error.outcome.relations}]
            out.add(job.name)
        else:
            done.add(outcome)
            for gate in outcome.gates:
                if not gate.holds:
                    told(gate)


def _tried(job: "Job", session: "Session", values: "Mapping[str, Expr]") -> "Outcome":
    """Run a job, again as often as its pipeline says if a gate asks for that."""
    from oftra.target import GateClosed  # as above

    left = job.pipeline.options.get("retries")
    left = left if isinstance(left, int) else 0
    while True:
        try:
            with Activity("starting") as activity:
                return session.run(job.program, None, values, activity.tell)
        except GateClosed as error:
            if error.gate.action != "retry" or not left:
                raise
            told(error.gate, f", {left} more {'time' if left == 1 else 'times'}")
            left -= 1
            sleep(_seconds(job.pipeline.options.get("retry_delay")))


def _seconds(delay: object) -> float:
    return getattr(delay, "micros", 0) / 1_000_000


def told(gate: "GateRun", more: str = "") -> None:
    """Tell of a gate that doesn't hold: its text, its place, what was measured, and what is done."""
    found = f": {gate.found}" if gate.found else ""
    click.echo(f"{gate.action}{more}: `{gate.gate}` does not hold{found} ({gate.file}:{gate.line})", err=True)

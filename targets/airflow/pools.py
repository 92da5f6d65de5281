"""Which pool of Airflow a job takes a slot of: that of the connections that it reads and writes."""

from collections.abc import Iterable

from oftra.diagnostics import Report
from oftra.diagnostics.airflow import SeveralPools
from oftra.diagnostics.targets import UnsupportedOption
from oftra.ir.jobs import Job
from oftra.ir.program import Program
from oftra.targets.airflow.settings import Settings


def pool_of(job: Job, settings: Settings) -> str | None:
    """The pool of a job; None for that of Airflow."""
    return next(iter(_pools(job, settings)), settings.pool)


def refuse_unknown(program: Program, settings: Settings, report: Report) -> None:
    """Report pools of connections that the program doesn't have."""
    for name, pool in settings.pools.items():
        if name not in program.connections:
            report.add(UnsupportedOption("[targets.airflow.pools]", name, pool, "airflow"))


def refuse_several(jobs: Iterable[Job], settings: Settings, report: Report) -> None:
    """Report jobs that would need slots of several pools."""
    for job in jobs:
        if len(pools := _pools(job, settings)) > 1:
            report.add(SeveralPools(job.name, tuple(pools), span=job.pipeline.span))


def _pools(job: Job, settings: Settings) -> dict[str, None]:
    program = job.program
    used = [one.connection for one in program.relations] + [one.connection for one in program.sinks]
    return {settings.pools[name]: None for name in used if name is not None and name in settings.pools}

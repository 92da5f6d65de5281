"""`oftra run`."""

import sys
from collections.abc import Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING

import click

from oftra.cli.activity import Activity
from oftra.cli.jobs import Done, jobs_for, run_jobs, told
from oftra.cli.log import LOG, Form, logged, warn
from oftra.cli.openlineage import PLACE, Teller
from oftra.cli.report import sources_of, tell, wants_color
from oftra.cli.rows import json_rows, names_of, rows_of, show_table
from oftra.cli.session import (
    ENGINE,
    ENV,
    PARAM,
    PROJECT,
    checked_program,
    end_if_wrong,
    engine_session,
    params_of,
    parted,
)
from oftra.cli.status import FAILED, STOPPED, WELL
from oftra.cli.tasks import Tasks, refuse_tasks, with_tasks
from oftra.diagnostics import Report

if TYPE_CHECKING:  # the compiler comes once there is something to run
    from oftra.ir.program import Program
    from oftra.source import SourceFile
    from oftra.target import Outcome, RelationRun, RunError, Session

SHOWN = 20
"""How many rows of a table people are shown."""


@click.command("run")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@PROJECT
@ENV
@ENGINE
@PARAM
@click.option("--pipeline", metavar="NAME", help="Run the jobs of this pipeline, and nothing else.")
@click.option("--start", metavar="TIME", help="Where the run's window begins.")
@click.option("--end", metavar="TIME", help="Where the run's window ends.")
@click.option("--full", is_flag=True, help="Make tables whole of which runs make a part, whatever was made before.")
@click.option("--report", metavar="FILE", help="Where to write what the run did, as JSON.")
@LOG
@PLACE
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
def command(
    names: tuple[str, ...],
    path: str | None,
    env: str | None,
    engine: str,
    params: tuple[str, ...],
    pipeline: str | None,
    start: str | None,
    end: str | None,
    full: bool,
    report: str | None,
    form: Form | None,
    place: str | None,
    format_: str,
) -> int:
    """Build the program's tables and sinks, or those NAMEd with all that they need, and print the tables. Its tasks
    are run, too.

    A NAME may also be `+name`, `name+`, `tag:WORD` or `path:FOLDER`. Gates of pipelines are judged before anything that
    waits for them is written.
    """
    if full and (start or end):
        raise click.UsageError("--full makes all there is: it takes no --start and no --end.")
    patterns, where = parted(names, path)
    given = params_of(params)
    project, checked = checked_program(where, env)
    # The compiler is there by now; these are its later stages.
    from oftra.driver import optimized
    from oftra.ir.gates import Graph
    from oftra.project.graph import select
    from oftra.project.values import Given, for_run, read_values
    from oftra.target import GateClosed, RunError

    found = Report()
    only = select(checked.program, patterns, found) if patterns else None
    if pipeline is not None:
        written = Graph(checked.program).written
        if pipeline not in written:
            raise click.UsageError(f"there is no pipeline {pipeline}, but {', '.join(written) or 'none at all'}")
        only = written[pipeline] if only is None else tuple([name for name in only if name in written[pipeline]])
    values = read_values(checked.program, Given(given, start, end), found)
    refuse_tasks(checked.program, engine, found)
    end_if_wrong(found, checked.parsed.sources)
    program = optimized(checked.program, only) if not checked.program.tasks else with_tasks(checked.program, only)
    jobs, done = jobs_for(program, pipeline), Done()
    for_jobs = for_run(values, full)
    lineage = Teller(place, checked.program, project.root, values, done)
    with engine_session(engine, project.root) as session, lineage.telling(), logged(form, program, values) as log:
        log.begin()
        try:
            if jobs:
                run_jobs(jobs, session, for_jobs, done, Tasks(program, project.root, session, values))
                outcome = done.outcome
                built = {one.name for one in outcome.relations}
                only = tuple([name for name in built if only is None or name in only])
            else:
                with Activity("starting", done.begun) as activity:
                    outcome = session.run(program, only, for_jobs, activity.tell)
            lineage.end(outcome)
            write_report(report, outcome, program)
            print_run(checked.program, only, session, outcome, format_)
            if done.skipped:
                click.echo(f"skipped: {', '.join(done.skipped)}")
            log.end(outcome, done.begun)
        except RunError as error:
            lineage.end(error.outcome, error)
            log.end(error.outcome, done.begun, error)
            write_report(report, error.outcome, program, error)
            if form != "json":  # a log says what it says in a record
                tell_failure(error, program, sources_of(project))
            return STOPPED if isinstance(error, GateClosed) else FAILED
    return WELL


def tell_failure(error: "RunError", program: "Program", sources: "Mapping[str, SourceFile]") -> None:
    """Say why a run failed, and show the place of the program that it comes from."""
    from oftra.diagnostics.model import Label  # only where something failed
    from oftra.diagnostics.render import render_place
    from oftra.source import NOWHERE
    from oftra.target import CannotRun, GateClosed

    if isinstance(error, GateClosed):
        told(error.gate)
        return
    if isinstance(error, CannotRun):
        tell(error.report, sources)
        return
    where = f" in `{error.relation}`" if error.relation else ""
    spans = [error.span, program.spans.get(error.relation or "", NOWHERE)]
    labels = [Label(span, "") for span in spans if span.file in sources]
    title = f"error: the run failed{where}: {error}"
    click.echo(render_place(title, labels, sources, wants_color(sys.stderr)), err=True, nl=False)


def write_report(path: str | None, outcome: "Outcome", program: "Program", error: "RunError | None" = None) -> None:
    """Write what the run did to a file, if one is given."""
    if path is None:
        return
    from json import dumps  # needed by this option alone

    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(dumps(outcome.report(program, error), indent=2, ensure_ascii=False) + "\n")
    except OSError as reason:
        raise click.UsageError(f"the report can't be written to {path}: {reason.strerror}") from reason


def print_run(
    program: "Program", only: Sequence[str] | None, session: "Session", outcome: "Outcome", format_: str
) -> None:
    """The tables that were built with their rows, a line for each relation that was written, and what rules warn of."""
    tables = [
        relation.name
        for relation in program.relations
        if relation.kind == "table" and (only is None or relation.name in only)
    ]
    if format_ == "json":
        parts = [f"{json_name(name)}: {json_rows(session.read(program, name))}" for name in tables]
        click.echo("{" + ", ".join(parts) + "}")
    else:
        print_tables(tables, program, session, outcome)
    for one in outcome.relations:
        for rule, broken in one.warnings.items():
            rows = "1 row" if broken == 1 else f"{broken:,} rows"
            warn(f"{rows} of `{one.name}` break{'s' if broken == 1 else ''} `{rule}`")


def print_tables(tables: Sequence[str], program: "Program", session: "Session", outcome: "Outcome") -> None:
    """The first rows of `tables`, and what was done."""
    color = wants_color(sys.stdout)
    from oftra.ir.options import word  # the compiler is there by now

    counts = {one.name: one.rows for one in outcome.relations}
    for name in tables:
        table = session.read(program, name, SHOWN + 1)
        rows = rows_of(table)
        # Of a table that isn't made whole, a run counts what it wrote.
        is_whole = word(program.by_name[name].options.get("refresh"), "full") == "full"
        counted = counts.get(name) if is_whole else None
        total = (inf if len(rows) > SHOWN else len(rows)) if counted is None else counted
        for part in show_table(name, names_of(table), rows[:SHOWN], color, total):
            click.echo(part, nl=False)
        click.echo()
    for one in outcome.relations:
        if line := line_of(one):
            click.echo(line)
    for task in outcome.tasks:
        click.echo(f"{task.task}: {'done' if task.well else 'failed'} in {task.seconds:.2f} s")


def line_of(run: "RelationRun") -> str | None:
    """What is told of a relation: what was stored, and what its rules kept out; None if it is neither."""
    rows = f"{run.rows:,} row{'' if run.rows == 1 else 's'}"
    since = f" since {run.since}" if run.since is not None else ""
    said = [f"{rows}{since} in {run.seconds:.2f} s"] if run.is_stored else []
    for name, judged in [("", run.judged), *run.assertions.items()]:
        if judged is None or judged.passed == judged.read:
            continue
        out = [(judged.dropped, "dropped"), (judged.quarantined, "quarantined")]
        parts = [f"{judged.passed:,} passed", *[f"{number:,} {word}" for number, word in out if number]]
        said.append(f"{name + ' ' if name else ''}read {judged.read:,}: " + ", ".join(parts))
    return f"{run.name}: {'; '.join(said)}" if said else None


def json_name(name: str) -> str:
    """A key of a JSON object."""
    from json import dumps  # needed by this format alone

    return dumps(name, ensure_ascii=False)

"""The file of a DAG: fixed code around what the pipeline says, which stands in it as Python of our own tree."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from oftra.ir.jobs import Job
from oftra.ir.program import Gate, Pipeline, Program
from oftra.targets.airflow.naming import Names, asset, identifier, plain
from oftra.targets.airflow.schedule import Schedule
from oftra.targets.airflow.settings import Settings
from oftra.targets.document import render
from oftra.targets.manifest import made_by
from oftra.targets.python import text, write
from oftra.targets.python import tree as py
from oftra.targets.python.lines import LIMIT

if TYPE_CHECKING:  # heavy, and only who writes DAGs pays for it
    import jinja2

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Deployment:
    """A pipeline on its way to Airflow: its jobs, and what its DAG, its file and its folder are called."""

    program: Program
    pipeline: Pipeline
    jobs: Sequence[Job]
    dag_id: str
    name: str
    settings: Settings

    @cached_property
    def called(self) -> Mapping[str, str]:
        """What the files of each job are called."""
        names = Names(["run_duckdb"])
        return {job.name: names.free(plain(job.name)) for job in self.jobs}

    @property
    def folder(self) -> str:
        """The folder of its jobs, beside the DAG."""
        return f"{self.name}_jobs"


def dag_file(made: Deployment, schedule: Schedule) -> str:
    """The DAG as text."""
    definition = py.Def(
        made.name,
        (),
        tuple(_tasks(made)),
        returns=py.NONE,
        decorators=(py.Call(py.Name("dag"), tuple(schedule.arguments(made.dag_id)), exploded=True),),
    )
    duckdb, deadline = made.settings.runner == "duckdb", schedule.has_deadline
    late = f"{made.dag_id} takes longer than it may"
    return template("dag.py").render(
        made_by=text.escaped(made_by(made.program)),
        folder=text.string(made.folder),
        root=text.string(made.settings.root),
        alerts=_printed(py.Assign(py.Name("ALERTS"), _texts(schedule.alerts))) if schedule.alerts else "",
        deadline=text.string(late) if deadline else "",
        runner=made.settings.runner,
        gates=any(job.gates for job in made.jobs),
        imports=_imports(_printed(definition), made, duckdb, bool(schedule.alerts)),
        dag=_printed(definition),
        name=made.name,
    )


@cache
def template(name: str) -> "jinja2.Template":
    """A file of fixed code. What is put in is Python already, so that nothing is escaped here."""
    import jinja2  # heavy, and only who writes DAGs pays for it

    source = (HERE / f"{name}.jinja").read_text(encoding="utf-8")
    return jinja2.Environment(
        trim_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined, autoescape=False
    ).from_string(source)


def _printed(*statements: py.Statement) -> str:
    return render(write.body(statements, 0), LIMIT).text.rstrip()


def _texts(values: Sequence[str]) -> py.Expr:
    return py.ListOf(tuple([py.String(one) for one in values]))


def _imports(definition: str, made: Deployment, duckdb: bool, alerts: bool) -> str:
    wanted = ["json", "logging", "os", *(["subprocess", "sys"] if duckdb else []), "tempfile"]
    found: list[py.Statement] = [py.Import(name) for name in [*wanted, *(["urllib.request"] if alerts else [])]]
    if "timedelta(" in definition:
        found.append(py.ImportFrom("datetime", (("timedelta", None),)))
    found += [py.ImportFrom("pathlib", (("Path", None),)), py.ImportFrom("typing", (("Any", None),)), py.Blank()]
    gates = any(job.gates for job in made.jobs)
    names = {"dag"}
    names |= {name for name in _SDK if f"{name}(" in definition or f"{name}." in definition}
    names |= {"task"} if duckdb or gates else set()
    names |= {"get_current_context"} if duckdb or gates else set()
    names |= {"Connection"} if alerts else set()
    ordered = sorted(names, key=lambda name: (name[0].islower(), name.lower() if name[0].islower() else name))
    errors = ["AirflowException", "AirflowFailException", *(["AirflowSkipException"] if gates else [])]
    if not duckdb:
        spark = "airflow.providers.apache.spark.operators.spark_submit"
        found.append(py.ImportFrom(spark, (("SparkSubmitOperator", None),)))
    found.append(py.ImportFrom("airflow.sdk", tuple([(name, None) for name in ordered])))
    found.append(py.ImportFrom("airflow.sdk.exceptions", tuple([(name, None) for name in errors])))
    return _printed(*found)


_SDK = (
    "Asset", "AssetOrTimeSchedule", "CronDataIntervalTimetable", "DeadlineAlert", "DeadlineReference", "Param",
    "SyncCallback", "TaskGroup",
)  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- tasks


def _tasks(made: Deployment) -> Iterator[py.Statement]:
    """A task a job, and one a gate, in a group where there are gates; then what runs after what."""
    groups, variables = Names(), Names()
    ran: dict[str, str] = {}
    judged: list[tuple[Gate, Job, str]] = []
    for job in made.jobs:
        group = groups.free(plain(job.name))
        ran[job.name] = variables.free(identifier(job.name))
        run = _run(made, job, "run" if job.gates else group)
        is_used = bool(job.gates or job.after or any(job.name in other.after for other in made.jobs))
        body = [_named(ran[job.name] if is_used else None, run)]
        ids = Names(["run"])
        for at, gate in enumerate(job.gates):
            id_ = ids.free(plain(gate.condition)[:60].rstrip("_"))
            name = variables.free(identifier(id_))
            judged.append((gate, job, name))
            is_used = any(_waits(other, gate) for other in made.jobs)
            body.append(_named(name if is_used else None, _judge(made, ran[job.name], id_, at)))
        if job.gates:
            yield py.With(py.call("TaskGroup", py.String(group)), None, tuple(body))
        else:
            yield from body
        gates = {name: of.name for gate, of, name in judged if of is not job and _waits(job, gate)}
        # A gate comes behind the job that measured for it.
        before = [ran[name] for name in job.after if name not in gates.values()] + list(gates)
        if before:
            first: py.Expr = py.Name(before[0])
            if len(before) > 1:
                first = py.ListOf(tuple([py.Name(one) for one in before]))
            yield py.Evaluate(py.Binary(">>", first, py.Name(ran[job.name])))


def _waits(job: Job, gate: Gate) -> bool:
    return any(gate is waited for waited in job.waits)


def _named(name: str | None, value: py.Expr) -> py.Statement:
    """A task, under a name if something is said of it further down."""
    return py.Evaluate(value) if name is None else py.Assign(py.Name(name), value)


def _run(made: Deployment, job: Job, task_id: str) -> py.Expr:
    about: list[py.Keyword] = [py.Keyword("task_id", py.String(task_id))]
    for name, relations in (("inlets", job.reads), ("outlets", job.writes)):
        if relations:
            assets = [py.call("Asset", py.String(asset(made.program.name, one))) for one in relations]
            about.append(py.Keyword(name, py.ListOf(tuple(assets))))
    if made.settings.runner == "duckdb":
        return py.Call(py.call("run_job.override", *about), (py.String(made.called[job.name]),))
    connection = py.Keyword("conn_id", py.String(made.settings.connection))
    return py.call("RunJob", *about, py.Keyword("job", py.String(made.called[job.name])), connection)


def _judge(made: Deployment, job: str, task_id: str, at: int) -> py.Expr:
    report = py.Name(job) if made.settings.runner == "duckdb" else py.Attribute(py.Name(job), "output")
    return py.Call(py.call("judge.override", py.Keyword("task_id", py.String(task_id))), (report, py.number(at)))

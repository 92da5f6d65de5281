"""The file of a DAG: fixed code around what the pipeline says, which stands in it as Python of our own tree."""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from oftra.diagnostics import Report
from oftra.ir.gates import Graph, reached
from oftra.ir.jobs import Job
from oftra.ir.overlap import handed_on
from oftra.ir.program import Pipeline, Program
from oftra.targets.airflow.naming import Names, asset, plain
from oftra.targets.airflow.notebooks import compute, module, settings
from oftra.targets.airflow.order import Order
from oftra.targets.airflow.pools import pool_of
from oftra.targets.airflow.schedule import Schedule
from oftra.targets.airflow.settings import Settings
from oftra.targets.airflow.work import CODE, Work, functions_of, work_of
from oftra.targets.document import render
from oftra.targets.manifest import made_by
from oftra.targets.python import text, write
from oftra.targets.python import tree as py
from oftra.targets.python.lines import LIMIT

if TYPE_CHECKING:  # heavy, and only who writes DAGs pays for it
    import jinja2

HERE = Path(__file__).parent
FIXED = ("run_duckdb", "run_flink", "call_function", "run_notebook", CODE)
"""Names in the folder of jobs that are taken."""


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
        """What the files of each job are called that is no task."""
        names = Names([*FIXED, module(self.program)])
        return {job.name: names.free(plain(job.name)) for job in self.jobs if job.task is None}

    @cached_property
    def work(self) -> Work:
        """Its tasks. Their files have names that those of jobs leave free."""
        return work_of(
            self.program,
            self.pipeline,
            self.jobs,
            Names([*FIXED, module(self.program), *self.called.values()]),
            self.name,
        )

    @property
    def folder(self) -> str:
        """The folder of its jobs, beside the DAG."""
        return f"{self.name}_jobs"


def dag_file(made: Deployment, schedule: Schedule) -> str:
    """The DAG as text."""
    definition = py.Def(
        made.name,
        (),
        tuple(Order(made.jobs, made.work, partial(_run, made), partial(_judge, made)).statements()),
        returns=py.NONE,
        decorators=(py.Call(py.Name("dag"), tuple(schedule.arguments(made.dag_id)), exploded=True),),
    )
    duckdb = made.settings.runner == "duckdb"
    work, dag, again = _work(made.work), _printed(definition), _again(made)
    rendered = partial(
        template("dag.py").render,
        made_by=text.escaped(made_by(made.program)),
        folder=text.string(made.folder),
        root=text.string(made.settings.root),
        alerts=_printed(py.Assign(py.Name("ALERTS"), _texts(schedule.alerts))) if schedule.alerts else "",
        deadline=schedule.has_deadline,
        runner=made.settings.runner,
        connection=text.string(made.settings.connection),
        notebooks=text.string(posixpath.join(made.settings.jobs, made.folder)),
        compute=_compute(made),
        image=text.string(made.settings.image),
        script=text.string(posixpath.join(made.settings.jobs, made.folder, "run_duckdb.py")),
        handed_on=[text.string(name) for name in handed_on(Graph(made.program), tuple(made.jobs))],
        first=[text.string(made.called[name]) for name in _first(made.jobs)],
        gates=any(job.gates for job in made.jobs),
        goes_on=made.settings.runs_scripts and any(one.made_of for one in made.program.relations),
        counts=bool(made.work.counting or again),
        again=_printed(py.Assign(py.Name("AGAIN"), again)) if again is not None else "",
        openlineage=made.settings.openlineage,
        work=work,
        dag=dag,
        name=made.name,
    )
    return rendered(imports=_imports(f"{work}\n{dag}", rendered(imports=""), made, duckdb, bool(schedule.alerts)))


def _again(made: Deployment) -> py.Expr | None:
    """By the name of a job, the functions of the tasks that its gates have run again; None where none has any."""
    found: list[tuple[py.Expr, py.Expr]] = []
    tasks = {use.task.name: use.task for use in made.work.uses}
    for job in made.jobs:
        names = dict.fromkeys([name for gate in job.gates for name in gate.again])
        functions = [(py.String(name), py.Name(made.work.function(tasks[name]))) for name in names]
        if functions:
            found.append((py.String(made.called[job.name]), py.DictOf(tuple(functions))))
    return py.DictOf(tuple(found)) if found else None


def _first(jobs: Sequence[Job]) -> list[str]:
    """The jobs that run queries before any other does."""
    queries, after = {job.name for job in jobs if job.task is None}, {job.name: job.after for job in jobs}
    return [name for name in sorted(queries) if queries.isdisjoint(reached(after[name], lambda one: after[one]))]


def _work(work: Work) -> str:
    """The functions of tasks, with what they call of fixed code in front of them; nothing where there are none."""
    if not work.uses:
        return ""
    functions = _printed(*functions_of(work))
    return (
        template("work.py")
        .render(
            functions=functions,
            values="run_values(" in functions,
            secrets="secret(" in functions,
            commands="call(" in functions,
            listens="go_on_after(" in functions,
            counts="counted(" in functions,
        )
        .rstrip()
    )


@cache
def template(name: str) -> "jinja2.Template":
    """A file of fixed code. What is put in is Python already, so that nothing is escaped here."""
    import jinja2  # heavy, and only who writes DAGs pays for it

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        trim_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,
    ).get_template(f"{name}.jinja")


def _printed(*statements: py.Statement) -> str:
    return render(write.body(statements, 0), LIMIT).text.rstrip()


def _compute(made: Deployment) -> str:
    """What jobs run on in Databricks, as a constant."""
    if made.settings.runner != "databricks":
        return ""
    spark = settings(made.program, made.settings.root, made.settings.cluster, Report())
    return _printed(py.Assign(py.Name("COMPUTE"), _plain(compute(spark, made.settings.cluster))))


def _plain(value: object) -> py.Expr:
    """A value of JSON."""
    match value:
        case Mapping():
            return py.DictOf(tuple([(py.String(str(name)), _plain(one)) for name, one in value.items()]))
        case int():
            return py.number(value)
        case _:
            return py.String(str(value))


def _texts(values: Sequence[str]) -> py.Expr:
    return py.ListOf(tuple([py.String(one) for one in values]))


def _imports(code: str, everything: str, made: Deployment, duckdb: bool, alerts: bool) -> str:
    calls, listens, gates = "def call(" in code, "def go_on_after(" in code, any(job.gates for job in made.jobs)
    wanted = ["logging", *[name for name in ("json", "os", "sys", "tempfile") if f"{name}." in everything]]
    flink = made.settings.runner == "flink_gateway"
    wanted += ["subprocess"] if duckdb or flink or calls else []
    wanted += ["base64"] if flink else []
    wanted += [*(["contextlib", "signal", "threading"] if calls else []), *(["urllib.request"] if alerts else [])]
    found: list[py.Statement] = [py.Import(name) for name in sorted(wanted)]
    if calls:
        found.append(py.ImportFrom("collections.abc", (("Iterable", None),)))
    times = [name for name, use in _TIMES if use in code]
    if times:
        found.append(py.ImportFrom("datetime", tuple([(name, None) for name in times])))
    found += [py.ImportFrom("pathlib", (("Path", None),)), py.ImportFrom("typing", (("Any", None),)), py.Blank()]
    names = {"dag"}
    names |= {name for name in _SDK if f"{name}(" in code or f"{name}." in code}
    names |= {"task"} if duckdb or gates or made.work.uses else set()
    names |= {"get_current_context"} if duckdb or gates or "get_current_context(" in code else set()
    names |= {"Connection"} if alerts or flink else set()
    names |= {"BaseOperator"} if flink else set()
    ordered = sorted(names, key=lambda name: (name[0].islower(), name.lower() if name[0].islower() else name))
    errors = ["AirflowException", "AirflowFailException", *(["AirflowSkipException"] if gates or listens else [])]
    if made.settings.runner in _OPERATORS:
        module, operator = _OPERATORS[made.settings.runner]
        found.append(py.ImportFrom(f"airflow.providers.{module}", ((operator, None),)))
    found.append(py.ImportFrom("airflow.sdk", tuple([(name, None) for name in ordered])))
    found.append(py.ImportFrom("airflow.sdk.exceptions", tuple([(name, None) for name in errors])))
    return _printed(*found)


_OPERATORS = {
    "spark_submit": ("apache.spark.operators.spark_submit", "SparkSubmitOperator"),
    "kubernetes": ("cncf.kubernetes.operators.pod", "KubernetesPodOperator"),
    "databricks": ("databricks.operators.databricks", "DatabricksSubmitRunOperator"),
}
"""What a runner's jobs are run by, and where that is imported from."""

_TIMES = (("datetime", "datetime.fromisoformat("), ("timedelta", "timedelta("), ("timezone", "timezone.utc"))
"""What is imported of `datetime`, and how it is used."""

_SDK = (
    "Asset", "AssetOrTimeSchedule", "Connection", "CronDataIntervalTimetable", "DeadlineAlert", "DeadlineReference",
    "Param", "SyncCallback", "TaskGroup",
)  # fmt: skip


def _run(made: Deployment, job: Job, task_id: str, counts: Mapping[str, str]) -> py.Expr:
    about: list[py.Keyword] = [py.Keyword("task_id", py.String(task_id))]
    for name, relations in (("inlets", job.reads), ("outlets", job.writes)):
        if relations:
            assets = [py.call("Asset", py.String(asset(made.program.name, one))) for one in relations]
            about.append(py.Keyword(name, py.ListOf(tuple(assets))))
    if (pool := pool_of(job, made.settings)) is not None:
        about.append(py.Keyword("pool", py.String(pool)))
    counted = py.DictOf(tuple([(py.String(task), py.Name(variable)) for task, variable in counts.items()]))
    if made.settings.runner == "duckdb":
        called: py.Expr = py.String(made.called[job.name])
        return py.Call(py.call("run_job.override", *about), (called, counted) if counts else (called,))
    if counts:
        about.append(py.Keyword("counts", counted))
    about.append(py.Keyword("job", py.String(made.called[job.name])))
    options = made.settings
    if options.runner == "flink_gateway":
        return py.call("RunJob", *about)
    if options.runner == "databricks":
        about.append(py.Keyword("databricks_conn_id", py.String(options.connection)))
    elif options.runner == "spark_submit":
        about.append(py.Keyword("conn_id", py.String(options.connection)))
    else:
        given = {"namespace": options.namespace, "pod_template_file": options.pod_template}
        about.append(py.Keyword("kubernetes_conn_id", py.String(options.connection)))
        about += [py.Keyword(name, py.String(value)) for name, value in given.items() if value is not None]
    return py.call("RunJob", *about)


def _judge(made: Deployment, job: str, task_id: str, at: int) -> py.Expr:
    report = py.Name(job) if made.settings.runner == "duckdb" else py.Attribute(py.Name(job), "output")
    return py.Call(py.call("judge.override", py.Keyword("task_id", py.String(task_id))), (report, py.number(at)))

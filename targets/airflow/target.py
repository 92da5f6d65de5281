"""The packaging: a DAG a pipeline in `dags/`, and beside each the folder of its jobs."""

from collections.abc import Collection, Iterator, Mapping
from json import dumps

from oftra.diagnostics import Report
from oftra.diagnostics.airflow import NothingScheduled
from oftra.ir.counts import counters
from oftra.ir.jobs import Job, jobs_of
from oftra.ir.program import Program
from oftra.ir.task_files import EXECUTE
from oftra.source import NOWHERE
from oftra.target import ByCopy, Request, Stage
from oftra.targets import openlineage
from oftra.targets.airflow import notebooks, scripts, statements
from oftra.targets.airflow.dag import Deployment, dag_file, template
from oftra.targets.airflow.naming import Names, identifier, plain
from oftra.targets.airflow.params import used
from oftra.targets.airflow.pools import refuse_several, refuse_unknown
from oftra.targets.airflow.schedule import Schedule
from oftra.targets.airflow.settings import Settings, settings_of
from oftra.targets.airflow.work import files_of as work_files
from oftra.targets.airflow.work import params_of, refuse, shared_files
from oftra.targets.limits import refuse_streams
from oftra.targets.manifest import made_by
from oftra.targets.needs import Survey
from oftra.targets.pyspark.target import TARGET as PYSPARK
from oftra.targets.python import text


class Airflow:
    """Pipelines as DAGs of Airflow 3."""

    name = "airflow"
    engine = "duckdb"
    tasks: Collection[str] = ("shell", "python", "sql", "notebook")

    def compile(self, request: Request, report: Report) -> Mapping[str, str]:
        """`dags/PROGRAM_PIPELINE.py`, and in `dags/PROGRAM_PIPELINE_jobs` what it runs."""
        settings = settings_of(request.options, report)
        program = request.program
        if not program.pipelines:
            report.add(NothingScheduled(program.name, span=NOWHERE))
        refuse_unknown(program, settings, report)
        files: dict[str, str] = {}
        for made in _deployments(request, settings):
            files |= _deployed(made, request.typed or program, report)
        return {} if report.has_errors else files

    def show(self, request: Request, stage: Stage, report: Report) -> str:
        """The DAGs: they have no expressions that could be shown before."""
        files = self.compile(request, report)
        return "\n".join([text for path, text in files.items() if path.count("/") == 1])

    def deployment(self, options: Mapping[str, object], env: str | None) -> ByCopy:
        """DAGs are copied to where the scheduler reads them, as Airflow's own settings say."""
        return ByCopy("dags", (("AIRFLOW__CORE__DAGS_FOLDER", ""), ("AIRFLOW_HOME", "dags")))


TARGET = Airflow()


def _deployments(request: Request, settings: Settings) -> Iterator[Deployment]:
    program, names = request.program, Names()
    for pipeline in program.pipelines:
        if request.only is None or not set(pipeline.build).isdisjoint(request.only):
            name = names.free(plain(pipeline.name))
            function = identifier(f"{plain(program.name)}_{name}")
            dag_id = f"{plain(program.name)}.{name}"
            yield Deployment(program, pipeline, jobs_of(program, pipeline), dag_id, function, settings)


def _deployed(made: Deployment, typed: Program, report: Report) -> dict[str, str]:
    """The files of a pipeline, by path; `typed` is the program as it was written."""
    folder = f"dags/{made.folder}"
    jobs = [job for job in made.jobs if job.task is None]
    names = {param.name for job in jobs for param in used(job.program)} | params_of(made.work)
    params = tuple([one for one in made.program.params if one.name in names - counters(made.program).keys()])
    schedule = Schedule(made.program, made.pipeline, params, report)
    refuse(made.work, made.settings.engine, report)
    refuse_several(jobs, made.settings, report)
    files = {f"dags/{made.name}.py": dag_file(made, schedule), f"{folder}/.airflowignore": "*\n"}
    by = text.escaped(made_by(made.program))
    lineage = made.settings.openlineage
    if made.settings.runs_scripts:
        told = {"openlineage": openlineage.code() if lineage else "", "arguments": openlineage.ARGUMENTS}
        files[f"{folder}/run_duckdb.py"] = template("run_duckdb.py").render(made_by=by, **told)
    if made.settings.engine == "flink":
        files[f"{folder}/run_flink.py"] = template("run_flink.py").render(made_by=by)
    for name in shared_files(made.work):
        files[f"{folder}/{name}.py"] = template(f"{name}.py").render(made_by=by, script=EXECUTE)
    files |= {f"{folder}/{path}": words for path, words in work_files(made.work)}
    called = {made.called[job.name]: job for job in jobs}
    if made.settings.engine == "notebooks":
        return files | {f"{folder}/{path}": words for path, words in _notebooks(made, called, report).items()}
    for name, job in called.items():
        found = _job(made, job, name, report)
        if lineage:
            known = openlineage.known(typed, f"{made.folder}/{name}", job.writes)
            found = {**found, openlineage.ENDING: known}
        files |= {f"{folder}/{name}{ending}": words for ending, words in found.items()}
    return files


def _notebooks(made: Deployment, jobs: Mapping[str, Job], report: Report) -> Mapping[str, str]:
    """Jobs as notebooks, which are called as they are, and what lies beside these, by path."""
    for job in jobs.values():
        refuse_streams(job.program, Survey(job.program).everything, "airflow", report)
    program, settings = made.program, made.settings
    spark = notebooks.settings(program, settings.root, settings.cluster, report)
    return {} if report.has_errors else notebooks.files_of(jobs, program, spark, made_by(program), report)


def _job(made: Deployment, job: Job, name: str, report: Report) -> Mapping[str, str]:
    """The files of a job that are called `name`, by their endings."""
    match made.settings.engine:
        case "duckdb":
            return scripts.files_of(job, report)
        case "flink":
            place = f"{made.settings.root.rstrip('/')}/{statements.COUNTED}/{made.name}/{name}"
            return statements.files_of(job, made.settings.root, place, report)
        case _:
            return _modules(job, name, made.settings.openlineage, report)


def _modules(job: Job, name: str, lineage: bool, report: Report) -> Mapping[str, str]:
    """A job as a module of PySpark called `name`, and its manifest, by the ending of their files."""
    refuse_streams(job.program, Survey(job.program).everything, "airflow", report)
    if report.has_errors:
        return {}
    options = {**_spark(job.program), openlineage.OPTION: lineage}
    found = PYSPARK.compile(Request(job.program, options), report)
    if not found:
        return {}
    module, manifest = found[f"{job.program.name}.py"], found["manifest.json"]
    own = f'"script": {dumps(f"{job.program.name}.py")}'
    gates = dumps({"gates": scripts.gates_of(job)}, indent=2, ensure_ascii=False) + "\n"
    manifest = manifest.replace(own, f'"script": {dumps(f"{name}.py")}')
    return {".py": module, ".manifest.json": manifest, ".json": gates}


def _spark(program: Program) -> Mapping[str, object]:
    return program.targets.get("pyspark", {})

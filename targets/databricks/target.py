"""The packaging: a bundle with a job a pipeline, and the notebooks that its tasks run."""

from collections.abc import Collection, Mapping

from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedGate, UnsupportedOption
from oftra.diagnostics.tasks import UnsupportedTask
from oftra.ir.counts import counters
from oftra.ir.program import Program
from oftra.ir.task_files import refuse_lost_file
from oftra.target import ByTool, Request, Stage
from oftra.targets.cells import ipynb_printed
from oftra.targets.databricks import own_code, support
from oftra.targets.databricks.as_yaml import Plain
from oftra.targets.databricks.bundle import bundle_files
from oftra.targets.databricks.declarative import declared_bundle, pipelines_of, sources, specifications
from oftra.targets.databricks.gates import USES, gate_notebook
from oftra.targets.databricks.job import job_fields
from oftra.targets.databricks.jobs import Job, Task, jobs_of, shared_files
from oftra.targets.databricks.notebook import Notebook, notebook_of
from oftra.targets.databricks.settings import Settings, settings_of
from oftra.targets.databricks.source_form import source_printed
from oftra.targets.databricks.terraform import OWN, terraform_files
from oftra.targets.databricks.variables import Variables
from oftra.targets.databricks.work import WorkCells
from oftra.targets.manifest import made_by, manifest
from oftra.targets.needs import Survey
from oftra.targets.pyspark.naming import Names


class Databricks:
    """Programs as jobs of Databricks."""

    name = "databricks"
    engine = "spark"
    tasks: Collection[str] = ("shell", "python", "notebook")

    def compile(self, request: Request, report: Report) -> Mapping[str, str]:
        """`databricks.yml` and a file a job; below `notebooks` one a task, and a module that they share."""
        settings = settings_of(request.options, report)
        if settings.form == "declarative":
            return _declared(request, settings, report)
        jobs = jobs_of(request.program, request.only)
        notebooks = _notebooks(jobs, request.program, settings, report)
        if report.has_errors:
            return {}
        files = _code(request, notebooks, settings)
        variables = _variables(settings)
        fields: dict[str, Mapping[str, Plain]] = {}
        for job in jobs:
            counted = _counted(job, request.program, notebooks)
            own = {name for given in counted.values() for name in given}
            asked = [one for task in job.tasks for one in notebooks[task.notebook].given.asked if one.name not in own]
            widgets = {one.name: one for one in asked}.values()
            fields[job.name] = job_fields(job, request.program, settings, widgets, variables, report, counted)
        if settings.deploy == "bundle":
            files |= bundle_files(request.program, fields, variables)
        else:
            scopes = sorted({scope for notebook in notebooks.values() for scope in notebook.given.scopes})
            paths = [path for path in files if path.startswith("notebooks/")]
            files |= terraform_files(request.program, fields, paths, scopes, variables)
        return {} if report.has_errors else files

    def show(self, request: Request, stage: Stage, report: Report) -> str:
        """The notebooks, one after the other; or the sources of pipelines."""
        settings = settings_of(request.options, report)
        if settings.form == "declarative":
            made = pipelines_of(request.program, request.only, settings, report)
            return "" if report.has_errors else "\n".join([one.source.printed.text for one in made])
        jobs = jobs_of(request.program, request.only)
        notebooks = _notebooks(jobs, request.program, settings, report)
        if report.has_errors:
            return ""
        return "\n".join([source_printed(one.cells).text for one in notebooks.values()])

    def deployment(self, options: Mapping[str, object], env: str | None) -> ByTool:
        """A bundle is deployed by Databricks' command line, to the bundle's target of the environment's name.

        What is written for Terraform is deployed by that, to the workspace that its provider is told of.
        """
        if options.get("deploy") == "terraform":
            return ByTool(
                "terraform",
                "https://developer.hashicorp.com/terraform/install",
                plan=(("init", "-input=false"), ("validate",), ("plan", "-input=false")),
                apply=(("apply",),),
                agreed=("-auto-approve",),
            )
        to = () if env is None else ("--target", env)
        return ByTool(
            "databricks",
            "https://docs.databricks.com/dev-tools/cli/install",
            plan=(("bundle", "validate", *to), ("bundle", "plan", *to)),
            apply=(("bundle", "deploy", *to),),
            agreed=("--auto-approve",),
        )


def _variables(settings: Settings) -> Variables:
    return Variables(Names(OWN) if settings.deploy == "terraform" else Names())


def _declared(request: Request, settings: Settings, report: Report) -> Mapping[str, str]:
    """Pipelines in the declarative form, the jobs that start them, and what open-source Spark takes to run them."""
    for task in request.program.tasks:
        report.add(UnsupportedTask(task.name, "the declarative form", span=task.span))
    for privilege in settings.grants:
        said = f"{privilege}, in the declarative form"
        report.add(UnsupportedOption("[targets.databricks]", "grants", said, "databricks"))
    made = pipelines_of(request.program, request.only, settings, report)
    if report.has_errors:
        return {}
    variables = _variables(settings)
    pipelines, jobs = declared_bundle(request.program, made, settings, variables, report)
    files = dict(sources(made)) | dict(specifications(made, request.program))
    if settings.deploy == "bundle":
        files |= bundle_files(request.program, jobs, variables, pipelines)
    else:
        scopes = sorted({scope for one in made for scope in one.source.given.scopes})
        paths = [one.path for one in made]
        files |= terraform_files(request.program, jobs, paths, scopes, variables, pipelines)
    return {} if report.has_errors else files


def _counted(job: Job, program: Program, notebooks: Mapping[str, Notebook]) -> dict[str, dict[str, Plain]]:
    """For each task, the widgets that hold what other tasks counted, and where each is told."""
    keys = {task.work.name: task.name for task in job.tasks if task.work is not None}
    found: dict[str, dict[str, Plain]] = {}
    for task in job.tasks:
        asked = notebooks[task.notebook].given.counts(counters(program))
        if given := {name: f"{{{{tasks.{keys[by]}.values.{count}}}}}" for name, (by, count) in asked}:
            found[task.name] = dict(given)
    return found


def _notebooks(jobs: tuple[Job, ...], program: Program, settings: Settings, report: Report) -> dict[str, Notebook]:
    """The notebook of each task, by its name."""
    module = shared_files(program)["support"]
    found: dict[str, Notebook] = {}
    for job in jobs:
        for task in job.tasks:
            if task.work is not None:
                refuse_lost_file(task.work, report)
                if not report.has_errors and task.notebook not in found:
                    found[task.notebook] = work_notebook(task, program, settings, module)
                continue
            for gate in [judged.gate for judged in task.gates if judged.gate.again]:
                # A notebook can start another one, but that one's task values would be told to nobody.
                action = f"retry {gate.again[0]}"
                report.add(UnsupportedGate(job.title, "databricks", action, span=gate.span))
            survey = Survey(task.program)
            support.refuse(survey, survey.asked(task.build), settings, report)
            if not report.has_errors:
                found[task.name] = notebook_of(task, settings, module, report)
    return found


def work_notebook(task: Task, program: Program, settings: Settings, support: str) -> Notebook:
    """The notebook of a task of the program."""
    made = WorkCells(task, program, settings, support)
    cells = made.cells()
    return Notebook(cells, task.program, frozenset(), made.given, frozenset(made.used))


def _code(request: Request, notebooks: Mapping[str, Notebook], settings: Settings) -> dict[str, str]:
    files: dict[str, str] = {}
    names: set[str] = set()
    print_ = ipynb_printed if settings.notebooks == "ipynb" else source_printed
    for name, notebook in notebooks.items():
        printed = print_(notebook.cells)
        path = f"notebooks/{name}.{settings.notebooks}"
        files[path] = printed.text
        if notebook.names:
            files[f"manifests/{name}.json"] = manifest(notebook.program, notebook.names, path, printed.origins)
        names |= notebook.support
    shared = shared_files(request.program)
    if any(notebook.gates for notebook in notebooks.values()):
        cells = gate_notebook(request.program, shared["support"])
        files[f"notebooks/{shared['gate']}.{settings.notebooks}"] = print_(cells).text
        names |= USES
    if notebooks:
        head = made_by(request.program)
        files[f"notebooks/{shared['support']}.py"] = own_code.support(request.program, names, head)
    return files


TARGET = Databricks()

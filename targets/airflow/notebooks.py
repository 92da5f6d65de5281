"""Jobs for Databricks: the notebook of each, the module that they share, and what they have to be given."""

from collections.abc import Mapping
from dataclasses import replace
from json import dumps

from oftra.diagnostics import Report
from oftra.diagnostics.project import MissingOption
from oftra.ir.jobs import Job
from oftra.ir.program import Program
from oftra.source import NOWHERE
from oftra.targets.airflow.scripts import gates_of
from oftra.targets.cells import ipynb_printed
from oftra.targets.databricks import own_code, support
from oftra.targets.databricks.job import cluster_of
from oftra.targets.databricks.jobs import Judged, Task, shared_files
from oftra.targets.databricks.notebook import Notebook, notebook_of
from oftra.targets.databricks.settings import Settings, settings_of
from oftra.targets.databricks.source_form import source_printed
from oftra.targets.manifest import manifest
from oftra.targets.needs import Survey


def settings(program: Program, root: str, cluster: str, report: Report) -> Settings:
    """What `[targets.databricks]` says of notebooks and of what they run on; relative paths start from `root`.

    A `cluster` that is there already needs no kind of machine.
    """
    options = dict(program.targets.get("databricks", {}))
    found = settings_of(options, report)
    if not cluster and found.compute == "cluster" and found.node_type is None:
        report.add(MissingOption("node_type", "[targets.databricks]", "the kind of machine of clusters", span=NOWHERE))
    return found if root == "." else replace(found, root=root)


def compute(settings: Settings, cluster: str) -> Mapping[str, object]:
    """What a notebook runs on, as the API has it: nothing is said of serverless compute."""
    if cluster:
        return {"existing_cluster_id": cluster}
    if settings.compute == "serverless":
        return {}
    return {"new_cluster": cluster_of(settings, settings.node_type or "")}


def module(program: Program) -> str:
    """What the module is called that notebooks share."""
    return shared_files(program)["support"]


def files_of(
    jobs: Mapping[str, Job], program: Program, settings: Settings, head: str, report: Report
) -> Mapping[str, str]:
    """The notebooks of jobs, by what each is called, what has to be known of them, and their module."""
    found: dict[str, str] = {}
    names: set[str] = set()
    for name, job in jobs.items():
        made = _notebook(name, job, module(program), settings, report)
        if made is None:
            continue
        printed = (ipynb_printed if settings.notebooks == "ipynb" else source_printed)(made.cells)
        path = f"{name}.{settings.notebooks}"
        widgets = {what: widget.name for what, widget in made.given.widgets.items()}
        found[path] = printed.text
        found[f"{name}.manifest.json"] = manifest(made.program, made.names, path, printed.origins)
        known = {"gates": gates_of(job), "widgets": widgets}
        found[f"{name}.json"] = dumps(known, indent=2, ensure_ascii=False) + "\n"
        names |= made.support
    if names:
        found[f"{module(program)}.py"] = own_code.support(program, names, head)
    return found


def _notebook(name: str, job: Job, shared: str, settings: Settings, report: Report) -> Notebook | None:
    gates = tuple([Judged(f"gate_{number}", gate) for number, gate in enumerate(job.gates, 1)])
    task = Task(name, job.program, job.writes, (), gates)
    survey = Survey(job.program)
    support.refuse(survey, survey.asked(task.build), settings, report)
    return None if report.has_errors else notebook_of(task, settings, shared, report, is_judged_there=False)

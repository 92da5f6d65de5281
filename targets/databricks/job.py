"""A job as Databricks takes it: its tasks, when it runs, who is told, on what it runs."""

import math
from collections.abc import Iterable, Iterator, Mapping

from oftra.diagnostics import Report
from oftra.diagnostics.databricks import WouldBeReplaced
from oftra.diagnostics.targets import UnsupportedOption
from oftra.ir.expr import Duration
from oftra.ir.options import words
from oftra.ir.program import Option, Pipeline, Program
from oftra.ir.program import Task as Work
from oftra.targets.databricks.as_yaml import Plain
from oftra.targets.databricks.gates import gate_tasks
from oftra.targets.databricks.jobs import Job, Task, shared_files
from oftra.targets.databricks.quartz import quartz
from oftra.targets.databricks.settings import Settings
from oftra.targets.databricks.triggers import trigger_of
from oftra.targets.databricks.variables import REFERENCE, Variables, harmless
from oftra.targets.databricks.widgets import Widget
from oftra.targets.pyspark.naming import identifier

CLUSTER = "cluster"
START = "{{job.start_time.iso_datetime}}"
"""When the job's run began: each try of a task takes it for the end of the run's window."""


def job_fields(
    job: Job,
    program: Program,
    settings: Settings,
    widgets: Iterable[Widget],
    variables: Variables,
    report: Report,
    counted: Mapping[str, Mapping[str, Plain]],
) -> dict[str, Plain]:
    """What `resources.jobs` has under the job's name; `variables` are those of the bundle, to which it adds.

    `counted` are widgets of tasks whose values come from other tasks.
    """
    found = frame_fields(job, program, settings, variables, report)
    found["parameters"] = list(_parameters(widgets, settings, variables, job, report))
    if settings.compute == "cluster":
        found["job_clusters"] = [{"job_cluster_key": CLUSTER, "new_cluster": _cluster(settings, variables)}]
    found["tasks"] = list(_tasks(job, program, settings, variables, counted, report))
    return found


def frame_fields(
    job: Job, program: Program, settings: Settings, variables: Variables, report: Report
) -> dict[str, Plain]:
    """What is said of a job as a whole: what it is called, when it runs, who is told of it and who may do what."""
    pipeline = job.pipeline
    found: dict[str, Plain] = {"name": harmless(job.title)}
    if pipeline.description:
        found["description"] = harmless(pipeline.description)
    found |= _times(pipeline, program, settings, variables, report)
    found |= _told(pipeline, variables)
    found |= tags_of(pipeline, report)
    at_once = pipeline.options.get("concurrency")
    if isinstance(at_once, int) and at_once > 1:
        # Nothing there keeps the tasks of two runs from writing one table at the same time.
        _refuse(pipeline, "concurrency", at_once, report)
    found["max_concurrent_runs"] = 1
    found["queue"] = {"enabled": True}
    if settings.permissions:
        found["permissions"] = [{"level": one.level, one.kind: one.name} for one in settings.permissions]
    return found


def _tasks(
    job: Job,
    program: Program,
    settings: Settings,
    variables: Variables,
    counted: Mapping[str, Mapping[str, Plain]],
    report: Report,
) -> Iterator[dict[str, Plain]]:
    """A task a notebook, and behind it those of the gates that are measured in it."""
    where: dict[str, Plain] = {"job_cluster_key": CLUSTER} if settings.compute == "cluster" else {}
    gate = {**where, "notebook_path": _path(shared_files(program)["gate"], settings)}
    for task in job.tasks:
        yield _task(task, job.pipeline, settings, counted.get(task.name, {}), report)
        yield from gate_tasks(task, gate, _notified(job.pipeline, ["on_success"], variables))


def _path(notebook: str, settings: Settings) -> str:
    return f"../notebooks/{notebook}.{settings.notebooks}"


def _task(
    task: Task, pipeline: Pipeline, settings: Settings, counted: Mapping[str, Plain], report: Report
) -> dict[str, Plain]:
    found: dict[str, Plain] = {"task_key": task.name}
    if task.after:
        found["depends_on"] = [
            {"task_key": one.name} | ({} if one.outcome is None else {"outcome": one.outcome}) for one in task.after
        ]
    if task.role:
        found["run_if"] = "AT_LEAST_ONE_FAILED" if task.role == "on_failure" else "NONE_FAILED"
    if settings.compute == "cluster":
        found["job_cluster_key"] = CLUSTER
    path = _path(task.notebook, settings)
    if task.work is None:
        found["notebook_task"] = {"notebook_path": path, "base_parameters": {"show": "no", **counted}}
        return found | dict(retries_of(pipeline, report))
    found["notebook_task"] = {"notebook_path": path}
    limit = _seconds(task.work, "timeout", report)
    if limit is not None:
        found["timeout_seconds"] = limit
    # What listens for a failure fails once it is done, as the run has.
    return found if task.role == "on_failure" else found | dict(retries_of(pipeline, report, task.work))


def retries_of(pipeline: Pipeline, report: Report, work: Work | None = None) -> Iterator[tuple[str, Plain]]:
    """How often a task is tried again, and after what time: as a task of the program says, else as its pipeline."""
    retries = (work or pipeline).options.get("retries", pipeline.options.get("retries"))
    if isinstance(retries, int) and retries:
        yield "max_retries", retries
        delay = _seconds(work if work and "retry_delay" in work.options else pipeline, "retry_delay", report)
        if delay is not None:
            yield "min_retry_interval_millis", delay * 1000


def _cluster(settings: Settings, variables: Variables) -> dict[str, Plain]:
    label = "The kind of machine of the job's cluster, as the cloud calls it"
    return cluster_of(settings, settings.node_type or variables.add("node_type", label))


def cluster_of(settings: Settings, node: str) -> dict[str, Plain]:
    """A cluster that is made for a job, of machines of the kind `node`."""
    found: dict[str, Plain] = {"spark_version": settings.spark_version, "node_type_id": node}
    if settings.workers:
        found["num_workers"] = settings.workers
    else:
        found["num_workers"] = 0
        found["spark_conf"] = {"spark.databricks.cluster.profile": "singleNode", "spark.master": "local[*]"}
        found["custom_tags"] = {"ResourceClass": "SingleNode"}
    found["data_security_mode"] = "SINGLE_USER"
    return found


def _times(
    pipeline: Pipeline, program: Program, settings: Settings, variables: Variables, report: Report
) -> Iterator[tuple[str, Plain]]:
    """When it runs, and how long it may."""
    schedule = pipeline.options.get("schedule")
    if isinstance(schedule, str):
        cron = quartz(schedule)
        if cron is None:
            _refuse(pipeline, "schedule", schedule, report)
        else:
            zone = pipeline.options.get("timezone")
            yield (
                "schedule",
                {
                    "quartz_cron_expression": cron,
                    "timezone_id": zone if isinstance(zone, str) else "UTC",
                    "pause_status": "UNPAUSED",
                },
            )
    if "on_update_of" in pipeline.options:
        if isinstance(schedule, str):
            _refuse(pipeline, "on_update_of", "beside a schedule", report)
        elif (trigger := trigger_of(pipeline, program, settings, variables, report)) is not None:
            yield "trigger", {**trigger, "pause_status": "UNPAUSED"}
    timeout = _seconds(pipeline, "timeout", report)
    if timeout is not None:
        yield "timeout_seconds", timeout


def _told(pipeline: Pipeline, variables: Variables) -> Iterator[tuple[str, Plain]]:
    """Who is told of failures, and of runs that take too long: addresses get mail, other names are destinations."""
    deadline = pipeline.options.get("deadline")
    events = ["on_failure"]
    if isinstance(deadline, Duration):
        rule: dict[str, Plain] = {
            "metric": "RUN_DURATION_SECONDS",
            "op": "GREATER_THAN",
            "value": max(1, deadline.micros // 1_000_000),
        }
        yield "health", {"rules": [rule]}
        events.append("on_duration_warning_threshold_exceeded")
    yield from _notified(pipeline, events, variables).items()


def _notified(pipeline: Pipeline, events: list[str], variables: Variables) -> dict[str, Plain]:
    """Those in `alert` hear of `events`."""
    named = words(pipeline.options.get("alert"))
    found: dict[str, Plain] = {}
    mail: list[Plain] = [name for name in named if "@" in name]
    if mail:
        found["email_notifications"] = dict.fromkeys(events, mail)
    others: list[Plain] = []
    for name in named:
        if "@" not in name:
            label = f"The id of the notification destination for {name}"
            others.append({"id": variables.add(f"alert_{identifier(name)}", label)})
    if others:
        found["webhook_notifications"] = dict.fromkeys(events, others)
    return found


def tags_of(pipeline: Pipeline, report: Report) -> Iterator[tuple[str, Plain]]:
    """The tags of a job, and of the pipeline that it runs."""
    tags: dict[str, Plain] = dict.fromkeys(words(pipeline.options.get("tags")), "")
    owner = pipeline.options.get("owner")
    if isinstance(owner, str):
        tags["owner"] = owner
    for name in (*tags, *map(str, tags.values())):
        if REFERENCE.search(name):
            _refuse(pipeline, "tags", name, report)
    if tags:
        yield "tags", tags


def _parameters(
    widgets: Iterable[Widget], settings: Settings, variables: Variables, job: Job, report: Report
) -> Iterator[Plain]:
    for widget in widgets:
        default = START if widget.name == "end" else widget.default
        if widget.is_env and REFERENCE.search(widget.default or "") is not None:
            report.add(WouldBeReplaced(job.name, f"what `{widget.name}` is by default", span=job.pipeline.span))
        if widget.name in ("root", "catalog"):
            given = settings.root if widget.name == "root" else settings.catalog
            default = variables.add(widget.name, widget.label, given)
        elif widget.is_env:
            default = variables.add(widget.name, widget.label, widget.default)
        elif default is not None and widget.name != "end" and ("${" in default or "{{" in default):
            report.add(WouldBeReplaced(job.name, f"the default of `{widget.name}`", span=job.pipeline.span))
        yield {"name": widget.name, "default": default or ""}


def _seconds(pipeline: Pipeline | Work, option: str, report: Report) -> int | None:
    value = pipeline.options.get(option)
    if not isinstance(value, Duration):
        return None
    if value.months:
        _refuse(pipeline, option, f"{value.months} months", report)
        return None
    return math.ceil(value.micros / 1_000_000)


def _refuse(pipeline: Pipeline | Work, option: str, value: Option, report: Report) -> None:
    report.add(UnsupportedOption(pipeline.name, option, str(value), "databricks", span=pipeline.span))

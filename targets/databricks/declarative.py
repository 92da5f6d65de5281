"""The declarative form: a pipeline of Databricks for each of the program's, and what open-source Spark asks of one."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from oftra.diagnostics import Report
from oftra.diagnostics.databricks import NotDeclared, WouldBeReplaced
from oftra.ir.gates import gates_of
from oftra.ir.options import word, words
from oftra.ir.program import Pipeline, Program, Relation
from oftra.ir.rel import Opaque
from oftra.ir.walk import every_rel
from oftra.targets.databricks import streaming, support
from oftra.targets.databricks.as_yaml import Plain, document
from oftra.targets.databricks.flows import VERSION, Declared, declared
from oftra.targets.databricks.job import frame_fields, retries_of, tags_of
from oftra.targets.databricks.jobs import Job, jobs_of
from oftra.targets.databricks.published import Published, is_published, published
from oftra.targets.databricks.settings import Settings
from oftra.targets.databricks.variables import REFERENCE, Variables, harmless
from oftra.targets.manifest import made_by, manifest
from oftra.targets.needs import Survey

ALERTS: list[Plain] = ["on-update-failure", "on-update-fatal-failure"]
LEVELS = {"CAN_MANAGE_RUN": "CAN_RUN"}
"""What may be done with jobs, where it is called otherwise of pipelines."""

MEANING = {"spark.sql.ansi.enabled": "true", "spark.sql.session.timeZone": "UTC"}
PARQUET = {"spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS"}
"""What makes values mean what the language says; the second where tables are files of parquet."""


@dataclass(frozen=True)
class Made:
    """A pipeline, with the job that starts it if something says when."""

    job: Job
    home: Published
    source: Declared

    @property
    def path(self) -> str:
        """Where its source file is."""
        return f"transformations/{self.job.name}.py"


def pipelines_of(program: Program, only: tuple[str, ...] | None, settings: Settings, report: Report) -> list[Made]:
    """The pipelines of a program, each whole; what can't be said in one is reported."""
    _refuse(program, Survey(program).asked(only), report)
    if report.has_errors:
        return []
    whole = [
        replace(one, options={name: value for name, value in one.options.items() if name != "granularity"})
        for one in program.pipelines
    ]
    # What ends and what doesn't would be jobs apart, and are tables of one pipeline here.
    jobs = jobs_of(replace(program, pipelines=tuple(whole), streams=frozenset()), only)
    writers: dict[str, str] = {}
    homes: list[Published] = []
    for job in jobs:
        tables = [name for task in job.tasks for name in _tables(task.program)]
        homes.append(published(program, tables))
        for name in tables:
            if name in writers:
                why = f"the pipelines `{writers[name]}` and `{job.title}` would both make it"
                report.add(NotDeclared(name, why, span=program.by_name[name].span))
            writers[name] = job.title
        if len(job.tasks) > 1:
            report.add(NotDeclared(job.title, "it is made in several runs", span=job.pipeline.span))
    taken = {name.lower() for home in homes for name in home.names.values()}
    found: list[Made] = []
    for job, home in zip(jobs, homes):
        (task, *_) = job.tasks
        own = replace(task.program, streams=program.streams.intersection(Survey(task.program).asked(task.build)))
        survey = Survey(own)
        support.refuse(survey, survey.asked(task.build), settings, report)
        streaming.refuse(survey, survey.asked(task.build), VERSION, report)
        if not report.has_errors:
            source = declared(own, task.build, home, taken, settings, report)
            taken |= source.kept
            found.append(Made(job, home, source))
    return found


def _tables(program: Program) -> list[str]:
    """The tables that a pipeline makes."""
    return [one.name for one in program.relations if one.kind == "table" and one.connection is not None]


def _refuse(program: Program, names: Collection[str], report: Report) -> None:
    for relation in program.relations:
        if relation.name in names:
            for why in _undeclared(program, relation):
                report.add(NotDeclared(relation.name, why, span=relation.span))
    for sink in program.sinks:
        if sink.name in names and sink.name not in program.streams:
            why = "what is made whole goes to its tables, and only streams elsewhere"
            report.add(NotDeclared(sink.name, why, span=sink.span))
    for pipeline, gate in gates_of(program, names).all:
        why = "its queries can't be told to wait for a gate"
        report.add(NotDeclared(pipeline.name, why, span=gate.span))
    for task in program.tasks:
        report.add(NotDeclared(task.name, "all that it does is said by queries", span=task.span))


def _undeclared(program: Program, relation: Relation) -> Iterator[str]:
    connection = program.connections.get(relation.connection or "")
    if relation.kind == "table" and connection is not None:
        if not is_published(connection):
            yield f"it makes tables of a catalog, as Delta Lake, and `{connection.name}` has others"
        refresh = word(relation.options.get("refresh"), "full")
        if refresh != "full" and relation.name not in program.streams:
            yield f"its tables are made whole, and not by `refresh: {refresh}`"
    if any(isinstance(part, Opaque) for part in every_rel(relation.rel)):
        yield "what stands in Spark's own words would be run before there are tables"


# ---------------------------------------------------------------------------------------------------------------- files


def sources(made: Collection[Made]) -> Iterator[tuple[str, str]]:
    """The source files, and what lines of them come from where in the program."""
    for one in made:
        yield one.path, one.source.printed.text
        told = manifest(one.source.program, one.source.names, one.path, one.source.printed.origins)
        yield f"manifests/{one.job.name}.json", told


def specifications(made: Collection[Made], program: Program) -> Iterator[tuple[str, str]]:
    """What `spark-pipelines` of open-source Spark is told of each."""
    for one in made:
        found: dict[str, Plain] = {"name": one.job.title, "storage": f"file:///pipelines/{one.job.name}"}
        if one.home.catalog is not None:
            found["catalog"] = one.home.catalog
        found["database"] = one.home.schema
        found["configuration"] = {**MEANING, **PARQUET, **one.source.configuration}
        found["libraries"] = [{"glob": {"include": one.path}}]
        yield f"{one.job.name}.spark-pipeline.yml", document(found, made_by(program))


def pipeline_fields(made: Made, settings: Settings, variables: Variables, report: Report) -> dict[str, Plain]:
    """What `resources.pipelines` has under a pipeline's name."""
    pipeline = made.job.pipeline
    found: dict[str, Plain] = {"name": harmless(made.job.title)}
    named = made.home.catalog
    found["catalog"] = named or variables.add("catalog", "The catalog of tables that name none", settings.catalog)
    found["schema"] = made.home.schema
    if settings.compute == "serverless":
        found["serverless"] = True
    else:
        label = "The kind of machine of the pipelines' clusters, as the cloud calls it"
        node = settings.node_type or variables.add("node_type", label)
        cluster: dict[str, Plain] = {"label": "default", "node_type_id": node, "num_workers": settings.workers}
        found["clusters"] = [cluster]
    if made.source.program.streams and not is_started(pipeline):
        found["continuous"] = True
    found["libraries"] = [{"file": {"path": f"../{made.path}"}}]
    found["configuration"] = {**MEANING, **dict(_configuration(made, settings, variables, report))}
    mail: list[Plain] = [name for name in words(pipeline.options.get("alert")) if "@" in name]
    if mail:
        found["notifications"] = [{"email_recipients": mail, "alerts": ALERTS}]
    if settings.permissions:
        found["permissions"] = [
            {"level": LEVELS.get(one.level, one.level), one.kind: one.name} for one in settings.permissions
        ]
    return found | dict(tags_of(pipeline, report))


def _configuration(made: Made, settings: Settings, variables: Variables, report: Report) -> Iterator[tuple[str, Plain]]:
    for key, default in made.source.configuration.items():
        name = key.partition(".")[2]
        widget = next(one for one in made.source.given.asked if one.name == name)
        if widget.is_env and REFERENCE.search(default) is None:
            yield key, variables.add(name, widget.label, widget.default)
        elif name == "root":
            yield key, variables.add(name, widget.label, settings.root)
        elif REFERENCE.search(default) is not None:
            report.add(WouldBeReplaced(made.job.name, f"the default of `{name}`", span=made.job.pipeline.span))
        else:
            yield key, default


def job_fields(
    made: Made, program: Program, settings: Settings, variables: Variables, report: Report
) -> dict[str, Plain]:
    """The job that starts a pipeline, as its schedule or what it waits for says."""
    found = frame_fields(made.job, program, settings, variables, report)
    started: dict[str, Plain] = {"pipeline_id": f"${{resources.pipelines.{made.job.name}.id}}"}
    task: dict[str, Plain] = {"task_key": made.job.name, "pipeline_task": started}
    found["tasks"] = [task | dict(retries_of(made.job.pipeline, report))]
    return found


def is_started(pipeline: Pipeline) -> bool:
    """Whether something says when a pipeline runs."""
    return "schedule" in pipeline.options or "on_update_of" in pipeline.options


def declared_bundle(
    program: Program, made: Collection[Made], settings: Settings, variables: Variables, report: Report
) -> tuple[dict[str, Mapping[str, Plain]], dict[str, Mapping[str, Plain]]]:
    """What a bundle, or Terraform, is told: pipelines and jobs, by name."""
    pipelines: dict[str, Mapping[str, Plain]] = {}
    jobs: dict[str, Mapping[str, Plain]] = {}
    for one in made:
        pipelines[one.job.name] = pipeline_fields(one, settings, variables, report)
        if is_started(one.job.pipeline):
            jobs[one.job.name] = job_fields(one, program, settings, variables, report)
    return pipelines, jobs

"""What Databricks can't do yet, or not so."""

from collections.abc import Collection

from oftra.connectors import format_of
from oftra.datatypes import Timestamp
from oftra.diagnostics import Report
from oftra.diagnostics.databricks import NotKept
from oftra.ir.enforce import Keep, enforce
from oftra.ir.expr import Column
from oftra.ir.program import Connection, Options
from oftra.ir.refresh import Refreshed
from oftra.source import Span
from oftra.targets.databricks.settings import Settings
from oftra.targets.limits import Limits, refuse_streams
from oftra.targets.needs import Survey
from oftra.targets.pyspark.support import LIMITS as SPARK
from oftra.targets.stored_types import inside

LIMITS = Limits(
    "databricks",
    frozenset({"files", "catalog", "delta", "kafka", "jdbc"}),
    SPARK.undone,
    modes=SPARK.modes,
    reads_secrets=SPARK.reads_secrets,
    gates=SPARK.gates,
    refreshes=SPARK.refreshes,
)


def refuse(survey: Survey, names: Collection[str], settings: Settings, report: Report) -> None:
    """Report whatever of `names` can't be done."""
    LIMITS.refuse(survey, names, report, streams=survey.program.streams)
    if settings.form == "notebooks":
        refuse_streams(survey.program, names, "databricks", report)
    if settings.compute == "serverless" and settings.form == "notebooks" and not report.has_errors:
        _refuse_serverless(survey, names, report)


def _refuse_serverless(survey: Survey, names: Collection[str], report: Report) -> None:
    program = survey.program
    relations = [one for one in program.relations if one.name in names]
    for step in enforce(program, [one.name for one in relations]):
        if isinstance(step, Keep) and step.is_judged:
            why = "what its rules put apart has to be kept until the run ends"
            report.add(NotKept(step.relation.name, why, span=step.relation.span))
    for one in relations:
        connection = program.connections.get(one.connection or "")
        if connection is None:
            continue
        if connection.kind == "jdbc":
            report.add(NotKept(one.name, "what a database gives has to be kept", span=one.span))
        elif one.kind == "table":
            if isinstance(one, Refreshed) and one.refresh.kind == "merge" and connection.kind != "files":
                report.add(NotKept(one.name, "what is merged has to be kept while it is", span=one.span))
            _refuse_parquet(one.name, one.options, connection, one.columns, one.span, report)
    for sink in program.sinks:
        if sink.name in names:
            connection = program.connections[sink.connection]
            columns = program.by_name[sink.relation].columns
            if connection.kind == "jdbc":
                report.add(NotKept(sink.name, "it is written in a transaction of its own", span=sink.span))
            _refuse_parquet(sink.name, sink.options, connection, columns, sink.span, report)


def _refuse_parquet(
    name: str, options: Options, connection: Connection, columns: tuple[Column, ...], span: Span, report: Report
) -> None:
    """How parquet holds moments is a setting, which is not for everyone to change there."""
    types = [type_ for column in columns for type_ in inside(column.type)]
    is_parquet = connection.kind == "files" and format_of(options, connection) == "parquet"
    if is_parquet and any(isinstance(type_, Timestamp) for type_ in types):
        report.add(NotKept(name, "parquet would hold its moments in a form that only Spark reads", span=span))

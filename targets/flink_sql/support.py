"""What Flink scripts can't do yet."""

from collections.abc import Collection, Iterator

from oftra.connectors import format_of, text_format
from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedOption, UnsupportedSinkMode
from oftra.ir.options import given, text, word, words
from oftra.ir.program import Connection, Options, Relation
from oftra.targets.flink_sql import databases, iceberg, merging
from oftra.targets.flink_sql.tables import KAFKA_METADATA, TOMBSTONE
from oftra.targets.limits import Limits
from oftra.targets.needs import Survey

TARGET = "flink_sql"


def _undone(relation: Relation, connection: Connection) -> Iterator[tuple[str, str]]:
    options = relation.options
    known = {"kafka": {*KAFKA_METADATA, TOMBSTONE}, "files": {"file"}}.get(connection.kind, set())
    if unknown := [name for name in words(options.get("metadata")) if name not in known]:
        yield "metadata", f"[{', '.join(unknown)}]"
    if (extra := word(options.get("extra"), "ignore")) != "ignore":
        yield "extra", extra
    format_ = text_format(options, connection)
    if format_ is None and connection.kind == "kafka":
        yield "format", word(options.get("format"))
    if connection.kind == "kafka" and word(options.get("start"), "?") not in ("earliest", "latest", "committed"):
        yield "start", "a moment"
    if connection.kind == "kafka" and word(options.get("end"), "?") not in ("never", "now"):
        yield "end", "a moment"
    if connection.kind == "jdbc" and word(options.get("missing")) == "null":
        yield "missing", "null"
    if word(options.get("missing")) == "fail" and format_ == "json":
        yield "missing", "fail"
    if options.get("hive_partitioned") is True:
        yield "hive_partitioned", "true"
    if format_ == "csv" and (escape := text(given(options, connection, "escape"))) not in (None, '"'):
        yield "escape", str(escape)


MODES = {
    "kafka": ("append", "upsert"),
    "jdbc": ("append", "upsert"),
    "iceberg": ("append", "upsert", "overwrite"),
}
KINDS = frozenset({"files", "kafka", "jdbc", "iceberg"})
GATES = frozenset({"stop", "skip", "alert", "retry"})
LIMITS = Limits(TARGET, KINDS, _undone, MODES, KINDS - {"files"}, GATES)


def refuse(survey: Survey, names: Collection[str], report: Report) -> None:
    """Report whatever of `names` can't be done."""
    program = survey.program
    LIMITS.refuse(survey, names, report, streams=program.streams)
    merging.refuse(program, names, TARGET, report)
    databases.refuse(program, names, report)
    iceberg.refuse(survey, names, report)
    for relation in program.relations:
        if relation.name in names and relation.kind == "table" and relation.connection is not None:
            connection = program.connections[relation.connection]
            if connection.kind == "kafka":
                report.add(UnsupportedSinkMode(relation.name, "overwrite", TARGET, span=relation.span))
            elif connection.kind == "files" and _has_header(relation.options, connection):
                report.add(UnsupportedOption(relation.name, "header", "true", TARGET, span=relation.span))
    for sink in program.sinks:
        connection = program.connections[sink.connection]
        if sink.name in names and connection.kind == "files" and _has_header(sink.options, connection):
            report.add(UnsupportedOption(sink.name, "header", "true", TARGET, span=sink.span))


def _has_header(options: Options, connection: Connection) -> bool:
    """Whether a file begins with a line that Flink doesn't write."""
    return format_of(options, connection) == "csv" and given(options, connection, "header") is not False

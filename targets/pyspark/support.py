"""What this target can't do yet, a diagnostic a place: then nothing is written."""

from collections.abc import Collection, Iterator

from oftra.connectors import text_format
from oftra.diagnostics import Report
from oftra.diagnostics.targets import (
    UnsupportedConnection,
    UnsupportedGate,
    UnsupportedOption,
    UnsupportedRefresh,
    UnsupportedSecret,
    UnsupportedSinkMode,
    UnsupportedStreaming,
)
from oftra.ir.expr import Runtime
from oftra.ir.program import Connection, Program, Relation
from oftra.source import Span
from oftra.targets.needs import Survey
from oftra.targets.options import word, words

TARGET = "pyspark"
KINDS = frozenset({"files", "catalog", "delta", "iceberg"})


def refuse(survey: Survey, names: Collection[str], report: Report, *, stores: bool = True) -> None:
    """Report whatever of `names`, and of the pipelines that build them, can't be done.

    Without `stores` their rows alone are wanted: where tables are kept, and how, is no matter then.
    """
    program = survey.program
    for relation in program.relations:
        if relation.name in names and (stores or relation.kind != "table"):
            _relation(program, relation, report)
    if not stores:
        return
    for sink in program.sinks:
        if sink.name in names:
            _connection(program, sink.connection, sink.span, report)
            mode = word(sink.options.get("mode"), "overwrite")
            if mode != "overwrite" and program.connections[sink.connection].kind in KINDS:
                report.add(UnsupportedSinkMode(sink.name, mode, TARGET, span=sink.span))
    for pipeline in program.pipelines:
        if not any(name in names for name in pipeline.build):
            continue
        if pipeline.mode == "streaming":
            report.add(UnsupportedStreaming(pipeline.name, TARGET, span=pipeline.span))
        for gate in pipeline.gates:
            report.add(UnsupportedGate(pipeline.name, TARGET, span=gate.span))


def _relation(program: Program, relation: Relation, report: Report) -> None:
    if relation.kind == "source":
        _connection(program, relation.connection or "", relation.span, report)
        connection = program.connections.get(relation.connection or "")
        if connection is None or connection.kind not in KINDS:
            return
        for option, chosen in _undone(relation, connection):
            report.add(UnsupportedOption(relation.name, option, chosen, TARGET, span=relation.span))
    elif relation.kind == "table":
        if relation.connection is not None:
            _connection(program, relation.connection, relation.span, report)
        refresh = word(relation.options.get("refresh"), "full")
        if refresh != "full":
            report.add(UnsupportedRefresh(relation.name, refresh, TARGET, span=relation.span))


def _undone(relation: Relation, connection: Connection) -> Iterator[tuple[str, str]]:
    """The options of a source that can't be done as they are given."""
    options = relation.options
    if (changes := word(options.get("changes"), "append")) != "append":
        yield "changes", changes
    format_ = text_format(options, connection)
    if format_ is None:
        # Nothing stands beside the columns that typed records have.
        extra = word(options.get("extra"))
        if extra == "keep" or (extra == "fail" and relation.record_paths):
            yield "extra", extra
        if metadata := words(options.get("metadata")):
            yield "metadata", f"[{', '.join(metadata)}]"
    elif format_ == "json" and options.get("hive_partitioned") is True:
        yield "hive_partitioned", "true"


def _connection(program: Program, name: str, span: Span, report: Report) -> None:
    connection = program.connections.get(name)
    if connection is None:
        return
    if connection.kind not in KINDS:
        report.add(UnsupportedConnection(name, connection.kind, TARGET, span=span))
    for value in connection.options.values():
        if isinstance(value, Runtime) and value.kind == "secret":
            report.add(UnsupportedSecret(value.name, TARGET, span=value.span))

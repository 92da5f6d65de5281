"""What this target can't do yet, a diagnostic a place: then nothing is written."""

from collections.abc import Collection

from oftra.diagnostics import Report
from oftra.diagnostics.targets import (
    UnsupportedConnection,
    UnsupportedGate,
    UnsupportedOption,
    UnsupportedRefresh,
    UnsupportedSecret,
    UnsupportedSinkMode,
    UnsupportedStreaming,
    UnsupportedViolation,
)
from oftra.ir.expr import Runtime
from oftra.ir.program import Program, Relation
from oftra.source import Span
from oftra.targets.needs import Survey
from oftra.targets.options import word, words

TARGET = "pyspark"
KINDS = frozenset({"files", "catalog", "delta", "iceberg"})

WHOLE = {"changes": "append", "extra": "ignore"}
"""Options of a source, and the one choice that is all that can be done."""


def refuse(survey: Survey, names: Collection[str], report: Report, *, stores: bool = True) -> None:
    """Report whatever of `names`, and of the pipelines that build them, can't be done.

    Without `stores` their rows alone are wanted: where tables are kept, and how, is no matter then.
    """
    program = survey.program
    for relation in program.relations:
        if relation.name in names:
            if stores or relation.kind != "table":
                _relation(program, relation, report)
            _rules(survey, relation, report)
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
        for option, only in WHOLE.items():
            value = word(relation.options.get(option), only)
            if value != only:
                report.add(UnsupportedOption(relation.name, option, value, TARGET, span=relation.span))
        if words(relation.options.get("metadata")):
            listed = ", ".join(words(relation.options.get("metadata")))
            report.add(UnsupportedOption(relation.name, "metadata", f"[{listed}]", TARGET, span=relation.span))
    elif relation.kind == "table":
        if relation.connection is None:  # a quarantine
            report.add(UnsupportedViolation(relation.name, (), "quarantine", TARGET, span=relation.span))
        else:
            _connection(program, relation.connection, relation.span, report)
        refresh = word(relation.options.get("refresh"), "full")
        if refresh != "full":
            report.add(UnsupportedRefresh(relation.name, refresh, TARGET, span=relation.span))


def _rules(survey: Survey, relation: Relation, report: Report) -> None:
    for checked in survey.of(relation.name).checks:
        for action in ("quarantine", "drop"):
            rules = [rule for rule in checked.rules if rule.action == action]
            if rules:
                named = tuple([rule.name for rule in rules])
                span = checked.span if checked.span.end else relation.span
                report.add(UnsupportedViolation(relation.name, named, action, TARGET, span=span))


def _connection(program: Program, name: str, span: Span, report: Report) -> None:
    connection = program.connections.get(name)
    if connection is None:
        return
    if connection.kind not in KINDS:
        report.add(UnsupportedConnection(name, connection.kind, TARGET, span=span))
    for value in connection.options.values():
        if isinstance(value, Runtime) and value.kind == "secret":
            report.add(UnsupportedSecret(value.name, TARGET, span=value.span))

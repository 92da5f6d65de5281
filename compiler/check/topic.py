"""What options of connections and topics mean beside each other, where each alone is in order."""

from collections.abc import Iterable

from oftra.check import database
from oftra.check.option import word, words
from oftra.connectors.kafka import CELLS, NOT_YET, SASL
from oftra.datatypes import Binary, Json, String
from oftra.diagnostics import Report
from oftra.diagnostics.contracts import NeedsOption
from oftra.diagnostics.topics import FormatNotYet, NotOneValue, PlainPassword, WithoutEffect
from oftra.ir.expr import Column
from oftra.ir.program import Options, Word
from oftra.source import Span


def check_connection(kind: str, options: Options, owner: str, span: Span, report: Report) -> None:
    """Judge what a connection says of who logs in."""
    if isinstance(options.get("password"), str):
        report.add(PlainPassword(owner, span=span))
    if kind == "jdbc":
        database.check_connection(options, owner, span, report)
    if kind != "kafka":
        return
    asked = [name for name in ("user", "password") if name in options]
    if word(options, "security") in SASL:
        for name in ("user", "password"):
            if name not in asked:
                report.add(NeedsOption(f"security: {word(options, 'security')}", name, owner, span=span))
        return
    for name in (*asked, "mechanism"):
        if name in options:
            report.add(WithoutEffect(name, owner, "`security: sasl_ssl` or `sasl_plaintext`", span=span))


def check_source(options: Options, columns: tuple[Column, ...], owner: str, span: Span, report: Report) -> None:
    """Judge what a source says of its topic; `columns` are its contract's."""
    _format(options, ("json", "csv", "raw", "debezium"), owner, span, report)
    if word(options, "format") == "raw":
        _one_value("format", columns, owner, span, report)
    for one in words(options, "metadata"):
        if one.text == "tombstone" and (word(options, "format") or "json") != "json":
            report.add(WithoutEffect("tombstone", owner, "`format: json`", span=_place(one, span)))
    if word(options, "start") == "committed" and "group" not in options:
        report.add(NeedsOption("start: committed", "group", owner, span=_place(options["start"], span)))


def check_sink(options: Options, columns: tuple[Column, ...], owner: str, span: Span, report: Report) -> None:
    """Judge what a sink says of its topic; `columns` are its relation's."""
    _format(options, ("json", "csv", "raw"), owner, span, report)
    key = {one.text for one in words(options, "key")}
    if word(options, "format") == "raw":
        _one_value("format", [one for one in columns if one.name not in key], owner, span, report)
    if word(options, "key_format") == "raw":
        _one_value("key_format", [one for one in columns if one.name in key], owner, span, report)


def _format(options: Options, choices: tuple[str, ...], owner: str, span: Span, report: Report) -> None:
    format_ = word(options, "format") or ""
    if format_ in NOT_YET:
        report.add(FormatNotYet(format_, owner, choices, span=_place(options["format"], span)))
    if format_ != "csv":
        for spec in CELLS:
            if spec.name in options:
                report.add(WithoutEffect(spec.name, owner, "`format: csv`", span=span))


def _one_value(what: str, columns: Iterable[Column], owner: str, span: Span, report: Report) -> None:
    match list(columns):
        case [Column(type=String() | Binary() | Json())]:
            return
        case found:
            report.add(NotOneValue(what, owner, tuple([one.name for one in found]), span=span))


def _place(option: object, span: Span) -> Span:
    """Where an option's word was written, if it was."""
    return option.span if isinstance(option, Word) and option.span.file else span

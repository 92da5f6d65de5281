"""Diagnostics for machines: JSON, the annotations of a GitHub workflow, and SARIF for code scanning."""

import json
from collections.abc import Iterable, Mapping
from inspect import cleandoc
from typing import Any

from oftra.diagnostics.model import Diagnostic
from oftra.diagnostics.report import in_order
from oftra.source import Position, SourceFile


def places(diagnostic: Diagnostic, sources: Mapping[str, SourceFile]) -> tuple[Position, Position]:
    """The first place of a diagnostic and the one behind its last; line 1, column 1 if its text is not at hand."""
    source = sources.get(diagnostic.span.file)
    if source is None:
        return Position(1, 1), Position(1, 1)
    size = len(source.text)
    return source.position(min(diagnostic.span.start, size)), source.position(min(diagnostic.span.end, size))


def named(diagnostic: Diagnostic, sources: Mapping[str, SourceFile]) -> str:
    """The file as whoever gave its text calls it; '' if it is about none."""
    source = sources.get(diagnostic.span.file)
    return diagnostic.span.file if source is None else source.path


def render_json(diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile]) -> str:
    """An array of objects with one shape; lines and columns count from 1, columns in code points."""
    rows = []
    for found in in_order(diagnostics):
        start, end = places(found, sources)
        rows.append(
            {
                "code": found.code,
                "severity": found.severity,
                "message": found.title,
                "path": named(found, sources),
                "line": start.line,
                "column": start.column,
                "end_line": end.line,
                "end_column": end.column,
                "help": found.help,
            }
        )
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def render_github(diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile]) -> str:
    """A workflow command a diagnostic, which GitHub shows beside the line of a change."""
    lines = []
    for found in in_order(diagnostics):
        properties = []
        if found.span.file:
            start, end = places(found, sources)
            properties += [("file", named(found, sources)), ("line", str(start.line)), ("endLine", str(end.line))]
            if start.line == end.line:  # GitHub takes columns on one line only
                properties += [("col", str(start.column)), ("endColumn", str(end.column))]
        properties.append(("title", f"{found.code} {found.title}"))
        message = "\n".join(text for text in (*(label.text for label in found.labels[:1]), found.help) if text)
        settings = ",".join(f"{name}={_escaped(value, in_property=True)}" for name, value in properties)
        lines.append(f"::{found.severity} {settings}::{_escaped(message or found.title, in_property=False)}\n")
    return "".join(lines)


def _escaped(text: str, *, in_property: bool) -> str:
    """`text` so that it can't end its place in a workflow command."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def render_sarif(diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile]) -> str:
    """A SARIF 2.1.0 log with one run; its rules are the codes that were found, each with its page as help."""
    found = in_order(diagnostics)
    classes = {one.code: type(one) for one in found}
    codes = sorted(classes)
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "oftra", "rules": [_rule(classes[code]) for code in codes]}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(one, codes.index(one.code), sources) for one in found],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(kind: type[Diagnostic]) -> dict[str, Any]:
    page = cleandoc(kind.__doc__ or "")
    return {
        "id": kind.code,
        "name": kind.__name__,
        "shortDescription": {"text": page.partition("\n")[0]},
        "fullDescription": {"text": page.partition("\n\nWrong:")[0]},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": kind.severity},
    }


def _result(found: Diagnostic, rule: int, sources: Mapping[str, SourceFile]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": found.code,
        "ruleIndex": rule,
        "level": found.severity,
        "message": {"text": found.title + (f"\n{found.help}" if found.help else "")},
    }
    if found.span.file:
        start, end = places(found, sources)
        region = {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        }
        place = {"artifactLocation": {"uri": _uri(named(found, sources))}, "region": region}
        result["locations"] = [{"physicalLocation": place}]
    return result


def _uri(path: str) -> str:
    """A path as a relative reference."""
    safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/"
    return "".join(char if char in safe else "".join(f"%{byte:02X}" for byte in char.encode()) for char in path)

"""Warnings that the program's author has looked at: `-- oftra: allow OF0456` on the line, or alone right above it."""

import re
from collections.abc import Iterable, Mapping

from oftra.diagnostics.model import Diagnostic
from oftra.source import SourceFile

_ALLOW = re.compile(r"--\s*oftra:\s*allow\s+(OF\d{4}(?:\s*,\s*OF\d{4})*)")


def without_allowed(diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile]) -> list[Diagnostic]:
    """`diagnostics` but for the warnings that their place allows. An error can't be allowed."""
    kept = []
    allowed: dict[str, Mapping[int, frozenset[str]]] = {}
    for found in diagnostics:
        source = sources.get(found.span.file)
        if found.severity == "warning" and source is not None:
            if source.path not in allowed:
                allowed[source.path] = _allowed(source)
            line = source.position(found.span.start).line
            if found.code in allowed[source.path].get(line, ()):
                continue
        kept.append(found)
    return kept


def _allowed(source: SourceFile) -> Mapping[int, frozenset[str]]:
    """The codes that are allowed, by line."""
    by_line: dict[int, frozenset[str]] = {}
    for found in _ALLOW.finditer(source.text):
        line = source.position(found.start()).line
        codes = frozenset(code.strip() for code in found[1].split(","))
        alone = not source.line(line).partition("--")[0].strip()
        for place in (line, line + 1) if alone else (line,):
            by_line[place] = by_line.get(place, frozenset()) | codes
    return by_line

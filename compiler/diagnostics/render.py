"""Diagnostics as text for people: what is wrong, where, why, and what to do about it.

The formats for machines stand in `render_formats`, the warnings to leave out in `allow`; both are offered here too.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from oftra.diagnostics.allow import without_allowed
from oftra.diagnostics.model import Diagnostic, Label
from oftra.diagnostics.render_edit import Change
from oftra.diagnostics.render_formats import render_github, render_json, render_sarif
from oftra.diagnostics.render_line import visible
from oftra.diagnostics.render_row import GAP, Line, Style
from oftra.diagnostics.render_snippet import Snippet
from oftra.diagnostics.report import in_order
from oftra.source import SourceFile

__all__ = ["render_github", "render_json", "render_place", "render_sarif", "render_text", "summary", "without_allowed"]

WIDTH = 120

_ANSI: dict[Style, str] = {
    "plain": "",
    "title": "\x1b[1m",
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "note": "\x1b[1;34m",
    "gutter": "\x1b[34m",
    "help": "\x1b[1;36m",
    "added": "\x1b[32m",
    "removed": "\x1b[31m",
}

_Segments = Iterable[tuple[str, Style]]
_Paint = Callable[[_Segments], str]


def render_text(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile], color: bool = False, width: int = WIDTH
) -> str:
    """All of `diagnostics` for people, source cut to `width` columns, a summary at the end; '' if there are none."""
    found = in_order(diagnostics)
    if not found:
        return ""
    paint = _painted if color else _bare
    blocks = ["".join(line + "\n" for line in _block(one, sources, paint, width)) for one in found]
    return "\n".join([*blocks, paint([(summary(found), "title")]) + "\n"])


def render_place(
    title: str, labels: Sequence[Label], sources: Mapping[str, SourceFile], color: bool = False, width: int = WIDTH
) -> str:
    """A place of a program as a diagnostic would show it, the first label's, without anything being wrong there."""
    paint = _painted if color else _bare
    snippets, _ = _snippets(labels, "note", sources, width)
    margin = " " * len(str(max([snippet.last_line for _, snippet in snippets], default=1)))
    lines = [paint([(visible(title), "title")]), *_excerpts(snippets, margin, paint)]
    return "".join(line + "\n" for line in lines)


def summary(found: list[Diagnostic]) -> str:
    """How many of what there are, and where to read more."""
    parts = []
    for severity in ("error", "warning"):
        count = sum(one.severity == severity for one in found)
        if count:
            parts.append(f"{count} {severity}" + ("s" if count > 1 else ""))
    return f"{' and '.join(parts)}; `oftra explain {found[0].code}` tells more"


def _bare(segments: _Segments) -> str:
    return "".join(text for text, _ in segments).rstrip(" ")


def _painted(segments: _Segments) -> str:
    return "".join(f"{_ANSI[style]}{text}\x1b[0m" if _ANSI[style] and text else text for text, style in segments)


def _block(diagnostic: Diagnostic, sources: Mapping[str, SourceFile], paint: _Paint, width: int) -> Iterator[str]:
    severity = diagnostic.severity
    yield paint([(f"{severity}[{diagnostic.code}]", severity), (f": {visible(diagnostic.title)}", "title")])
    snippets, notes = _snippets(diagnostic.labels, diagnostic.severity, sources, width)
    edit = diagnostic.edit
    change = Change(edit, sources[edit.span.file], width) if edit and edit.span.file in sources else None
    numbers = [snippet.last_line for _, snippet in snippets]
    margin = " " * len(str(max([*numbers, change.last_line if change else 1])))
    rule = paint([(f"{margin} |", "gutter")])
    if not snippets and diagnostic.span.file:
        yield paint([(f"{margin}--> ", "gutter"), (visible(diagnostic.span.file), "plain")])
    yield from _excerpts(snippets, margin, paint)
    remarks = [("note", note) for note in notes]
    if diagnostic.help or change:
        remarks.append(("help", diagnostic.help or "write it like this"))
    if remarks and snippets:
        yield rule
    for kind, words in remarks:
        first, *more = words.split("\n")
        yield paint([(f"{margin} = ", "gutter"), (f"{kind}: ", "help"), (visible(first), "plain")])
        for line_of_words in more:
            yield f"{margin}   {' ' * len(kind)}  {visible(line_of_words)}".rstrip(" ")
    if change:
        yield rule
        for sign, line in change.lines():
            yield _beside(line, sign, margin, paint)


def _excerpts(snippets: Sequence[tuple[str, Snippet]], margin: str, paint: _Paint) -> Iterator[str]:
    """Each snippet under its place."""
    rule = paint([(f"{margin} |", "gutter")])
    for index, (place, snippet) in enumerate(snippets):
        yield from [rule] * (index > 0)
        yield paint([(f"{margin}{'::: ' if index else '--> '}", "gutter"), (place, "plain")])
        yield rule
        for line in snippet.lines():
            yield _beside(line, "|", margin, paint)


def _snippets(
    labels: Sequence[Label], severity: Style, sources: Mapping[str, SourceFile], width: int
) -> tuple[list[tuple[str, Snippet]], list[str]]:
    """A snippet a file with its place, the primary label's first; and the words of labels without a text at hand."""
    by_file: dict[str, list[Label]] = {}
    notes: list[str] = []
    for index, label in enumerate(labels):
        if label.span.file in sources:
            by_file.setdefault(label.span.file, []).append(label)
        elif label.text:
            elsewhere = label.span.file if index else ""
            notes.append(f"{elsewhere}: {label.text}" if elsewhere else label.text)
    primary = labels[0].span.file if labels else ""
    snippets = []
    for file, inside in by_file.items():
        source = sources[file]
        position = source.position(inside[0].span.start)
        snippet = Snippet(source, inside, primary=file == primary, severity=severity, width=width)
        snippets.append((f"{visible(source.path)}:{position.line}:{position.column}", snippet))
    return snippets, notes


def _beside(line: Line, sign: str, margin: str, paint: _Paint) -> str:
    """A line of a snippet behind its gutter."""
    if line.gutter == GAP:
        return paint([(GAP.ljust(len(margin) + 3), "gutter"), *line.row.segments()])
    edge: Style = "added" if sign == "+" else "removed" if sign == "-" else "gutter"
    return paint([(line.gutter.rjust(len(margin)), "gutter"), (f" {sign} ", edge), *line.row.segments()])

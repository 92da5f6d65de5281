"""Lines of source with what is said about them drawn beneath: carets under the main place, dashes under the others.

A span within a line is underlined. One over several lines has a rail at the left that runs from its first to its last.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from oftra.diagnostics.model import Label
from oftra.diagnostics.render_line import Excerpt, excerpt, visible, width_of
from oftra.diagnostics.render_row import GAP, Line, Row, Style
from oftra.source import SourceFile, Span


@dataclass(frozen=True)
class _Mark:
    """Something to be drawn beneath one line. `start` and `end` count characters of the line."""

    part: Literal["whole", "first", "last"]
    start: int
    end: int
    text: str
    primary: bool
    rail: int = 0

    @property
    def anchor(self) -> int:
        return max(self.end - 1, 0) if self.part == "last" else self.start


class Snippet:
    """The lines of one file that `labels` speak of. The first label is the primary one if `primary` says so."""

    def __init__(
        self, source: SourceFile, labels: Iterable[Label], *, primary: bool, severity: Style, width: int
    ) -> None:
        self._source = source
        self._severity = severity
        self._width = width
        self._marks: dict[int, list[_Mark]] = {}
        self._rails: list[tuple[int, int, bool]] = []  # first line, last line, primary
        for index, label in enumerate(labels):
            self._add(label, primary=primary and index == 0)
        self._indent = len(self._rails) + 1 if self._rails else 0
        self._open: set[int] = set()

    @property
    def last_line(self) -> int:
        """The greatest line number that is shown."""
        return max(self._marks, default=0)

    def _add(self, label: Label, *, primary: bool) -> None:
        span = clamped(label.span, self._source)
        first, start = self._source.position(span.start)
        # The end is the last character's line: a span that ends with a line break does not reach into the next line.
        last, end = self._source.position(max(span.end - 1, span.start))
        text = visible(label.text)
        if first == last:
            self._mark(first, _Mark("whole", start - 1, max(end, start), text, primary))
            return
        rail = len(self._rails)
        self._rails.append((first, last, primary))
        self._mark(first, _Mark("first", start - 1, start, "", primary, rail))
        self._mark(last, _Mark("last", end - 1, end, text, primary, rail))

    def _mark(self, line: int, mark: _Mark) -> None:
        self._marks.setdefault(line, []).append(mark)

    def _style(self, primary: bool) -> Style:
        return self._severity if primary else "note"

    def lines(self) -> Iterator[Line]:
        """The snippet from top to bottom."""
        before = 0
        for number in self._numbers():
            if before and number > before + 1:
                yield Line(GAP, self._rail_row())
            yield from self._line(number)
            before = number

    def _numbers(self) -> list[int]:
        """The lines to show: those with marks, the first after one where a rail begins, and a gap of a single line."""
        wanted = set(self._marks)
        for first, last, _ in self._rails:
            wanted.add(min(first + 1, last))
        ordered = sorted(wanted)
        gaps = {low + 1 for low, high in pairwise(ordered) if high == low + 2}
        return sorted(wanted | gaps)

    def _line(self, number: int) -> Iterator[Line]:
        text = self._source.line(number)
        marks = self._marks.get(number, [])
        # One excerpt shows the primary mark and all that are near; on a very long line others need a second one.
        waiting: list[_Mark | None] = [*sorted(marks, key=lambda mark: (not mark.primary, mark.anchor))] or [None]
        while waiting:
            shown = excerpt(text, waiting[0].anchor if waiting[0] else 0, self._width)
            inside = [mark for mark in waiting if mark and shown.holds(mark.anchor)]
            waiting = [mark for mark in waiting if mark and not shown.holds(mark.anchor)]
            slashes = [mark for mark in inside if mark.part == "first" and not text[: mark.start].strip()]
            row = self._rail_row()
            for mark in slashes:
                row.put(mark.rail, "/", self._style(mark.primary))
                self._open.add(mark.rail)
            row.put(self._indent, shown.text, "plain")
            yield Line(str(number), row)
            yield from self._beneath(shown, [mark for mark in inside if mark not in slashes])

    def _beneath(self, shown: Excerpt, marks: list[_Mark]) -> Iterator[Line]:
        whole = sorted((mark for mark in marks if mark.part == "whole"), key=lambda mark: mark.start)
        if whole:
            yield from self._underlines(shown, whole)
        for mark in marks:
            if mark.part == "first":
                row = self._rail_row()
                self._arm(row, mark, shown.column(mark.start))
                self._open.add(mark.rail)
                yield Line("", row)
        for mark in marks:
            if mark.part == "last":
                row = self._rail_row()
                self._arm(row, mark, shown.column(mark.start))
                self._open.discard(mark.rail)
                yield Line("", row)

    def _arm(self, row: Row, mark: _Mark, column: int) -> None:
        """From the rail to a character, and the words there."""
        style = self._style(mark.primary)
        row.put(mark.rail + 1, "_" * (self._indent + column - mark.rail - 1), style)
        row.put(self._indent + column, "^" if mark.primary else "-", style)
        if mark.text:
            row.put(self._indent + column + 2, mark.text, style)

    def _underlines(self, shown: Excerpt, marks: list[_Mark]) -> Iterator[Line]:
        """The marks under their columns; the words of the last beside it, those of the others hung below."""
        row = self._rail_row()
        places: list[tuple[int, _Mark]] = []
        for mark in sorted(marks, key=lambda mark: mark.primary):  # the primary one is drawn over the others
            start = self._indent + shown.column(mark.start)
            end = self._indent + shown.column(mark.end)
            row.put(start, ("^" if mark.primary else "-") * max(end - start, 1), self._style(mark.primary))
            places.append((start, mark))
        places.sort(key=lambda place: place[0])
        hung = [place for place in places if place[1].text]
        last = hung[-1] if hung and hung[-1] == places[-1] else None
        if last:
            end = max(self._indent + shown.column(last[1].end), last[0] + 1)
            if row.free(end, end + 2 + width_of(last[1].text)):
                row.put(end + 1, last[1].text, self._style(last[1].primary))
                hung.pop()
        yield Line("", row)
        if hung:
            yield Line("", self._strings(hung))
        while hung:
            start, mark = hung.pop()
            row = self._strings(hung)
            row.put(start, mark.text, self._style(mark.primary))
            yield Line("", row)

    def _strings(self, hung: list[tuple[int, _Mark]]) -> Row:
        """The upright strokes on which words hang that are yet to come."""
        row = self._rail_row()
        for start, mark in hung:
            row.put(start, "|", self._style(mark.primary))
        return row

    def _rail_row(self) -> Row:
        row = Row()
        for rail in sorted(self._open):
            row.put(rail, "|", self._style(self._rails[rail][2]))
        return row


def clamped(span: Span, source: SourceFile) -> Span:
    """`span` within the text that there is: a diagnostic may outlive the text that it was made for."""
    size = len(source.text)
    start = min(max(span.start, 0), size)
    return Span(start, min(max(span.end, start), size), span.file)

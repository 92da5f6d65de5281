"""The exact change that mends a mistake, shown as the line that comes of it."""

from collections.abc import Iterator

from oftra.diagnostics.model import Edit
from oftra.diagnostics.render_line import excerpt
from oftra.diagnostics.render_row import GAP, Line, Row
from oftra.diagnostics.render_snippet import clamped
from oftra.source import SourceFile

MOST = 6  # lines that are shown of a change


class Change:
    """`edit` made in `source`: the lines that it touches, before and after."""

    def __init__(self, edit: Edit, source: SourceFile, width: int) -> None:
        span = clamped(edit.span, source)
        self._width = width
        self._first, column = source.position(span.start)
        last, end = source.position(span.end)
        self._start = column - 1
        self._before = [source.line(number) for number in range(self._first, last + 1)]
        text = self._before[0][: self._start] + edit.replacement + self._before[-1][end - 1 :]
        self._after = text.split("\n")
        self._inserts = not span.end > span.start
        self._replacement = edit.replacement

    @property
    def last_line(self) -> int:
        """The greatest line number that is shown."""
        return self._first + max(len(self._before), len(self._after)) - 1

    def lines(self) -> Iterator[tuple[str, Line]]:
        """The new line with the new part marked, where that says all; else lines that go (`-`) and that come (`+`)."""
        if len(self._before) == len(self._after) == 1 and self._replacement:
            shown = excerpt(self._after[0], self._start, self._width)
            row = Row()
            row.put(0, shown.text, "plain")
            yield "|", Line(str(self._first), row)
            under = Row()
            start = shown.column(self._start)
            width = max(shown.column(self._start + len(self._replacement)) - start, 1)
            under.put(start, ("+" if self._inserts else "~") * width, "added")
            yield "|", Line("", under)
            return
        yield from self._listed("-", self._before)
        yield from self._listed("+", self._after)

    def _listed(self, sign: str, lines: list[str]) -> Iterator[tuple[str, Line]]:
        for number, line in enumerate(lines[:MOST], self._first):
            row = Row()
            row.put(0, excerpt(line, self._start, self._width).text, "plain")
            yield sign, Line(str(number), row)
        if len(lines) > MOST:
            yield sign, Line(GAP, Row())

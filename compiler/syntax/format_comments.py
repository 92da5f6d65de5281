"""Where comments go when a program is formatted.

The formatter meets what it writes in the order of the source, in units: a declaration, an item of a list, an operator,
a row. A comment on a line of its own goes above the unit that follows it, a comment behind something to the end of that
unit's line. One in the middle of a unit moves to its end. So every comment is kept, and stays where it is next time.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Protocol, TypeVar

from oftra.source import Span
from oftra.syntax.layout import HARD, SOFT, Doc, Nest, Suffix, group
from oftra.syntax.nodes import Comment, Query


class HasSpan(Protocol):
    """Anything that knows its place in the source."""

    @property
    def span(self) -> Span: ...


Spanned = TypeVar("Spanned", bound=HasSpan)


class Comments:
    """The comments that have not been written yet; and how a query inside an expression is written."""

    def __init__(self, comments: tuple[Comment, ...], write_query: "Callable[[Query, Comments], Doc]") -> None:
        self._write_query = write_query
        self._waiting = sorted(comments, key=lambda comment: comment.span, reverse=True)
        self._closed = 0

    def in_parentheses(self, query: Query) -> Doc:
        """`query` in parentheses."""
        return group("(", Nest(2, (SOFT, self._write_query(query, self))), SOFT, ")")

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Inside, units take no comments: the unit around them does."""
        self._closed += 1
        try:
            yield
        finally:
            self._closed -= 1

    def unit(self, span: Span, write: Callable[[], Doc], limit: int) -> Doc:
        """What `write` gives for the unit at `span`, with its comments; the next unit begins at `limit` or later."""
        if self._closed or not self._waiting:
            return write()
        above = self.above(span.start)
        written = write()
        return (*above, written, *self._behind(span.end, limit))

    def units(self, items: Sequence[Spanned], write: Callable[[Spanned], Doc], end: int) -> list[Doc]:
        """What `write` gives for each of `items`, with its comments; the last one may go on to `end`."""
        if self._closed or not self._waiting:
            return [write(item) for item in items]
        limits = [*(item.span.start for item in items[1:]), end]
        return [self.unit(item.span, partial(write, item), limit) for item, limit in zip(items, limits)]

    def above(self, start: int) -> list[Doc]:
        """The comments before `start`, each on a line of its own."""
        lines: list[Doc] = []
        while self._waiting and self._waiting[-1].span.start < start:
            comment = self._waiting.pop()
            lines += [comment.text, HARD]
            if comment.gap:
                lines.append(HARD)
        return lines

    def dangling(self, end: int) -> list[Doc]:
        """The comments before `end` that nothing follows, each after a line break."""
        lines: list[Doc] = []
        while self._waiting and self._waiting[-1].span.start < end:
            lines += [HARD, self._waiting.pop().text]
        return lines

    def any_before(self, end: int) -> bool:
        """Whether a comment stands before `end`."""
        return bool(self._waiting) and not self._closed and self._waiting[-1].span.start < end

    def _behind(self, end: int, limit: int) -> list[Doc]:
        """The comments in the middle of a unit, and those that follow it on its line.

        Only one `--` fits at the end of a line: any more wait for the next unit, as comments of several lines do.
        """
        found: list[Doc] = []
        kept: list[Comment] = []
        line_is_over = False
        while self._waiting:
            comment = self._waiting[-1]
            inside = comment.span.start < end
            if not inside and (comment.own_line or comment.span.start >= limit):
                break
            self._waiting.pop()
            if line_is_over or "\n" in comment.text:
                kept.append(comment)
            else:
                found.append(Suffix(comment.text))
                line_is_over = not comment.text.startswith("/*")
        self._waiting.extend(reversed(kept))
        return found

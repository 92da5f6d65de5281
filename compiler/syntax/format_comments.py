"""Where comments go when a program is formatted.

The formatter meets what it writes in the order of the source, in units: a declaration, an item of a list, an operator,
a row. A comment on a line of its own goes above the unit that follows it, a comment behind something to the end of the
line of the innermost unit that ends there. One in the middle of a unit moves to its end. So every comment is kept, and
stays where it is next time.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Protocol, TypeVar

from oftra.source import Span
from oftra.syntax.layout import HARD, SOFT, Doc, Nest, Suffix, group, last_line_is_over
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
        self._postponed: list[Comment] = []
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

    def unit(self, span: Span, write: Callable[[], Doc], reach: int = 0) -> Doc:
        """What `write` gives for the unit at `span`, with its comments; `reach` is the end of what closes it."""
        if self._closed or not (self._waiting or self._postponed):
            return write()
        above = self._above(span.start)
        written = write()
        return (*above, written, *self._behind(span.end, max(span.end, reach), last_line_is_over(written)))

    def units(self, items: Sequence[Spanned], write: Callable[[Spanned], Doc]) -> list[Doc]:
        """What `write` gives for each of `items`, with its comments."""
        return [self.unit(item.span, partial(write, item)) for item in items]

    def dangling(self, end: int) -> list[Doc]:
        """The comments before `end` that nothing follows, each after a line break."""
        lines: list[Doc] = []
        for comment in [] if self._closed else self._before(end):
            lines += [HARD, comment.text, *([HARD] if comment.gap else [])]
        return lines[:-1] if lines and lines[-1] is HARD else lines

    def any_before(self, end: int) -> bool:
        """Whether a comment stands before `end`."""
        return not self._closed and bool(self._postponed or (self._waiting and self._waiting[-1].span.start < end))

    def _above(self, start: int) -> list[Doc]:
        """The comments before `start`, each on a line of its own."""
        lines: list[Doc] = []
        for comment in self._before(start):
            lines += [comment.text, HARD, *([HARD] if comment.gap else [])]
        return lines

    def _before(self, end: int) -> list[Comment]:
        found, self._postponed = self._postponed, []
        while self._waiting and self._waiting[-1].span.start < end:
            found.append(self._waiting.pop())
        return found

    def _behind(self, end: int, reach: int, line_is_over: bool) -> list[Doc]:
        """The comments in the middle of a unit, and those that follow it on its line.

        Only one `--` fits at the end of a line: any more wait for the next unit, as comments of several lines do.
        """
        found: list[Doc] = []
        while self._waiting:
            comment = self._waiting[-1]
            if comment.span.start >= end and (comment.own_line or comment.follows > reach):
                break
            self._waiting.pop()
            if self._postponed or line_is_over or "\n" in comment.text:
                self._postponed.append(comment)
            else:
                found.append(Suffix(comment.text))
                line_is_over = comment.text.startswith("--")
        return found

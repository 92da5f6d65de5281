"""Where a statement breaks into lines: black's way of splitting, so that black has nothing to change.

A line that is too long is split at its last brackets, their inside at its delimiters of the highest priority, and so on
for each part. Around the value of a statement stand parentheses that are seen only where splitting there reads best.
Every part is a slice of the statement's tokens, so that its length is a difference of two sums.
"""

from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from oftra.targets.python.text import width
from oftra.targets.python.tokens import CLOSE, COMMA, COMMAS, DOT, OPEN, Tokens

LIMIT = 88


class Line(NamedTuple):
    """The tokens from `start` to `end`, `indent` levels deep.

    `inside` brackets it may break at delimiters; `comma` adds one at the end; `split` asks for a break in any case.
    """

    start: int
    end: int
    indent: int
    inside: bool = False
    comma: bool = False
    split: bool = False
    magic: bool = False
    is_def: bool = False
    is_statement: bool = False


class Brackets(NamedTuple):
    """A line taken apart at a pair of brackets."""

    head: Line
    body: Line
    tail: Line

    @property
    def opening(self) -> int:
        """The token that opens."""
        return self.body.start - 1

    @property
    def closing(self) -> int:
        """The token that closes."""
        return self.body.end


def lines_of(tokens: Tokens, indent: int, is_def: bool = False) -> "Splitter":
    """A statement broken into lines."""
    splitter = Splitter(tokens)
    whole = Line(0, len(tokens.text), indent, magic=bool(tokens.magic), is_def=is_def, is_statement=True)
    splitter.lines = splitter.transform(whole, False) if whole.magic or not splitter.fits(whole) else [whole]
    return splitter


class Splitter:
    """Breaks one statement. `shown` are the optional brackets that it shows."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.lines: list[Line] = []
        self.shown: set[int] = set()
        widths = [len(word) if word.isascii() else width(word) for word in tokens.text]
        self.widths = [0, *accumulate(map(int.__add__, widths, tokens.spaced))]
        lengths = [len(word) for word in tokens.text]
        same = lengths == widths
        self.lengths = self.widths if same else [0, *accumulate(map(int.__add__, lengths, tokens.spaced))]

    def text(self, line: Line, start: int, end: int) -> str:
        """The text of the tokens from `start` to `end`, which stand on `line`."""
        words, spaced = self.tokens.text, self.tokens.spaced
        parts = ["    " * line.indent] if start == line.start else []
        for at in range(start, end):
            if spaced[at] and at > line.start:
                parts.append(" ")
            parts.append(words[at] if at not in self.shown else "(" if self.tokens.kind[at] == OPEN else ")")
        if line.comma and end == line.end:
            parts.append(",")
        return "".join(parts)

    # ------------------------------------------------------------------------------------------------------- measuring

    def fits(self, line: Line, limit: int = LIMIT) -> bool:
        """Whether it is short enough."""
        first, last = line.start, line.end - 1
        shown = (last in self.shown) + (first in self.shown and first != last)
        size = self.widths[line.end] - self.widths[first] - self.tokens.spaced[first]
        return 4 * line.indent + size + shown + line.comma <= limit

    def delimiters(self, line: Line) -> list[tuple[int, int]]:
        """The tokens after which it may break, and how well; not its last comma."""
        kind, depth, mate, before = self.tokens.kind, self.tokens.depth, self.tokens.mate, self.tokens.before
        found: list[tuple[int, int]] = []
        at, last, level = line.start, line.end - 1, depth[line.start]
        while at < last:
            if kind[at] == OPEN:
                at = mate[at]
                if at >= last:
                    break
            if depth[at] == level and kind[at] == COMMA:
                found.append((at, COMMAS))
            elif before[at + 1] and depth[at + 1] == level:
                found.append((at, before[at + 1]))
            at += 1
        return found

    def _has_magic(self, start: int, end: int) -> bool:
        mate = self.tokens.mate
        return any(start <= mate[at] and at < end for at in self.tokens.magic)

    # ------------------------------------------------------------------------------------------------------- splitting

    def transform(self, line: Line, force: bool) -> list[Line]:
        """`line` in as many lines as it takes."""
        if not line.split and not line.magic and self.fits(line):
            return [line]
        found: list[Line] | None = None
        if line.is_def:
            parts = self._at_first_brackets(line)
            return [line] if parts is None else self._each(parts, line, force) or [line]
        if line.inside:
            parts = self._at_delimiters(line)
            found = None if parts is None else self._each(parts, line, force)
        if found is None:
            found = self._at_brackets(line, force)
        return [line] if found is None else found

    def _each(self, parts: list[Line], line: Line, force: bool) -> list[Line] | None:
        result: list[Line] = []
        for part in parts:
            if part.start == line.start and part.end == line.end and part.indent == line.indent:
                return None
            result += self.transform(part, force)
        return result

    def _at_first_brackets(self, line: Line) -> list[Line] | None:
        """A `def` at its parameters."""
        kind, mate = self.tokens.kind, self.tokens.mate
        for at in range(line.start, line.end):
            if kind[at] == OPEN and mate[at] > at + 1:
                return list(self._parted(line, at, mate[at]))
        return None

    def _at_delimiters(self, line: Line) -> list[Line] | None:
        """At the delimiters of the highest priority, but not at a single dot."""
        delimiters = self.delimiters(line)
        if not delimiters:
            return None
        top = max([priority for _, priority in delimiters])
        places = [at for at, priority in delimiters if priority == top]
        if top == DOT and len(places) == 1:
            return None
        parts: list[Line] = []
        start = line.start
        for at in places:
            parts.append(self._inner(start, at + 1, line.indent))
            start = at + 1
        comma = line.comma or (top == COMMAS and self.tokens.kind[line.end - 1] != COMMA)
        parts.append(self._inner(start, line.end, line.indent)._replace(comma=comma))
        return parts

    def _inner(self, start: int, end: int, indent: int) -> Line:
        return Line(start, end, indent, inside=True, magic=self._has_magic(start, end))

    def _at_brackets(self, line: Line, force: bool) -> list[Line] | None:
        """At its last brackets, or at earlier ones if so its first line is short enough."""
        parts = self._best_brackets(line, force)
        result = None if parts is None else self._each(parts, line, force)
        if result is None or force or not line.is_statement or self.fits(result[0]):
            return result
        kind, words, depth = self.tokens.kind, self.tokens.text, self.tokens.depth
        optional = [at for at in range(line.start, line.end) if kind[at] in (OPEN, CLOSE) and not words[at]]
        if not optional or any(at in self.shown and depth[at] == 0 for at in optional):
            return result
        shown = set(self.shown)
        parts = self._best_brackets(line, True)
        second = None if parts is None else self._each(parts, line, True)
        if second is None or all(self.fits(one) for one in second):
            return second
        self.shown = shown
        return result

    def _best_brackets(self, line: Line, force: bool) -> list[Line] | None:
        first: list[Line] | None = None
        tried = False
        for omit in self._trailers(line):
            if omit and self._starts_too_far(line, omit):
                continue
            brackets = self._last_brackets(line, omit)
            parts = None if brackets is None else self._shown(brackets, line, force, omit)
            if parts is None:
                return None
            if not omit and not tried:
                first = parts
            tried = True
            if self.fits(parts[0]):
                return parts
        if first is None:
            brackets = self._last_brackets(line, frozenset())
            first = None if brackets is None else self._shown(brackets, line, force, frozenset())
        return first

    def _starts_too_far(self, line: Line, omit: frozenset[int]) -> bool:
        """Whether what stands before the brackets that are left is too long already."""
        for at in range(line.end - 1, line.start - 1, -1):
            if self.tokens.kind[at] == CLOSE and at not in omit:
                opening = self.tokens.mate[at]
                if not self.tokens.text[opening] or opening < line.start:
                    return False
                return 4 * line.indent + self.lengths[opening] - self.lengths[line.start] > LIMIT
        return False

    def _trailers(self, line: Line) -> Iterator[frozenset[int]]:
        """Sets of closing brackets to leave alone, ever more of them: those of trailers that fit on the last line."""
        omit: set[int] = set()
        if not line.magic:
            yield frozenset()
        kind, mate = self.tokens.kind, self.tokens.mate
        length = 4 * line.indent + line.comma
        opening = closing = -1
        inner: set[int] = set()
        for at in range(line.end - 1, line.start - 1, -1):
            length += self.lengths[at + 1] - self.lengths[at]
            if length > LIMIT:
                return
            before = at - 1 if at > line.start else -1
            explodes = before >= 0 and kind[before] == COMMA and at in self.tokens.magic
            if opening >= 0:
                if at == opening:
                    opening = -1
                elif kind[at] == CLOSE:
                    if explodes:
                        return
                    inner.add(at)
            elif kind[at] == CLOSE:
                if before >= 0 and kind[before] == OPEN:
                    inner.add(at)
                    continue
                if closing >= 0:
                    omit |= {closing} | inner
                    inner.clear()
                    yield frozenset(omit)
                if explodes:
                    return
                if self.tokens.text[at]:
                    opening, closing = mate[at], at

    def _last_brackets(self, line: Line, omit: frozenset[int]) -> Brackets | None:
        """The line at its last brackets that hold something and are not left alone."""
        kind, mate = self.tokens.kind, self.tokens.mate
        at = line.end - 1
        while at >= line.start:
            if kind[at] == CLOSE and at not in omit:
                opening = mate[at]
                if opening < line.start:
                    return None
                if at > opening + 1:
                    return self._parted(line, opening, at)
                at = opening
            at -= 1
        return None

    def _parted(self, line: Line, opening: int, closing: int) -> Brackets:
        head = Line(line.start, opening + 1, line.indent, magic=self._has_magic(line.start, opening))
        body = self._inner(opening + 1, closing, line.indent + 1)
        if line.is_def and self.tokens.text[opening] and self.tokens.kind[closing - 1] != COMMA:
            level = self.tokens.depth[opening] + 1
            inside = range(opening + 1, closing)
            commas = any(self.tokens.kind[at] == COMMA and self.tokens.depth[at] == level for at in inside)
            body = body._replace(comma=not commas)
        tail = Line(closing, line.end, line.indent, comma=line.comma)
        return Brackets(head, body._replace(split=self._explodes(body, opening)), tail)

    def _explodes(self, body: Line, opening: int) -> bool:
        """Whether what is in brackets breaks at its commas as soon as the brackets do."""
        top = max([priority for _, priority in self.delimiters(body)], default=0)
        trailing = self.tokens.kind[body.end - 1] == COMMA
        return top == COMMAS and (trailing or opening in self.tokens.displays)

    def _shown(self, brackets: Brackets, line: Line, force: bool, omit: frozenset[int]) -> list[Line] | None:
        """The three parts; if the brackets are optional, rather those of brackets inside where that reads better."""
        opening, closing = brackets.opening, brackets.closing
        if not self.tokens.text[opening]:
            if not force and self._can_hide(brackets):
                inner = self._last_brackets(line, omit | {closing})
                if inner is not None and self._prefers(inner, brackets):
                    parts = self._shown(inner, line, force, omit | {closing})
                    if parts is not None:
                        return parts
                    inner = None
                if inner is None and not self._equals(line.start, line.end) > 1:
                    body = brackets.body
                    if not self._may_break(body) and not self.fits(body):
                        return None
            self.shown |= {opening, closing}
        return list(brackets)

    def _equals(self, start: int, end: int) -> int:
        return self.tokens.text[start:end].count("=")

    def _may_break(self, body: Line) -> bool:
        """Whether there is something to break at, seen from afar."""
        words = self.tokens.text[body.start : body.end]
        if len(words) < 2:
            return False
        # Of a method of a literal string black thinks that there is not.
        return not (words[0][-1:] in "\"'" and words[1].startswith("."))

    def _can_hide(self, brackets: Brackets) -> bool:
        """Whether optional brackets may be left away, seen from what they hold."""
        body = brackets.body
        delimiters = self.delimiters(body)
        if not delimiters:
            return True
        top = max([priority for _, priority in delimiters])
        if sum([priority == top for _, priority in delimiters]) > 1:
            return False
        if top == DOT:
            return True
        kind, mate, first, last = self.tokens.kind, self.tokens.mate, body.start, body.end - 1
        if kind[first] == OPEN and kind[first + 1] != CLOSE and self._hides_at_start(body):
            return True
        if kind[last] == CLOSE and not (self.tokens.text[last] == "]" and last in self.tokens.indexing):
            return kind[last - 1] != OPEN and self._hides_at_end(body, mate[last])
        return False

    def _hides_at_start(self, body: Line) -> bool:
        remainder, length = False, 4 * body.indent
        for at in range(body.start, body.end):
            if at == self.tokens.mate[body.start]:
                remainder = True
            if remainder:
                length += self.lengths[at + 1] - self.lengths[at]
                if length > LIMIT:
                    return False
                if self.tokens.kind[at] == OPEN:
                    remainder = False
        return True

    def _hides_at_end(self, body: Line, opening: int) -> bool:
        length = 4 * body.indent + self.lengths[opening + 1] - self.lengths[body.start]
        return length <= LIMIT or OPEN in self.tokens.kind[body.start : opening]

    def _prefers(self, inner: Brackets, outer: Brackets) -> bool:
        """Whether brackets inside of the optional ones are better to split at."""
        words, kind, head = self.tokens.text, self.tokens.kind, outer.head
        if head.end - head.start < 2 or words[head.end - 2] != "=":
            return True
        if not any(one in (OPEN, CLOSE) for one in kind[head.start : head.end - 1]):
            return True
        if not self.fits(head, LIMIT - 1) or head.magic:
            return True
        equals = self._equals(head.start, head.end)
        if equals > 1 and equals > self._equals(inner.head.start, inner.head.end):
            return False
        for at in range(inner.head.end - 1, inner.head.start - 1, -1):
            if words[at] == "=":
                break
            if kind[at] == CLOSE:
                return True
        return self._equals(inner.head.start, inner.head.end) > 0 and self.fits(inner.head)

"""The one printer: back ends say what may break where, it decides the lines, and tells which line came from where.

After Lindig's "Strictly Pretty", with one change for speed: a group knows its text on one line from the start, so that
whether it fits is a comparison of lengths, and a group that is short enough never to need a break is that text.
"""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from oftra.node import node
from oftra.source import Span

WIDTH = 100
SHORT = 40


@node
class Line:
    """A place to break: `flat` where its group fits on a line; else `before`, a line break and the indent."""

    flat: str | None = " "
    before: str = ""


@node
class Nest:
    """Lines inside are indented further."""

    indent: int
    inside: "Doc"


@node
class Group:
    """On one line if it fits there (`flat` is that line, None if it has none), else with every break of its own.

    `spans` are where the parts of that line come from.
    """

    inside: "Doc"
    flat: str | None
    spans: tuple[Span, ...] = ()


@node
class Mark:
    """What is inside comes from `span` of the program."""

    span: Span
    inside: "Doc"


Doc: TypeAlias = "str | Line | Nest | Group | Mark | tuple[Doc, ...]"

LINE = Line()
SOFT = Line("")
HARD = Line(None)
COMMA = Line("", ",")
"""The last break of a list, with a comma after the last item only where the list is broken."""


class Origin(NamedTuple):
    """The lines from `first` to `last` (from 1) come from `span`."""

    first: int
    last: int
    span: Span


class Printed(NamedTuple):
    """A text, and where its lines come from: outer origins before those inside them."""

    text: str
    origins: tuple[Origin, ...]


def cat(*docs: Doc) -> Doc:
    """One after the other."""
    for doc in docs:
        if type(doc) is not str:
            return docs
    return "".join(docs)  # type: ignore[arg-type]


def group(*docs: Doc, short: int = SHORT) -> Doc:
    """All on one line if that fits, else broken at each of their own lines."""
    spans: list[Span] = []
    flat = flatten(docs, spans)
    if flat is None:
        return Group(docs, None)
    if len(flat) > short:
        return Group(docs, flat, tuple(spans))
    doc: Doc = flat
    while spans:
        doc = Mark(spans.pop(), doc)
    return doc


def nest(*docs: Doc, indent: int = 2) -> Doc:
    """One after the other, lines inside indented."""
    inside = cat(*docs)
    return inside if type(inside) is str else Nest(indent, inside)


def separated(docs: Iterable[Doc], separator: Doc) -> Doc:
    """`docs` with `separator` between them."""
    parts: list[Doc] = []
    for doc in docs:
        if parts:
            parts.append(separator)
        parts.append(doc)
    return cat(*parts)


def flatten(doc: Doc, spans: list[Span]) -> str | None:
    """`doc` on one line; None if it has to break, or is far too long anyway. Its marks are added to `spans`."""
    parts: list[str] = []
    length = 0
    work: list[Doc] = [doc]
    while work:
        doc = work.pop()
        if type(doc) is tuple:
            work.extend(doc[::-1])
            continue
        if type(doc) is str:
            text: str | None = doc
        elif type(doc) is Line or type(doc) is Group:
            text = doc.flat
            if type(doc) is Group:
                spans += doc.spans
        else:
            if type(doc) is Mark:
                spans.append(doc.span)
            work.append(doc.inside)  # type: ignore[union-attr]
            continue
        if text is None:
            return None
        parts.append(text)
        length += len(text)
        if length > 2 * WIDTH:
            return None
    text = "".join(parts)
    return None if "\n" in text else text


def render(doc: Doc, width: int = WIDTH) -> Printed:
    """`doc` as text whose lines are no wider than `width` where its breaks allow that. It ends with a line break."""
    out: list[str] = []
    origins: list[Origin] = []
    line, column, pending = 1, 0, 0
    work: list[tuple[int, Doc | _End]] = [(0, doc)]
    while work:
        indent, item = work.pop()
        kind = type(item)
        if kind is tuple:
            work.extend([(indent, part) for part in item[::-1]])  # type: ignore[index]
            continue
        if kind is Group:
            flat = item.flat  # type: ignore[union-attr]
            if flat is None or column + pending + len(flat) + _ahead(work) > width:
                work.append((indent, item.inside))  # type: ignore[union-attr]
                continue
            origins += [Origin(line, line, span) for span in item.spans]  # type: ignore[union-attr]
            item, kind = flat, str
        if kind is str:
            if item:
                text: str = item  # type: ignore[assignment]
                if pending:
                    out.append(" " * pending)
                    column, pending = pending, 0
                out.append(text)
                if "\n" in text:
                    line += text.count("\n")
                    column = len(text) - text.rindex("\n") - 1
                else:
                    column += len(text)
        elif kind is Line:
            out.append(item.before + "\n")  # type: ignore[union-attr]
            line, column, pending = line + 1, 0, indent
        elif kind is Nest:
            work.append((indent + item.indent, item.inside))  # type: ignore[union-attr]
        elif kind is Mark:
            origins.append(Origin(line, line, item.span))  # type: ignore[union-attr]
            work.append((0, _End(len(origins) - 1)))
            work.append((indent, item.inside))  # type: ignore[union-attr]
        else:
            at: int = item.origin  # type: ignore[union-attr]
            # A mark that ends with a line break ends on the line before it.
            origins[at] = origins[at]._replace(last=max(line - (column == 0 and line > origins[at].first), 1))
    if column:
        out.append("\n")
    return Printed("".join(out), tuple(origins))


@node
class _End:
    """Where the inside of a mark ends: the position of its origin."""

    origin: int


def _ahead(work: "list[tuple[int, Doc | _End]]") -> int:
    """How much text must stand on the same line after what is about to be printed, up to the next possible break."""
    width = 0
    ahead: list[Doc | _End] = []
    at = len(work)
    while True:
        if ahead:
            item = ahead.pop()
        elif at:
            at -= 1
            item = work[at][1]
        else:
            return width
        kind = type(item)
        if kind is str:
            width += len(item)  # type: ignore[arg-type]
        elif kind is Line:
            return width + len(item.before)  # type: ignore[union-attr]
        elif kind is tuple:
            ahead.extend(item[::-1])  # type: ignore[index]
        elif kind is not _End:
            ahead.append(item.inside)  # type: ignore[union-attr]

"""Documents and the lines they make: what may be broken where, decided by what fits.

A group is written on one line if it fits, and otherwise breaks at every line of its own; groups inside it decide for
themselves. A comment at the end of a line waits until that line is over, whatever is still written before it ends.
"""

from dataclasses import dataclass
from typing import TypeAlias

WIDTH = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A place to break: `flat` where the group is on one line; `hard` breaks always."""

    flat: str = " "
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Nest:
    """Lines inside are indented by `indent` more."""

    indent: int
    inside: "Doc"


@dataclass(frozen=True, slots=True)
class Group:
    """On one line if it fits and `broken` does not forbid it."""

    inside: "Doc"
    broken: bool = False


@dataclass(frozen=True, slots=True)
class IfBroken:
    """Text that stands there only if the group is broken."""

    text: str


@dataclass(frozen=True, slots=True)
class Suffix:
    """A comment for the end of the line; what follows it must be on a new one."""

    text: str


Doc: TypeAlias = "str | Line | Nest | Group | IfBroken | Suffix | tuple[Doc, ...]"

LINE = Line()
SOFT = Line("")
HARD = Line("", True)


def joined(separator: Doc, docs: "list[Doc] | tuple[Doc, ...]") -> Doc:
    """`docs` with `separator` between them."""
    parts: list[Doc] = []
    for doc in docs:
        if parts:
            parts.append(separator)
        parts.append(doc)
    return tuple(parts)


def must_break(doc: Doc) -> bool:
    """Whether `doc` cannot stand on one line: it has a hard line, text of several lines, or text after a comment."""
    over = False
    waiting: list[Doc] = [doc]
    while waiting:
        match waiting.pop():
            case str() as text:
                if "\n" in text or (over and text):
                    return True
            case Line(_, hard):
                if hard:
                    return True
            case Suffix():
                over = True
            case Nest(_, inside):
                waiting.append(inside)
            case Group(inside, broken):
                if broken:
                    return True
                waiting.append(inside)
            case IfBroken():
                pass
            case parts:
                waiting.extend(reversed(parts))
    return False


def group(*parts: Doc) -> Doc:
    """One line if it fits, and if nothing in it forbids that."""
    return Group(parts, must_break(parts))


def last_line_is_over(doc: Doc) -> bool:
    """Whether a `--` comment waits for the end of the last line of `doc`, so that no other fits there."""
    waiting: list[Doc] = [doc]
    while waiting:
        match waiting.pop():
            case Line():
                return False
            case Suffix(text) if text.startswith("--"):
                return True
            case Nest(_, inside) | Group(inside):
                waiting.append(inside)
            case tuple() as parts:
                waiting.extend(parts)
    return False


def then(doc: Doc, text: str) -> Doc:
    """`doc` and then `text`, which comes before the comments that wait for the end of the line."""
    if not text:
        return doc
    bare, waiting = _parted(doc)
    return (bare, text, *waiting)


def _parted(doc: Doc) -> tuple[Doc, tuple[Doc, ...]]:
    """A document without the comments at its end, and those."""
    match doc:
        case Suffix():
            return (), (doc,)
        case Nest(indent, inside):
            bare, waiting = _parted(inside)
            return Nest(indent, bare), waiting
        case Group(inside, broken):
            bare, waiting = _parted(inside)
            return Group(bare, broken), waiting
        case (*parts, last):
            bare, waiting = _parted(last)
            if bare != ():
                return (*parts, bare), waiting
            rest, more = _parted(tuple(parts))
            return rest, (*more, *waiting)
        case _:
            return doc, ()


def comma_list(docs: list[Doc], indent: int = 2) -> Doc:
    """Items with commas: on one line, or one a line."""
    return group(Nest(indent, joined((",", LINE), docs)))


def flat(doc: Doc) -> str:
    """`doc` on one line, whatever its width; comments are left out."""
    match doc:
        case str():
            return doc
        case Line():
            return doc.flat or (" " if doc.hard else "")
        case Nest() | Group():
            return flat(doc.inside)
        case Suffix() | IfBroken():
            return ""
        case _:
            return "".join(flat(part) for part in doc)


def render(doc: Doc, width: int = WIDTH) -> str:
    """`doc` as text. What it holds is kept to the last character; an empty line has no indent."""
    out: list[str] = []
    suffixes: list[str] = []
    column = 0
    breaks_at = -2
    waiting: list[tuple[int, bool, Doc]] = [(0, True, doc)]
    while waiting:
        indent, broken, item = waiting.pop()
        match item:
            case str():
                out.append(item)
                last = item.rfind("\n")
                column = column + len(item) if last < 0 else len(item) - last - 1
            case Line(flat_text, hard):
                if broken or hard:
                    out.extend("  " + text for text in suffixes)
                    suffixes.clear()
                    if breaks_at == len(out) - 1:
                        out[-1] = "\n"
                    breaks_at = len(out)
                    out.append("\n" + " " * indent)
                    column = indent
                else:
                    out.append(flat_text)
                    column += len(flat_text)
            case Nest(more, inside):
                waiting.append((indent + more, broken, inside))
            case Group(inside, forced):
                breaks = forced or not _fits(inside, width - column, waiting)
                waiting.append((indent, breaks, inside))
            case IfBroken(text):
                if broken:
                    out.append(text)
                    column += len(text)
            case Suffix(text):
                suffixes.append(text)
            case _:
                waiting.extend((indent, broken, part) for part in reversed(item))
    out.extend("  " + text for text in suffixes)
    return "".join(out)


def _fits(doc: Doc, room: int, after: list[tuple[int, bool, Doc]]) -> bool:
    """Whether `doc` on one line, and what follows it up to the next break, takes no more than `room`."""
    waiting: list[tuple[bool, Doc]] = [(False, doc)]
    next_after = len(after) - 1
    while room >= 0:
        if not waiting:
            if next_after < 0:
                return True
            _, broken, following = after[next_after]
            waiting.append((broken, following))
            next_after -= 1
            continue
        broken, item = waiting.pop()
        match item:
            case str():
                end = item.find("\n")
                if end >= 0:
                    return room >= end
                room -= len(item)
            case Line(flat_text, hard):
                if broken or hard:
                    return True
                room -= len(flat_text)
            case Nest(_, inside):
                waiting.append((broken, inside))
            case Group(inside, forced):
                # What follows may break again: only what is asked about has to be on one line.
                waiting.append((forced or broken, inside))
            case IfBroken(text):
                room -= len(text) if broken else 0
            case Suffix():
                pass
            case _:
                waiting.extend((broken, part) for part in reversed(item))
    return False

"""Texts in an engine's own words: where their holes are, and that each can be filled."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from oftra.diagnostics import Report
from oftra.diagnostics.escapes import HoleInQuotes, UnknownHole
from oftra.source import Span
from oftra.syntax import nodes

_NAME = r"\w+(?:\.\w+)*"
_APART = r"--[^\n]*|/\*.*?(?:\*/|\Z)|`(?:[^`]|``)*`"
_DOUBLED = r"""'(?:[^']|'')*'|"(?:[^"]|"")*\""""
_ESCAPED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_TOKENS = {
    escapes: re.compile(rf"(?P<apart>{_APART}|{quoted})|\{{\{{|\}}\}}|\{{(?P<hole>{_NAME})\}}", re.DOTALL)
    for escapes, quoted in ((False, _DOUBLED), (True, _ESCAPED))
}
_HOLE = re.compile(rf"\{{\{{|\}}\}}|\{{({_NAME})\}}")

BACKSLASHES = frozenset({"spark"})
"""Engines in whose texts a backslash keeps a quote from ending a string."""


class _Hole(NamedTuple):
    name: str
    at: int
    is_quoted: bool


def _holes(text: str, escapes: bool) -> Iterator[_Hole]:
    for token in _TOKENS[escapes].finditer(text):
        if (name := token.group("hole")) is not None:
            yield _Hole(name, token.start(), is_quoted=False)
        elif (apart := token.group("apart")) is not None:
            for hole in _HOLE.finditer(apart):
                if hole.group(1) is not None:
                    yield _Hole(hole.group(1), token.start() + hole.start(), is_quoted=True)


def check_holes(words: nodes.String, engine: str, owner: str, known: tuple[str, ...], report: Report) -> None:
    """Report holes that nothing is put into, and those that would be parts of texts."""
    first = words.span.start + len(f"${words.raw}$")
    for name, at, is_quoted in _holes(words.value, engine.lower() in BACKSLASHES):
        span = Span(first + at, first + at + len(name) + 2, words.span.file)
        if is_quoted:
            report.add(HoleInQuotes(name, span=span))
        elif name not in known:
            report.add(UnknownHole(name, owner, known, span=span))


def numbered(text: str, names: tuple[str, ...]) -> str:
    """The text with the positions of `names` in its holes."""
    return renamed(text, {name: str(at) for at, name in enumerate(names)})


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The text with other names in its holes."""

    def rename(hole: re.Match[str]) -> str:
        name = hole.group(1)
        return hole.group() if name is None else "{" + names.get(name, name) + "}"

    return _HOLE.sub(rename, text)

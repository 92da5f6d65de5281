"""The tokens of the IR's text form, and a reader's place among them."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from oftra.ir.notation import unquote

TokenKind = Literal["word", "quoted", "string", "bytes", "number", "mark", "end"]

_TOKEN = re.compile(
    r"""(?P<space>(?:\s|--[^\n]*)+)
    |(?P<bytes>x'[0-9a-f]*')
    |(?P<string>e'(?:\\.|[^'\\])*'|'(?:[^']|'')*')
    |(?P<quoted>e`(?:\\.|[^`\\])*`|`(?:[^`]|``)*`)
    |(?P<word>[^\W\d]\w*)
    |(?P<number>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)
    |(?P<mark>->|[](){}\[<>,:=.|\#$])""",
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A piece of the text: of a string or a quoted name what it stands for. `start` is its offset."""

    kind: TokenKind
    text: str
    start: int


class TextError(ValueError):
    """The text is not of the IR's form; the message says where and what was expected."""


class Tokens:
    """A reader's place in the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.at = 0

    @property
    def next(self) -> Token:
        """The token that comes next."""
        return self.tokens[self.at]

    def peek(self, distance: int = 1) -> Token:
        """The token after the next, or further on."""
        return self.tokens[min(self.at + distance, len(self.tokens) - 1)]

    def take(self) -> Token:
        """The next token, which is then behind us."""
        token = self.tokens[self.at]
        self.at += 1
        return token

    def sees(self, text: str, distance: int = 0) -> bool:
        """Whether the next token, or one further on, is this word or mark (a quoted name is neither)."""
        token = self.peek(distance)
        return token.text == text and token.kind in ("word", "mark")

    def accept(self, *texts: str) -> bool:
        """Go past these words and marks if all of them come next."""
        for distance, text in enumerate(texts):
            if not self.sees(text, distance):
                return False
        self.at += len(texts)
        return True

    def expect(self, text: str) -> None:
        """Go past this word or mark, which has to come next."""
        if not self.accept(text):
            raise self.fail(f"`{text}`")

    def one_of(self, *texts: str) -> str:
        """The one of these words or marks that comes next."""
        for text in texts:
            if self.accept(text):
                return text
        raise self.fail("one of " + ", ".join(f"`{text}`" for text in texts))

    def name(self) -> str:
        """A name, quoted or not."""
        if self.next.kind not in ("word", "quoted"):
            raise self.fail("a name")
        return self.take().text

    def path(self) -> str:
        """A full name: names with dots between."""
        parts = [self.name()]
        while self.accept("."):
            parts.append(self.name())
        return ".".join(parts)

    def string(self) -> str:
        """A string."""
        if self.next.kind != "string":
            raise self.fail("a string")
        return self.take().text

    def integer(self) -> int:
        """A whole number."""
        if self.next.kind != "number" or not self.next.text.lstrip("-").isdigit():
            raise self.fail("a whole number")
        return int(self.take().text)

    def fail(self, expected: str) -> TextError:
        """What to raise: something else was expected here."""
        found = self.next
        line = self.text.count("\n", 0, found.start) + 1
        column = found.start - (self.text.rfind("\n", 0, found.start) + 1) + 1
        shown = "the end" if found.kind == "end" else f"`{found.text}`"
        return TextError(f"line {line}, column {column}: expected {expected}, found {shown}")


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise TextError(f"line {text.count(chr(10), 0, at) + 1}: `{text[at]}` begins nothing")
        kind, found = match.lastgroup, match.group()
        match kind:
            case "space":
                pass
            case "string" | "quoted":
                yield Token(kind, unquote(found), at)
            case "bytes" | "word" | "number" | "mark":
                yield Token(kind, found, at)
        at = match.end()
    yield Token("end", "", at)

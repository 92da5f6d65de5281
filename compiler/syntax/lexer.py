"""Text into tokens: one regular expression cuts it up, one table says what each piece is.

Nearly all of the work happens inside `findall`, `map` and `accumulate`, so a token costs a fraction of a microsecond.
What is rare (comments, rows of tests, raw text, mistakes) is looked at only in files that have it (`trouble.py`).
"""

import re
from itertools import accumulate, compress

from oftra.diagnostics.report import Report
from oftra.grammar.keywords import RESERVED, SOFT
from oftra.grammar.tables import load
from oftra.source import SourceFile, Span
from oftra.syntax.nodes import Comment

TABLES = load()
TERMINALS: tuple[str, ...] = TABLES[2]
KIND = {name: number for number, name in enumerate(TERMINALS)}
"""The number of each terminal; 0 is white space."""

END = KIND["$END"]
NAME, QUOTED, NUMBER, STRING, RAW = (KIND[name] for name in ("PLAIN_NAME", "QUOTED", "NUMBER", "STRING", "RAW_TEXT"))

OPENERS = frozenset(KIND[name] for name in ("LPAR", "LSQB", "LBRACE"))
CLOSERS = frozenset(KIND[name] for name in ("RPAR", "RSQB", "RBRACE"))

# Numbers from here on are no terminals: the parser never sees them.
FIRST_RARE = 300
(COMMENT, DESCRIPTION, DOUBLE_QUOTED, UNCLOSED_STRING, UNCLOSED_QUOTED, UNCLOSED_COMMENT, UNCLOSED_RAW, GLUED,
 SEMICOLON, DOUBLE_EQUAL, DOUBLE_COLON, FOREIGN_NAME, STRANGE) = range(FIRST_RARE, FIRST_RARE + 13)  # fmt: skip

PUNCTUATION = {
    "|>": "PIPE", "->": "ARROW", "||": "CONCAT", "<<": "LSHIFT", ">>": "RSHIFT", "<=": "LE", ">=": "GE",
    "...": "ELLIPSIS", "(": "LPAR", ")": "RPAR", "[": "LSQB", "]": "RSQB", "{": "LBRACE", "}": "RBRACE", ",": "COMMA",
    ".": "DOT", ":": "COLON", "=": "EQUAL", "<": "LESS", ">": "GREATER", "|": "BAR", "&": "AMPERSAND",
    "^": "CARET", "~": "TILDE", "+": "PLUS", "-": "MINUS_SIGN", "*": "STAR", "/": "SLASH", "%": "PERCENT_SIGN",
    "<>": "NE", "!=": "NE",
}  # fmt: skip

WORDS = {word: KIND[word.upper()] for word in RESERVED | SOFT}
SOFT_KINDS = frozenset(WORDS[word] for word in SOFT)
RESERVED_KINDS = frozenset(WORDS[word] for word in RESERVED)

_RAW_TEXT = r"(\$(?:[A-Za-z_]\w*)?\$)(?s:.)*?\1"
# The most frequent first: a piece costs what the alternatives before its own cost.
_PIECES = r"""
    [A-Za-z_]\w*
  | [ \n]+
  | [(),]
  | [0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\w*
  | '(?:[^'\n]|'')*'?
  | \|>
  | --[^\n]*
  | ///[^\n]*
  | /\*(?s:.)*?\*/
  | /\*(?s:.)*
  | `(?:[^`\n]|``)*`?
  | "[^"\n]*"?
  | -> | \|\| | << | >> | <= | >= | <> | != | == | :: | \.\.\.
  | [\s\ufeff]+
  | [^\W\d]\w*
  | \$\w*\$[^\n]*
  | .
"""
_cut = re.compile(_PIECES, re.VERBOSE).findall
_cut_raw = re.compile(_RAW_TEXT + "|" + _PIECES, re.VERBOSE).finditer

_number = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def number_at_start(text: str) -> str:
    """The number that `text` begins with, '' if it begins with none."""
    found = _number.match(text)
    return found.group() if found else ""


class _Kinds(dict[str, int]):
    """The kind of each piece of text that was met so far; white space is 0."""

    def __missing__(self, text: str) -> int:
        kind = _kind_of(text)
        if kind != STRING and len(text) < 40 and len(self) < 100_000:
            self[text] = kind
        return kind


def _kind_of(text: str) -> int:
    """What a piece of text is, by its first character."""
    first = text[0]
    if first.isalpha() or first == "_":
        return WORDS.get(text.lower(), NAME) if text.isascii() else FOREIGN_NAME
    if first.isspace() or first == "\ufeff":
        return 0
    if "0" <= first <= "9":
        return NUMBER if _number.fullmatch(text) else GLUED
    match first, text[:3]:
        case "'", _:
            return STRING if text.count("'") % 2 == 0 else UNCLOSED_STRING
        case "`", _:
            return QUOTED if text.count("`") % 2 == 0 and len(text) > 2 else UNCLOSED_QUOTED
        case '"', _:
            return DOUBLE_QUOTED
        case "-", _:
            return COMMENT
        case "/", "///":
            return DESCRIPTION
        case "/", _:
            return COMMENT if len(text) > 3 and text.endswith("*/") else UNCLOSED_COMMENT
        case "$", _:
            tag = text[: text.find("$", 1) + 1]
            return RAW if tag and len(text) >= 2 * len(tag) and text.endswith(tag) else UNCLOSED_RAW if tag else STRANGE
        case _:
            return STRANGE


KINDS = _Kinds({text: KIND[name] for text, name in PUNCTUATION.items()})
KINDS.update({"==": DOUBLE_EQUAL, "::": DOUBLE_COLON, ";": SEMICOLON})


class Tokens:
    """The tokens of one file: three lists side by side, closed by an END token, and what stands between them."""

    __slots__ = ("comments", "descriptions", "ends", "file", "kinds", "path", "report", "texts")

    def __init__(self, file: SourceFile, report: Report) -> None:
        text = file.text
        pieces: list[str] = [piece.group() for piece in _cut_raw(text)] if "$" in text else _cut(text)
        kinds = list(map(KINDS.__getitem__, pieces))
        self.file = file
        self.report = report
        self.path = file.path
        self.ends = list(compress(accumulate(map(len, pieces)), kinds))
        self.texts = list(compress(pieces, kinds))
        self.kinds = list(filter(None, kinds))
        self.comments: list[Comment] = []
        self.descriptions: dict[int, list[tuple[str, Span]]] = {}
        """What lines of `///` said, by the offset of the token that follows."""

    def close(self) -> None:
        """Put the END token at the end of the text."""
        self.kinds.append(END)
        self.texts.append("")
        self.ends.append(len(self.file.text))

    def span(self, token: int) -> Span:
        """Where `token` stands."""
        end = self.ends[token]
        return Span(end - len(self.texts[token]), end, self.path)

    def since(self, token: int, at: int) -> Span:
        """From `token` to the last token before `at`."""
        return Span(self.ends[token] - len(self.texts[token]), self.ends[at - 1], self.path)

    def after(self, span: Span, at: int) -> Span:
        """From the start of `span` to the last token before `at`."""
        return Span(span[0], self.ends[at - 1], self.path)

    def word(self, token: int) -> str:
        """The word that `token` is, in lower case."""
        return self.texts[token].lower()

"""What is rare among tokens: comments, rows of tests, and pieces that are no tokens at all.

Each mistake is reported once and mended, so that the parser reads on as if it had not been made.
"""

import re

from oftra.diagnostics.report import Report
from oftra.diagnostics.syntax import (
    DoubleEqual,
    DoubleQuoted,
    ForeignName,
    GluedNumber,
    StrangeCharacter,
    Terminator,
    UnclosedComment,
    UnclosedName,
    UnclosedRawText,
    UnclosedString,
)
from oftra.source import Span
from oftra.syntax import lexer
from oftra.syntax.lexer import CLOSERS, FIRST_RARE, KIND, NAME, NUMBER, OPENERS, QUOTED, RAW, STRING, Tokens
from oftra.syntax.nodes import Comment

BAR, COMMA, ROW_OPEN, CELL, ROW_CLOSE = (KIND[name] for name in ("BAR", "COMMA", "ROW_OPEN", "CELL", "ROW_CLOSE"))
LIMIT = 100
"""After so many pieces that are no tokens a file is no program: further ones are left out."""


def settle(tokens: Tokens, report: Report) -> None:
    """Leave only tokens that the grammar knows."""
    if max(tokens.kinds, default=0) >= FIRST_RARE:
        _sort_out(tokens, report)
    if BAR in tokens.kinds:
        _mark_rows(tokens)


def _sort_out(tokens: Tokens, report: Report) -> None:
    """Take out comments and descriptions, report and mend what is no token."""
    pieces = list(zip(tokens.kinds, tokens.texts, tokens.ends))
    tokens.kinds, tokens.texts, tokens.ends = [], [], []
    waiting: list[tuple[str, Span]] = []
    mistakes = follows = 0
    for kind, text, end in pieces:
        span = Span(end - len(text), end, tokens.path)
        if kind == lexer.DESCRIPTION and on_own_line(tokens.file.text, span):
            waiting.append((text[3:].strip(), span))
            continue
        if kind in (lexer.COMMENT, lexer.DESCRIPTION):
            tokens.comments.append(comment_at(tokens.file.text, span, follows))
            continue
        if waiting:
            tokens.descriptions[span[0]] = waiting
            waiting = []
        if kind < FIRST_RARE:
            tokens.kinds.append(kind)
            tokens.texts.append(text)
            tokens.ends.append(end)
            if kind != COMMA:
                follows = end
        elif mistakes < LIMIT:
            mistakes += 1
            _mend(tokens, report, kind, text, span)
    if waiting:
        tokens.descriptions[len(tokens.file.text)] = waiting


def on_own_line(text: str, span: Span) -> bool:
    """Whether nothing but white space stands before `span` on its line."""
    return not text[text.rfind("\n", 0, span.start) + 1 : span.start].strip()


def comment_at(text: str, span: Span, follows: int) -> Comment:
    """The comment that stands at `span`; a description of nothing is a plain one. `follows` as in `Comment`."""
    words = text[span.start : span.end].rstrip()
    if words.startswith("///"):
        words = "--" + words[3:]
    return Comment(words, on_own_line(text, span), _empty_line_follows(text, span.end) is not None, follows, span=span)


_empty_line_follows = re.compile(r"[ \t]*\r?\n[ \t]*\r?\n").match


def _mend(tokens: Tokens, report: Report, kind: int, text: str, span: Span) -> None:
    """Report the piece `text` and put in its place what was most likely meant."""
    match kind:
        case lexer.DOUBLE_QUOTED:
            report.add(DoubleQuoted(text, span=span))
            _put(tokens, STRING, text, span)
        case lexer.UNCLOSED_STRING:
            report.add(UnclosedString(span=span))
            _put(tokens, STRING, text, span)
        case lexer.UNCLOSED_QUOTED:
            report.add(UnclosedName(span=span))
            _put(tokens, QUOTED, text, span)
        case lexer.UNCLOSED_COMMENT:
            report.add(UnclosedComment(span=Span(span.start, span.start + 2, span.file)))
            tokens.comments.append(comment_at(tokens.file.text, span, 0))
        case lexer.UNCLOSED_RAW:
            tag = text[: text.index("$", 1) + 1]
            report.add(UnclosedRawText(tag, span=Span(span.start, span.start + len(tag), span.file)))
            _put(tokens, RAW, text, span)
        case lexer.GLUED:
            _part(tokens, report, text, span)
        case lexer.SEMICOLON:
            report.add(Terminator(span=span))
        case lexer.DOUBLE_EQUAL:
            report.add(DoubleEqual(span=span))
            _put(tokens, KIND["EQUAL"], "=", span)
        case lexer.DOUBLE_COLON:
            _put(tokens, KIND["COLON"], text, span)
        case lexer.FOREIGN_NAME:
            report.add(ForeignName(text, span=span))
            _put(tokens, QUOTED, text, span)
        case _:
            report.add(StrangeCharacter(text, span=span))


def _put(tokens: Tokens, kind: int, text: str, span: Span) -> None:
    tokens.kinds.append(kind)
    tokens.texts.append(text)
    tokens.ends.append(span.end)


def _part(tokens: Tokens, report: Report, text: str, span: Span) -> None:
    """A number and the word that is glued to it become two tokens."""
    number = lexer.number_at_start(text)
    word = text[len(number) :]
    report.add(GluedNumber(number, word, span=span))
    _put(tokens, NUMBER, number, Span(span.start, span.start + len(number), span.file))
    _put(tokens, lexer.WORDS.get(word.lower(), NAME) if word.isascii() else QUOTED, word, span)


def _mark_rows(tokens: Tokens) -> None:
    """Tell by its place what each `|` is: the start, a border or the end of a row, or an operator.

    The first thing on a line opens a row, if no parenthesis is open there; the last `|` on that line closes it.
    """
    text, kinds, ends = tokens.file.text, tokens.kinds, tokens.ends
    depth: list[int] = []
    number, size = 0, len(kinds)
    while number < size:
        kind = kinds[number]
        if kind in OPENERS:
            depth.append(kind)
        elif kind in CLOSERS:
            if depth:
                depth.pop()
        elif kind == BAR and (not depth or depth[-1] == KIND["LBRACE"]):
            start = ends[number] - 1
            if not text[text.rfind("\n", 0, start) + 1 : start].strip():
                line_end = text.find("\n", start)
                number = _mark_row(tokens, number, line_end if line_end >= 0 else len(text))
                continue
        number += 1


def _mark_row(tokens: Tokens, opening: int, line_end: int) -> int:
    """Mark the row that begins with the token `opening`; gives the number of the first token on a later line.

    A row that does not end with `|` is left open: the parser says so.
    """
    kinds, ends = tokens.kinds, tokens.ends
    kinds[opening] = ROW_OPEN
    number, depth, last = opening + 1, 0, -1
    while number < len(kinds) and ends[number] <= line_end:
        kind = kinds[number]
        if kind in OPENERS:
            depth += 1
        elif kind in CLOSERS:
            depth -= 1
        elif kind == BAR and depth <= 0:
            kinds[number] = CELL
            last = number
        number += 1
    if kinds[number - 1] == KIND["CONCAT"]:
        # No operator can be last: it is an empty cell without even a space.
        tokens.kinds[number - 1 : number] = [CELL, ROW_CLOSE]
        tokens.texts[number - 1 : number] = ["|", "|"]
        ends[number - 1 : number] = [ends[number - 1] - 1, ends[number - 1]]
        return number + 1
    if last == number - 1:
        kinds[last] = ROW_CLOSE
    return number

"""Refuses what is nested too deep, before any stage that walks the tree could run out of stack.

What costs is done only for text that could be too deep at all: counting signs is one step in C.
"""

import re
from dataclasses import fields
from functools import cache

from oftra.diagnostics.report import Report
from oftra.diagnostics.syntax import NestedTooDeep
from oftra.source import NOWHERE, Span
from oftra.syntax import nodes as n
from oftra.syntax.lexer import KIND, TERMINALS, Tokens

LIMIT = 200
"""How deep brackets, operators and queries may be nested."""

_OPENING = bytes(KIND[name] for name in ("LPAR", "LSQB", "LBRACE", "LESS"))
_CLOSING = bytes(KIND[name] for name in ("RPAR", "RSQB", "RBRACE"))
_PREFIXES = bytes(KIND[name] for name in ("NOT", "MINUS_SIGN", "PLUS", "TILDE", "CASE", "ARROW"))
_CHAINS = bytes(
    KIND[name]
    for name in (
        "AND OR IN IS BETWEEN LIKE EQUAL NE LESS LE GREATER GE BAR CARET AMPERSAND LSHIFT RSHIFT STAR SLASH"
        " PERCENT_SIGN CONCAT DOT UNION EXCEPT INTERSECT WHEN"
    ).split()
)
_SHALLOW = bytes(set(range(len(TERMINALS))) - set(_OPENING) - set(_PREFIXES) - set(_CHAINS))
_run_of_prefixes = re.compile(b"[" + re.escape(_PREFIXES) + b"]{%d}" % LIMIT).search


def could_be_deep(tokens: Tokens) -> bool:
    """Whether there are signs enough for anything to be nested too deep."""
    return len(tokens.kinds) > LIMIT and len(bytes(tokens.kinds).translate(None, _SHALLOW)) > LIMIT


def refuse_deep_brackets(tokens: Tokens, report: Report) -> bool:
    """Report the first bracket or sign that is nested too deep by its tokens alone; whether there was one."""
    found = _run_of_prefixes(bytes(tokens.kinds))
    if found:
        report.add(NestedTooDeep(LIMIT, span=tokens.span(found.end() - 1)))
        return True
    depth = 0
    for number, kind in enumerate(tokens.kinds):
        if kind in _OPENING and kind != KIND["LESS"]:
            depth += 1
            if depth > LIMIT:
                report.add(NestedTooDeep(LIMIT, span=tokens.span(number)))
                return True
        elif kind in _CLOSING and depth:
            depth -= 1
    return False


def refuse_deep_trees(declarations: list[n.Declaration], report: Report) -> list[n.Declaration]:
    """The declarations, with those that are too deep reported and broken."""
    kept: list[n.Declaration] = []
    for declaration in declarations:
        deep = _too_deep(declaration)
        if deep is None:
            kept.append(declaration)
            continue
        report.add(NestedTooDeep(LIMIT, span=deep))
        name = None if isinstance(declaration, n.Test) else declaration.name
        kept.append(n.BrokenDeclaration(type(declaration).__name__.lower(), name, span=declaration.span))
    return kept


def too_deep_query(query: n.Query | None, report: Report) -> bool:
    """Report a query that is too deep; whether it is."""
    deep = None if query is None else _too_deep(query)
    if deep is not None:
        report.add(NestedTooDeep(LIMIT, span=deep))
    return deep is not None


def _too_deep(root: object) -> Span | None:
    """Where the tree below `root` is deeper than allowed; None if nowhere. Parentheses count as brackets, not here."""
    waiting: list[tuple[object, int]] = [(root, 0)]
    while waiting:
        item, depth = waiting.pop()
        if type(item) is tuple:
            waiting.extend((part, depth) for part in item)
            continue
        if type(item).__module__ != n.__name__:
            continue
        if not isinstance(item, n.Parenthesised):
            depth += 1
        if depth > LIMIT:
            span = getattr(item, "span", NOWHERE)
            return Span(span.start, min(span.end, span.start + 1), span.file)
        for name in _fields(type(item).__name__):
            value = getattr(item, name)
            if value is not None and type(value) is not str:
                waiting.append((value, depth))
    return None


@cache
def _fields(node: str) -> tuple[str, ...]:
    """The fields of the class `node` but its span."""
    return tuple(field.name for field in fields(getattr(n, node)) if field.name != "span")

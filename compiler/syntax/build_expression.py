"""What the parser builds for each alternative that is an expression, but for calls. See `build_name`."""

from collections.abc import Callable
from typing import Any, Literal, cast

from oftra.diagnostics.syntax import LambdaParameter
from oftra.source import Span
from oftra.syntax import nodes as n
from oftra.syntax.lexer import Tokens

_span = tuple.__new__

# --- literals ---------------------------------------------------------------------------------------------------------


def number(t: Tokens, at: int, token: int) -> n.Number:
    return n.Number(t.texts[token], span=t.span(token))


def string(t: Tokens, at: int, token: int) -> n.Expr:
    text = t.texts[token]
    if text[0] != "'" or text[-1] != "'" or len(text) == 1:
        return n.BrokenExpr(span=t.span(token))
    return n.String(text[1:-1].replace("''", "'"), span=t.span(token))


def text_of(t: Tokens, token: int) -> str:
    """What the string `token` means."""
    text = t.texts[token]
    return text[1 : -1 if len(text) > 1 and text[-1] == text[0] else None].replace("''", "'")


def raw_string(t: Tokens, at: int, token: int) -> n.String:
    return raw_text(t, token)


def raw_text(t: Tokens, token: int) -> n.String:
    """The raw text that `token` is, and its tag."""
    text = t.texts[token]
    tag = text[: text.index("$", 1) + 1]
    closed = len(text) >= 2 * len(tag) and text.endswith(tag)
    return n.String(text[len(tag) : -len(tag) if closed else None], tag[1:-1], span=t.span(token))


def true(t: Tokens, at: int, token: int) -> n.Boolean:
    return n.Boolean(True, span=t.span(token))


def false(t: Tokens, at: int, token: int) -> n.Boolean:
    return n.Boolean(False, span=t.span(token))


def null(t: Tokens, at: int, token: int) -> n.Null:
    return n.Null(span=t.span(token))


def typed_literal(t: Tokens, at: int, word: int, text: int) -> n.TypedLiteral:
    kind = cast(Literal["date", "timestamp", "datetime", "x", "json"], t.word(word))
    return n.TypedLiteral(kind, text_of(t, text), span=t.since(word, at))


def interval(t: Tokens, at: int, word: int, amount: n.Expr, unit: n.Name) -> n.Interval:
    return n.Interval(amount, unit.text.lower(), span=t.since(word, at))


# --- operators --------------------------------------------------------------------------------------------------------


def binary(t: Tokens, at: int, left: n.Expr, operator: int, right: n.Expr) -> n.Binary:
    word = t.texts[operator]
    if word not in _SYMBOLS:
        word = "<>" if word == "!=" else word.lower()
    return n.Binary(word, left, right, span=_span(Span, (left.span[0], t.ends[at - 1], t.path)))  # type: ignore[arg-type]


_SYMBOLS = frozenset("or and = <> < <= > >= || + - * / % & | ^ << >>".split())


def unary(t: Tokens, at: int, operator: int, operand: n.Expr) -> n.Unary:
    sign = cast(Literal["not", "-", "+", "~"], t.word(operator))
    return n.Unary(sign, operand, span=t.since(operator, at))


def is_(t: Tokens, at: int, operand: n.Expr, word: int, what: int) -> n.Is:
    return n.Is(operand, _what(t, what), span=t.after(operand.span, at))


def is_not(t: Tokens, at: int, operand: n.Expr, word: int, no: int, what: int) -> n.Is:
    return n.Is(operand, _what(t, what), True, span=t.after(operand.span, at))


def _what(t: Tokens, what: int) -> Literal["null", "true", "false"]:
    return cast(Literal["null", "true", "false"], t.word(what))


def is_distinct(t: Tokens, at: int, left: n.Expr, i: int, d: int, f: int, right: n.Expr) -> n.IsDistinct:
    return n.IsDistinct(left, right, span=t.after(left.span, at))


def is_not_distinct(t: Tokens, at: int, left: n.Expr, i: int, no: int, d: int, f: int, right: n.Expr) -> n.IsDistinct:
    return n.IsDistinct(left, right, True, span=t.after(left.span, at))


def in_(t: Tokens, at: int, operand: n.Expr, word: int, among: "list[n.Expr] | ParenQuery") -> n.Expr:
    return _in(t, at, operand, among, False)


def not_in(t: Tokens, at: int, operand: n.Expr, no: int, word: int, among: "list[n.Expr] | ParenQuery") -> n.Expr:
    return _in(t, at, operand, among, True)


def _in(t: Tokens, at: int, operand: n.Expr, among: "list[n.Expr] | ParenQuery", negated: bool) -> n.Expr:
    span = t.after(operand.span, at)
    if isinstance(among, ParenQuery):
        return n.InQuery(operand, among.query, negated, span=span)
    return n.In(operand, tuple(among), negated, span=span)


def between(t: Tokens, at: int, operand: n.Expr, b: int, low: n.Expr, a: int, high: n.Expr) -> n.Between:
    return n.Between(operand, low, high, span=t.after(operand.span, at))


def not_between(t: Tokens, at: int, operand: n.Expr, no: int, b: int, low: n.Expr, a: int, high: n.Expr) -> n.Between:
    return n.Between(operand, low, high, True, span=t.after(operand.span, at))


def like(t: Tokens, at: int, operand: n.Expr, word: int, pattern: n.Expr, escape: n.Expr | None) -> n.Like:
    return n.Like(operand, pattern, escape, span=t.after(operand.span, at))


def not_like(t: Tokens, at: int, operand: n.Expr, no: int, word: int, pattern: n.Expr, esc: n.Expr | None) -> n.Like:
    return n.Like(operand, pattern, esc, True, span=t.after(operand.span, at))


# --- larger expressions -----------------------------------------------------------------------------------------------


class ParenQuery:
    """A query in parentheses on its way to the node that it becomes part of; `span` includes the parentheses."""

    __slots__ = ("query", "span")

    def __init__(self, query: n.Query, span: Span) -> None:
        self.query = query
        self.span = span


def when_first(t: Tokens, at: int, w: int, condition: n.Expr, h: int, value: n.Expr) -> list[tuple[n.Expr, n.Expr]]:
    return [(condition, value)]


def when_next(
    t: Tokens, at: int, branches: list[tuple[n.Expr, n.Expr]], w: int, condition: n.Expr, h: int, value: n.Expr
) -> list[tuple[n.Expr, n.Expr]]:
    branches.append((condition, value))
    return branches


def case(
    t: Tokens, at: int, word: int, branches: list[tuple[n.Expr, n.Expr]], otherwise: n.Expr | None, end: int
) -> n.Case:
    return n.Case(None, tuple(branches), otherwise, span=t.since(word, at))


def case_of(
    t: Tokens,
    at: int,
    word: int,
    operand: n.Expr,
    branches: list[tuple[n.Expr, n.Expr]],
    other: n.Expr | None,
    end: int,
) -> n.Case:
    return n.Case(operand, tuple(branches), other, span=t.since(word, at))


def cast_(t: Tokens, at: int, word: int, opening: int, operand: n.Expr, a: int, kind: n.Type, closing: int) -> n.Cast:
    return n.Cast(operand, kind, t.word(word) == "try_cast", span=t.since(word, at))


def empty_array(t: Tokens, at: int, opening: int, closing: int) -> n.Array:
    return n.Array((), span=t.since(opening, at))


def array(t: Tokens, at: int, opening: int, items: list[n.Expr], closing: int) -> n.Array:
    return n.Array(tuple(items), span=t.since(opening, at))


def parenthesised(t: Tokens, at: int, opening: int, operand: n.Expr, *rest: int) -> n.Parenthesised:
    return n.Parenthesised(operand, span=t.since(opening, at))


def tuple_(t: Tokens, at: int, opening: int, first: n.Expr, comma: int, others: list[n.Expr], closing: int) -> n.Tuple:
    return n.Tuple((first, *others), span=t.since(opening, at))


def subquery(t: Tokens, at: int, query: ParenQuery) -> n.Subquery:
    return n.Subquery(query.query, span=query.span)


def lambda_(t: Tokens, at: int, parameter: n.Name, arrow: int, body: n.Expr) -> n.Lambda:
    return n.Lambda((parameter,), body, span=t.after(parameter.span, at))


def lambda_of_several(t: Tokens, at: int, written: n.Parenthesised | n.Tuple, arrow: int, body: n.Expr) -> n.Expr:
    parameters = written.items if isinstance(written, n.Tuple) else (written.operand,)
    names: list[n.Name] = []
    for parameter in parameters:
        if isinstance(parameter, n.Column):
            names.append(parameter.name)
        else:
            t.report.add(LambdaParameter(span=parameter.span))
            return n.BrokenExpr(span=t.after(written.span, at))
    return n.Lambda(tuple(names), body, span=t.after(written.span, at))


BUILDERS: dict[str, Callable[..., Any]] = {
    "number": number, "string": string, "raw_string": raw_string, "true": true, "false": false, "null": null,
    "typed_literal": typed_literal, "interval": interval, "binary": binary, "unary": unary, "is": is_,
    "is_not": is_not, "is_distinct": is_distinct, "is_not_distinct": is_not_distinct, "in": in_, "not_in": not_in,
    "between": between, "not_between": not_between, "like": like, "not_like": not_like, "when_first": when_first,
    "when_next": when_next, "case": case, "case_of": case_of, "cast": cast_, "empty_array": empty_array,
    "array": array, "parenthesised": parenthesised, "parenthesised_with_comma": parenthesised, "tuple": tuple_,
    "subquery": subquery, "lambda": lambda_, "lambda_of_several": lambda_of_several,
}  # fmt: skip

"""What the parser builds for each alternative of the grammar that is an expression, a type or a list.

A function here gets the tokens, the number of the next token, and a value for each symbol of its alternative: the number
of a token, or what another function built. The hottest ones make their span by hand: a call less for each node.
"""

from collections.abc import Callable
from typing import Any, Literal, cast

from oftra.diagnostics.syntax import LambdaParameter, NotYet, OnlyFor
from oftra.source import Span
from oftra.syntax import nodes as n
from oftra.syntax.lexer import Tokens

Dotted = n.Name | list[n.Name]
"""One name, or several joined by dots."""

_span = tuple.__new__


# --- lists and what is optional ---------------------------------------------------------------------------------------


def nothing(t: Tokens, at: int) -> None:
    """What was left out."""


def empty_list(t: Tokens, at: int) -> list[Any]:
    return []


def list_first(t: Tokens, at: int, item: Any) -> list[Any]:
    return [item]


def list_next(t: Tokens, at: int, items: list[Any], comma: int, item: Any) -> list[Any]:
    items.append(item)
    return items


def many(t: Tokens, at: int, items: list[Any], item: Any) -> list[Any]:
    items.append(item)
    return items


def closed(t: Tokens, at: int, items: list[Any], comma: int) -> list[Any]:
    return items


def block(t: Tokens, at: int, opening: int, items: list[Any], closing: int) -> list[Any]:
    return items


def empty_pair(t: Tokens, at: int, opening: int, closing: int) -> list[Any]:
    return []


def second(t: Tokens, at: int, first: Any, wanted: Any, *rest: Any) -> Any:
    return wanted


def third(t: Tokens, at: int, first: Any, between: Any, wanted: Any, *rest: Any) -> Any:
    return wanted


def first_of_two(t: Tokens, at: int, wanted: Any, rest: Any) -> Any:
    return wanted


# --- names ------------------------------------------------------------------------------------------------------------


def name(t: Tokens, at: int, word: int) -> n.Name:
    return n.Name(t.texts[word], span=t.span(word))


def quoted_name(t: Tokens, at: int, word: int) -> n.Name:
    return n.Name(unquoted(t.texts[word]), True, span=t.span(word))


def unquoted(text: str) -> str:
    """The name that stands in backticks (or, by mistake, in double quotes)."""
    mark = text[0]
    return text[1:-1].replace(mark + mark, mark) if mark in '`"' else text


def dotted(t: Tokens, at: int, names: Dotted, dot: int, word: n.Name) -> Dotted:
    if isinstance(names, n.Name):
        return [names, word]
    names.append(word)
    return names


def path(t: Tokens, at: int, names: Dotted) -> n.Path:
    if isinstance(names, n.Name):
        return n.Path((names,), span=names.span)
    return n.Path(tuple(names), span=Span(names[0].span[0], names[-1].span[1], t.path))


def column(t: Tokens, at: int, names: Dotted) -> n.Expr:
    if isinstance(names, n.Name):
        return n.Column(names, span=names.span)
    start = names[0].span[0]
    expr: n.Expr = n.Column(names[0], span=names[0].span)
    for part in names[1:]:
        expr = n.Member(expr, part, span=_span(Span, (start, part.span[1], t.path)))
    return expr


def member(t: Tokens, at: int, operand: n.Expr, dot: int, word: n.Name) -> n.Member:
    return n.Member(operand, word, span=t.after(operand.span, at))


def index(t: Tokens, at: int, operand: n.Expr, opening: int, position: n.Expr, closing: int) -> n.Index:
    return n.Index(operand, position, span=t.after(operand.span, at))


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


# --- calls ------------------------------------------------------------------------------------------------------------


def call(t: Tokens, at: int, function: Dotted, opening: int, arguments: list[Any], closing: int) -> n.Call:
    called = path(t, at, function)
    return n.Call(called, tuple(arguments), span=_span(Span, (called.span[0], t.ends[at - 1], t.path)))


def call_without_arguments(t: Tokens, at: int, function: Dotted, opening: int, closing: int) -> n.Call:
    return call(t, at, function, opening, [], closing)


def call_star(t: Tokens, at: int, function: Dotted, opening: int, star: int, closing: int) -> n.Call:
    return call(t, at, function, opening, [n.Star(span=t.span(star))], closing)


def call_distinct(
    t: Tokens, at: int, function: Dotted, opening: int, distinct: int, arguments: list[Any], closing: int
) -> n.Call:
    called = path(t, at, function)
    return n.Call(called, tuple(arguments), True, span=t.after(called.span, at))


def call_ordered(
    t: Tokens,
    at: int,
    function: Dotted,
    opening: int,
    arguments: list[Any],
    o: int,
    b: int,
    keys: list[n.SortKey],
    c: int,
) -> n.Call:
    called = path(t, at, function)
    return n.Call(called, tuple(arguments), False, tuple(keys), span=t.after(called.span, at))


def call_distinct_ordered(
    t: Tokens, at: int, function: Dotted, p: int, d: int, arguments: list[Any], o: int, b: int, keys: list[n.SortKey],
    c: int,
) -> n.Call:  # fmt: skip
    called = path(t, at, function)
    return n.Call(called, tuple(arguments), True, tuple(keys), span=t.after(called.span, at))


def call_nulls(t: Tokens, at: int, made: n.Call, nulls: int) -> n.Call:
    how = cast(Literal["ignore", "respect"], t.word(nulls))
    return n.Call(made.function, made.arguments, made.distinct, made.order_by, how, span=t.after(made.span, at))


def call_filter(t: Tokens, at: int, made: n.Call, f: int, o: int, w: int, condition: n.Expr, c: int) -> n.Call:
    return n.Call(
        made.function, made.arguments, made.distinct, made.order_by, made.nulls, condition, span=t.after(made.span, at)
    )


def _over(made: n.Call, window: n.Over, span: Span) -> n.Call:
    return n.Call(
        made.function, made.arguments, made.distinct, made.order_by, made.nulls, made.filter, window, span=span
    )


def over_name(t: Tokens, at: int, made: n.Call, word: int, base: n.Name) -> n.Call:
    return _over(made, n.Over(base, span=base.span), t.after(made.span, at))


def over(t: Tokens, at: int, made: n.Call, word: int, opening: int, window: n.Over, closing: int) -> n.Call:
    return _over(made, _window_at(t, window, opening, at), t.after(made.span, at))


def _window_at(t: Tokens, window: n.Over, opening: int, at: int) -> n.Over:
    """`window` with the span of its parentheses."""
    return n.Over(window.base, window.partition_by, window.order_by, window.frame, span=t.since(opening, at))


def extract(t: Tokens, at: int, function: Dotted, o: int, part: n.Name, f: int, operand: n.Expr, c: int) -> n.Expr:
    called = path(t, at, function)
    span = t.after(called.span, at)
    if called.text.lower() != "extract":
        t.report.add(OnlyFor(called.text, "extract", span=span))
        return n.BrokenExpr(span=span)
    return n.Extract(part.text.lower(), operand, span=span)


def exists(t: Tokens, at: int, function: Dotted, opening: int, query: n.Query, closing: int) -> n.Expr:
    called = path(t, at, function)
    span = t.after(called.span, at)
    if called.text.lower() != "exists":
        t.report.add(OnlyFor(called.text, "exists", span=span))
        return n.BrokenExpr(span=span)
    return n.Exists(query, span=span)


# --- windows ----------------------------------------------------------------------------------------------------------


def window_spec_empty(t: Tokens, at: int) -> n.Over:
    return n.Over()


def window_spec_name(t: Tokens, at: int, base: n.Name) -> n.Over:
    return n.Over(base)


def window_spec_named(t: Tokens, at: int, base: n.Name, parts: n.Over) -> n.Over:
    return n.Over(base, parts.partition_by, parts.order_by, parts.frame)


def window_partition(
    t: Tokens, at: int, p: int, b: int, keys: list[n.Expr], order: list[n.SortKey], frame: n.Frame | None
) -> n.Over:
    return n.Over(None, tuple(keys), tuple(order), frame)


def window_order(t: Tokens, at: int, o: int, b: int, keys: list[n.SortKey], frame: n.Frame | None) -> n.Over:
    return n.Over(None, (), tuple(keys), frame)


def window_frame_alone(t: Tokens, at: int, frame: n.Frame) -> n.Over:
    return n.Over(None, (), (), frame)


def frame(t: Tokens, at: int, unit: int, start: n.FrameBound, exclude: Any) -> n.Frame:
    return n.Frame(_unit(t, unit), start, None, exclude, span=t.since(unit, at))


def frame_between(
    t: Tokens, at: int, unit: int, b: int, start: n.FrameBound, a: int, end: n.FrameBound, exclude: Any
) -> n.Frame:
    return n.Frame(_unit(t, unit), start, end, exclude, span=t.since(unit, at))


def _unit(t: Tokens, unit: int) -> Literal["rows", "range", "groups"]:
    return cast(Literal["rows", "range", "groups"], t.word(unit))


def unbounded_bound(t: Tokens, at: int, word: int, side: int) -> n.FrameBound:
    return n.FrameBound(_side(t, side), span=t.since(word, at))


def current_row(t: Tokens, at: int, word: int, row: int) -> n.FrameBound:
    return n.FrameBound("current row", span=t.since(word, at))


def bound(t: Tokens, at: int, amount: n.Expr, side: int) -> n.FrameBound:
    return n.FrameBound(_side(t, side), amount, span=t.after(amount.span, at))


def _side(t: Tokens, side: int) -> Literal["preceding", "following"]:
    return cast(Literal["preceding", "following"], t.word(side))


def exclude_two(t: Tokens, at: int, word: int, first: int, last: int) -> str:
    return f"{t.word(first)} {t.word(last)}"


def exclude_one(t: Tokens, at: int, word: int, what: int) -> str:
    return t.word(what)


def sort_key(t: Tokens, at: int, expr: n.Expr, direction: int | None, nulls: int | None) -> n.SortKey:
    way = None if direction is None else cast(Literal["asc", "desc"], t.word(direction))
    place = None if nulls is None else cast(Literal["first", "last"], t.word(nulls))
    return n.SortKey(expr, way, place, span=t.after(expr.span, at))


# --- types ------------------------------------------------------------------------------------------------------------


def simple_type(t: Tokens, at: int, word: int) -> n.SimpleType:
    text = t.texts[word].lower()
    if text in ("time", "enum"):
        t.report.add(NotYet(f"type `{text}`", span=t.span(word)))
    return n.SimpleType(text, span=t.span(word))


def sized_type(t: Tokens, at: int, word: int, opening: int, numbers: list[int], closing: int) -> n.SimpleType:
    sizes = tuple(int(text) if (text := t.texts[token]).isdigit() else -1 for token in numbers)
    return n.SimpleType(t.word(word), sizes, span=t.since(word, at))


def array_type(t: Tokens, at: int, word: int, opening: int, element: n.Type, *closing: int) -> n.ArrayType:
    return n.ArrayType(element, span=t.since(word, at))


def map_type(
    t: Tokens, at: int, word: int, opening: int, key: n.Type, comma: int, value: n.Type, *closing: int
) -> n.MapType:
    return n.MapType(key, value, span=t.since(word, at))


def struct_type(
    t: Tokens, at: int, word: int, opening: int, fields: list[tuple[n.Name, n.Type]], closing: int
) -> n.StructType:
    return n.StructType(tuple(fields), span=t.since(word, at))


def struct_type_outer_only(t: Tokens, at: int, word: int, opening: int, last: tuple[n.Name, n.Type]) -> n.StructType:
    return n.StructType((last,), span=t.since(word, at))


def struct_type_outer(
    t: Tokens, at: int, word: int, o: int, fields: list[tuple[n.Name, n.Type]], comma: int, last: tuple[n.Name, n.Type]
) -> n.StructType:
    return n.StructType((*fields, last), span=t.since(word, at))


def field(t: Tokens, at: int, name: n.Name, colon: int, kind: n.Type) -> tuple[n.Name, n.Type]:
    return (name, kind)


BUILDERS: dict[str, Callable[..., Any]] = {
    "none": nothing, "none_list": empty_list, "none_many": empty_list, "none_block": empty_list,
    "list_first": list_first, "list_next": list_next, "many": many, "closed": closed, "block": block,
    "empty_block": empty_pair, "empty_parentheses": empty_pair, "second": second, "second_of_two": second, "third": third,
    "first_of_two": first_of_two,
    "name": name, "quoted_name": quoted_name, "dotted": dotted, "path": path, "column": column, "member": member,
    "index": index,
    "number": number, "string": string, "raw_string": raw_string, "true": true, "false": false, "null": null,
    "typed_literal": typed_literal, "interval": interval,
    "binary": binary, "unary": unary, "is": is_, "is_not": is_not, "is_distinct": is_distinct,
    "is_not_distinct": is_not_distinct, "in": in_, "not_in": not_in, "between": between, "not_between": not_between,
    "like": like, "not_like": not_like,
    "when_first": when_first, "when_next": when_next, "case": case, "case_of": case_of, "cast": cast_,
    "empty_array": empty_array, "array": array, "parenthesised": parenthesised, "parenthesised_with_comma": parenthesised,
    "tuple": tuple_, "subquery": subquery, "lambda": lambda_, "lambda_of_several": lambda_of_several,
    "call": call, "call_without_arguments": call_without_arguments, "call_star": call_star,
    "call_distinct": call_distinct, "call_ordered": call_ordered, "call_distinct_ordered": call_distinct_ordered,
    "call_nulls": call_nulls, "call_filter": call_filter, "over_name": over_name, "over": over, "extract": extract,
    "exists": exists,
    "window_spec_empty": window_spec_empty, "window_spec_name": window_spec_name, "window_spec_named": window_spec_named,
    "window_partition": window_partition, "window_order": window_order, "window_frame_alone": window_frame_alone,
    "frame": frame, "frame_between": frame_between, "unbounded_bound": unbounded_bound, "current_row": current_row,
    "bound": bound, "exclude_one": exclude_one, "exclude_two": exclude_two, "sort_key": sort_key,
    "simple_type": simple_type, "sized_type": sized_type, "array_type": array_type, "array_type_outer": array_type,
    "map_type": map_type, "map_type_outer": map_type, "struct_type": struct_type,
    "struct_type_outer": struct_type_outer, "struct_type_outer_only": struct_type_outer_only, "field": field,
}  # fmt: skip

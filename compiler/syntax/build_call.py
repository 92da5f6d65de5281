"""What the parser builds for each alternative that is a call of a function or a window. See `build_name`."""

from collections.abc import Callable
from typing import Any, Literal, cast

from oftra.diagnostics.syntax import OnlyFor
from oftra.source import Span
from oftra.syntax import nodes as n
from oftra.syntax.build_name import Dotted, function_path
from oftra.syntax.lexer import Tokens

_span = tuple.__new__

# --- calls ------------------------------------------------------------------------------------------------------------


def call(t: Tokens, at: int, function: Dotted, opening: int, arguments: list[Any], closing: int) -> n.Call:
    called = function_path(t, at, function)
    return n.Call(called, tuple(arguments), span=_span(Span, (called.span[0], t.ends[at - 1], t.path)))


def call_without_arguments(t: Tokens, at: int, function: Dotted, opening: int, closing: int) -> n.Call:
    return call(t, at, function, opening, [], closing)


def call_star(t: Tokens, at: int, function: Dotted, opening: int, star: int, closing: int) -> n.Call:
    return call(t, at, function, opening, [n.Star(span=t.span(star))], closing)


def call_distinct(
    t: Tokens, at: int, function: Dotted, opening: int, distinct: int, arguments: list[Any], closing: int
) -> n.Call:
    called = function_path(t, at, function)
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
    called = function_path(t, at, function)
    return n.Call(called, tuple(arguments), False, tuple(keys), span=t.after(called.span, at))


def call_distinct_ordered(
    t: Tokens, at: int, function: Dotted, p: int, d: int, arguments: list[Any], o: int, b: int, keys: list[n.SortKey],
    c: int,
) -> n.Call:  # fmt: skip
    called = function_path(t, at, function)
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
    called = function_path(t, at, function)
    span = t.after(called.span, at)
    if called.text.lower() != "extract":
        t.report.add(OnlyFor(called.text, "extract", span=span))
        return n.BrokenExpr(span=span)
    return n.Extract(part.text.lower(), operand, span=span)


def exists(t: Tokens, at: int, function: Dotted, opening: int, query: n.Query, closing: int) -> n.Expr:
    called = function_path(t, at, function)
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


BUILDERS: dict[str, Callable[..., Any]] = {
    "call": call, "call_without_arguments": call_without_arguments, "call_star": call_star,
    "call_distinct": call_distinct, "call_ordered": call_ordered, "call_distinct_ordered": call_distinct_ordered,
    "call_nulls": call_nulls, "call_filter": call_filter, "over_name": over_name, "over": over, "extract": extract,
    "exists": exists, "window_spec_empty": window_spec_empty, "window_spec_name": window_spec_name,
    "window_spec_named": window_spec_named, "window_partition": window_partition, "window_order": window_order,
    "window_frame_alone": window_frame_alone, "frame": frame, "frame_between": frame_between,
    "unbounded_bound": unbounded_bound, "current_row": current_row, "bound": bound, "exclude_one": exclude_one,
    "exclude_two": exclude_two, "sort_key": sort_key,
}  # fmt: skip

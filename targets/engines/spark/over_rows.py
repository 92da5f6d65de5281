"""Aggregates, and windows: what of their filter, order and frame the DataFrame API says in which way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oftra.datatypes import BIGINT, Date, Decimal, Double, Integer, Timestamp
from oftra.diagnostics.spark import UnsupportedDistinct, UnsupportedFrame
from oftra.diagnostics.targets import UnsupportedFunction
from oftra.ir.expr import AggregateCall, Duration, Expr, Frame, FrameBound, Literal, SortKey, WindowCall
from oftra.targets.engines.bare_numbers import BY_WIDTH, decide_type
from oftra.targets.engines.spark.functions import AGGREGATES
from oftra.targets.engines.spark.functions.aggregates import DISTINCT, SAME_IF_DISTINCT, collected
from oftra.targets.engines.spark.wording import Arguments, Asked, Said, constant, when
from oftra.targets.python import tree as py

if TYPE_CHECKING:  # expressions say these, and these are made of expressions
    from oftra.targets.engines.spark.expressions import Expressions

ENGINE = "spark"

_RANKING = frozenset({"row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead"})
"""Window functions whose frame is given: Spark takes no other."""

_BY = frozenset({"arg_max", "arg_min"})
"""Aggregates that leave out the rows without their second argument rather than their first."""


def aggregate(say: Expressions, call: AggregateCall) -> Said:
    """An aggregate over a group's rows."""
    return _over_rows(say, call)


def windowed(say: Expressions, call: WindowCall) -> Said:
    """A window function, or an aggregate, over a window."""
    window = window_of(say, call)
    said = _over_rows(say, call)
    if window is None:
        return said
    return Said(over(said.expr, window), said.type)


def over(expr: py.Expr, window: py.Expr) -> py.Expr:
    """Each aggregate in `expr` over the window."""
    match expr:
        case py.Call(py.Attribute(py.Name("F"), name)) if name in _PLAIN:
            arguments = [_inner(one, window) for one in expr.arguments]
            return py.Call(expr.function, tuple(arguments))
        case py.Call(py.Attribute(py.Name("F"), _)):
            return py.method(expr, "over", window)
        case py.Call(py.Attribute(value, name), arguments):
            return py.Call(py.Attribute(over(value, window), name), tuple([_inner(one, window) for one in arguments]))
        case py.Subscript(value, items):
            return py.Subscript(over(value, window), items)
        case py.Binary(operator, left, right):
            return py.Binary(operator, over(left, window), over(right, window))
        case py.Compare(operator, left, right):
            return py.Compare(operator, over(left, window), right)
        case _:
            return expr


_PLAIN = frozenset({
    "sort_array", "array_sort", "array_distinct", "array_join", "try_divide", "nullif", "coalesce", "size", "when",
    "nanvl", "transform", "array_size", "aggregate", "try_element_at", "lit", "map_from_entries",
})  # fmt: skip
"""What may stand around an aggregate in an entry: a window goes to what is inside."""


def _inner(argument: py.Expr | py.Keyword | py.Starred, window: py.Expr) -> py.Expr | py.Keyword | py.Starred:
    return argument if isinstance(argument, py.Keyword | py.Starred | py.String) else over(argument, window)


def _over_rows(say: Expressions, call: AggregateCall | WindowCall) -> Said:
    entry = AGGREGATES.get(call.function)
    asked = Asked(call, say.around)
    if entry is None:
        say.around.report.add(UnsupportedFunction(call.function, ENGINE, span=call.span))
        return constant(py.NONE, None)
    if call.function in BY_WIDTH:
        arguments = say.by_width(call.arguments)
    else:
        arguments = tuple([say.given(argument) for argument in call.arguments])
    if call.filter is not None and not arguments:
        entry, arguments = AGGREGATES["count_if"], (say.said(call.filter),)
    elif call.filter is not None:
        arguments = _filtered(call, arguments, say.said(call.filter))
    if isinstance(call, AggregateCall) and call.order_by and call.function in ("array_agg", "string_agg"):
        return collected(asked, arguments, [(say.said(key.expr), key) for key in call.order_by])
    if call.distinct and call.function not in SAME_IF_DISTINCT:
        distinct = DISTINCT.get(call.function)
        over_window = isinstance(call, WindowCall)
        if distinct is None or (over_window and call.function != "count"):
            place = "over a window" if over_window else "in `agg`"
            say.around.report.add(UnsupportedDistinct(call.function, place, span=call.span))
            return constant(py.NONE, None)
        entry = distinct
    said = entry(asked, arguments)
    return said if isinstance(said, Said) else Said(said, None if decide_type(call) else call.type)


def _filtered(call: AggregateCall | WindowCall, arguments: Arguments, condition: Said) -> Arguments:
    """The arguments, null where the condition is not true: aggregates leave out nulls."""
    if call.function == "count_if":
        return (Said(py.Binary("&", condition.expr, arguments[0].expr), arguments[0].type),)
    if call.function == "map_agg":
        return (*arguments, condition)
    at = 1 if call.function in _BY else 0
    narrowed = Said(when(condition.expr, arguments[at].beside), arguments[at].type)
    if call.function == "count" and len(arguments) > 1:
        return tuple([Said(when(condition.expr, one.beside), one.type) for one in arguments])
    return (*arguments[:at], narrowed, *arguments[at + 1 :])


# ---------------------------------------------------------------------------------------------------------- windows


def order_key(said: Said, key: SortKey) -> py.Expr:
    """A key to order by. Spark puts nulls first where it ascends, else last."""
    places = key.expr.nullable and key.nulls_first == key.descending
    if not key.descending and not places:
        return said.argument
    method = "asc_nulls_last" if not key.descending else "desc_nulls_first" if places else "desc"
    return py.method(said.expr, method) if said.name is None else py.call(f"F.{method}", said.argument)


def window_of(say: Expressions, call: WindowCall) -> py.Expr | None:
    """`Window.partitionBy(...).orderBy(...).rowsBetween(...)`."""
    made: py.Expr = py.Name("Window")
    keys = [key for key in call.order_by if not isinstance(key.expr, Literal)]
    if call.partition_by:
        made = py.method(made, "partitionBy", *[say.argument(key) for key in call.partition_by])
    frame = None if call.function in _RANKING else call.frame
    order = [order_key(say.said(key.expr), key) for key in keys]
    if not order and (call.function in _RANKING or call.function == "nth_value"):
        # They have to be ordered: by nothing if there is nothing to order by.
        order = [py.call("F.lit", py.number(1))]
    bounds: tuple[py.Expr, py.Expr] | None = None
    if frame is not None:
        if frame.unit == "groups" or frame.exclude is not None:
            what = "with `groups`" if frame.unit == "groups" else f"with `exclude {frame.exclude}`"
            say.around.report.add(UnsupportedFrame(what, span=call.span))
            return None
        if frame.unit == "range" and _has_offset(frame):
            order, bounds = _distances(say, call, frame, keys)
        else:
            bounds = (_bound(say, call, frame.start), _bound(say, call, frame.end))
    if order:
        made = py.method(made, "orderBy", *order)
    if bounds is not None and frame is not None:
        made = py.method(made, f"{frame.unit}Between", *bounds)
    if call.ignore_nulls and call.function in ("lag", "lead"):
        made = _neighbours(call, made)
    return made if made != py.Name("Window") else py.method(made, "partitionBy")


def _neighbours(call: WindowCall, window: py.Expr) -> py.Expr:
    """All rows before the current one, or all after: what is not null among them is looked at."""
    if call.function == "lag":
        return py.method(window, "rowsBetween", py.name("Window.unboundedPreceding"), py.number(-1))
    return py.method(window, "rowsBetween", py.number(1), py.name("Window.unboundedFollowing"))


def _has_offset(frame: Frame) -> bool:
    return frame.start.offset is not None or frame.end.offset is not None


def _bound(say: Expressions, call: WindowCall, bound: FrameBound) -> py.Expr:
    match bound.kind, bound.offset:
        case "current row", _:
            return py.name("Window.currentRow")
        case "preceding", None:
            return py.name("Window.unboundedPreceding")
        case "following", None:
            return py.name("Window.unboundedFollowing")
        case kind, Literal(int() as count):
            return py.number(-count if kind == "preceding" else count)
        case _:
            say.around.report.add(UnsupportedFrame("whose bound is no constant", span=call.span))
            return py.number(0)


def _distances(
    say: Expressions, call: WindowCall, frame: Frame, keys: list[SortKey]
) -> tuple[list[py.Expr], tuple[py.Expr, py.Expr]]:
    """A frame of a distance: of times in microseconds, of dates in days, as Spark's frames take whole numbers."""
    (key,) = keys
    said = say.said(key.expr)
    unit = 1
    match key.expr.type:
        case Integer():
            pass
        case Date() if _in_days(frame):
            said, unit = Said(py.call("F.unix_date", said.argument), None), 86_400_000_000
        case Timestamp():
            said = Said(py.call("F.unix_micros", said.argument), BIGINT)
        case Date():
            said = Said(py.call("F.unix_micros", py.method(said.expr, "cast", py.String("timestamp"))), BIGINT)
        case Double() | Decimal():
            if any(_distance(bound.offset) is None for bound in (frame.start, frame.end) if bound.offset is not None):
                say.around.report.add(UnsupportedFrame("of a distance that is no whole number", span=call.span))
        case _:
            said = Said(py.call("F.unix_micros", py.method(said.expr, "cast", py.String("timestamp"))), BIGINT)
    bounds: list[py.Expr] = []
    for bound in (frame.start, frame.end):
        if bound.offset is None:
            bounds.append(_bound(say, call, bound))
            continue
        distance = _distance(bound.offset)
        if distance is None:
            say.around.report.add(UnsupportedFrame("of a distance that is no constant number or time", span=call.span))
            distance = 0
        distance //= unit
        bounds.append(py.number(-distance if bound.kind == "preceding" else distance))
    return [order_key(said, key)], (bounds[0], bounds[1])


def _in_days(frame: Frame) -> bool:
    offsets = [bound.offset for bound in (frame.start, frame.end) if bound.offset is not None]
    return all((_distance(offset) or 0) % 86_400_000_000 == 0 for offset in offsets)


def _distance(offset: Expr | None) -> int | None:
    """A constant distance: a whole number, or microseconds."""
    match offset:
        case Literal(Duration(0, micros)):
            return micros
        case Literal(int() as value):
            return value
        case _:
            return None

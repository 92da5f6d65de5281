"""What a run asks of windows of time, asked of the times that fall into them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from oftra.datatypes import BOOLEAN, Date, Datetime, Timestamp
from oftra.ir.columns import free_columns
from oftra.ir.expr import Call, Cast, Column, Duration, Expr, Literal, Runtime
from oftra.ir.keys import conjuncts
from oftra.ir.notation import UNITS
from oftra.ir.rel import Filter, Rel, TimeWindow
from oftra.ir.walk import bottom_up, children, with_source
from oftra.optimize.push_filters import push_filters
from oftra.optimize.simplify_logic import conjunction
from oftra.optimize.slices import DAY, length_of, moved


def bound_windows(rel: Rel) -> Rel:
    """tumble s, e = (t, n) | filter s > x and s < y  =>  filter t > x and t < y + n | tumble … | filter s > x and s < y

    So with the other windows that have a length, with their ends, and with the day or the month of either. Only for
    bounds of the run's slice.
    """
    return bottom_up(rel, _bound)


def _bound(rel: Rel) -> Rel:
    match rel:
        case Filter(TimeWindow() as windows, condition):
            length = length_of(windows)
            found = [] if length is None else [_of_time(part, windows, length) for part in conjuncts(condition)]
            below = [part for part in found if part is not None]
            known = conjuncts(windows.source.condition) if isinstance(windows.source, Filter) else ()
            below = [part for part in below if part not in known]
            if not below:
                return rel
            source = push_filters(Filter(windows.source, conjunction(below), span=rel.span))
            return Filter(with_source(windows, source), condition, span=rel.span)
        case _:
            return rel


_BOUNDS = ("less", "less_equal", "greater", "greater_equal")


def _of_time(condition: Expr, windows: TimeWindow, length: Duration) -> Expr | None:
    """What a bound of a window says of the times in it; None if it is no bound that the run gives."""
    match condition:
        case Call(function, (value, bound)) if function in _BOUNDS and _is_given(bound):
            edge = _edge(value)
        case _:
            return None
    is_start = edge is not None and edge.id == windows.start.id
    if edge is None or not (is_start or edge.id == windows.end.id):
        return None
    is_low = function.startswith("greater")
    if is_low == is_start:
        # A time is not before the start of its window, and not after its end; so are the days and the months of them.
        asked, limit = _said_of(value, windows.time), bound
        function = "less" if value is edge and not is_low else function
    else:
        asked = windows.time
        away = _moved("subtract" if is_low else "add", bound, length)
        match value:
            case Column():
                pass
            case Call("date_trunc", (Literal(str() as part), Column())) if part.lower() in _UNITS:
                # An end is not before its month; a start is before the month after it.
                away = away if is_low or away is None else _moved("add", away, _UNITS[part.lower()])
            case Cast(Column(), Date()):
                asked = _said_of(value, windows.time)
                away = _moved("subtract" if is_low else "add", bound, _days(length))
            case _:
                return None
        if away is None:
            return None
        limit = away
        function = "less" if not is_low and asked is windows.time else function
    return Call(function, (asked, limit), BOOLEAN, windows.time.nullable, span=condition.span)


def _edge(value: Expr) -> Column | None:
    """The start or the end of a window that `value` is: as such, the day of it, or cut to a part of a date.

    None of these puts a later time before an earlier one.
    """
    match value:
        case Column():
            return value
        case Cast(operand, Date() | Datetime() | Timestamp()) if isinstance(operand.type, Datetime | Timestamp):
            return _edge(operand)
        case Call("date_trunc", (Literal(str()), moment)):
            return _edge(moment)
        case _:
            return None


def _said_of(value: Expr, time: Expr) -> Expr:
    """The same of the time as of the edge: it as such, the day of it, …."""
    match value:
        case Cast(operand):
            return replace(value, operand=_said_of(operand, time), nullable=time.nullable)
        case Call(_, (part, moment)):
            return replace(value, arguments=(part, _said_of(moment, time)), nullable=time.nullable)
        case _:
            return time


_UNITS: Mapping[str, Duration] = {
    **{unit: length for unit, (_, length) in UNITS.items()},
    "quarter": Duration(months=3),
    "week": Duration(micros=7 * DAY),
}
"""How long at most what `date_trunc` cuts off is."""


def _days(length: Duration) -> Duration:
    """Whole days that are not shorter."""
    return Duration(micros=(31 * length.months - (-length.micros // DAY)) * DAY)


def _moved(function: str, bound: Expr, by: Duration) -> Expr | None:
    """A moment of the run so much earlier or later, or still further away; None of what is no moment."""
    match bound:
        case Cast(operand, Date() | Datetime() | Timestamp()):
            inner = _moved(function, operand, by)
            return None if inner is None else replace(bound, operand=inner)
        case Call("date_trunc", (Literal(str() as part), moment)) if part.lower() in _UNITS:
            cut = _moved("subtract", moment, _UNITS[part.lower()]) if function == "subtract" else moment
            return None if cut is None else _moved(function, cut, by)
        case _ if isinstance(bound.type, Timestamp):
            return moved(function, bound, by)
        case _:
            return None


def _is_given(bound: Expr) -> bool:
    """Whether it is made of values of the run alone."""
    return not free_columns(bound) and any(isinstance(part, Runtime) for part in _parts(bound))


def _parts(expr: Expr) -> Iterator[Expr]:
    yield expr
    for child in children(expr):
        yield from _parts(child)

"""What a run asks of windows of time, asked of the times that fall into them."""

from collections.abc import Iterator

from oftra.datatypes import BOOLEAN
from oftra.ir.columns import free_columns
from oftra.ir.expr import Call, Column, Duration, Expr, Runtime
from oftra.ir.keys import conjuncts
from oftra.ir.rel import Filter, Rel, TimeWindow
from oftra.ir.walk import bottom_up, children, with_source
from oftra.optimize.push_filters import push_filters
from oftra.optimize.simplify_logic import conjunction
from oftra.optimize.slices import length_of, moved


def bound_windows(rel: Rel) -> Rel:
    """tumble s, e = (t, n) | filter s > x and s < y  =>  filter t > x and t < y + n | tumble … | filter s > x and s < y

    So with the other windows that have a length, and with their ends. Only for bounds of the run's slice.
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
        case Call(function, (Column(id_), bound)) if function in _BOUNDS and _is_given(bound):
            pass
        case _:
            return None
    is_low = function.startswith("greater")
    if id_ == windows.start.id:
        bound = bound if is_low else moved("add", bound, length)
        function = function if is_low else "less"
    elif id_ == windows.end.id:
        bound = moved("subtract", bound, length) if is_low else bound
        function = function if is_low else "less"
    else:
        return None
    return Call(function, (windows.time, bound), BOOLEAN, windows.time.nullable, span=condition.span)


def _is_given(bound: Expr) -> bool:
    """Whether it is made of values of the run alone."""
    return not free_columns(bound) and any(isinstance(part, Runtime) for part in _parts(bound))


def _parts(expr: Expr) -> Iterator[Expr]:
    yield expr
    for child in children(expr):
        yield from _parts(child)

"""Lengths of time as Python has them."""

from oftra.ir.expr import Duration
from oftra.targets.python import tree as py

_UNITS = (
    ("days", 86_400_000_000),
    ("hours", 3_600_000_000),
    ("minutes", 60_000_000),
    ("seconds", 1_000_000),
    ("microseconds", 1),
)


def length(time: Duration) -> py.Expr:
    """An interval without months as a `timedelta`, in the largest units that it is whole in."""
    left, parts = time.micros, list[py.Keyword]()
    for unit, size in _UNITS:
        number, left = divmod(left, size)
        if number:
            parts.append(py.Keyword(unit, py.number(number)))
    return py.call("timedelta", *parts)

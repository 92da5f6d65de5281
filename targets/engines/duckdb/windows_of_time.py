"""How DuckDB says the functions that `lower` makes of windows of time."""

from oftra.datatypes import Timestamp
from oftra.ir.expr import Call, Duration, Expr, Literal
from oftra.targets.engines.duckdb.lower import BUCKET, STEPS
from oftra.targets.engines.duckdb.wording import Scalar
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call as function

_MONDAY = 946_857_600_000_000
"""From the start of 1970 to the Monday, 3 January 2000, that DuckDB counts windows from."""


_DAY = 86_400_000_000
_UNITS = (("hours", 3_600_000_000), ("minutes", 60_000_000), ("seconds", 1_000_000), ("microseconds", 1))


def _bucket(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    size, time, *offset = arguments
    size = _in_one_unit(call.arguments[0]) or size
    if not offset and _divides(call.arguments[0]):
        return function("time_bucket", size, time)
    kind = "timestamptz" if isinstance(call.type, Timestamp) else "timestamp"
    origin: sql.Expr = sql.Typed(kind, "1970-01-01 00:00:00" + ("Z" if kind == "timestamptz" else ""))
    for shift in offset:
        origin = sql.Binary("+", origin, shift)
    return function("time_bucket", size, time, origin)


def _in_one_unit(size: Expr) -> sql.Expr | None:
    """`interval '36 hours'` for more than days: DuckDB takes no days with hours beside them."""
    match size:
        case Literal(Duration(0, micros)) if micros > _DAY and micros % _DAY:
            unit, length = next((unit, length) for unit, length in _UNITS if micros % length == 0)
            return sql.Interval(f"{micros // length} {unit}")
        case _:
            return None


def _divides(size: Expr) -> bool:
    """Whether windows of this size begin at the same times, counted from 1970 as from where DuckDB does."""
    match size:
        case Literal(Duration(months, micros)):
            return months > 0 or (micros > 0 and _MONDAY % micros == 0)
        case _:
            return False


def _steps(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return function("generate_series", *arguments)


SCALARS: dict[str, Scalar] = {BUCKET: _bucket, STEPS: _steps}

"""Window functions."""

from oftra.ir.expr import WindowCall
from oftra.targets.engines.flink.functions.aggregates import OverRows, plain
from oftra.targets.engines.flink.wording import Aggregate, Make, Refused
from oftra.targets.sql import tree as sql


def _ranked(name: str) -> Aggregate:
    """Flink ranks nothing without an order."""

    def say(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
        if isinstance(call, WindowCall) and not call.order_by:
            raise Refused(f"{name} without an order")
        return make(sql.Function(name, arguments))

    return say


def _edge(name: str) -> Aggregate:
    def say(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
        if isinstance(call, WindowCall) and call.ignore_nulls:
            raise Refused(f"{name} that ignores nulls")
        return make(sql.Function(name, arguments))

    return say


AGGREGATES: dict[str, Aggregate] = {
    **{name: _ranked(name) for name in ("row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile")},
    "lag": plain("lag"),
    "lead": plain("lead"),
    "first_value": _edge("first_value"),
    "last_value": _edge("last_value"),
}

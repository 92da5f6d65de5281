"""Window functions."""

from oftra.datatypes import Array, Map, Struct, Timestamp
from oftra.ir.expr import WindowCall
from oftra.targets.engines.flink.functions.aggregates import OverRows
from oftra.targets.engines.flink.wording import Aggregate, Make, Refused
from oftra.targets.sql import tree as sql


def _ranked(name: str) -> Aggregate:
    """Flink ranks nothing without an order."""

    def say(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
        if isinstance(call, WindowCall) and not call.order_by:
            raise Refused(f"{name} without an order")
        return make(sql.Function(name, arguments))

    return say


def _cume_dist(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    """Flink's own tells rows apart that have one place in the order."""
    up_to_here = make(sql.Function("count", (sql.STAR,)))
    assert isinstance(up_to_here, sql.Over) and isinstance(up_to_here.window, sql.WindowSpec)
    if not up_to_here.window.order_by:
        raise Refused("cume_dist without an order")
    of_all = sql.Over(up_to_here.function, sql.WindowSpec(up_to_here.window.partition_by))
    return sql.Binary("/", sql.Cast(up_to_here, "double"), of_all)


def _beside(name: str) -> Aggregate:
    """What Flink gives of the rows before and after; moments it takes as readings of a clock alone."""

    def say(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
        if isinstance(call.type, Array | Map | Struct):
            raise Refused(f"{name} of {call.type}")
        if isinstance(call, WindowCall) and call.ignore_nulls:
            # Flink takes these words, and looks no further than a null all the same.
            raise Refused(f"{name} that ignores nulls")
        if len(arguments) > 2 and call.arguments[0].nullable:
            # By what stands for missing rows Flink tells whether there is null, and makes '' or 0 of it.
            raise Refused(f"{name} of what may be null, with a value instead of missing rows")
        if not isinstance(call.type, Timestamp):
            return make(sql.Function(name, arguments))
        clocks = [sql.Cast(value, "timestamp(6)") if at != 1 else value for at, value in enumerate(arguments)]
        return sql.Cast(make(sql.Function(name, tuple(clocks))), "timestamp_ltz(6)")

    return say


def _edge(name: str) -> Aggregate:
    """Flink's own never sees a null."""

    def say(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
        assert isinstance(call, WindowCall)
        if call.arguments[0].nullable and not call.ignore_nulls:
            raise Refused(f"{name} of what may be null")
        made = make(sql.Function(name, arguments))
        assert isinstance(made, sql.Over)
        return sql.Over(sql.Function(name, made.function.arguments), made.window)

    return say


AGGREGATES: dict[str, Aggregate] = {
    **{name: _ranked(name) for name in ("row_number", "rank", "dense_rank", "percent_rank", "ntile")},
    "cume_dist": _cume_dist,
    "lag": _beside("lag"),
    "lead": _beside("lead"),
    "first_value": _edge("first_value"),
    "last_value": _edge("last_value"),
}

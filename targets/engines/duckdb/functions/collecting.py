"""More aggregates."""

from oftra.datatypes import Double, Map
from oftra.ir.columns import free_columns
from oftra.targets.engines.duckdb.functions.aggregates import OverRows, aggregate_named
from oftra.targets.engines.duckdb.wording import Aggregate, Make
from oftra.targets.sql import tree as sql


def _mode(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    """Of several values that are there as often DuckDB takes the one that it met first.

    It fails where it is to order by what is no column's, and of that there is one only.
    """
    order = (sql.OrderItem(arguments[0]),) if free_columns(call.arguments[0]) else ()
    return make(sql.Function("mode", arguments, order_by=order))


def _map_agg(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    assert isinstance(call.type, Map)
    key, value = arguments
    entries = make(sql.call("list", sql.StructOf((("key", key), ("value", value)))))
    return sql.call("coalesce", sql.call("map_from_entries", entries), sql.MapOf(()))


def _approx_percentile(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    """Of other types than double DuckDB rounds what it finds to them."""
    value, fraction = arguments
    given = value if isinstance(call.arguments[0].type, Double) else sql.Cast(value, "double")
    return make(sql.call("approx_quantile", given, sql.Cast(fraction, "float")))


AGGREGATES: dict[str, Aggregate] = {
    "mode": _mode,
    "product": aggregate_named("product"),
    "bit_and_agg": aggregate_named("bit_and"),
    "bit_or_agg": aggregate_named("bit_or"),
    "bit_xor_agg": aggregate_named("bit_xor"),
    "map_agg": _map_agg,
    "approx_count_distinct": aggregate_named("approx_count_distinct"),
    "approx_percentile": _approx_percentile,
}

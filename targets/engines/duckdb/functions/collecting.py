"""More aggregates."""

from oftra.datatypes import Double, Map
from oftra.targets.engines.duckdb.functions.aggregates import OverRows, aggregate_named
from oftra.targets.engines.duckdb.wording import Aggregate, Make, Said
from oftra.targets.sql import tree as sql


def _mode(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    """Of several values that are there as often DuckDB takes the one that it met first."""
    return make(sql.Function("mode", arguments, order_by=(sql.OrderItem(arguments[0]),)))


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


def _skewness(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    """DuckDB's is of a sample."""
    count = make(sql.Function("count", arguments))
    of_sample = make(sql.Function("skewness", arguments))
    one_less, two_less = [sql.Binary("-", count, sql.integer(fewer)) for fewer in (1, 2)]
    root = sql.call("sqrt", sql.Binary("*", count, one_less))
    made = sql.Binary("/", sql.Binary("*", of_sample, two_less), root)
    return sql.Case(((sql.Binary("<>", *_ends(arguments, make)), made),))


def _kurtosis(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    made = make(sql.Function("kurtosis_pop", arguments))
    return sql.Case(((sql.Binary("<>", *_ends(arguments, make)), made),))


def _ends(arguments: tuple[sql.Expr, ...], make: Make) -> tuple[sql.Expr, sql.Expr]:
    return make(sql.Function("min", arguments)), make(sql.Function("max", arguments))


def _regr_count(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> Said:
    return Said(make(sql.Function("regr_count", arguments)), None)


def _on_a_line(name: str) -> Aggregate:
    """DuckDB gives NaN where x never changes."""

    def say(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
        return sql.call("nullif", make(sql.Function(name, arguments)), sql.Cast(sql.Text("nan"), "double"))

    return say


AGGREGATES: dict[str, Aggregate] = {
    "mode": _mode,
    "product": aggregate_named("product"),
    "bit_and_agg": aggregate_named("bit_and"),
    "bit_or_agg": aggregate_named("bit_or"),
    "bit_xor_agg": aggregate_named("bit_xor"),
    "map_agg": _map_agg,
    "approx_count_distinct": aggregate_named("approx_count_distinct"),
    "approx_percentile": _approx_percentile,
    "skewness": _skewness,
    "kurtosis": _kurtosis,
    "regr_count": _regr_count,
    **{f"regr_{name}": _on_a_line(f"regr_{name}") for name in ("slope", "intercept", "r2")},
    **{f"regr_{name}": aggregate_named(f"regr_{name}") for name in ("avgx", "avgy", "sxx", "syy", "sxy")},
}

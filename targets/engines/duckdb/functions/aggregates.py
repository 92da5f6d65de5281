"""Aggregates and window functions."""

from typing import TypeAlias

from oftra.datatypes import Decimal, Double, Integer
from oftra.ir.expr import AggregateCall, WindowCall
from oftra.targets.engines.duckdb.wording import Aggregate, Make, Said
from oftra.targets.sql import tree as sql

OverRows: TypeAlias = AggregateCall | WindowCall


def aggregate_named(name: str) -> Aggregate:
    """An aggregate that DuckDB has under this name."""
    return lambda call, arguments, make: make(sql.Function(name, arguments))


def _count(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    return make(sql.Function("count", arguments or (sql.STAR,)))


def _count_if(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    """DuckDB's own is null of nothing, and HUGEINT. What is different can't be asked of all columns at once."""
    if call.distinct:
        return make(sql.call("count", sql.Case(((arguments[0], sql.TRUE),))))
    return make(sql.Function("count", (sql.STAR,), filter=arguments[0]))


def _sum(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> Said:
    """Of integers HUGEINT, of decimals 38 digits: every value fits."""
    whole = isinstance(call.arguments[0].type, Integer | Decimal)
    return Said(make(sql.Function("sum", arguments)), None if whole else call.type)


def _between_neighbours(name: str) -> Aggregate:
    """What lies between two decimals would be rounded to their digits."""

    def say(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
        value, *rest = arguments
        exact = isinstance(call.arguments[0].type, Integer | Double)
        return make(sql.call(name, value if exact else sql.Cast(value, "double"), *rest))

    return say


def _array_agg(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    """DuckDB keeps nulls, and gives null of nothing."""
    there = sql.Postfix(arguments[0], "is not null") if call.arguments[0].nullable else None
    return sql.call("coalesce", make(sql.Function("array_agg", arguments, filter=there)), sql.ListOf(()))


def _string_agg(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    """Without a separator DuckDB would take a comma."""
    return make(sql.call("string_agg", arguments[0], arguments[1] if len(arguments) > 1 else sql.Text("")))


AGGREGATES: dict[str, Aggregate] = {
    "count": _count,
    "count_if": _count_if,
    "sum": _sum,
    **{
        name: aggregate_named(name)
        for name in (
            "avg", "min", "max", "bool_and", "bool_or", "any_value", "row_number", "rank", "dense_rank", "percent_rank",
            "cume_dist", "ntile", "lag", "lead", "first_value", "last_value", "nth_value",
        )
    },
    "median": _between_neighbours("median"),
    "percentile": _between_neighbours("quantile_cont"),
    "arg_max": aggregate_named("arg_max_null"),
    "arg_min": aggregate_named("arg_min_null"),
    "array_agg": _array_agg,
    "string_agg": _string_agg,
}  # fmt: skip

"""Aggregates of statistics: how far values spread, and the line through pairs.

Where a value is NaN or infinite there is no spread to tell: NaN. DuckDB forgets it of a single value, or gives null.
"""

from collections.abc import Callable

from oftra.datatypes import Double, Float
from oftra.targets.engines.duckdb.functions.aggregates import OverRows, aggregate_named
from oftra.targets.engines.duckdb.wording import Aggregate, Make, Said
from oftra.targets.sql import tree as sql

Arguments = tuple[sql.Expr, ...]

_NAN = sql.Cast(sql.Text("nan"), "double")
_ZERO, _ONE = sql.integer(0), sql.integer(1)


def _may_be_nan(call: OverRows) -> bool:
    return any(isinstance(argument.type, Double | Float) for argument in call.arguments)


def _with_mean(name: str, mean: str) -> Aggregate:
    """What is never below zero, and NaN where the mean is no number: of a single value DuckDB says 0."""

    def say(call: OverRows, arguments: Arguments, make: Make) -> sql.Expr:
        made = make(sql.Function(name, arguments))
        return _plus_nothing(made, make(sql.Function(mean, arguments))) if _may_be_nan(call) else made

    return say


def _plus_nothing(made: sql.Expr, mean: sql.Expr) -> sql.Expr:
    return sql.Binary("+", made, sql.Binary("*", _ZERO, mean))


def _corr(call: OverRows, arguments: Arguments, make: Make) -> sql.Expr:
    """DuckDB gives NaN where there is no line."""
    made = sql.call("nullif", make(sql.Function("corr", arguments)), _NAN)
    if not _may_be_nan(call):
        return made
    together = sql.Binary("*", _ZERO, make(sql.Function("covar_pop", arguments)))
    return sql.call("coalesce", made, sql.call("nullif", together, _ZERO))


def _skewness(call: OverRows, arguments: Arguments, make: Make) -> sql.Expr:
    """DuckDB's is of a sample."""
    count = make(sql.Function("count", arguments))
    of_sample = make(_of_numbers("skewness", call, arguments))
    one_less, two_less = [sql.Binary("-", count, sql.integer(fewer)) for fewer in (1, 2)]
    root = sql.call("sqrt", sql.Binary("*", count, one_less))
    made = sql.Binary("/", sql.Binary("*", of_sample, two_less), root)
    several = sql.Case(((sql.Binary(">", count, sql.integer(2)), _NAN),))
    return _where_it_changes(call, arguments, make, made, several)


def _kurtosis(call: OverRows, arguments: Arguments, make: Make) -> sql.Expr:
    return _where_it_changes(call, arguments, make, make(_of_numbers("kurtosis_pop", call, arguments)), _NAN)


def _of_numbers(name: str, call: OverRows, arguments: Arguments) -> sql.Function:
    """DuckDB fails over NaN."""
    return sql.Function(name, arguments, filter=sql.call("isfinite", arguments[0]) if _may_be_nan(call) else None)


def _where_it_changes(call: OverRows, arguments: Arguments, make: Make, made: sql.Expr, without: sql.Expr) -> sql.Expr:
    """Null where all values are the same, and `without` numbers alone."""
    low, high = [make(sql.Function(name, arguments)) for name in ("min", "max")]
    changes = (sql.Binary("<>", low, high), made)
    if not _may_be_nan(call):
        return sql.Case((changes,))
    return sql.Case(((sql.Unary("not", sql.call("isfinite", make(sql.Function("avg", arguments)))), without), changes))


# --------------------------------------------------------------------------------------------------- the line of pairs


def _regr_count(call: OverRows, arguments: Arguments, make: Make) -> Said:
    return Said(make(sql.Function("regr_count", arguments)), None)


Told = Callable[[str], sql.Expr]
"""An aggregate over the pairs, by the end of its name."""


def _on_a_line(name: str, made: Callable[[Told], sql.Expr]) -> Aggregate:
    """DuckDB gives NaN where x never changes. Of doubles it is `made` of others, which tell NaN from that."""

    def say(call: OverRows, arguments: Arguments, make: Make) -> sql.Expr:
        if not _may_be_nan(call):
            return sql.call("nullif", make(sql.Function(name, arguments)), _NAN)

        def told(end: str) -> sql.Expr:
            one = make(sql.Function(f"regr_{end}", arguments))
            mean = {"sxx": "avgx", "syy": "avgy"}.get(end)
            return one if mean is None else _plus_nothing(one, make(sql.Function(f"regr_{mean}", arguments)))

        return sql.Case(((sql.Binary("<>", told("sxx"), _ZERO), made(told)),))

    return say


def _intercept(told: Told) -> sql.Expr:
    return sql.Binary("-", told("avgy"), sql.Binary("*", told("slope"), told("avgx")))


def _r2(told: Told) -> sql.Expr:
    sxy = told("sxy")
    explained = sql.Binary("/", sql.Binary("/", sql.Binary("*", sxy, sxy), told("sxx")), told("syy"))
    return sql.Case(((sql.Binary("<>", told("syy"), _ZERO), explained),), _ONE)


AGGREGATES: dict[str, Aggregate] = {
    "stddev_pop": _with_mean("stddev_pop", "avg"),
    "var_pop": _with_mean("var_pop", "avg"),
    "corr": _corr,
    "skewness": _skewness,
    "kurtosis": _kurtosis,
    "regr_count": _regr_count,
    "regr_slope": _on_a_line("regr_slope", lambda told: told("slope")),
    "regr_intercept": _on_a_line("regr_intercept", _intercept),
    "regr_r2": _on_a_line("regr_r2", _r2),
    "regr_sxx": _with_mean("regr_sxx", "regr_avgx"),
    "regr_syy": _with_mean("regr_syy", "regr_avgy"),
    **{f"regr_{name}": aggregate_named(f"regr_{name}") for name in ("avgx", "avgy", "sxy")},
    **{name: aggregate_named(name) for name in ("stddev", "variance", "covar_samp", "covar_pop")},
}

"""More aggregates."""

from oftra.datatypes import Decimal, Double, Float
from oftra.diagnostics.spark import NeedsNewerSpark
from oftra.targets.engines.spark.functions.entries import known
from oftra.targets.engines.spark.wording import Aggregate, Arguments, Asked, cast, when
from oftra.targets.python import tree as py


def _named(name: str) -> Aggregate:
    return lambda asked, arguments: py.call(f"F.{name}", *[argument.argument for argument in arguments])


def _mode(asked: Asked, arguments: Arguments) -> py.Expr:
    """Of several values that are there as often, the one that sorts first only if asked for.

    Zeros are told apart by their signs, which adding one takes away.
    """
    if not asked.has((4, 0)):
        asked.around.report.add(NeedsNewerSpark("`mode`", "4.0", "3.5", span=asked.call.span))
    value = arguments[0].argument
    if isinstance(asked.call.arguments[0].type, Double | Float):
        value = py.Binary("+", arguments[0].expr, py.Number("0.0"))
    return py.call("F.mode", value, py.TRUE)


def _map_agg(asked: Asked, arguments: Arguments) -> py.Expr:
    """A third argument is the condition of a filter."""
    key, value, *condition = arguments
    entry: py.Expr = py.call("F.struct", key.argument, value.argument)
    if condition:
        entry = when(condition[0].expr, entry)
    return py.call("F.map_from_entries", py.call("F.collect_list", entry))


def _approx_percentile(asked: Asked, arguments: Arguments) -> py.Expr:
    fraction = known(asked, 1)
    assert isinstance(fraction, int | float)
    value = py.method(arguments[0].expr, "cast", py.String("double"))
    return py.call("F.percentile_approx", value, py.number(float(fraction)))


def _skewness(asked: Asked, arguments: Arguments) -> py.Expr:
    """Of two values Spark says 0."""
    several = py.Compare(">", py.call("F.count", arguments[0].argument), py.number(2))
    return when(several, py.call("F.skewness", arguments[0].argument))


def _regr_r2(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark's own is null where y never changes, and 1 where x never does."""
    sxx, syy, sxy = [py.call(f"F.regr_{name}", *[one.argument for one in arguments]) for name in ("sxx", "syy", "sxy")]
    explained = py.Binary("/", py.Binary("/", py.Binary("*", sxy, sxy), sxx), syy)
    changes = when(py.Compare("!=", syy, py.number(0)), explained, py.Number("1.0"))
    return when(py.Compare("!=", sxx, py.number(0)), changes)


def _regr_mean(name: str) -> Aggregate:
    """Of decimals Spark gives a decimal with four more digits."""

    def say(asked: Asked, arguments: Arguments) -> py.Expr:
        is_exact = [isinstance(argument.type, Decimal) for argument in asked.call.arguments]
        sides = [cast(said.expr, "double") if exact else said.argument for said, exact in zip(arguments, is_exact)]
        return py.call(f"F.{name}", *sides)

    return say


AGGREGATES: dict[str, Aggregate] = {
    "mode": _mode,
    "product": _named("product"),
    "bit_and_agg": _named("bit_and"),
    "bit_or_agg": _named("bit_or"),
    "bit_xor_agg": _named("bit_xor"),
    "map_agg": _map_agg,
    "approx_count_distinct": _named("approx_count_distinct"),
    "approx_percentile": _approx_percentile,
    "skewness": _skewness,
    "kurtosis": _named("kurtosis"),
    "regr_r2": _regr_r2,
    **{f"regr_{name}": _named(f"regr_{name}") for name in ("slope", "intercept", "count", "sxx", "syy", "sxy")},
    "regr_avgx": _regr_mean("regr_avgx"),
    "regr_avgy": _regr_mean("regr_avgy"),
}

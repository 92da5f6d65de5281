"""Functions of numbers."""

from collections.abc import Callable

from oftra.datatypes import TINYINT, Decimal, Double, Float, Integer
from oftra.ir.expr import Call
from oftra.targets.engines.duckdb.functions.entries import constant, named, only_if, type_of
from oftra.targets.engines.duckdb.functions.macros import ROUND_HALF_UP
from oftra.targets.engines.duckdb.wording import Said, Scalar
from oftra.targets.sql import tree as sql

_MOST_DIGITS = 38


def _round(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    digits = _digits(call)
    plain = sql.Function("round", arguments)
    match type_of(call):
        case Integer():
            return plain if digits < 0 else arguments[0]
        case Decimal():
            return Said(plain, None)
        case _:
            return sql.Function(ROUND_HALF_UP.name, arguments) if digits > 0 else plain


def _digits(call: Call) -> int:
    """The literal `digits` of a call."""
    value = constant(call.arguments[1]) if len(call.arguments) > 1 else 0
    return value if isinstance(value, int) else 0


def _whole(name: str) -> Scalar:
    """`floor` and its like, of which an integer is its own."""

    def say(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
        match type_of(call):
            case Integer():
                return arguments[0]
            case Decimal():
                return Said(sql.Function(name, arguments), None)
            case _:
                return sql.Function(name, arguments)

    return say


def _format(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """As the text of a decimal with so many digits; a double without such a decimal as it is printed."""
    digits = _digits(call)
    decimal = f"decimal({_MOST_DIGITS}, {max(digits, 0)})"
    value = arguments[0]
    if not isinstance(type_of(call), Double | Float):
        return sql.Cast(sql.Cast(value, decimal), "varchar")
    shown = sql.Cast(sql.Cast(sql.Cast(value, "varchar"), decimal, safe=True), "varchar")
    printed = sql.call("printf", sql.Text(f"%.{max(digits, 0)}f"), value)
    for printed_as, name in (("inf", "Infinity"), ("nan", "NaN")):
        printed = sql.call("replace", printed, sql.Text(printed_as), sql.Text(name))
    return sql.call("coalesce", shown, printed)


def _sign(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    """DuckDB counts NaN as 0, though it sorts above every number."""
    if isinstance(type_of(call), Double | Float):
        value, zero = arguments[0], sql.integer(0)
        below = (sql.Binary("<", value, zero), sql.integer(-1))
        above = (sql.Binary(">", value, zero), sql.integer(1))
        return sql.Case((below, above, (sql.Binary("=", value, zero), zero)))
    return Said(sql.Function("sign", arguments), TINYINT)


def _logarithm(name: str) -> Scalar:
    """DuckDB gives -infinity and NaN of zero and below."""

    def say(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
        known = constant(call.arguments[0])
        if isinstance(known, int | float) and known > 0:
            return sql.Function(name, arguments)
        positive = sql.call("nullif", sql.call("greatest", arguments[0], sql.integer(0)), sql.integer(0))
        return sql.call(name, positive)

    return say


def _within(name: str, inside: Callable[[sql.Expr], sql.Expr]) -> Scalar:
    """A function that DuckDB answers with NaN, or refuses, outside of where it is defined."""
    return lambda call, arguments: only_if(inside(arguments[0]), sql.Function(name, arguments))


def _not_negative(value: sql.Expr) -> sql.Expr:
    return sql.Binary(">=", value, sql.integer(0))


def _near_zero(value: sql.Expr) -> sql.Expr:
    return sql.Between(value, sql.integer(-1), sql.integer(1))


SCALARS: dict[str, Scalar] = {
    "round": _round,
    "floor": _whole("floor"),
    "ceil": _whole("ceil"),
    "trunc": _whole("trunc"),
    "format": _format,
    "abs": named("abs"),
    "sign": _sign,
    "is_nan": named("isnan"),
    "sqrt": _within("sqrt", _not_negative),
    "power": named("pow"),
    "exp": named("exp"),
    "ln": _logarithm("ln"),
    "log10": _logarithm("log10"),
    "log2": _logarithm("log2"),
    "pi": named("pi"),
    "sin": named("sin"),
    "cos": named("cos"),
    "tan": named("tan"),
    "asin": _within("asin", _near_zero),
    "acos": _within("acos", _near_zero),
    "atan": named("atan"),
    "atan2": named("atan2"),
    "radians": named("radians"),
    "degrees": named("degrees"),
}

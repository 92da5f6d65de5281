"""More functions of numbers."""

from collections.abc import Callable

from oftra.datatypes import TINYINT, Integer
from oftra.ir.expr import Call
from oftra.targets.engines.duckdb.datatypes import type_name
from oftra.targets.engines.duckdb.functions.entries import constant, named, only_if
from oftra.targets.engines.duckdb.wording import Said, Scalar
from oftra.targets.sql import tree as sql

_ZERO, _ONE = sql.integer(0), sql.integer(1)


def _defined(name: str, where: Callable[[sql.Expr], sql.Expr]) -> Scalar:
    """A function that DuckDB answers with NaN or infinity outside of where it is defined."""
    return lambda call, arguments: only_if(where(arguments[0]), sql.Function(name, arguments))


def _inside_one(value: sql.Expr) -> sql.Expr:
    return sql.Binary("<", sql.call("abs", value), _ONE)


def _log(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """DuckDB fails at zero and below, and gives infinity to base 1."""
    base, value = arguments
    there = (sql.Binary(">", base, _ZERO), sql.Binary("<>", base, _ONE), sql.Binary(">", value, _ZERO))
    open_ones = [there[at] for at in (0, 1) if not _above_one(constant(call.arguments[0]))]
    if not _above_zero(constant(call.arguments[1])):
        open_ones.append(there[2])
    made = sql.Function("log", arguments)
    return only_if(sql.all_of(tuple(open_ones)), made) if open_ones else made


def _above_one(value: object) -> bool:
    return isinstance(value, int | float) and value > 1


def _above_zero(value: object) -> bool:
    return isinstance(value, int | float) and value > 0


def _e(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.call("exp", _ONE)


def _hypot(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    x, y = arguments
    return sql.call("sqrt", sql.Binary("+", sql.Binary("*", x, x), sql.Binary("*", y, y)))


def _factorial(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    """DuckDB goes on as far as a HUGEINT reaches, and refuses what is below zero."""
    made = sql.Cast(sql.Function("factorial", arguments), "bigint")
    return only_if(sql.Between(arguments[0], _ZERO, sql.integer(20)), made)


def _pmod(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """What lies below zero is lifted by a divisor above it."""
    value, divisor = arguments
    rest = sql.Binary("%", value, divisor if constant(call.arguments[1]) else sql.call("nullif", divisor, _ZERO))
    below = sql.all_of((sql.Binary("<", rest, _ZERO), sql.Binary(">", divisor, _ZERO)))
    return sql.Case(((below, sql.Binary("+", rest, divisor)),), rest)


def _is_no_end(end: sql.Expr) -> sql.Expr:
    return sql.Unary("not", sql.call("isfinite", end))


def _width_bucket(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """By a formula: DuckDB has none. Beyond the ends it would grow for ever."""
    value, low, high, count = arguments
    part = sql.Binary("/", sql.Binary("*", count, sql.Binary("-", value, low)), sql.Binary("-", high, low))
    inner = sql.Binary("+", sql.Cast(sql.call("floor", part), "bigint"), _ONE)
    over = sql.Binary("+", count, _ONE)
    up, down = sql.Binary("<", low, high), sql.Binary(">", low, high)
    return sql.Case((
        (sql.Chain("or", (sql.call("isnan", value), *[_is_no_end(end) for end in (low, high)])), sql.NULL),
        (sql.all_of((up, sql.Binary("<", value, low))), sql.integer(0)),
        (sql.all_of((up, sql.Binary(">=", value, high))), over),
        (sql.all_of((down, sql.Binary(">", value, low))), sql.integer(0)),
        (sql.all_of((down, sql.Binary("<=", value, high))), over),
        (sql.Binary("<>", low, high), inner),
    ))  # fmt: skip


def _shift_right_unsigned(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """The sign's copies that come in are masked out."""
    value, count = arguments
    most = 2**31 - 1 if call.type == Integer(32) else 2**63 - 1
    places = constant(call.arguments[1])
    shifted = sql.Binary(">>", value, count)
    if isinstance(places, int) and places >= 0:
        return value if places == 0 else sql.Binary("&", shifted, sql.integer(most >> (places - 1)))
    mask = sql.Binary(">>", sql.integer(most), sql.Binary("-", count, _ONE))
    return sql.Case(((sql.Binary("=", count, _ZERO), value),), sql.Binary("&", shifted, mask))


def _careful(operator: str) -> Scalar:
    """Computed in the next wider type, where nothing can go wrong. DuckDB's TRY takes no aggregate and no query."""

    def say(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
        left, right = arguments
        assert isinstance(call.type, Integer)
        wider = "hugeint" if call.type.bits == 64 else "bigint"
        return sql.Cast(sql.Binary(operator, sql.Cast(left, wider), right), type_name(call.type), True)

    return say


SCALARS: dict[str, Scalar] = {
    "is_inf": named("isinf"),
    "is_finite": named("isfinite"),
    "e": _e,
    "cbrt": named("cbrt"),
    "log": _log,
    "hypot": _hypot,
    **{name: named(name) for name in ("sinh", "cosh", "tanh", "asinh")},
    "acosh": _defined("acosh", lambda value: sql.Binary(">=", value, _ONE)),
    "atanh": _defined("atanh", _inside_one),
    "cot": _defined("cot", lambda value: sql.Binary("<>", value, _ZERO)),
    "factorial": _factorial,
    "pmod": _pmod,
    "width_bucket": _width_bucket,
    "bit_count": named("bit_count", TINYINT),
    "shift_right_unsigned": _shift_right_unsigned,
    "bin": named("bin"),
    "try_add": _careful("+"),
    "try_subtract": _careful("-"),
    "try_multiply": _careful("*"),
}

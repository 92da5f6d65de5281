"""Functions of doubles: what has no value is null, where Flink gives NaN or an infinity."""

from oftra.datatypes import Double
from oftra.ir.expr import Call
from oftra.targets.engines.flink.wording import Scalar, only_if
from oftra.targets.sql import tree as sql


def double(call: Call, arguments: tuple[sql.Expr, ...], at: int = 0) -> sql.Expr:
    """An argument as a double."""
    return arguments[at] if isinstance(call.arguments[at].type, Double) else sql.Cast(arguments[at], "double")


def _of_doubles(name: str) -> Scalar:
    return lambda call, arguments: sql.call(name, *[double(call, arguments, at) for at in range(len(arguments))])


def _where(name: str, operator: str, bound: str, *, both: bool = False) -> Scalar:
    """A function that has a value on one side of a bound, or between two of them."""

    def say(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
        value = double(call, arguments)
        inside: sql.Expr = sql.Binary(operator, value, sql.Number(bound))
        if both:
            inside = sql.Between(value, sql.Unary("-", sql.Number(bound)), sql.Number(bound))
        return only_if(inside, sql.call(name, value))

    return say


def _power(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.call("power", double(call, arguments), double(call, arguments, 1))


def _log(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    base, value = double(call, arguments), double(call, arguments, 1)
    zero = sql.integer(0)
    has = sql.all_of(
        (sql.Binary(">", base, zero), sql.Binary("<>", base, sql.integer(1)), sql.Binary(">", value, zero))
    )
    return only_if(has, sql.call("log", base, value))


def _hypot(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    x, y = double(call, arguments), double(call, arguments, 1)
    return sql.call("sqrt", sql.Binary("+", sql.Binary("*", x, x), sql.Binary("*", y, y)))


def _cbrt(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    value = double(call, arguments)
    third = sql.Binary("/", sql.Number("1e0"), sql.Number("3e0"))
    root = sql.call("power", sql.call("abs", value), third)
    return sql.Binary("*", sql.call("sign", value), root)


def _asinh(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    value = double(call, arguments)
    size = sql.call("abs", value)
    root = sql.call("sqrt", sql.Binary("+", sql.Binary("*", value, value), sql.Number("1e0")))
    large = sql.call("ln", sql.Binary("+", size, root))
    # Near zero the logarithm would have lost its digits; what follows x is below them.
    small = sql.Binary("<", size, sql.Number("1e-5"))
    return sql.Case(((small, value),), sql.Binary("*", sql.call("sign", value), large))


def _acosh(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    value = double(call, arguments)
    root = sql.call("sqrt", sql.Binary("-", sql.Binary("*", value, value), sql.Number("1e0")))
    return only_if(sql.Binary(">=", value, sql.integer(1)), sql.call("ln", sql.Binary("+", value, root)))


def _atanh(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    value, one = double(call, arguments), sql.Number("1e0")
    ratio = sql.Binary("/", sql.Binary("+", one, value), sql.Binary("-", one, value))
    made = sql.Binary("/", sql.call("ln", ratio), sql.integer(2))
    inside = sql.Chain("and", (sql.Binary(">", value, sql.integer(-1)), sql.Binary("<", value, sql.integer(1))))
    # Near zero the logarithm would have lost its digits; what follows x is below them.
    small = sql.Binary("<", sql.call("abs", value), sql.Number("1e-5"))
    return sql.Case(((small, value), (inside, made)))


def _cot(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    value = double(call, arguments)
    return only_if(sql.Binary("<>", value, sql.integer(0)), sql.Binary("/", sql.Number("1e0"), sql.call("tan", value)))


def _factorial(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """There are 21 that fit."""
    known, product = [(sql.integer(0), sql.Cast(sql.integer(1), "bigint"))], 1
    for number in range(1, 21):
        product *= number
        known.append((sql.integer(number), sql.Cast(sql.integer(product), "bigint")))
    return sql.Case(tuple(known), operand=arguments[0])


SCALARS: dict[str, Scalar] = {
    "sqrt": _where("sqrt", ">=", "0"),
    "power": _power,
    "exp": _of_doubles("exp"),
    "ln": _where("ln", ">", "0"),
    "log10": _where("log10", ">", "0"),
    "log2": _where("log2", ">", "0"),
    "log": _log,
    "pi": lambda call, arguments: sql.call("pi"),
    "e": lambda call, arguments: sql.call("e"),
    **{
        name: _of_doubles(name)
        for name in ("sin", "cos", "tan", "atan", "atan2", "radians", "degrees", "sinh", "cosh", "tanh")
    },
    "asin": _where("asin", "<=", "1", both=True),
    "acos": _where("acos", "<=", "1", both=True),
    "hypot": _hypot,
    "cbrt": _cbrt,
    "asinh": _asinh,
    "acosh": _acosh,
    "atanh": _atanh,
    "cot": _cot,
    "factorial": _factorial,
}

"""More functions of numbers."""

from collections.abc import Callable

from oftra.datatypes import Integer
from oftra.targets.engines.spark.functions.entries import by_name, known, known_number, named, type_of
from oftra.targets.engines.spark.wording import Arguments, Asked, Scalar, cast, when, whole
from oftra.targets.python import tree as py

_INFINITY = py.number(float("inf"))


def _is_inf(asked: Asked, arguments: Arguments) -> py.Expr:
    return py.Compare("==", py.call("F.abs", arguments[0].argument), _INFINITY)


def _is_finite(asked: Asked, arguments: Arguments) -> py.Expr:
    """NaN sorts above infinity."""
    return py.Compare("<", py.call("F.abs", arguments[0].argument), _INFINITY)


def _defined(name: str, where: Callable[[py.Expr], py.Expr]) -> Scalar:
    """A function that Spark answers with NaN or infinity outside of where it is defined."""
    return lambda asked, arguments: when(where(arguments[0].expr), py.call(f"F.{name}", arguments[0].argument))


def _inside_one(value: py.Expr) -> py.Expr:
    return py.Compare("<", py.call("F.abs", value), py.number(1))


def _asinh(asked: Asked, arguments: Arguments) -> py.Expr:
    """Near zero Spark's own loses digits: the logarithm of what is hardly more than 1."""
    value, one = arguments[0].expr, py.number(1)
    square = py.Binary("*", value, value)
    rest = py.Binary("/", square, py.Binary("+", one, py.call("F.sqrt", py.Binary("+", one, square))))
    near = py.Compare("<", py.call("F.abs", arguments[0].argument), one)
    exact = py.call("F.log1p", py.Binary("+", value, rest))
    return when(near, exact, py.call("F.asinh", arguments[0].argument))


def _log(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark's is null where it should be, but for infinity to base 1."""
    base, value = arguments
    given = known(asked, 0)
    if isinstance(given, int | float):
        made = py.call("F.log", py.number(float(given)), value.argument)
        return made if given != 1 else when(py.Compare("!=", base.expr, py.number(1)), made)
    return when(py.Compare("!=", base.expr, py.number(1)), by_name("log", base.argument, value.argument))


def _bit_count(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark counts the bits of a bigint."""
    match type_of(asked):
        case Integer(bits) if bits < 64:
            long = cast(arguments[0].expr, "bigint")
            return py.call("F.bit_count", py.method(long, "bitwiseAND", py.number(2**bits - 1)))
        case _:
            return py.call("F.bit_count", arguments[0].argument)


def _shift_right_unsigned(asked: Asked, arguments: Arguments) -> py.Expr:
    value, count = arguments
    places = known_number(asked, 1)
    if places is not None:
        return py.call("F.shiftrightunsigned", value.argument, py.number(places))
    return by_name("shiftrightunsigned", value.argument, count.argument)


def _pmod(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark fails by zero."""
    value, divisor = arguments
    by = known_number(asked, 1)
    given = divisor.expr if by else py.call("F.nullif", divisor.argument, whole(0))
    return py.call("F.pmod", value.argument, given)


def _width_bucket(asked: Asked, arguments: Arguments) -> py.Expr:
    *moments, count = arguments
    return py.call("F.width_bucket", *[one.argument for one in moments], count.beside)


SCALARS: dict[str, Scalar] = {
    "is_inf": _is_inf,
    "is_finite": _is_finite,
    "e": named("e"),
    "cbrt": named("cbrt"),
    "log": _log,
    "hypot": named("hypot"),
    **{name: named(name) for name in ("sinh", "cosh", "tanh")},
    "asinh": _asinh,
    "acosh": _defined("acosh", lambda value: py.Compare(">=", value, py.number(1))),
    "atanh": _defined("atanh", _inside_one),
    "cot": _defined("cot", lambda value: py.Compare("!=", value, py.number(0))),
    "factorial": named("factorial"),
    "pmod": _pmod,
    "width_bucket": _width_bucket,
    "bit_count": _bit_count,
    "shift_right_unsigned": _shift_right_unsigned,
    "bin": named("bin"),
    "try_add": named("try_add"),
    "try_subtract": named("try_subtract"),
    "try_multiply": named("try_multiply"),
}

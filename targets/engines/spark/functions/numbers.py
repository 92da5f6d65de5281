"""Functions of numbers."""

from oftra.datatypes import DOUBLE, Decimal, Double, Float, Integer
from oftra.diagnostics.spark import NeedsNewerSpark
from oftra.targets.engines.spark.functions.entries import constant, known_number, named, type_of
from oftra.targets.engines.spark.wording import Arguments, Asked, Said, Scalar, cast, when
from oftra.targets.python import tree as py

_MOST_DIGITS = 38


def _round(asked: Asked, arguments: Arguments) -> py.Expr | Said:
    digits = known_number(asked, 1) or 0
    value = arguments[0]
    more = (py.number(digits),) if digits else ()
    plain = py.call("F.round", value.argument, *more)
    match type_of(asked):
        case Integer():
            return plain if digits < 0 else value
        case Decimal(precision, scale):
            kept = max(0, min(scale, digits))
            return Said(plain, Decimal(min(_MOST_DIGITS, precision - scale + 1 + kept), kept) if digits >= 0 else None)
        case _:
            return plain


def _whole(name: str) -> Scalar:
    """`floor` and its like, of which an integer is its own. Of a double Spark makes a bigint, which it may not fit."""

    def say(asked: Asked, arguments: Arguments) -> py.Expr | Said:
        value = arguments[0]
        match type_of(asked):
            case Integer():
                return value
            case Decimal(precision, scale):
                found = Decimal(min(_MOST_DIGITS, precision - scale + 1), 0)
                return Said(py.call(f"F.{name}", value.argument), found if scale else None)
            case _:
                return _small(value, cast(py.call(f"F.{name}", value.argument), "double"))

    return say


def _small(value: Said, whole: py.Expr) -> py.Expr:
    """What is made of a double if it is small enough to have digits after the point, else the double itself.

    One of 1e15 has none, and smaller ones fit a bigint.
    """
    is_small = py.Compare("<", py.call("F.abs", value.argument), py.Number("1e15"))
    return when(is_small, whole, value.expr)


def _trunc(asked: Asked, arguments: Arguments) -> py.Expr | Said:
    value = arguments[0]
    match type_of(asked):
        case Integer():
            return value
        case Decimal(precision, scale):
            up, down = py.call("F.ceil", value.argument), py.call("F.floor", value.argument)
            found = Decimal(min(_MOST_DIGITS, precision - scale + 1), 0)
            return Said(when(py.Compare("<", value.expr, py.number(0)), up, down), found if scale else None)
        case _:
            return _small(value, cast(cast(value.expr, "bigint"), "double"))


def _format(asked: Asked, arguments: Arguments) -> py.Expr:
    """As the text of a decimal with so many digits; a double without such a decimal as Java prints it."""
    digits = max(known_number(asked, 1) or 0, 0)
    value, wanted = arguments[0], f"decimal({_MOST_DIGITS}, {digits})"
    if not isinstance(type_of(asked), Double | Float):
        return cast(cast(value.expr, wanted), "string")
    if not asked.has((4, 0)):
        asked.around.report.add(NeedsNewerSpark("`format` of a double", "4.0", "3.5", span=asked.call.span))
    shown = cast(py.method(value.expr, "try_cast", py.String(wanted)), "string")
    printed: py.Expr = py.call("F.format_string", py.String(f"%.{digits}f"), value.argument)
    if asked.call.arguments[0].nullable:
        printed = when(py.method(value.expr, "isNotNull"), printed)
    return py.call("F.coalesce", shown, printed)


def _sign(asked: Asked, arguments: Arguments) -> py.Expr | Said:
    """Of NaN Spark gives NaN, though it sorts above every number."""
    value = arguments[0]
    if not isinstance(type_of(asked), Double | Float):
        return Said(py.call("F.sign", value.argument), DOUBLE)
    zero = py.number(0)
    made = when(py.Compare(">", value.expr, zero), py.number(1))
    made = py.method(made, "when", py.Compare("<", value.expr, zero), py.number(-1))
    return py.method(made, "when", py.Compare("==", value.expr, zero), zero)


def _is_nan(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark says of null that it is not NaN."""
    said = py.call("F.isnan", arguments[0].argument)
    if not asked.call.arguments[0].nullable:
        return said
    return when(py.method(arguments[0].expr, "isNotNull"), said)


def _sqrt(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark gives NaN below zero."""
    value = constant(asked.call.arguments[0])
    made = py.call("F.sqrt", arguments[0].argument)
    if isinstance(value, int | float) and value >= 0:
        return made
    return when(py.Compare(">=", arguments[0].expr, py.number(0)), made)


def _near_zero(name: str) -> Scalar:
    """A function that Spark answers with NaN outside of -1 to 1."""

    def say(asked: Asked, arguments: Arguments) -> py.Expr:
        near = py.method(arguments[0].expr, "between", py.number(-1), py.number(1))
        return when(near, py.call(f"F.{name}", arguments[0].argument))

    return say


SCALARS: dict[str, Scalar] = {
    "round": _round,
    "floor": _whole("floor"),
    "ceil": _whole("ceil"),
    "trunc": _trunc,
    "format": _format,
    "abs": named("abs"),
    "sign": _sign,
    "is_nan": _is_nan,
    "sqrt": _sqrt,
    "power": named("pow"),
    "exp": named("exp"),
    "ln": named("ln"),
    "log10": named("log10"),
    "log2": named("log2"),
    "pi": named("pi"),
    "sin": named("sin"),
    "cos": named("cos"),
    "tan": named("tan"),
    "asin": _near_zero("asin"),
    "acos": _near_zero("acos"),
    "atan": named("atan"),
    "atan2": named("atan2"),
    "radians": named("radians"),
    "degrees": named("degrees"),
}

"""Constants computed at compile time, where every engine computes the same and nothing can fail."""

from collections.abc import Callable, Mapping
from decimal import Context, Inexact, InvalidOperation
from decimal import Decimal as Number
from typing import Final

from oftra.datatypes import (
    BOOLEAN,
    Boolean,
    DataType,
    Date,
    Datetime,
    Decimal,
    Integer,
    String,
    Timestamp,
)
from oftra.ir.expr import Call, Cast, Expr, Literal, Value

STRICT = frozenset[str]().union(
    ["not", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "like", "add", "subtract"],
    ["multiply", "divide", "div", "mod", "negate", "bit_and", "bit_or", "bit_xor", "bit_not", "concat", "abs", "sign"],
    ["round", "floor", "ceil", "trunc", "sqrt", "power", "exp", "ln", "log10", "log2", "lower", "upper", "length"],
    ["reverse", "repeat", "substring", "left", "right", "trim", "ltrim", "rtrim", "lpad", "rpad", "strpos"],
    ["contains", "starts_with", "ends_with", "replace", "split", "split_part", "regexp_like", "regexp_extract"],
    ["regexp_replace", "extract", "year", "quarter", "month", "week", "day", "day_of_week", "day_of_year", "hour"],
    ["minute", "second", "date_trunc", "date_diff", "last_day", "to_datetime", "to_timestamp"],
)
"""Functions that are null as soon as one argument is."""


class _Unknown:
    """What can't be computed here."""


UNKNOWN: Final = _Unknown()
Result = Value | _Unknown


def fold_constants(expr: Expr) -> Expr:
    """f(constant, ...)  =>  its value;   f(null, ...)  =>  null, of a strict f"""
    match expr:
        case Call():
            return _fold_call(expr)
        case Cast(Literal(None), type_):
            return Literal(None, type_, span=expr.span)
        case Cast(operand, type_) if operand.type == type_:
            return operand
        case _:
            return expr


def _fold_call(call: Call) -> Expr:
    values = list[Value]()
    known = True
    for argument in call.arguments:
        constant = _constant(argument)
        if constant is None:
            known = False
        elif constant.value is None and call.function in STRICT:
            return Literal(None, call.type, span=call.span)
        else:
            values.append(constant.value)
    if not known or not values:
        return call
    result = _compute(call, values)
    return call if isinstance(result, _Unknown) else Literal(result, call.type, span=call.span)


def _constant(expr: Expr) -> Literal | None:
    """The literal that `expr` is, also where it only stands in a wider exact type."""
    match expr:
        case Literal():
            return expr
        case Cast(Literal() as inner, Integer() | Decimal(), implicit=True) if isinstance(
            inner.type, Integer | Decimal
        ):
            return inner
        case _:
            return None


def _compute(call: Call, values: list[Value]) -> Result:
    if call.function in _COMPARISONS:
        left, right = call.arguments
        return _compare(call.function, values, left.type, right.type)
    match call.type, values:
        case Integer(bits), _ if all(isinstance(value, int) for value in values):
            return _integer(call.function, [value for value in values if isinstance(value, int)], bits)
        case Decimal() as type_, _:
            return _decimal(call.function, values, type_)
        case Boolean(), _:
            return _LOGIC[call.function](values[0]) if call.function in _LOGIC else UNKNOWN
        case String(), _ if call.function == "concat":
            texts = [value for value in values if isinstance(value, str)]
            return "".join(texts) if len(texts) == len(values) else UNKNOWN
        case _:
            return UNKNOWN


_LOGIC: Mapping[str, Callable[[Value], Result]] = {
    "not": lambda value: not value,
    "is_null": lambda value: value is None,
    "is_true": lambda value: value is True,
    "is_false": lambda value: value is False,
}

_COMPARISONS = frozenset(
    ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "is_distinct", "is_not_distinct"],
)


def _compare(function: str, values: list[Value], left_type: DataType, right_type: DataType) -> Result:
    comparable = Integer | Decimal | Boolean | String | Date | Datetime | Timestamp
    if type(left_type) is not type(right_type) or not isinstance(left_type, comparable):
        return UNKNOWN
    left, right = values
    if left is None or right is None:
        both = left is None and right is None
        return {"is_distinct": not both, "is_not_distinct": both}.get(function, UNKNOWN)
    match function:
        case "equal" | "is_not_distinct":
            return left == right
        case "not_equal" | "is_distinct":
            return left != right
        case "less":
            return left < right  # type: ignore[operator]  # both are of one comparable type
        case "less_equal":
            return left <= right  # type: ignore[operator]
        case "greater":
            return left > right  # type: ignore[operator]
        case _:
            return left >= right  # type: ignore[operator]


def _integer(function: str, values: list[int], bits: int) -> Result:
    match function, values:
        case "add", [a, b]:
            result = a + b
        case "subtract", [a, b]:
            result = a - b
        case "multiply", [a, b]:
            result = a * b
        case "negate", [a]:
            result = -a
        case "div" | "mod", [_, 0]:
            return None
        case "div", [a, b]:
            result = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        case "mod", [a, b]:
            result = abs(a) % abs(b) * (-1 if a < 0 else 1)
        case _:
            return UNKNOWN
    # What leaves the range fails when it runs, and has to.
    return result if -(1 << bits - 1) <= result < 1 << bits - 1 else UNKNOWN


_EXACT = Context(prec=80, traps=[Inexact, InvalidOperation])


def _decimal(function: str, values: list[Value], type_: Decimal) -> Result:
    numbers = [Number(value) for value in values if isinstance(value, int | Number)]
    if len(numbers) < len(values):
        return UNKNOWN
    match function, numbers:
        case "add", [a, b]:
            result = _EXACT.add(a, b)
        case "subtract", [a, b]:
            result = _EXACT.subtract(a, b)
        case "multiply", [a, b]:
            result = _EXACT.multiply(a, b)
        case "negate", [a]:
            result = -a
        case _:
            return UNKNOWN
    try:
        result = _EXACT.quantize(result, Number(1).scaleb(-type_.scale))
    except (Inexact, InvalidOperation):
        return UNKNOWN
    return result if abs(result) < Number(10) ** (type_.precision - type_.scale) else UNKNOWN


def is_constant(expr: Expr, value: bool | None) -> bool:
    """Whether `expr` is the constant true, false or null."""
    return isinstance(expr, Literal) and expr.value is value and (value is None or expr.type == BOOLEAN)

"""The precision and scale of decimals that come out of arithmetic."""

from oftra.datatypes import INTEGER_DIGITS, Array, DataType, Decimal, Integer
from oftra.functions.model import Constants

MOST_DIGITS = 38
SCALE_KEPT = 6
"""So many digits after the point are kept where a result has more digits than there is room for."""


def _fit(precision: int, scale: int) -> Decimal:
    """The decimal of these widths; if they are too many, digits after the point give way, down to `SCALE_KEPT`."""
    if precision <= MOST_DIGITS:
        return Decimal(precision, scale)
    whole = precision - scale
    return Decimal(MOST_DIGITS, max(MOST_DIGITS - whole, min(scale, SCALE_KEPT)))


def _decimals(types: tuple[DataType, ...]) -> list[Decimal]:
    decimals: list[Decimal] = []
    for type_ in types:
        match type_:
            case Decimal():
                decimals.append(type_)
            case Integer(bits):
                decimals.append(Decimal(INTEGER_DIGITS[bits], 0))
            case _:
                decimals.append(Decimal(1, 0))  # a bare null
    return decimals


def of_sum(types: tuple[DataType, ...], constants: Constants) -> DataType:
    """`a + b` and `a - b`: one more digit before the point than the longer operand has."""
    left, right = _decimals(types)
    scale = max(left.scale, right.scale)
    return _fit(max(left.precision - left.scale, right.precision - right.scale) + scale + 1, scale)


def of_product(types: tuple[DataType, ...], constants: Constants) -> DataType:
    """`a * b`."""
    left, right = _decimals(types)
    return _fit(left.precision + right.precision + 1, left.scale + right.scale)


def of_remainder(types: tuple[DataType, ...], constants: Constants) -> DataType:
    """`mod(a, b)`: no longer than the shorter operand."""
    left, right = _decimals(types)
    scale = max(left.scale, right.scale)
    return _fit(min(left.precision - left.scale, right.precision - right.scale) + scale, scale)


def of_quotient(types: tuple[DataType, ...], constants: Constants) -> DataType:
    """`divide(a, b, scale)`: the scale that was asked for, and as many digits before the point as there may be."""
    left, right = _decimals(types[:2])
    scale = constants[2] if len(constants) > 2 and isinstance(constants[2], int) else 0
    scale = max(0, min(MOST_DIGITS, scale))
    rounds_up = scale < left.scale - right.scale
    whole = max(1, left.precision - left.scale + right.scale + rounds_up)
    return Decimal(min(MOST_DIGITS, whole + scale), scale)


def of_total(types: tuple[DataType, ...], constants: Constants) -> DataType:
    """`sum(a)`: ten more digits."""
    (of,) = _decimals(types)
    return Decimal(min(MOST_DIGITS, of.precision + 10), of.scale)


def of_elements_total(types: tuple[DataType, ...], constants: Constants) -> DataType:
    """`array_sum(a)`: as `sum` of the elements."""
    return of_total(tuple([type_.element if isinstance(type_, Array) else type_ for type_ in types]), constants)


def of_whole(types: tuple[DataType, ...], constants: Constants) -> DataType:
    """`floor(a)`, `ceil(a)` and `round(a)`: no digit after the point, perhaps one more before it."""
    (of,) = _decimals(types[:1])
    return Decimal(min(MOST_DIGITS, of.precision - of.scale + 1), 0)


def of_rounded(types: tuple[DataType, ...], constants: Constants) -> DataType:
    """`round(a, digits)`: not more digits after the point than were asked for, perhaps one more before it."""
    (of,) = _decimals(types[:1])
    digits = constants[1] if len(types) > 1 and isinstance(constants[1], int) else 0
    scale = max(0, min(of.scale, digits))
    return Decimal(min(MOST_DIGITS, of.precision - of.scale + 1 + scale), scale)

"""Which type fits where: implicit conversions only widen."""

from oftra.datatypes.model import (
    DATETIME,
    DOUBLE,
    TIME,
    TIMESTAMP,
    UNKNOWN,
    Array,
    DataType,
    Date,
    Datetime,
    Decimal,
    Double,
    Field,
    Float,
    Integer,
    Interval,
    Map,
    Null,
    Struct,
    Timestamp,
    Unknown,
)

INTEGER_DIGITS = {8: 3, 16: 5, 32: 10, 64: 19}
"""The digits that a decimal needs to hold every integer of so many bits."""


def widens(given: DataType, wanted: DataType) -> bool:
    """Whether a `given` value is also a `wanted` one, without loss and without being asked."""
    return given == wanted or common(given, wanted) == wanted


def common(left: DataType, right: DataType) -> DataType | None:
    """The narrowest type that both widen to; None if there is none."""
    if left == right:
        return left
    match left, right:
        case (Unknown(), _) | (_, Unknown()):
            return UNKNOWN
        case (Null(), other) | (other, Null()):
            return other
        case Integer(a), Integer(b):
            return left if a > b else right
        case (Integer(bits), Decimal() as decimal) | (Decimal() as decimal, Integer(bits)):
            return _common_decimal(Decimal(INTEGER_DIGITS[bits], 0), decimal)
        case Decimal(), Decimal():
            return _common_decimal(left, right)
        case (Integer() | Decimal() | Float() | Double(), Double() | Float()) | (
            Double() | Float(),
            Integer() | Decimal(),
        ):
            return DOUBLE
        case (Date(), Datetime()) | (Datetime(), Date()):
            return DATETIME
        case (Date(), Timestamp()) | (Timestamp(), Date()):
            return TIMESTAMP
        case Interval("days" | "time"), Interval("days" | "time"):
            return TIME
        case Array(a), Array(b):
            element = common(a, b)
            return None if element is None else Array(element)
        case Map(key_a, value_a), Map(key_b, value_b):
            key, value = common(key_a, key_b), common(value_a, value_b)
            return None if key is None or value is None else Map(key, value)
        case Struct(a), Struct(b) if [x.name for x in a] == [y.name for y in b]:
            types = [common(x.type, y.type) for x, y in zip(a, b)]
            fields = tuple(Field(x.name, t) for x, t in zip(a, types) if t is not None)
            return Struct(fields) if len(fields) == len(a) else None
        case _:
            return None


def _common_decimal(left: Decimal, right: Decimal) -> Decimal | None:
    scale = max(left.scale, right.scale)
    whole = max(left.precision - left.scale, right.precision - right.scale)
    # Past 38 digits some values would not fit: that is no widening, so the program has to cast.
    return Decimal(whole + scale, scale) if whole + scale <= 38 else None

"""The Spark type of each type of the language, and the type that Spark itself gives where several meet."""

from functools import lru_cache
from typing import assert_never

from oftra.datatypes import (
    DATETIME,
    DOUBLE,
    FLOAT,
    TIMESTAMP,
    Array,
    Binary,
    Boolean,
    DataType,
    Date,
    Datetime,
    Decimal,
    Double,
    Float,
    Integer,
    Interval,
    Json,
    Map,
    Null,
    String,
    Struct,
    Timestamp,
    Unknown,
)

_INTEGERS = {8: "tinyint", 16: "smallint", 32: "int", 64: "bigint"}

DIGITS = {8: 3, 16: 5, 32: 10, 64: 20}
"""The digits of the decimal that Spark takes an integer of so many bits for."""


@lru_cache(maxsize=1024)
def type_name(type_: DataType) -> str:
    """The Spark type that holds exactly the values of `type_`, as Spark's DDL writes it."""
    match type_:
        case Boolean():
            return "boolean"
        case Integer(bits):
            return _INTEGERS[bits]
        case Float():
            return "float"
        case Double():
            return "double"
        case Decimal(precision, scale):
            return f"decimal({precision}, {scale})"
        case String() | Json():
            return "string"
        case Binary():
            return "binary"
        case Date():
            return "date"
        case Timestamp():
            return "timestamp"
        case Datetime():
            return "timestamp_ntz"
        case Interval(kind):
            return "interval year to month" if kind == "months" else "interval day to second"
        case Array(element):
            return f"array<{type_name(element)}>"
        case Map(key, value):
            return f"map<{type_name(key)}, {type_name(value)}>"
        case Struct(fields):
            inside = ", ".join([f"{identifier(field.name)}: {type_name(field.type)}" for field in fields])
            return f"struct<{inside}>"
        case Null() | Unknown():
            return "void"
        case _:
            assert_never(type_)


def identifier(name: str) -> str:
    """A name as Spark's SQL reads it: in backticks unless it is plain."""
    plain = name.isascii() and name.isidentifier()
    return name if plain else "`" + name.replace("`", "``") + "`"


def sort_of(type_: DataType | None) -> object:
    """What Spark can't tell apart: json is a string to it, and an interval of days one of time."""
    match type_:
        case Json():
            return String()
        case Interval(kind):
            return Interval("months" if kind == "months" else "time")
        case Array(element):
            return ("array", sort_of(element))
        case Map(key, value):
            return ("map", sort_of(key), sort_of(value))
        case Struct(fields):
            return ("struct", tuple([(field.name, sort_of(field.type)) for field in fields]))
        case _:
            return type_


def meeting(left: DataType | None, right: DataType | None) -> DataType | None:
    """The type that Spark gives to a comparison, `when` or `union` of both; None if it is another one or not known."""
    if left is None or right is None:
        return None
    if left == right:
        return left
    match left, right:
        case (Null(), other) | (other, Null()):
            return other
        case Integer(a), Integer(b):
            return left if a > b else right
        case (Integer(bits), Decimal() as decimal) | (Decimal() as decimal, Integer(bits)):
            return _wider(Decimal(DIGITS[bits], 0), decimal)
        case Decimal(), Decimal():
            return _wider(left, right)
        case (Double(), Integer() | Decimal() | Float()) | (Integer() | Decimal() | Float(), Double()):
            return DOUBLE
        case (Float(), Decimal()) | (Decimal(), Float()):
            return DOUBLE
        case (Float(), Integer(bits)) | (Integer(bits), Float()):
            # Spark takes a bigint beside a float for one.
            return FLOAT if bits < 64 else None
        case (Date(), Timestamp()) | (Timestamp(), Date()):
            return TIMESTAMP
        case (Date(), Datetime()) | (Datetime(), Date()):
            return DATETIME
        case _:
            return None


def _wider(left: Decimal, right: Decimal) -> Decimal | None:
    scale = max(left.scale, right.scale)
    whole = max(left.precision - left.scale, right.precision - right.scale)
    return Decimal(whole + scale, scale) if whole + scale <= 38 else None


def decimal_of(type_: DataType | None) -> Decimal | None:
    """The decimal that Spark takes a number of this type for."""
    match type_:
        case Decimal():
            return type_
        case Integer(bits):
            return Decimal(DIGITS[bits], 0)
        case _:
            return None


def sum_of(left: Decimal, right: Decimal) -> Decimal:
    """The type of `left + right` and `left - right`."""
    scale = max(left.scale, right.scale)
    return _fit(max(left.precision - left.scale, right.precision - right.scale) + scale + 1, scale)


def product_of(left: Decimal, right: Decimal) -> Decimal:
    """The type of `left * right`."""
    return _fit(left.precision + right.precision + 1, left.scale + right.scale)


def remainder_of(left: Decimal, right: Decimal) -> Decimal:
    """The type of `left % right`."""
    scale = max(left.scale, right.scale)
    return _fit(min(left.precision - left.scale, right.precision - right.scale) + scale, scale)


def _fit(precision: int, scale: int) -> Decimal:
    if precision <= 38:
        return Decimal(precision, scale)
    return Decimal(38, max(38 - (precision - scale), min(scale, 6)))

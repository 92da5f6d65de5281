"""The Flink type of each type of the language, and the type that Flink itself gives where several meet."""

from functools import lru_cache
from typing import assert_never

from oftra.datatypes import (
    DOUBLE,
    INTEGER_DIGITS,
    UNKNOWN,
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
from oftra.targets.engines.flink.dialect import FLINK
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.said import Said

_INTEGERS = {8: "tinyint", 16: "smallint", 32: "int", 64: "bigint"}

CHARACTERS = UNKNOWN
"""What Flink takes a text in quotes for: CHAR of its length. The language has no such type."""


@lru_cache(maxsize=1024)
def type_name(type_: DataType) -> str:
    """The Flink type that holds exactly the values of `type_`."""
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
            return "bytes"
        case Date():
            return "date"
        case Timestamp():
            return "timestamp_ltz(6)"
        case Datetime():
            return "timestamp(6)"
        case Interval():
            return "interval month" if type_.kind == "months" else "interval second(3)"
        case Array(element):
            return f"array<{type_name(element)}>"
        case Map(key, value):
            return f"map<{type_name(key)}, {type_name(value)}>"
        case Struct(fields):
            inside = ", ".join([f"{FLINK.identifier(field.name)} {type_name(field.type)}" for field in fields])
            return f"row<{inside}>"
        case Null() | Unknown():
            # Nothing is known of such a value but that it is null: any type will do.
            return "int"
        case _:
            assert_never(type_)


def meeting(left: DataType | None, right: DataType | None) -> DataType | None:
    """The type that Flink gives to a comparison, `case` or `union` of both; None if it is another one or not known."""
    if left is None or right is None:
        return None
    if left == right:
        return left
    match left, right:
        case (Null(), other) | (other, Null()):
            return other
        case (Unknown(), String()) | (String(), Unknown()):
            return String()
        case Integer(a), Integer(b):
            return left if a > b else right
        case (Integer(bits), Decimal(p, s)) | (Decimal(p, s), Integer(bits)):
            return _decimal(max(p - s, INTEGER_DIGITS[bits]), s)
        case Decimal(p, s), Decimal(q, t):
            return _decimal(max(p - s, q - t), max(s, t))
        case (Double(), Integer() | Decimal() | Float()) | (Integer() | Decimal() | Float(), Double()):
            return DOUBLE
        case _:
            return None


def _decimal(whole: int, scale: int) -> Decimal | None:
    return Decimal(whole + scale, scale) if whole + scale <= 38 else None


def settle(said: Said, wanted: DataType) -> sql.Expr:
    """An expression of exactly the type `wanted`."""
    if said.type == wanted and said.expr != sql.NULL:
        return said.expr
    if said.expr == sql.NULL:
        return sql.Cast(sql.NULL, type_name(wanted))
    if isinstance(wanted, Double):
        match said.expr:
            case sql.Number(text) if text.isdigit():
                return sql.Number(text + "e0")
            case sql.Unary("-", sql.Number(text)) if text.isdigit():
                return sql.Unary("-", sql.Number(text + "e0"))
    return sql.Cast(said.expr, type_name(wanted))


def digits(type_: DataType | None) -> Decimal | None:
    """The decimal that Flink takes a number of this type for; None if it is none that holds it."""
    match type_:
        case Decimal():
            return type_
        case Integer(bits):
            return Decimal(INTEGER_DIGITS[bits], 0)
        case _:
            return None

"""The DuckDB type of each type of the language, and the type that DuckDB itself gives where several meet."""

from functools import lru_cache
from typing import assert_never

from oftra.datatypes import (
    DATETIME,
    DOUBLE,
    FLOAT,
    INTEGER_DIGITS,
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
from oftra.targets.engines.duckdb.dialect import DUCKDB

_INTEGERS = {8: "tinyint", 16: "smallint", 32: "integer", 64: "bigint", 128: "hugeint"}

HUGEINT = Integer(128)  # type: ignore[arg-type]
"""What DuckDB sums integers in. The language has no such type: values have it only on their way to another."""


@lru_cache(maxsize=1024)
def type_name(type_: DataType) -> str:
    """The DuckDB type that holds exactly the values of `type_`."""
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
        case String():
            return "varchar"
        case Binary():
            return "blob"
        case Date():
            return "date"
        case Timestamp():
            return "timestamptz"
        case Datetime():
            return "timestamp"
        case Interval():
            return "interval"
        case Json():
            return "json"
        case Array(element):
            return f"{type_name(element)}[]"
        case Map(key, value):
            return f"map({type_name(key)}, {type_name(value)})"
        case Struct(fields):
            inside = ", ".join([f"{DUCKDB.identifier(field.name)} {type_name(field.type)}" for field in fields])
            return f"struct({inside})"
        case Null() | Unknown():
            # Nothing is known of such a value but that it is null: any type will do, and this is what DuckDB takes.
            return "integer"
        case _:
            assert_never(type_)


def meeting(left: DataType | None, right: DataType | None) -> DataType | None:
    """The type that DuckDB gives to a comparison, `case` or `union` of both; None if it is another one or not known."""
    if left is None or right is None:
        return None
    if left == right:
        return left
    match left, right:
        case (Null(), other) | (other, Null()):
            return other
        case Integer(a), Integer(b):
            return left if a > b else right
        case (Integer(bits), Decimal(p, s)) | (Decimal(p, s), Integer(bits)):
            return _decimal(max(p - s, INTEGER_DIGITS.get(bits, 38)), s)
        case Decimal(p, s), Decimal(q, t):
            return _decimal(max(p - s, q - t), max(s, t))
        case (Double(), Integer() | Decimal() | Float()) | (Integer() | Decimal() | Float(), Double()):
            return DOUBLE
        case (Float(), Integer() | Decimal()) | (Integer() | Decimal(), Float()):
            return FLOAT
        case (Date(), Timestamp()) | (Timestamp(), Date()):
            return TIMESTAMP
        case (Date(), Datetime()) | (Datetime(), Date()):
            return DATETIME
        case _:
            return None


def _decimal(whole: int, scale: int) -> Decimal | None:
    return Decimal(whole + scale, scale) if whole + scale <= 38 else None

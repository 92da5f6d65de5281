"""The Arrow type in which every engine answers what is of a type of the language."""

from typing import assert_never

import pyarrow as pa

from oftra.datatypes import (
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


def arrow_type(type_: DataType) -> pa.DataType:
    """The Arrow type of a type of the language."""
    match type_:
        case Boolean():
            return pa.bool_()
        case Integer(bits):
            return {8: pa.int8(), 16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[bits]
        case Float():
            return pa.float32()
        case Double():
            return pa.float64()
        case Decimal(precision, scale):
            return pa.decimal128(precision, scale)
        case String() | Json():
            return pa.string()
        case Binary():
            return pa.binary()
        case Date():
            return pa.date32()
        case Timestamp():
            return pa.timestamp("us", tz="UTC")
        case Datetime():
            return pa.timestamp("us")
        case Interval():
            return pa.month_day_nano_interval()
        case Array(element):
            return pa.list_(pa.field("l", arrow_type(element)))
        case Map(key, value):
            return pa.map_(arrow_type(key), arrow_type(value))
        case Struct(fields):
            return pa.struct([(field.name, arrow_type(field.type)) for field in fields])
        case Null() | Unknown():
            return pa.null()
        case _:
            assert_never(type_)

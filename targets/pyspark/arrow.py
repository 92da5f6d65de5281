"""Rows of a DataFrame as an Arrow table whose types are the same on every engine."""

from typing import TYPE_CHECKING, Any, assert_never

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
from oftra.ir.expr import Column

if TYPE_CHECKING:  # heavy, and only a run needs it
    import pyarrow


def table_of(found: "pyarrow.Table", columns: tuple[Column, ...]) -> "pyarrow.Table":
    """`found` with the names and types of `columns`, which are its own in the same order."""
    # Heavy: only what runs a program pays for it.
    import pyarrow

    schema = pyarrow.schema([(column.name, arrow_type(column.type)) for column in columns])
    arrays = [_as(array, type_) for array, type_ in zip(found.columns, schema.types, strict=True)]
    return pyarrow.Table.from_arrays(arrays, schema=schema)


def _as(array: Any, type_: Any) -> Any:
    # As in `table_of`.
    import pyarrow

    if pyarrow.types.is_interval(type_):
        values = [None if value is None else (0, value.days, _nanos(value)) for value in array.to_pylist()]
        return pyarrow.chunked_array([pyarrow.array(values, type_)])
    return array.cast(type_)


def _nanos(value: Any) -> int:
    return int(value.seconds * 1_000_000_000 + value.microseconds * 1_000)


def arrow_type(type_: DataType) -> Any:
    """The Arrow type of a type of the language."""
    # As in `table_of`.
    import pyarrow as pa

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

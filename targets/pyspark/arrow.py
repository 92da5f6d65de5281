"""Rows of a DataFrame as an Arrow table, in which what is of one type to Spark is of the type that every engine has."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from oftra.datatypes import INT, Array, DataType, Field, Interval, Map, Struct
from oftra.ir.expr import Column
from oftra.targets.engines.spark.datatypes import type_name

if TYPE_CHECKING:  # heavy, and only a run needs them
    import pyarrow
    from pyspark.sql import DataFrame


def collected(rows: "DataFrame", columns: tuple[Column, ...]) -> "pyarrow.Table":
    """The rows, with the names of `columns`, which are their own in the same order."""
    # Heavy: only what runs a program pays for it.
    import pyarrow

    counted = [_counted(column.type) for column in columns]
    if any(type_ != column.type for type_, column in zip(counted, columns)):
        rows = rows.toDF(*[f"_{at}" for at in range(len(columns))])
        types = enumerate(zip(columns, counted))
        rows = rows.selectExpr(*[_as_counted(at, column.type, type_) for at, (column, type_) in types])
    found = rows.toArrow()
    arrays = [
        _alike(array) if type_ == column.type else _with_months(array, column.type)
        for array, column, type_ in zip(found.columns, columns, counted)
    ]
    return pyarrow.Table.from_arrays(arrays, names=[column.name for column in columns])


def _counted(type_: DataType) -> DataType:
    """`type_` with numbers of months for intervals of months, which Spark gives no Arrow table."""
    match type_:
        case Interval("months"):
            return INT
        case Array(element):
            return Array(_counted(element))
        case Map(key, value):
            return Map(_counted(key), _counted(value))
        case Struct(fields):
            return Struct(tuple([Field(field.name, _counted(field.type)) for field in fields]))
        case _:
            return type_


def _as_counted(at: int, type_: DataType, counted: DataType) -> str:
    """A column by its place. Spark makes a number of months alone, not of years and months."""
    if type_ == counted:
        return f"_{at}"
    months = type_name(type_).replace("interval year to month", "interval month")
    return f"cast(cast(_{at} as {months}) as {type_name(counted)})"


def _with_months(array: Any, type_: DataType) -> Any:
    # Heavy: only what runs a program pays for it.
    import pyarrow as pa

    values = [_value(value, type_) for value in array.to_pylist()]
    return pa.chunked_array([pa.array(values, _declared(array.type, type_))])


def _value(value: Any, type_: DataType) -> Any:
    """A value with intervals for numbers of months."""
    if value is None:
        return None
    match type_:
        case Interval(kind):
            return (value, 0, 0) if kind == "months" else _span(value)
        case Array(element):
            return [_value(one, element) for one in value]
        case Map(key, of):
            return [(_value(name, key), _value(one, of)) for name, one in value]
        case Struct(fields):
            return {field.name: _value(value[field.name], field.type) for field in fields}
        case _:
            return value


def _declared(found: Any, type_: DataType) -> Any:
    """The Arrow type of `type_`, whose numbers of months were found."""
    # As in `_with_months`.
    import pyarrow as pa

    match type_:
        case Interval():
            return pa.month_day_nano_interval()
        case Array(element):
            return pa.list_(pa.field("l", _declared(found.value_type, element)))
        case Map(key, value):
            return pa.map_(_declared(found.key_type, key), _declared(found.item_type, value))
        case Struct(fields):
            return pa.struct([(one.name, _declared(found.field(one.name).type, one.type)) for one in fields])
        case _:
            return _type(found)


def _alike(array: Any) -> Any:
    # As in `_with_months`.
    import pyarrow as pa

    if pa.types.is_duration(array.type) or pa.types.is_interval(array.type):
        # A span of time has a type of its own in Spark for each of its two kinds.
        values = [None if value is None else _span(value) for value in array.to_pylist()]
        return pa.chunked_array([pa.array(values, pa.month_day_nano_interval())])
    return array.cast(_type(array.type))


def _span(value: timedelta) -> tuple[int, int, int]:
    """Whole days, and what is left of one: of a time before now both are below zero."""
    days, left = divmod(abs(value), timedelta(days=1))
    sign = -1 if value < timedelta() else 1
    return (0, sign * days, sign * (left // timedelta(microseconds=1)) * 1_000)


def _type(type_: Any) -> Any:
    """The same type, without what Arrow tells of it besides: its zone is UTC, and what is inside may be null."""
    # As in `_with_months`.
    import pyarrow as pa

    if pa.types.is_timestamp(type_) and type_.tz is not None:
        return pa.timestamp(type_.unit, tz="UTC")
    if pa.types.is_list(type_):
        return pa.list_(pa.field("l", _type(type_.value_type)))
    if pa.types.is_map(type_):
        return pa.map_(_type(type_.key_type), _type(type_.item_type))
    if pa.types.is_struct(type_):
        return pa.struct([pa.field(field.name, _type(field.type)) for field in type_])
    return type_

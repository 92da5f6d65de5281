"""Rows of a DataFrame as an Arrow table, in which what is of one type to Spark is of the type that every engine has."""

from typing import TYPE_CHECKING, Any

from oftra.ir.expr import Column

if TYPE_CHECKING:  # heavy, and only a run needs it
    import pyarrow


def table_of(found: "pyarrow.Table", columns: tuple[Column, ...]) -> "pyarrow.Table":
    """`found` with the names of `columns`, which are its own in the same order."""
    # Heavy: only what runs a program pays for it.
    import pyarrow

    arrays = [_alike(array) for array in found.columns]
    return pyarrow.Table.from_arrays(arrays, names=[column.name for column in columns])


def _alike(array: Any) -> Any:
    # As in `table_of`.
    import pyarrow as pa

    if pa.types.is_duration(array.type) or pa.types.is_interval(array.type):
        # A span of time has a type of its own in Spark for each of its two kinds.
        values = [None if value is None else _span(value) for value in array.to_pylist()]
        return pa.chunked_array([pa.array(values, pa.month_day_nano_interval())])
    return array.cast(_type(array.type))


def _span(value: Any) -> tuple[int, int, int]:
    return (0, value.days, int(value.seconds * 1_000_000_000 + value.microseconds * 1_000))


def _type(type_: Any) -> Any:
    """The same type, without what Arrow tells of it besides: its zone is UTC, and what is inside may be null."""
    # As in `table_of`.
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

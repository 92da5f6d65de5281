"""Columns of an Arrow table as Python's values; days and times of years that Python has not are texts."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # pyarrow is heavy, and comes with the first rows
    import pyarrow

_DAYS_OF_400_YEARS = 146_097
_MICROS_OF_DAY = 86_400_000_000


def values_of(column: "pyarrow.ChunkedArray") -> list[Any]:
    """The values of a column."""
    try:
        values: list[Any] = column.to_pylist()
        return values
    except (OverflowError, ValueError):
        return [_value(scalar) for scalar in column]


def _value(scalar: Any) -> Any:
    """One value, of which a part may be of such a year."""
    # Only what has asked for rows comes here: pyarrow is there by now.
    import pyarrow as pa

    if not scalar.is_valid:
        return None
    match scalar:
        case pa.StructScalar():
            return {name: _value(part) for name, part in scalar.items()}
        case pa.MapScalar():
            return [(_value(entry["key"]), _value(entry["value"])) for entry in scalar.values]
        case pa.ListScalar():
            return [_value(item) for item in scalar.values]
        case pa.Date32Scalar():
            return _day(scalar.value)
        case pa.TimestampScalar():
            return _moment(scalar.value, scalar.type.tz is not None)
        case _:
            return scalar.as_py()


def _day(days: int) -> date | str:
    """A day by its distance from the first of 1970."""
    periods, rest = divmod(days, _DAYS_OF_400_YEARS)
    known = date(1970, 1, 1) + timedelta(rest)
    return _of_year(known.year + 400 * periods, known)


def _moment(micros: int, zoned: bool) -> datetime | str:
    """A moment by its distance from the start of 1970, in microseconds."""
    days, rest = divmod(micros, _MICROS_OF_DAY)
    day = _day(days)
    clock = datetime(1970, 1, 1, tzinfo=UTC if zoned else None) + timedelta(microseconds=rest)
    if isinstance(day, date):
        return clock.replace(day.year, day.month, day.day)
    fraction = f".{clock.microsecond:06}".rstrip("0") if clock.microsecond else ""
    return f"{day} {clock:%H:%M:%S}{fraction}{'Z' if zoned else ''}"


def _of_year(year: int, known: date) -> date | str:
    """A day of the calendar in a year that it may not have."""
    if 1 <= year <= 9999:
        return known.replace(year)
    return f"{'-' if year < 0 else '+' if year else ''}{abs(year):04}{known:-%m-%d}"

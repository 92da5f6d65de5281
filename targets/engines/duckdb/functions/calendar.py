"""Functions of dates, times and spans of time. The session's time zone is UTC."""

from oftra.datatypes import BIGINT, DATETIME, Date
from oftra.ir.expr import Call
from oftra.targets.engines.duckdb.functions.entries import constant, named
from oftra.targets.engines.duckdb.wording import Said, Scalar
from oftra.targets.sql import tree as sql

_PARTS = {"day_of_week": "isodow", "day_of_year": "doy", "iso_year": "isoyear"}
_WITHIN_SECOND = {"millisecond": 1_000, "microsecond": 1_000_000}
_OF_DAYS = frozenset({"year", "quarter", "month", "week", "day"})


def _extract(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    """DuckDB counts milliseconds and microseconds from the start of the minute."""
    part = _word(call)
    taken = sql.Extract(_PARTS.get(part, part), arguments[1])
    if part in _WITHIN_SECOND:
        return Said(sql.Binary("%", taken, sql.integer(_WITHIN_SECOND[part])), BIGINT)
    return Said(taken, BIGINT)


def _word(call: Call) -> str:
    """The literal part that a call names first."""
    part = constant(call.arguments[0])
    assert isinstance(part, str), f"{call.function} without a literal part"
    return part


def _date_trunc(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    """DuckDB makes a timestamp of a date."""
    if not isinstance(call.type, Date):
        return sql.Function("date_trunc", arguments)
    if _word(call) in _OF_DAYS:
        return Said(sql.Function("date_trunc", arguments), DATETIME)
    return arguments[1]


def _at_zone(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.Binary("at time zone", arguments[0], arguments[1])


def _floored(value: sql.Expr) -> sql.Expr:
    return sql.Cast(sql.call("floor", value), "bigint")


def _unix_seconds(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return _floored(sql.Function("epoch", arguments))


def _unix_millis(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """Of microseconds: `epoch_ms` rounds."""
    return _floored(sql.Binary("/", sql.Function("epoch_us", arguments), sql.integer(1000)))


def _timestamp_millis(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.call("make_timestamptz", sql.Binary("*", arguments[0], sql.integer(1000)))


def _interval(unit: str) -> Scalar:
    return named(f"to_{unit}")


SCALARS: dict[str, Scalar] = {
    "extract": _extract,
    **{name: named(name, BIGINT) for name in ("year", "quarter", "month", "week", "day", "hour", "minute", "second")},
    "day_of_week": named("isodow", BIGINT),
    "day_of_year": named("dayofyear", BIGINT),
    "date_trunc": _date_trunc,
    "date_diff": named("date_sub"),
    "last_day": named("last_day"),
    "make_date": named("make_date"),
    "to_datetime": _at_zone,
    "to_timestamp": _at_zone,
    "unix_seconds": _unix_seconds,
    "unix_millis": _unix_millis,
    "unix_micros": named("epoch_us"),
    "timestamp_seconds": named("to_timestamp"),
    "timestamp_millis": _timestamp_millis,
    "timestamp_micros": named("make_timestamptz"),
    "format_time": named("strftime"),
    **{
        f"interval_{unit}": _interval(unit)
        for unit in (
            "years", "quarters", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds",
            "microseconds",
        )
    },
}  # fmt: skip

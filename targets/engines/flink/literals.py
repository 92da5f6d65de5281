"""Constants as Flink writes them."""

from datetime import UTC, date, datetime
from decimal import Decimal as Number
from math import isfinite

from oftra.datatypes import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INT,
    NULL,
    TIMESTAMP,
    DataType,
    Decimal,
    Double,
    Float,
    Null,
)
from oftra.ir.expr import Duration, Literal
from oftra.targets.engines.flink.datatypes import CHARACTERS, type_name
from oftra.targets.engines.flink.wording import Refused
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.said import Said

_UNITS = (("day", 86_400_000_000), ("hour", 3_600_000_000), ("minute", 60_000_000), ("second", 1_000_000))
_WRITTEN_DIGITS = 18


def literal(expr: Literal) -> Said:
    """The constant, and the type that Flink reads it as."""
    value = expr.value
    match value:
        case None:
            if isinstance(expr.type, Null):
                return Said(sql.NULL, NULL)
            return Said(sql.Cast(sql.NULL, type_name(expr.type)), expr.type)
        case bool():
            return Said(sql.TRUE if value else sql.FALSE, BOOLEAN)
        case str():
            return Said(sql.Text(value), CHARACTERS)
        case int() | Number() if isinstance(expr.type, Double | Float):
            return _float(float(value), expr.type)
        case int() if isinstance(expr.type, Decimal):
            return _decimal(Number(value), expr.type)
        case int():
            return _integer(value)
        case float():
            return _float(value, expr.type)
        case Number():
            return _decimal(value, expr.type)
        case bytes():
            return Said(sql.Word(f"x'{value.hex()}'"), None)
        case datetime():
            return _datetime(value)
        case date():
            return Said(sql.Typed("date", value.isoformat()), DATE)
        case Duration():
            return Said(duration(value), expr.type)


def _integer(value: int) -> Said:
    if value == -(2**63):
        # Its absolute value is no bigint, and a literal has no sign of its own.
        return Said(sql.Cast(sql.Text(str(value)), "bigint"), BIGINT)
    return Said(sql.integer(value), INT if -(2**31) < value < 2**31 else BIGINT)


def _decimal(value: Number, type_: DataType) -> Said:
    scale = type_.scale if isinstance(type_, Decimal) else 0
    whole, _, fraction = format(value.copy_abs(), "f").partition(".")
    fraction = fraction.ljust(scale, "0")
    length = len(whole.lstrip("0")) + len(fraction)
    if length > _WRITTEN_DIGITS:
        text = format(value, "f")
        return Said(sql.Cast(sql.Text(text), type_name(type_)), type_)
    if not fraction:
        return _integer(int(value))
    number: sql.Expr = sql.Number(f"{whole}.{fraction}")
    found = Decimal(max(length, len(fraction) + (whole != "0")), len(fraction))
    return Said(sql.Unary("-", number) if value < 0 else number, found if whole != "0" else None)


def _float(value: float, type_: DataType) -> Said:
    if not isfinite(value):
        text = "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
        return Said(sql.Cast(sql.Text(text), type_name(type_)), type_)
    text = repr(abs(value))
    number = sql.Number(text if "e" in text else text + "e0")
    negative = value < 0 or str(value).startswith("-")
    return Said(sql.Unary("-", number) if negative else number, DOUBLE)


def _datetime(value: datetime) -> Said:
    """A reading of a clock has as many digits after its seconds as are written: its type comes by a cast alone."""
    if value.tzinfo is None:
        return Said(sql.Typed("timestamp", value.isoformat(" ")), None)
    text = value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return Said(sql.Cast(sql.Typed("timestamp", text), "timestamp_ltz(6)"), TIMESTAMP)


def duration(value: Duration) -> sql.Expr:
    """`value` in the largest unit that it is a whole number of; Flink knows nothing shorter than a millisecond."""
    if value.months:
        years, months = divmod(abs(value.months), 12)
        return (
            _interval(value.months < 0, abs(value.months), "month")
            if months
            else _interval(value.months < 0, years, "year")
        )
    micros = abs(value.micros)
    for unit, size in _UNITS:
        if micros % size == 0:
            return _interval(value.micros < 0, micros // size, unit)
    seconds, rest = divmod(micros, 1_000_000)
    if rest % 1000:
        raise Refused("an interval of microseconds")
    text = f"{'-' if value.micros < 0 else ''}'{seconds}.{rest // 1000:03}'"
    return sql.Word(f"interval {text} second({max(1, len(str(seconds)))}, 3)")


def _interval(negative: bool, amount: int, unit: str) -> sql.Expr:
    precision = f"({len(str(amount))})" if amount > 99 else ""
    return sql.Word(f"interval {'-' if negative else ''}'{amount}' {unit}{precision}")

"""Constants as DuckDB writes them."""

from datetime import UTC, date, datetime
from decimal import Decimal as Number
from math import isfinite

from oftra.datatypes import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DATETIME,
    DOUBLE,
    INT,
    JSON,
    NULL,
    STRING,
    TIMESTAMP,
    DataType,
    Decimal,
    Double,
    Float,
    Json,
)
from oftra.ir.expr import Duration, Literal
from oftra.targets.engines.duckdb.datatypes import type_name
from oftra.targets.engines.duckdb.wording import Said
from oftra.targets.sql import tree as sql

_UNITS = (("days", 86_400_000_000), ("hours", 3_600_000_000), ("minutes", 60_000_000), ("seconds", 1_000_000))


def literal(expr: Literal) -> Said:
    """The constant, and the type that DuckDB reads it as."""
    value = expr.value
    match value:
        case None:
            return Said(sql.NULL, NULL)
        case bool():
            return Said(sql.TRUE if value else sql.FALSE, BOOLEAN)
        case str():
            if isinstance(expr.type, Json):
                return Said(sql.Typed("json", value), JSON)
            return Said(sql.Text(value), STRING)
        case int():
            if isinstance(expr.type, Double | Float):
                return _float(float(value), expr.type)
            if isinstance(expr.type, Decimal):
                return _decimal(Number(value), expr.type.scale)
            return _integer(value)
        case float():
            return _float(value, expr.type)
        case Number():
            if isinstance(expr.type, Double | Float):
                return _float(float(value), expr.type)
            return _decimal(value, expr.type.scale if isinstance(expr.type, Decimal) else 0)
        case bytes():
            return Said(sql.Word(f"x'{value.hex()}'"), BINARY)
        case datetime():
            return Said(*_datetime(value))
        case date():
            return Said(sql.Typed("date", value.isoformat()), DATE)
        case Duration():
            return Said(sql.Interval(duration(value)), expr.type)


def _integer(value: int) -> Said:
    if value == -(2**63):
        # Its absolute value is no bigint, and a literal has no sign of its own.
        return Said(sql.Cast(sql.Text(str(value)), "bigint"), BIGINT)
    return Said(sql.integer(value), INT if -(2**31) < value < 2**31 else BIGINT)


def _decimal(value: Number, scale: int) -> Said:
    whole, _, fraction = format(value.copy_abs(), "f").partition(".")
    fraction = fraction.ljust(scale, "0")
    text = f"{whole}.{fraction}" if fraction else whole
    number: sql.Expr = sql.Number(text)
    # DuckDB reads digits without a point as an integer, and counts a zero before the point as a digit.
    if not fraction:
        return _integer(int(value)) if abs(value) < 2**63 else Said(_signed(value, sql.Number(text + ".")), None)
    type_ = Decimal(len(whole) + len(fraction), len(fraction)) if len(whole) + len(fraction) <= 38 else None
    return Said(_signed(value, number), type_)


def _float(value: float, type_: DataType) -> Said:
    if not isfinite(value):
        return Said(sql.Cast(sql.Text(str(value)), type_name(type_)), type_)
    text = repr(abs(value))
    number = sql.Number(text if "e" in text else text + "e0")
    negative = value < 0 or str(value).startswith("-")
    return Said(sql.Unary("-", number) if negative else number, DOUBLE)


def _signed(value: Number, number: sql.Expr) -> sql.Expr:
    return sql.Unary("-", number) if value < 0 else number


def _datetime(value: datetime) -> tuple[sql.Expr, DataType]:
    if value.tzinfo is None:
        return sql.Typed("timestamp", value.isoformat(" ")), DATETIME
    text = value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return sql.Typed("timestamptz", text + "Z"), TIMESTAMP


def duration(value: Duration) -> str:
    """`value` in words that DuckDB reads: `5 minutes`, `1 day 2 hours`."""
    if value.months:
        years, months = divmod(abs(value.months), 12)
        sign = "-" if value.months < 0 else ""
        parts = [(years, "year"), (months, "month")] if months else [(years, "year")]
        return " ".join([_counted(f"{sign}{count}", unit) for count, unit in parts if count])
    sign, left, words = "-" if value.micros < 0 else "", abs(value.micros), list[str]()
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            words.append(_counted(f"{sign}{count}", unit.removesuffix("s")))
    if left:
        words.append(_counted(f"{sign}{left}", "microsecond"))
    return " ".join(words) or "0 seconds"


def _counted(count: str, unit: str) -> str:
    return f"{count} {unit}" if count in ("1", "-1") else f"{count} {unit}s"


def is_constant(value: sql.Expr) -> bool:
    """Whether this is a number as it stands, which DuckDB fits to the type beside it."""
    match value:
        case sql.Number() | sql.Unary("-", sql.Number()):
            return True
        case _:
            return False

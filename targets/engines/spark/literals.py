"""Constants as PySpark takes them: plain Python values where Spark reads them as what they are, else a cast text."""

from datetime import UTC, date, datetime
from decimal import Decimal as Number

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
    Boolean,
    DataType,
    Decimal,
    Double,
    Float,
    Json,
)
from oftra.ir.expr import Duration, Literal, Value
from oftra.targets.engines.spark.wording import Said, cast, constant, text
from oftra.targets.python import tree as py

_UNITS = (("day", 86_400_000_000), ("hour", 3_600_000_000), ("minute", 60_000_000), ("second", 1_000_000))
_SMALL = (("millisecond", 1_000), ("microsecond", 1))


def literal(expr: Literal) -> Said:
    """The constant, and the type that Spark reads it as."""
    value = expr.value
    match value:
        case None if isinstance(expr.type, Boolean):
            # A null that is no boolean is no condition to Spark.
            return Said(cast(py.call("F.lit", py.NONE), "boolean"), BOOLEAN)
        case None:
            return constant(py.NONE, NULL)
        case bool():
            return constant(py.TRUE if value else py.FALSE, BOOLEAN)
        case str():
            return constant(py.String(value), JSON if isinstance(expr.type, Json) else STRING)
        case int() | float() | Number():
            return _number(value, expr.type)
        case bytes():
            return constant(py.Bytes(value), BINARY)
        case datetime():
            return _moment(value)
        case date():
            if value.year < 1000:
                # What brings it to the JVM writes such a year with too few digits.
                return Said(cast(text(value.isoformat()), "date"), DATE)
            return constant(_date(value), DATE)
        case Duration():
            return Said(py.call("F.expr", py.String(f"interval {duration(value)}")), expr.type)


def python_value(value: Value, type_: DataType) -> py.Expr | None:
    """The Python value that `createDataFrame` takes for a constant of this type; None if there is none."""
    match value:
        case None:
            return py.NONE
        case bool():
            return py.TRUE if value else py.FALSE
        case str():
            return py.String(value)
        case int() | float() | Number():
            match type_:
                case Double() | Float():
                    return py.number(float(value))
                case Decimal():
                    return decimal(Number(value))
                case _:
                    return py.number(int(value))
        case bytes():
            return py.Bytes(value)
        case datetime():
            return _datetime(value)
        case date():
            return _date(value)
        case Duration():
            return None


def _number(value: int | float | Number, type_: DataType) -> Said:
    if isinstance(type_, Double | Float) or isinstance(value, float):
        return constant(py.number(float(value)), DOUBLE)
    if isinstance(value, int) and -(2**63) <= value < 2**63 and not isinstance(type_, Decimal):
        return constant(py.number(value), INT if -(2**31) <= value < 2**31 else BIGINT)
    number = Number(value)
    _, digits, exponent = number.as_tuple()
    scale = max(0, -int(exponent))
    precision = max(len(digits) + max(0, int(exponent)), scale)
    return constant(decimal(number), Decimal(precision, scale) if precision <= 38 else None)


def decimal(value: Number) -> py.Expr:
    """`Decimal("0.92")`."""
    return py.call("Decimal", py.String(format(value, "f")))


def _date(value: date) -> py.Expr:
    return py.call("datetime.date", py.number(value.year), py.number(value.month), py.number(value.day))


def _moment(value: datetime) -> Said:
    # A Python datetime without a zone would be read in the zone of whoever runs the program.
    if value.tzinfo is None:
        return Said(cast(text(value.isoformat(" ")), "timestamp_ntz"), DATETIME)
    shown = value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return Said(cast(text(shown + "Z"), "timestamp"), TIMESTAMP)


def _datetime(value: datetime) -> py.Expr:
    parts = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond]
    while len(parts) > 4 and not parts[-1]:
        parts.pop()
    numbers = [py.number(part) for part in parts]
    if value.tzinfo is None:
        return py.call("datetime.datetime", *numbers)
    return py.call("datetime.datetime", *numbers, py.Keyword("tzinfo", py.name("datetime.timezone.utc")))


def duration(value: Duration) -> str:
    """`value` in words that Spark reads after `interval`, and as the size of a window: `5 minutes`, `1 day 2 hours`."""
    if value.months:
        years, months = divmod(abs(value.months), 12)
        sign = "-" if value.months < 0 else ""
        parts = [(years, "year"), (months, "month")]
    else:
        sign, left, parts = "-" if value.micros < 0 else "", abs(value.micros), []
        for unit, size in _UNITS:
            count, left = divmod(left, size)
            parts.append((count, unit))
        for unit, size in _SMALL:
            count, left = divmod(left, size)
            parts.append((count, unit))
    words = [f"{sign}{count} {unit}" if count == 1 else f"{sign}{count} {unit}s" for count, unit in parts if count]
    return " ".join(words) or "0 seconds"

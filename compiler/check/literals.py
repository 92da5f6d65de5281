"""Literals: the value and the type that their text stands for."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as Number

from oftra.datatypes import (
    BIGINT,
    BINARY,
    DAYS,
    DOUBLE,
    INT,
    JSON,
    MONTHS,
    SIMPLE,
    TIME,
    UNKNOWN,
    DataType,
    Date,
    Datetime,
    Decimal,
    Timestamp,
    show,
)
from oftra.diagnostics import Report
from oftra.diagnostics.typecheck import BadLiteral, NumberTooLarge
from oftra.ir.expr import Literal
from oftra.source import Span

_FORMS = {
    "date": "`2026-01-31`",
    "timestamp": "`2026-01-31 10:00:00Z`",
    "datetime": "`2026-01-31 10:00:00`",
    "x": "`00ff`",
    "json": '`{"a": 1}`',
}

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)

MONTH_UNITS = {"month": 1, "quarter": 3, "year": 12}
DAY_UNITS = {"day": 1, "week": 7}
TIME_UNITS = {
    "microsecond": 1,
    "millisecond": 1_000,
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
}
UNITS = (*MONTH_UNITS, *DAY_UNITS, *TIME_UNITS)
MICROS_OF_DAY = 86_400_000_000


def number(text: str, span: Span, report: Report) -> Literal:
    """`42` is an `int` (a `bigint` if it has to be, a decimal past that), `1.50` a decimal, `1e3` a double."""
    if "e" in text or "E" in text:
        return Literal(float(text), DOUBLE, span=span)
    if "." not in text:
        value = int(text)
        if value < 2**31:
            return Literal(value, INT, span=span)
        if value < 2**63:
            return Literal(value, BIGINT, span=span)
    exact = Number(text)
    scale = len(text.partition(".")[2])
    digits = len(text.replace(".", "").lstrip("0"))
    precision = max(digits, scale, 1)
    if precision > 38:
        report.add(NumberTooLarge(text, span=span))
        return Literal(None, UNKNOWN, span=span)
    return Literal(exact, Decimal(precision, scale), span=span)


def typed(word: str, text: str, span: Span, report: Report) -> Literal:
    """The literal that begins with its type: `date '2026-01-31'`."""
    literal: Literal | None
    match word:
        case "x":
            compact = text.strip()
            valid = re.fullmatch(r"(?:[0-9a-fA-F]{2})*", compact)
            literal = Literal(bytes.fromhex(compact), BINARY, span=span) if valid else None
        case "json":
            literal = Literal(text, JSON, span=span) if _is_json(text) else None
        case _:
            return temporal(text, SIMPLE[word], span, report)
    if literal is None:
        report.add(BadLiteral(text, "binary" if word == "x" else word, _FORMS[word], span=span))
        return Literal(None, UNKNOWN, span=span)
    return literal


def _is_json(text: str) -> bool:
    from json import loads  # only a program with a json literal needs it

    def refuse(word: str) -> None:
        raise ValueError(word)

    try:
        loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return False
    return True


def temporal(text: str, type_: DataType, span: Span, report: Report) -> Literal:
    """A string read as a date, timestamp or datetime. Without a zone it is in UTC, a date alone is its midnight."""
    value = temporal_value(text, type_)
    if value is None:
        word = show(type_)
        report.add(BadLiteral(text, word, _FORMS[word], span=span))
        return Literal(None, UNKNOWN, span=span)
    return Literal(value, type_, span=span)


def temporal_value(text: str, type_: DataType) -> date | datetime | None:
    """The value of a string as `type_`; None if it is none."""
    matched = _TIME.fullmatch(text.strip())
    if matched is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = matched.groups()
    if (isinstance(type_, Date) and hour is not None) or (isinstance(type_, Datetime | Date) and zone is not None):
        return None
    try:
        if isinstance(type_, Date):
            return date(int(year), int(month), int(day))
        micros = int((fraction or "").ljust(6, "0") or 0)
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micros)
        if not isinstance(type_, Timestamp):
            return moment
        return (moment - _offset(zone)).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone in ("Z", "UTC"):
        return timedelta()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    if int(digits[:2]) > 14 or int(digits[2:]) > 59:
        raise ValueError(zone)
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -offset if zone[0] == "-" else offset


def interval_type(unit: str) -> DataType | None:
    """The type of an interval in this unit (`day`, `days`); None if there is no such unit."""
    unit = unit.removesuffix("s")
    if unit in MONTH_UNITS:
        return MONTHS
    if unit in DAY_UNITS:
        return DAYS
    return TIME if unit in TIME_UNITS else None

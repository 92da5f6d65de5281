"""Functions of dates, times and spans of time. The session's time zone is UTC."""

from oftra.datatypes import INT, Date, Datetime, Integer, Timestamp
from oftra.targets.engines.spark.functions.definitions import WHOLE_MONTHS
from oftra.targets.engines.spark.functions.entries import by_name, known, named
from oftra.targets.engines.spark.wording import Arguments, Asked, Said, Scalar, cast, text, whole
from oftra.targets.python import tree as py

_PARTS = {
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "week": "weekofyear",
    "day": "dayofmonth",
    "day_of_year": "dayofyear",
    "hour": "hour",
    "minute": "minute",
    "second": "second",
}
_WITHIN_SECOND = {"millisecond": "SSS", "microsecond": "SSSSSS"}
_OF_DAYS = frozenset({"year", "quarter", "month", "week"})
_MICROS = {
    "week": 604_800_000_000,
    "day": 86_400_000_000,
    "hour": 3_600_000_000,
    "minute": 60_000_000,
    "second": 1_000_000,
    "millisecond": 1_000,
    "microsecond": 1,
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_CODES = {
    "%Y": "yyyy", "%m": "MM", "%d": "dd", "%H": "HH", "%M": "mm", "%S": "ss", "%f": "SSSSSS", "%j": "DDD", "%%": "%",
}  # fmt: skip


def _part(part: str, moment: Said) -> py.Expr:
    if part == "day_of_week":
        return py.Binary("+", py.call("F.weekday", moment.argument), py.number(1))
    if part == "iso_year":
        return py.call("F.extract", text("YEAROFWEEK"), moment.argument)
    if part in _WITHIN_SECOND:
        return cast(py.call("F.date_format", moment.argument, py.String(_WITHIN_SECOND[part])), "int")
    return py.call(f"F.{_PARTS[part]}", moment.argument)


def _extract(asked: Asked, arguments: Arguments) -> py.Expr:
    return _part(_word(asked), arguments[1])


def _named_part(part: str) -> Scalar:
    return lambda asked, arguments: _part(part, arguments[0])


def _word(asked: Asked) -> str:
    """The literal part that a call names first."""
    part = known(asked, 0)
    assert isinstance(part, str), f"{asked.call.function} without a literal part"
    return part


def _date_trunc(asked: Asked, arguments: Arguments) -> py.Expr | Said:
    """Spark makes a timestamp of a date or a datetime."""
    part, moment = _word(asked), arguments[1]
    if isinstance(asked.call.type, Date):
        return py.call("F.trunc", moment.argument, py.String(part)) if part in _OF_DAYS else moment
    made = py.call("F.date_trunc", py.String(part), moment.argument)
    return cast(made, "timestamp_ntz") if isinstance(asked.call.type, Datetime) else made


def _date_diff(asked: Asked, arguments: Arguments) -> py.Expr | Said:
    """Spark counts months without regard to their last days."""
    part, start, end = _word(asked), *arguments[1:]
    given = asked.call.arguments[1].type
    if part in _MONTHS:
        months = py.Call(py.Name(WHOLE_MONTHS), (start.expr, end.expr))
        if part == "month":
            return Said(months, INT)
        return by_name("div", months, whole(_MONTHS[part]))
    if isinstance(given, Date) and part in ("day", "week"):
        days = py.call("F.date_diff", end.argument, start.argument)
        return Said(days, INT) if part == "day" else by_name("div", days, whole(7))
    if asked.has((4, 0)):
        return py.call("F.timestamp_diff", py.String(part.upper()), start.argument, end.argument)
    first, last = [_micros(moment, given) for moment in (start, end)]
    return by_name("div", py.Binary("-", last, first), whole(_MICROS[part]))


def _micros(moment: Said, given: object) -> py.Expr:
    return py.call("F.unix_micros", moment.argument if isinstance(given, Timestamp) else cast(moment.expr, "timestamp"))


def _to_datetime(asked: Asked, arguments: Arguments) -> py.Expr:
    return cast(py.call("F.from_utc_timestamp", arguments[0].argument, _zone(asked)), "timestamp_ntz")


def _to_timestamp(asked: Asked, arguments: Arguments) -> py.Expr:
    return py.call("F.to_utc_timestamp", cast(arguments[0].expr, "timestamp"), _zone(asked))


def _zone(asked: Asked) -> py.Expr:
    zone = known(asked, 1)
    assert isinstance(zone, str)
    return py.String(zone)


def java_form(form: str) -> str:
    """A form such as `%d.%m.%Y` as Java's formatter writes it; letters of its own stand in quotes."""
    made: list[str] = []
    plain: list[str] = []

    def flush() -> None:
        words = "".join(plain)
        plain.clear()
        if any(one.isalpha() or one in "'[]{}#" for one in words):
            words = "'" + words.replace("'", "''") + "'"
        made.append(words)

    at = 0
    while at < len(form):
        code = form[at : at + 2]
        if code == "%%" or code not in _CODES:
            plain.append("%" if code == "%%" else form[at])
            at += 2 if code == "%%" else 1
        else:
            flush()
            made.append(_CODES[code])
            at += 2
    flush()
    return "".join(made)


def _form(asked: Asked) -> str:
    form = known(asked, 1)
    assert isinstance(form, str)
    return java_form(form)


def _format_time(asked: Asked, arguments: Arguments) -> py.Expr:
    return py.call("F.date_format", arguments[0].argument, py.String(_form(asked)))


def _parse(name: str) -> Scalar:
    return lambda asked, arguments: py.call(f"F.{name}", arguments[0].argument, py.String(_form(asked)))


def _parse_datetime(asked: Asked, arguments: Arguments) -> py.Expr:
    return py.call("F.to_timestamp_ntz", arguments[0].argument, text(_form(asked)))


def _months(each: int) -> Scalar:
    def say(asked: Asked, arguments: Arguments) -> py.Expr:
        count = _int(arguments[0])
        return py.call("F.make_ym_interval", whole(0), count if each == 1 else py.Binary("*", count, py.number(each)))

    return say


def _int(count: Said) -> py.Expr:
    """Spark counts months and days in ints."""
    is_int = isinstance(count.type, Integer) and count.type.bits <= 32
    return count.expr if is_int else cast(count.expr, "int")


def _days(each: int) -> Scalar:
    def say(asked: Asked, arguments: Arguments) -> py.Expr:
        count = _int(arguments[0])
        return _times("day", count if each == 1 else py.Binary("*", count, py.number(each)))

    return say


def _span(unit: str) -> Scalar:
    return lambda asked, arguments: _times(unit, arguments[0].expr)


def _times(unit: str, count: py.Expr) -> py.Expr:
    return py.Binary("*", py.call("F.expr", py.String(f"interval 1 {unit}")), count)


SCALARS: dict[str, Scalar] = {
    "extract": _extract,
    **{name: _named_part(name) for name in (*_PARTS, "day_of_week")},
    "date_trunc": _date_trunc,
    "date_diff": _date_diff,
    "last_day": named("last_day"),
    "make_date": named("make_date"),
    "to_datetime": _to_datetime,
    "to_timestamp": _to_timestamp,
    "unix_seconds": named("unix_seconds"),
    "unix_millis": named("unix_millis"),
    "unix_micros": named("unix_micros"),
    "timestamp_seconds": named("timestamp_seconds"),
    "timestamp_millis": named("timestamp_millis"),
    "timestamp_micros": named("timestamp_micros"),
    "format_time": _format_time,
    "parse_date": _parse("to_date"),
    "parse_datetime": _parse_datetime,
    "parse_timestamp": _parse("to_timestamp"),
    "interval_years": _months(12),
    "interval_quarters": _months(3),
    "interval_months": _months(1),
    "interval_weeks": _days(7),
    "interval_days": _days(1),
    **{f"interval_{unit}s": _span(unit) for unit in ("hour", "minute", "second", "millisecond", "microsecond")},
}

"""Functions of dates, times and spans of time. The session's time zone is UTC."""

from oftra.datatypes import BIGINT, TIMESTAMP, DataType, Date, Datetime, Timestamp
from oftra.ir.expr import Call, Duration
from oftra.targets.engines.flink.wording import Refused, Scalar, constant, fail, not_null, only_if
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.said import Said

_PARTS = {"day_of_week": "isodow", "day_of_year": "doy", "iso_year": "isoyear"}
_LETTERS = {"hour": "HH", "minute": "mm", "second": "ss", "millisecond": "SSS", "microsecond": "SSSSSS"}
_OF_TIME = frozenset(_LETTERS)
_MICROS = {
    "week": 604_800_000_000, "day": 86_400_000_000, "hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000,
    "millisecond": 1_000, "microsecond": 1,
}  # fmt: skip


def _word(call: Call) -> str:
    part = constant(call.arguments[0])
    assert isinstance(part, str), f"{call.function} without a literal part"
    return part


def _taken(part: str, moment: sql.Expr, type_: DataType) -> sql.Expr | Said:
    """Of moments before 1970 Flink's `extract` is wrong: their day is asked as a date, their time as a text."""
    if part not in _OF_TIME:
        day = moment if isinstance(type_, Date) else sql.Cast(moment, "date")
        return Said(sql.Extract(_PARTS.get(part, part), day), BIGINT)
    if isinstance(type_, Date):
        return only_if(not_null(moment), sql.integer(0))
    return sql.Cast(sql.call("date_format", moment, sql.Text(_LETTERS[part])), "int")


def _extract(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    return _taken(_word(call), arguments[1], call.arguments[1].type)


def _part(part: str) -> Scalar:
    return lambda call, arguments: _taken(part, arguments[0], call.arguments[0].type)


def _date_trunc(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    """Flink's weeks begin on Sunday."""
    part, moment = _word(call), arguments[1]
    if isinstance(call.type, Date):
        return moment if part in _OF_TIME or part == "day" else _start(part, moment)
    if part == "microsecond":
        return moment
    if part == "week":
        days = _start("week", sql.Cast(moment, "date"))
        made = sql.Cast(days, "timestamp(6)")
        return sql.Cast(made, "timestamp_ltz(6)") if isinstance(call.type, Timestamp) else made
    return sql.call("floor", _to(moment, part))


def _to(moment: sql.Expr, part: str) -> sql.Expr:
    return sql.Binary("to", moment, sql.Word(part))


def _start(part: str, day: sql.Expr) -> sql.Expr:
    if part == "week":
        past = sql.Binary("-", sql.Cast(sql.Extract("isodow", day), "int"), sql.integer(1))
        return sql.call("timestampadd", sql.Word("day"), sql.Unary("-", past), day)
    return sql.call("floor", _to(day, part))


def _date_diff(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    """Between dates; Flink counts what lies between moments in an integer that may be too small."""
    part = _word(call)
    first, last = arguments[1:]
    type_ = call.arguments[1].type
    if isinstance(type_, Date) and part in _OF_TIME:
        size = {"hour": 24, "minute": 1440, "second": 86400, "millisecond": 86400000, "microsecond": 86400000000}[part]
        days = sql.Cast(sql.call("timestampdiff", sql.Word("day"), first, last), "bigint")
        return Said(sql.Binary("*", days, sql.integer(size)), BIGINT)
    if not isinstance(type_, Date) and part in _MICROS:
        between = sql.Binary("-", _micros(last), _micros(first))
        return Said(sql.Binary("/", between, sql.integer(_MICROS[part])), BIGINT)
    return Said(sql.Cast(sql.call("timestampdiff", sql.Word(part), first, last), "bigint"), BIGINT)


def _last_day(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    month = sql.call("floor", _to(arguments[0], "month"))
    after = sql.Binary("+", month, sql.Word("interval '1' month"))
    return sql.Binary("-", after, sql.Word("interval '1' day"))


def _make_date(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """From its text, which fails if there is no such day."""
    return sql.Cast(_day(arguments), "date")


def _day(arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    year, month, day = [sql.Cast(part, "string") for part in arguments[:3]]
    padded = [sql.call("lpad", part, sql.integer(2), sql.Text("0")) for part in (month, day)]
    full = sql.call("lpad", year, sql.integer(4), sql.Text("0"))
    return sql.Chain("||", (full, sql.Text("-"), padded[0], sql.Text("-"), padded[1]))


def _make_datetime(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """Of a text Flink would take hour 24 for the next day's first."""
    hour, minute, second = arguments[3:]
    zero = sql.integer(0)
    inside = sql.all_of(
        (
            sql.Between(hour, zero, sql.integer(23)),
            sql.Between(minute, zero, sql.integer(59)),
            sql.Between(second, zero, sql.integer(59)),
        )
    )
    hours = sql.Binary("*", hour, sql.integer(3600))
    seconds = sql.Binary("+", sql.Binary("+", hours, sql.Binary("*", minute, sql.integer(60))), second)
    there = [not_null(a) for a, given in zip(arguments[3:], call.arguments[3:]) if given.nullable]
    outside = sql.all_of((*there, sql.Unary("not", inside)))
    checked = sql.Case(((outside, fail("no time of a day", "int")),), seconds)
    day = sql.Cast(sql.Cast(_day(arguments), "date"), "timestamp(6)")
    made = sql.call("timestampadd", sql.Word("second"), checked, day)
    return made if isinstance(call.type, Datetime) else sql.Cast(made, "timestamp_ltz(6)")


def _at_zone(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    """Flink shifts texts between zones, to the second."""
    zone = constant(call.arguments[1])
    assert isinstance(zone, str)
    if zone in ("UTC", "Etc/UTC"):
        return sql.Cast(arguments[0], "timestamp(6)" if isinstance(call.type, Datetime) else "timestamp_ltz(6)")
    given, wanted = ("UTC", zone) if isinstance(call.type, Datetime) else (zone, "UTC")
    moment = sql.call("date_format", arguments[0], sql.Text("yyyy-MM-dd HH:mm:ss"))
    shifted = sql.call("convert_tz", moment, sql.Text(given), sql.Text(wanted))
    text = sql.Chain("||", (shifted, sql.call("date_format", arguments[0], sql.Text(".SSSSSS"))))
    return sql.Cast(text, "timestamp(6)" if isinstance(call.type, Datetime) else "timestamp_ltz(6)")


def _seconds(moment: sql.Expr) -> sql.Expr:
    """Since 1970; of a part of a second before it, Flink's own would be one too many."""
    return sql.Extract("epoch", sql.call("floor", _to(moment, "second")))


def _micros(moment: sql.Expr) -> sql.Expr:
    """Since 1970."""
    whole = sql.Binary("*", _seconds(moment), sql.integer(1_000_000))
    return sql.Binary("+", whole, sql.Cast(sql.call("date_format", moment, sql.Text("SSSSSS")), "int"))


def _unix_seconds(call: Call, arguments: tuple[sql.Expr, ...]) -> Said:
    return Said(_seconds(arguments[0]), BIGINT)


def _unix_millis(call: Call, arguments: tuple[sql.Expr, ...]) -> Said:
    whole = sql.Binary("*", _seconds(arguments[0]), sql.integer(1000))
    part = sql.Cast(sql.call("date_format", arguments[0], sql.Text("SSS")), "int")
    return Said(sql.Binary("+", whole, part), BIGINT)


def _unix_micros(call: Call, arguments: tuple[sql.Expr, ...]) -> Said:
    return Said(_micros(arguments[0]), BIGINT)


def _time_bucket(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """The start of the span of so many microseconds, counted from 1970, that a moment is in."""
    size = constant(call.arguments[0])
    if not isinstance(size, Duration) or size.months or size.micros <= 0 or len(arguments) > 2:
        raise Refused("time_bucket of months")
    micros, length = _micros(arguments[1]), sql.integer(size.micros)
    past = sql.call("mod", sql.Binary("+", sql.call("mod", micros, length), length), length)
    made = sql.call("to_timestamp_ltz", sql.Binary("-", micros, past), sql.integer(6))
    return made if isinstance(call.type, Timestamp) else sql.Cast(made, "timestamp(6)")


def _of_unix(precision: int) -> Scalar:
    def say(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
        made = sql.call("to_timestamp_ltz", arguments[0], sql.integer(precision))
        return Said(made, TIMESTAMP if precision == 6 else None)

    return say


def _interval(unit: str, times: int = 1) -> Scalar:
    def say(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
        count = arguments[0]
        if times != 1:
            count = sql.Binary("*", count, sql.integer(times))
        return sql.Binary("*", sql.Cast(count, "int"), sql.Word(f"interval '1' {unit}"))

    return say


def _milliseconds(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.Binary("*", sql.Cast(arguments[0], "int"), sql.Word("interval '0.001' second(1, 3)"))


def _unix_date(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.call("timestampdiff", sql.Word("day"), sql.Typed("date", "1970-01-01"), arguments[0])


def _date_from_unix(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.call("timestampadd", sql.Word("day"), arguments[0], sql.Typed("date", "1970-01-01"))


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def _name(part: str, names: tuple[str, ...]) -> Scalar:
    def say(call: Call, arguments: tuple[sql.Expr, ...]) -> Said:
        branches = tuple([(sql.integer(at), sql.Text(name)) for at, name in enumerate(names, 1)])
        return Said(sql.Case(branches, operand=sql.Extract(part, arguments[0])), None)

    return say


def _next_day(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    weekday = constant(call.arguments[1])
    assert isinstance(weekday, str)
    number = [name.lower() for name in _DAYS].index(weekday.lower()) + 1
    today = sql.Cast(sql.Extract("isodow", arguments[0]), "int")
    past = sql.Binary("-", sql.integer(number + 6), today)
    ahead = sql.Binary("+", sql.call("mod", past, sql.integer(7)), sql.integer(1))
    return sql.call("timestampadd", sql.Word("day"), ahead, arguments[0])


SCALARS: dict[str, Scalar] = {
    "extract": _extract,
    **{
        name: _part(name)
        for name in (
            "year", "quarter", "month", "week", "day", "hour", "minute", "second", "day_of_week", "day_of_year",
        )
    },
    "date_trunc": _date_trunc,
    "date_diff": _date_diff,
    "last_day": _last_day,
    "make_date": _make_date,
    "make_datetime": _make_datetime,
    "make_timestamp": _make_datetime,
    "to_datetime": _at_zone,
    "to_timestamp": _at_zone,
    "unix_seconds": _unix_seconds,
    "unix_millis": _unix_millis,
    "unix_micros": _unix_micros,
    "time_bucket": _time_bucket,
    "timestamp_seconds": _of_unix(0),
    "timestamp_millis": _of_unix(3),
    "timestamp_micros": _of_unix(6),
    "unix_date": _unix_date,
    "date_from_unix_date": _date_from_unix,
    "day_name": _name("isodow", _DAYS),
    "month_name": _name("month", _MONTHS),
    "next_day": _next_day,
    "interval_years": _interval("year"),
    "interval_quarters": _interval("month", 3),
    "interval_months": _interval("month"),
    "interval_weeks": _interval("day", 7),
    "interval_days": _interval("day"),
    "interval_hours": _interval("hour"),
    "interval_minutes": _interval("minute"),
    "interval_seconds": _interval("second"),
    "interval_milliseconds": _milliseconds,
}  # fmt: skip

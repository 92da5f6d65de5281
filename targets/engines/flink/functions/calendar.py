"""Functions of dates, times and spans of time. The session's time zone is UTC."""

from oftra.datatypes import BIGINT, DATE, DATETIME, TIMESTAMP, Date, Datetime, Timestamp
from oftra.ir.expr import Call
from oftra.targets.engines.flink.wording import Refused, Scalar, constant, only_if
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.said import Said

_PARTS = {"day_of_week": "isodow", "day_of_year": "doy", "iso_year": "isoyear"}
_OF_DAYS = frozenset({"year", "quarter", "month", "week", "day"})
_OF_TIME = frozenset({"hour", "minute", "second", "millisecond", "microsecond"})
_MONDAY = sql.Typed("date", "1970-01-05")


def _word(call: Call) -> str:
    part = constant(call.arguments[0])
    assert isinstance(part, str), f"{call.function} without a literal part"
    return part


def _taken(part: str, call: Call, moment: sql.Expr, type_: object) -> sql.Expr | Said:
    if part in _OF_TIME and isinstance(type_, Date):
        return (
            Said(sql.call("if", sql.Postfix(moment, "is not null"), sql.integer(0)), None)
            if False
            else Said(only_if(sql.Postfix(moment, "is not null"), sql.integer(0)), None)
        )
    return Said(sql.Extract(_PARTS.get(part, part), moment), BIGINT)


def _extract(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    return _taken(_word(call), call, arguments[1], call.arguments[1].type)


def _part(part: str) -> Scalar:
    return lambda call, arguments: _taken(part, call, arguments[0], call.arguments[0].type)


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
    return sql.call("floor", sql.Raw((moment, f" to {part}")))


def _start(part: str, day: sql.Expr) -> sql.Expr:
    if part == "week":
        past = sql.Binary("-", sql.Cast(sql.Extract("isodow", day), "int"), sql.integer(1))
        return sql.call("timestampadd", sql.Word("day"), sql.Unary("-", past), day)
    return sql.call("floor", sql.Raw((day, f" to {part}")))


def _date_diff(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    """Between dates; Flink counts what lies between moments in an integer that may be too small."""
    part = _word(call)
    first, last = arguments[1:]
    type_ = call.arguments[1].type
    if isinstance(type_, Date) and part in _OF_TIME:
        size = {"hour": 24, "minute": 1440, "second": 86400, "millisecond": 86400000, "microsecond": 86400000000}[part]
        days = sql.Cast(sql.call("timestampdiff", sql.Word("day"), first, last), "bigint")
        return Said(sql.Binary("*", days, sql.integer(size)), BIGINT)
    if part in ("millisecond", "microsecond") or not isinstance(type_, Date):
        raise Refused(f"date_diff of moments in {part}s")
    return Said(sql.Cast(sql.call("timestampdiff", sql.Word(part), first, last), "bigint"), BIGINT)


def _last_day(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    month = sql.call("floor", sql.Raw((arguments[0], " to month")))
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
    hour, minute, second = [
        sql.call("lpad", sql.Cast(part, "string"), sql.integer(2), sql.Text("0")) for part in arguments[3:]
    ]
    day = _day(arguments)
    assert isinstance(day, sql.Chain)
    text = sql.Chain("||", (*day.operands, sql.Text(" "), hour, sql.Text(":"), minute, sql.Text(":"), second))
    return sql.Cast(text, "timestamp(6)" if isinstance(call.type, Datetime) else "timestamp_ltz(6)")


def _at_zone(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    """Flink shifts texts between zones, to the second."""
    zone = constant(call.arguments[1])
    assert isinstance(zone, str)
    if zone in ("UTC", "Etc/UTC"):
        return sql.Cast(arguments[0], "timestamp(6)" if isinstance(call.type, Datetime) else "timestamp_ltz(6)")
    given, wanted = ("UTC", zone) if isinstance(call.type, Datetime) else (zone, "UTC")
    moment = sql.call("date_format", arguments[0], sql.Text("yyyy-MM-dd HH:mm:ss"))
    shifted = sql.Cast(sql.call("convert_tz", moment, sql.Text(given), sql.Text(wanted)), "timestamp(6)")
    rest = sql.Extract("microsecond", arguments[0])
    del rest
    raise (
        Refused(f"{call.function} of another zone than UTC")
        if shifted is None
        else Refused(f"{call.function} of another zone than UTC")
    )


def _unix_seconds(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    return Said(sql.Extract("epoch", arguments[0]), BIGINT)


def _unix(unit: str, size: int) -> Scalar:
    def say(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
        (moment,) = arguments
        whole = sql.Binary("*", sql.Extract("epoch", moment), sql.integer(size))
        return Said(sql.Binary("+", whole, sql.Extract(unit, moment)), BIGINT)

    return say


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
    "unix_millis": _unix("millisecond", 1_000),
    "unix_micros": _unix("microsecond", 1_000_000),
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
_ = (DATE, DATETIME, _OF_DAYS, _MONDAY)

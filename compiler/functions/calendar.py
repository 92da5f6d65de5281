"""Functions of dates, times and spans of time. All times are UTC unless a zone is named; weeks are ISO's."""

from functools import partial

from oftra.functions.model import Example, Function

_time = partial(Function, kind="scalar", area="time")

_TRUNCATED = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
_PARTS = (*_TRUNCATED, "day_of_week", "day_of_year", "iso_year", "millisecond", "microsecond")

_PART_SIGNATURES = ("(moment date) -> int", "(moment datetime) -> int", "(moment timestamp) -> int")


def _part(name: str, doc: str, *examples: Example, also: tuple[str, ...] = ()) -> Function:
    return _time(name=name, doc=doc, signatures=_PART_SIGNATURES, examples=examples, also=also)


PARTS = (
    _time(
        name="extract",
        doc="A part of a date or time as a number; `millisecond` and `microsecond` are those within the second.",
        signatures=(
            "(part constant word, moment date) -> int",
            "(part constant word, moment datetime) -> int",
            "(part constant word, moment timestamp) -> int",
        ),
        words=_PARTS,
        operator="extract",
        also=("date_part", "datepart"),
        examples=(
            Example("extract(year from date '2026-01-31')", "2026"),
            Example("extract(day_of_week from date '2026-02-01')", "7"),
            Example("extract(week from date '2027-01-01')", "53"),
            Example("extract(iso_year from date '2027-01-01')", "2026"),
            Example("extract(hour from date '2026-01-31')", "0"),
            Example("extract(second from timestamp '2026-01-31 10:11:12.345678Z')", "12"),
            Example("extract(millisecond from timestamp '2026-01-31 10:11:12.345678Z')", "345"),
            Example("extract(microsecond from datetime '2026-01-31 10:11:12.345678')", "345678"),
            Example("extract(year from cast(null as date))", "cast(null as int)"),
        ),
    ),
    _part("year", "The year.", Example("year(date '2026-01-31')", "2026"), Example("year(date '0099-01-01')", "99")),
    _part("quarter", "The quarter of the year, 1 to 4.", Example("quarter(date '2026-04-01')", "2")),
    _part("month", "The month, 1 to 12.", Example("month(datetime '2026-12-31 23:59:59')", "12")),
    _part(
        "week",
        "The ISO week of the year, 1 to 53: week 1 holds the year's first Thursday.",
        Example("week(date '2026-01-01')", "1"),
        Example("week(date '2027-01-03')", "53"),
        also=("weekofyear", "week_of_year"),
    ),
    _part(
        "day",
        "The day of the month, 1 to 31.",
        Example("day(timestamp '2026-01-31 23:59:59Z')", "31"),
        also=("dayofmonth", "day_of_month"),
    ),
    _part(
        "day_of_week",
        "The day of the week, from 1 for Monday to 7 for Sunday.",
        Example("day_of_week(date '2026-02-01')", "7"),
        Example("day_of_week(date '2026-02-02')", "1"),
        also=("isodow",),
    ),
    _part(
        "day_of_year",
        "The day of the year, 1 to 366.",
        Example("day_of_year(date '2024-12-31')", "366"),
        also=("dayofyear", "doy"),
    ),
    _part(
        "hour",
        "The hour, 0 to 23.",
        Example("hour(timestamp '2026-01-31 23:59:59Z')", "23"),
        Example("hour(date '2026-01-31')", "0"),
    ),
    _part("minute", "The minute, 0 to 59.", Example("minute(timestamp '2026-01-31 23:59:58Z')", "59")),
    _part("second", "The whole second, 0 to 59.", Example("second(datetime '2026-01-31 23:59:58.9')", "58")),
)

STEPS = (
    _time(
        name="date_trunc",
        doc="The start of the year, quarter, month, week, day, hour, minute or second that a moment lies in.",
        signatures=(
            "(part constant word, moment date) -> date",
            "(part constant word, moment datetime) -> datetime",
            "(part constant word, moment timestamp) -> timestamp",
        ),
        words=_TRUNCATED,
        examples=(
            Example("date_trunc('month', date '2026-01-31')", "date '2026-01-01'"),
            Example("date_trunc('week', date '2026-02-01')", "date '2026-01-26'"),
            Example("date_trunc('hour', date '2026-01-31')", "date '2026-01-31'"),
            Example("date_trunc('quarter', datetime '2026-06-30 10:00:00')", "datetime '2026-04-01 00:00:00'"),
            Example("date_trunc('hour', timestamp '2026-01-31 10:59:59Z')", "timestamp '2026-01-31 10:00:00Z'"),
            Example("date_trunc('day', timestamp '1969-12-31 23:00:00Z')", "timestamp '1969-12-31 00:00:00Z'"),
            Example("date_trunc('day', cast(null as date))", "cast(null as date)"),
        ),
    ),
    _time(
        name="date_diff",
        doc="How many whole parts fit between two moments, negative if the second is the earlier one; a month "
        "is whole on the day "
        "that `+ interval 1 month` leads to.",
        signatures=(
            "(part constant word, from date, to date) -> bigint",
            "(part constant word, from datetime, to datetime) -> bigint",
            "(part constant word, from timestamp, to timestamp) -> bigint",
        ),
        words=(*_TRUNCATED, "millisecond", "microsecond"),
        also=("timestampdiff", "datesub"),
        examples=(
            Example("date_diff('day', '2026-01-31', date '2026-02-01')", "cast(1 as bigint)"),
            Example("date_diff('month', date '2026-01-31', date '2026-02-01')", "cast(0 as bigint)"),
            Example("date_diff('month', date '2026-01-15', date '2026-03-15')", "cast(2 as bigint)"),
            Example("date_diff('month', date '2026-03-15', date '2026-01-16')", "cast(-1 as bigint)"),
            Example("date_diff('month', date '2024-02-29', date '2023-12-31')", "cast(-2 as bigint)"),
            Example("date_diff('year', date '2024-02-29', date '2025-02-28')", "cast(1 as bigint)"),
            Example("date_diff('week', date '2026-01-01', date '2026-01-08')", "cast(1 as bigint)"),
            Example("date_diff('hour', date '2026-01-01', date '2026-01-02')", "cast(24 as bigint)"),
            Example(
                "date_diff('day', timestamp '2026-01-01 12:00:00Z', timestamp '2026-01-02 11:59:59Z')",
                "cast(0 as bigint)",
            ),
            Example(
                "date_diff('minute', timestamp '2026-01-01 00:01:00Z', timestamp '2026-01-01 00:00:01Z')",
                "cast(0 as bigint)",
            ),
        ),
    ),
    _time(
        name="last_day",
        doc="The last day of the month that a date lies in.",
        signatures=("(day date) -> date",),
        also=("eomonth", "end_of_month"),
        examples=(
            Example("last_day(date '2024-02-01')", "date '2024-02-29'"),
            Example("last_day(date '2026-12-31')", "date '2026-12-31'"),
        ),
    ),
    _time(
        name="make_date",
        doc="The date of this year, month and day; a run fails where there is none.",
        signatures=("(year int, month int, day int) -> date",),
        also=("date_from_parts", "datefromparts"),
        examples=(
            Example("make_date(2026, 2, 30)", "error"),
            Example("make_date(2026, 1, 31)", "date '2026-01-31'"),
            Example("make_date(2026, cast(null as int), 31)", "cast(null as date)"),
        ),
    ),
)

ZONES = (
    _time(
        name="to_datetime",
        doc="What a clock in the zone shows at this instant.",
        signatures=("(instant timestamp, zone constant string) -> datetime",),
        also=("from_utc_timestamp",),
        examples=(
            Example(
                "to_datetime(timestamp '2026-01-31 12:00:00Z', 'America/New_York')", "datetime '2026-01-31 07:00:00'"
            ),
            Example("to_datetime(timestamp '2026-07-31 12:00:00Z', 'UTC')", "datetime '2026-07-31 12:00:00'"),
        ),
    ),
    _time(
        name="to_timestamp",
        doc="The instant at which a clock in the zone shows this.",
        signatures=("(reading datetime, zone constant string) -> timestamp",),
        also=("to_utc_timestamp",),
        examples=(
            Example(
                "to_timestamp(datetime '2026-07-31 12:00:00', 'Europe/Berlin')", "timestamp '2026-07-31 10:00:00Z'"
            ),
            Example("to_timestamp(cast(null as datetime), 'UTC')", "cast(null as timestamp)"),
        ),
    ),
    _time(
        name="unix_seconds",
        doc="Whole seconds since the start of 1970 (rounded down).",
        signatures=("(instant timestamp) -> bigint",),
        also=("unix_timestamp", "epoch", "to_unix_timestamp"),
        examples=(
            Example("unix_seconds(timestamp '1970-01-01 00:01:00.9Z')", "cast(60 as bigint)"),
            Example("unix_seconds(timestamp '1969-12-31 23:59:59.5Z')", "cast(-1 as bigint)"),
        ),
    ),
    _time(
        name="unix_millis",
        doc="Whole milliseconds since the start of 1970 (rounded down).",
        signatures=("(instant timestamp) -> bigint",),
        also=("epoch_ms",),
        examples=(
            Example("unix_millis(timestamp '1970-01-01 00:00:01.0019Z')", "cast(1001 as bigint)"),
            Example("unix_millis(timestamp '1969-12-31 23:59:59.9995Z')", "cast(-1 as bigint)"),
        ),
    ),
    _time(
        name="unix_micros",
        doc="Microseconds since the start of 1970.",
        signatures=("(instant timestamp) -> bigint",),
        also=("epoch_us",),
        examples=(Example("unix_micros(timestamp '1969-12-31 23:59:59Z')", "cast(-1000000 as bigint)"),),
    ),
    _time(
        name="timestamp_seconds",
        doc="The instant so many seconds after the start of 1970.",
        signatures=("(seconds bigint) -> timestamp",),
        examples=(
            Example("timestamp_seconds(60)", "timestamp '1970-01-01 00:01:00Z'"),
            Example("timestamp_seconds(-1)", "timestamp '1969-12-31 23:59:59Z'"),
        ),
    ),
    _time(
        name="timestamp_millis",
        doc="The instant so many milliseconds after the start of 1970.",
        signatures=("(milliseconds bigint) -> timestamp",),
        examples=(Example("timestamp_millis(-1)", "timestamp '1969-12-31 23:59:59.999Z'"),),
    ),
    _time(
        name="timestamp_micros",
        doc="The instant so many microseconds after the start of 1970.",
        signatures=("(microseconds bigint) -> timestamp",),
        examples=(Example("timestamp_micros(1)", "timestamp '1970-01-01 00:00:00.000001Z'"),),
    ),
)

FORMAT = (
    "`%Y` year, `%m` month, `%d` day, `%H` hour, `%M` minute, `%S` second, `%f` microseconds, `%j` day of year, "
    "`%%` a percent sign"
)

TEXTS = (
    _time(
        name="format_time",
        doc=f"A date or time as text in this form: {FORMAT}.",
        signatures=(
            "(moment date, form constant format) -> string",
            "(moment datetime, form constant format) -> string",
            "(moment timestamp, form constant format) -> string",
        ),
        also=("strftime", "date_format", "format_date", "format_timestamp", "format_datetime"),
        examples=(
            Example("format_time(date '2026-01-05', '%d.%m.%Y')", "'05.01.2026'"),
            Example("format_time(timestamp '2026-01-05 07:08:09Z', '%H:%M:%S.%f')", "'07:08:09.000000'"),
            Example("format_time(date '2026-02-01', '%Y-%j, 100%%')", "'2026-032, 100%'"),
        ),
    ),
    _time(
        name="parse_date",
        doc=f"The date that the text holds in this form; a run fails where it holds none. Each number has "
        f"all its digits: {FORMAT}.",
        signatures=("(text string, form constant format) -> date",),
        also=("to_date", "str_to_date"),
        examples=(
            Example("parse_date('05.01.2026', '%d.%m.%Y')", "date '2026-01-05'"),
            Example("parse_date('31.02.2026', '%d.%m.%Y')", "error"),
            Example("parse_date('5.1.2026', '%d.%m.%Y')", "error"),
            Example("parse_date(cast(null as string), '%Y')", "cast(null as date)"),
        ),
    ),
    _time(
        name="parse_datetime",
        doc=f"The wall-clock reading that the text holds in this form; a run fails where it holds none. Each number "
        f"has all its digits: {FORMAT}.",
        signatures=("(text string, form constant format) -> datetime",),
        also=("strptime",),
        examples=(
            Example("parse_datetime('2026-01-05 07.08.09', '%Y-%m-%d %H.%M.%S')", "datetime '2026-01-05 07:08:09'"),
        ),
    ),
    _time(
        name="parse_timestamp",
        doc=f"The instant that the text holds, in UTC, in this form; a run fails where it holds none. Each number has "
        f"all its digits: {FORMAT}.",
        signatures=("(text string, form constant format) -> timestamp",),
        examples=(Example("parse_timestamp('20260105T0708', '%Y%m%dT%H%M')", "timestamp '2026-01-05 07:08:00Z'"),),
    ),
)


def _interval(unit: str, kind: str, example: Example) -> Function:
    return _time(
        name=f"interval_{unit}",
        doc=f"An interval of so many {unit}: what `interval (n) {unit}` means.",
        signatures=(f"(count bigint) -> {kind}",),
        examples=(example,),
    )


INTERVALS = (
    _interval("years", "interval month", Example("date '2024-02-29' + interval_years(1)", "date '2025-02-28'")),
    _interval("quarters", "interval month", Example("date '2026-01-31' + interval_quarters(1)", "date '2026-04-30'")),
    _interval("months", "interval month", Example("date '2026-01-31' + interval_months(-1)", "date '2025-12-31'")),
    _interval("weeks", "interval day", Example("date '2026-01-31' + interval_weeks(2)", "date '2026-02-14'")),
    _interval("days", "interval day", Example("date '2026-01-31' + interval_days(1 + 1)", "date '2026-02-02'")),
    _interval(
        "hours",
        "interval",
        Example("timestamp '2026-01-31 23:00:00Z' + interval_hours(2)", "timestamp '2026-02-01 01:00:00Z'"),
    ),
    _interval(
        "minutes",
        "interval",
        Example("timestamp '2026-01-31 23:00:00Z' - interval_minutes(1)", "timestamp '2026-01-31 22:59:00Z'"),
    ),
    _interval(
        "seconds",
        "interval",
        Example("datetime '2026-01-31 23:00:00' + interval_seconds(90)", "datetime '2026-01-31 23:01:30'"),
    ),
    _interval(
        "milliseconds",
        "interval",
        Example("datetime '2026-01-31 23:00:00' + interval_milliseconds(5)", "datetime '2026-01-31 23:00:00.005'"),
    ),
    _interval(
        "microseconds",
        "interval",
        Example("datetime '2026-01-31 23:00:00' + interval_microseconds(5)", "datetime '2026-01-31 23:00:00.000005'"),
    ),
)

FUNCTIONS = PARTS + STEPS + ZONES + TEXTS + INTERVALS

"""More functions of dates and times: made of parts, found, stepped through, named, and read where they may be wrong."""

from functools import partial

from oftra.functions.calendar import FORMAT
from oftra.functions.model import Example, Function

_time = partial(Function, kind="scalar", area="time")

_NO_DATE = "cast(null as date)"
_NO_TEXT = "cast(null as string)"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PARTS = "year int, month int, day int, hour int, minute int, second int"

MADE = (
    _time(
        name="make_datetime",
        doc="The wall-clock reading of these parts; a run fails where there is none.",
        signatures=(f"({_PARTS}) -> datetime",),
        also=("make_timestamp_ntz", "datetime_from_parts"),
        examples=(
            Example("make_datetime(2026, 1, 31, 10, 30, 59)", "datetime '2026-01-31 10:30:59'"),
            Example("make_datetime(2026, 2, 30, 0, 0, 0)", "error"),
            Example("make_datetime(2026, 1, 31, 24, 0, 0)", "error"),
            Example("make_datetime(2026, 1, 31, 10, 60, 0)", "error"),
            Example("make_datetime(2026, 1, 31, cast(null as int), 0, 0)", "cast(null as datetime)"),
        ),
    ),
    _time(
        name="make_timestamp",
        doc="The instant of these parts in UTC; a run fails where there is none.",
        signatures=(f"({_PARTS}) -> timestamp",),
        also=("make_timestamp_ltz", "make_timestamptz", "timestamp_from_parts"),
        examples=(
            Example("make_timestamp(2026, 1, 31, 10, 30, 59)", "timestamp '2026-01-31 10:30:59Z'"),
            Example("make_timestamp(2026, 13, 1, 0, 0, 0)", "error"),
            Example("make_timestamp(2026, 1, cast(null as int), 0, 0, 0)", "cast(null as timestamp)"),
        ),
    ),
    _time(
        name="unix_date",
        doc="Days since the start of 1970.",
        signatures=("(day date) -> int",),
        examples=(
            Example("unix_date(date '1970-01-02')", "1"),
            Example("unix_date(date '1969-12-31')", "-1"),
            Example(f"unix_date({_NO_DATE})", "cast(null as int)"),
        ),
    ),
    _time(
        name="date_from_unix_date",
        doc="The date so many days after the start of 1970.",
        signatures=("(days int) -> date",),
        also=("from_unix_date",),
        examples=(
            Example("date_from_unix_date(1)", "date '1970-01-02'"),
            Example("date_from_unix_date(-1)", "date '1969-12-31'"),
            Example("date_from_unix_date(cast(null as int))", _NO_DATE),
        ),
    ),
)

FOUND = (
    _time(
        name="day_name",
        doc="The English name of the day of the week.",
        signatures=("(moment date) -> string", "(moment datetime) -> string", "(moment timestamp) -> string"),
        also=("dayname", "weekday_name"),
        examples=(
            Example("day_name(date '2026-02-01')", "'Sunday'"),
            Example("day_name(timestamp '2026-02-02 23:59:59Z')", "'Monday'"),
            Example(f"day_name({_NO_DATE})", _NO_TEXT),
        ),
    ),
    _time(
        name="month_name",
        doc="The English name of the month.",
        signatures=("(moment date) -> string", "(moment datetime) -> string", "(moment timestamp) -> string"),
        also=("monthname",),
        examples=(
            Example("month_name(date '2026-02-01')", "'February'"),
            Example("month_name(datetime '2026-12-31 23:59:59')", "'December'"),
            Example(f"month_name({_NO_DATE})", _NO_TEXT),
        ),
    ),
    _time(
        name="next_day",
        doc="The first date after this one that is such a day of the week.",
        signatures=("(day date, weekday constant word) -> date",),
        words=_DAYS,
        examples=(
            Example("next_day(date '2026-02-01', 'monday')", "date '2026-02-02'"),
            Example("next_day(date '2026-02-02', 'monday')", "date '2026-02-09'"),
            Example("next_day(date '2026-02-02', 'sunday')", "date '2026-02-08'"),
            Example(f"next_day({_NO_DATE}, 'friday')", _NO_DATE),
        ),
    ),
    _time(
        name="time_bucket",
        doc="The start of the span of time of this size that a moment lies in, where spans follow each other since the "
        "start of 1970.",
        signatures=(
            "(size constant interval, moment datetime) -> datetime",
            "(size constant interval, moment timestamp) -> timestamp",
        ),
        also=("date_bin", "timestamp_bucket", "datetime_bucket", "time_slice"),
        examples=(
            Example(
                "time_bucket(interval 15 minutes, timestamp '2026-01-31 10:59:59Z')", "timestamp '2026-01-31 10:45:00Z'"
            ),
            Example("time_bucket(interval 7 hours, datetime '1970-01-01 08:00:00')", "datetime '1970-01-01 07:00:00'"),
            Example(
                "time_bucket(interval 1 day, timestamp '1969-12-31 10:00:00Z')", "timestamp '1969-12-31 00:00:00Z'"
            ),
            Example("time_bucket(interval 1 hour, cast(null as timestamp))", "cast(null as timestamp)"),
        ),
    ),
)

STEPS = (
    _time(
        name="date_sequence",
        doc="The dates from `first` to `last`, a step apart, each counted from the first; empty if `last` lies the "
        "other way.",
        signatures=(
            "(first date, last date, step constant interval day) -> array<date>",
            "(first date, last date, step constant interval month) -> array<date>",
        ),
        also=("generate_date_array", "date_range", "generate_dates"),
        examples=(
            Example(
                "date_sequence(date '2026-01-31', date '2026-02-02', interval 1 day)",
                "[date '2026-01-31', date '2026-02-01', date '2026-02-02']",
            ),
            Example(
                "date_sequence(date '2026-01-31', date '2026-04-29', interval 1 month)",
                "[date '2026-01-31', date '2026-02-28', date '2026-03-31']",
            ),
            Example("date_sequence(date '2026-02-02', date '2026-02-01', interval 1 day)", "cast([] as array<date>)"),
            Example(f"date_sequence(date '2026-02-02', {_NO_DATE}, interval 1 day)", "cast(null as array<date>)"),
        ),
    ),
    _time(
        name="timestamp_sequence",
        doc="The instants from `first` to `last`, a step apart; empty if `last` lies the other way.",
        signatures=("(first timestamp, last timestamp, step constant interval) -> array<timestamp>",),
        also=("generate_timestamp_array", "generate_timestamps"),
        examples=(
            Example(
                "timestamp_sequence('2026-01-31 23:00:00Z', timestamp '2026-02-01 00:30:00Z', interval 1 hour)",
                "[timestamp '2026-01-31 23:00:00Z', timestamp '2026-02-01 00:00:00Z']",
            ),
            Example(
                "size(timestamp_sequence('2026-02-01 00:00:00Z', timestamp '2026-01-31 00:00:00Z', interval 1 day))",
                "0",
            ),
            Example(
                "timestamp_sequence(timestamp '2026-02-01 00:00:00Z', cast(null as timestamp), interval 1 day)",
                "cast(null as array<timestamp>)",
            ),
        ),
    ),
)


def _read(type_: str, what: str, *examples: Example) -> Function:
    return _time(
        name=f"try_parse_{type_}",
        doc=f"{what} that the text holds in this form, as `parse_{type_}` reads it; null where it holds "
        f"none. {FORMAT}.",
        signatures=(f"(text string, form constant format) -> {type_}",),
        nulls="always",
        also={
            "date": ("safe_parse_date", "try_to_date"),
            "timestamp": ("safe_parse_timestamp", "try_to_timestamp"),
        }.get(type_, ("try_strptime",)),
        examples=examples,
    )


READ = (
    _read(
        "date",
        "The date",
        Example("try_parse_date('05.01.2026', '%d.%m.%Y')", "date '2026-01-05'"),
        Example("try_parse_date('31.02.2026', '%d.%m.%Y')", _NO_DATE),
        Example("try_parse_date('5.1.2026', '%d.%m.%Y')", _NO_DATE),
        Example("try_parse_date('soon', '%Y')", _NO_DATE),
    ),
    _read(
        "datetime",
        "The wall-clock reading",
        Example("try_parse_datetime('2026-01-05 07.08', '%Y-%m-%d %H.%M')", "datetime '2026-01-05 07:08:00'"),
        Example("try_parse_datetime('2026-01-05 25.08', '%Y-%m-%d %H.%M')", "cast(null as datetime)"),
        Example("try_parse_datetime(' 2026-01-05 07.08', '%Y-%m-%d %H.%M')", "cast(null as datetime)"),
    ),
    _read(
        "timestamp",
        "The instant, in UTC,",
        Example("try_parse_timestamp('20260105T0708', '%Y%m%dT%H%M')", "timestamp '2026-01-05 07:08:00Z'"),
        Example("try_parse_timestamp('20260105', '%Y%m%dT%H%M')", "cast(null as timestamp)"),
        Example(
            "try_parse_timestamp('2026-01-05 07:08:09.120000', '%Y-%m-%d %H:%M:%S.%f')",
            "timestamp '2026-01-05 07:08:09.12Z'",
        ),
    ),
)

FUNCTIONS = MADE + FOUND + STEPS + READ

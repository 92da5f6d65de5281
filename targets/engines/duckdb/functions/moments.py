"""More functions of dates and times. The session's time zone is UTC. `time_bucket` is what windows of time are made of:
`windows_of_time` says it."""

import re

from oftra.datatypes import Date, Timestamp
from oftra.ir.expr import Call, Duration, Expr, Literal
from oftra.targets.engines.duckdb.functions.entries import constant, named
from oftra.targets.engines.duckdb.functions.names import unused
from oftra.targets.engines.duckdb.wording import Scalar
from oftra.targets.sql import tree as sql

_EPOCH = sql.Typed("date", "1970-01-01")
_DIGITS = {
    "%Y": "[0-9]{4}", "%m": "[0-9]{2}", "%d": "[0-9]{2}", "%H": "[0-9]{2}", "%M": "[0-9]{2}", "%S": "[0-9]{2}",
    "%f": "[0-9]{6}", "%j": "[0-9]{3}", "%%": "%",
}  # fmt: skip
_CODES = re.compile("|".join(_DIGITS))
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")


def _made(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """DuckDB takes hour 24 for the next day's first."""
    made: sql.Expr = sql.Function("make_timestamp", arguments)
    if isinstance(call.type, Timestamp):
        made = sql.Cast(made, "timestamptz")
    hour = constant(call.arguments[3])
    if isinstance(hour, int) and hour < 24:
        return made
    late = sql.Binary(">", arguments[3], sql.integer(23))
    return sql.Case(((late, sql.call("error", sql.Text("a day has no such hour"))),), made)


def _unix_date(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.Cast(sql.Binary("-", arguments[0], _EPOCH), "integer")


def _date_from_unix_date(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.Binary("+", _EPOCH, arguments[0])


def _next_day(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """A day more than what is missing, of a week at most, to the day before."""
    day = arguments[0]
    weekday = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday").index(
        str(constant(call.arguments[1]))
    )
    missing = sql.Binary("%", sql.Binary("-", sql.integer(weekday + 7), sql.call("isodow", day)), sql.integer(7))
    return sql.Binary("+", day, sql.Binary("+", sql.Cast(missing, "integer"), sql.integer(1)))


def _sequence(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """By months each is counted from the first: DuckDB would go on from the one before."""
    first, last, _ = arguments
    months = _months(call.arguments[2])
    if not months:
        made = sql.Function("generate_series", arguments)
        return sql.Cast(made, "date[]") if isinstance(call.arguments[0].type, Date) else made
    at = unused("month", first, last)
    whole = sql.Binary("//", sql.call("date_sub", sql.Text("month"), first, last), sql.integer(months))
    steps = sql.call("generate_series", sql.integer(0), whole)
    reached = sql.Binary("+", first, sql.call("to_months", sql.Binary("*", sql.column(at), sql.integer(months))))
    return sql.call("list_transform", steps, sql.Lambda((at,), sql.Cast(reached, "date")))


def _months(step: Expr) -> int:
    match step:
        case Literal(Duration(months, _)):
            return months
        case _:
            return 0


def exactly(text: sql.Expr, form: object) -> sql.Expr:
    """`text` if it has this form, each number with all its digits; '' if not: DuckDB would read fewer digits too."""
    assert isinstance(form, str)
    made: list[str] = []
    at = 0
    for code in _CODES.finditer(form):
        made += [_plain(form[at : code.start()]), _DIGITS[code.group()]]
        at = code.end()
    made.append(_plain(form[at:]))
    return sql.call("regexp_extract", text, sql.Text(f"^{''.join(made)}$"))


def _plain(text: str) -> str:
    return _SPECIAL.sub(lambda found: "\\" + found.group(), text)


def _parse(name: str, type_: str = "") -> Scalar:
    """A function that reads text by a form. What has another form is read as '', which is nothing."""

    def say(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
        text, form = arguments
        made = sql.call(name, exactly(text, constant(call.arguments[1])), form)
        return sql.Cast(made, type_) if type_ else made

    return say


SCALARS: dict[str, Scalar] = {
    "make_datetime": _made,
    "make_timestamp": _made,
    "unix_date": _unix_date,
    "date_from_unix_date": _date_from_unix_date,
    "day_name": named("dayname"),
    "month_name": named("monthname"),
    "next_day": _next_day,
    "date_sequence": _sequence,
    "timestamp_sequence": _sequence,
    "parse_date": _parse("strptime", "date"),
    "parse_datetime": _parse("strptime"),
    "parse_timestamp": _parse("strptime", "timestamptz"),
    "try_parse_date": _parse("try_strptime", "date"),
    "try_parse_datetime": _parse("try_strptime"),
    "try_parse_timestamp": _parse("try_strptime", "timestamptz"),
}

"""More functions of dates and times. The session's time zone is UTC."""

from oftra.datatypes import Datetime, Timestamp
from oftra.ir.expr import Duration
from oftra.targets.engines.spark.datatypes import type_name
from oftra.targets.engines.spark.functions.calendar import java_form
from oftra.targets.engines.spark.functions.entries import by_name, known, named
from oftra.targets.engines.spark.wording import Arguments, Asked, Scalar, cast, text, when
from oftra.targets.python import tree as py


def _made(name: str) -> Scalar:
    """Not every PySpark has a method for it that takes columns alone."""

    def say(asked: Asked, arguments: Arguments) -> py.Expr:
        return by_name(name, *[argument.argument for argument in arguments])

    return say


def _formatted(form: str) -> Scalar:
    return lambda asked, arguments: py.call("F.date_format", arguments[0].argument, py.String(form))


def _next_day(asked: Asked, arguments: Arguments) -> py.Expr:
    weekday = known(asked, 1)
    assert isinstance(weekday, str)
    return py.call("F.next_day", arguments[0].argument, py.String(weekday))


def _time_bucket(asked: Asked, arguments: Arguments) -> py.Expr:
    """A moment less what has gone by of its span, both in microseconds."""
    size, moment = known(asked, 0), arguments[1]
    assert isinstance(size, Duration)
    is_instant = isinstance(asked.call.type, Timestamp)
    micros = py.call("F.unix_micros", moment.argument if is_instant else cast(moment.expr, "timestamp"))
    gone = py.call("F.pmod", micros, py.call("F.lit", py.number(size.micros)))
    made = py.call("F.timestamp_micros", py.Binary("-", micros, gone))
    return made if is_instant else cast(made, "timestamp_ntz")


def _sequence(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark refuses a step that leads away."""
    first, last, step = arguments
    there = py.Compare("<=", first.expr, last.expr)
    made = when(there, py.call("F.sequence", first.argument, last.argument, step.expr))
    empty = cast(py.call("F.array"), type_name(asked.call.type))
    return py.method(made, "when", py.Compare(">", first.expr, last.expr), empty)


def _try_parse(asked: Asked, arguments: Arguments) -> py.Expr:
    form = known(asked, 1)
    assert isinstance(form, str)
    made = py.call("F.try_to_timestamp", arguments[0].argument, text(java_form(form)))
    match asked.call.type:
        case Timestamp():
            return made
        case Datetime():
            return cast(made, "timestamp_ntz")
        case _:
            return cast(made, "date")


SCALARS: dict[str, Scalar] = {
    "make_datetime": _made("make_timestamp_ntz"),
    "make_timestamp": _made("make_timestamp"),
    "unix_date": named("unix_date"),
    "date_from_unix_date": named("date_from_unix_date"),
    "day_name": _formatted("EEEE"),
    "month_name": _formatted("MMMM"),
    "next_day": _next_day,
    "time_bucket": _time_bucket,
    "date_sequence": _sequence,
    "timestamp_sequence": _sequence,
    "try_parse_date": _try_parse,
    "try_parse_datetime": _try_parse,
    "try_parse_timestamp": _try_parse,
}

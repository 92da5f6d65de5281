"""Functions over a window alone."""

from oftra.datatypes import INT, Array, DataType, Interval, Map, Struct
from oftra.ir.expr import WindowCall
from oftra.targets.engines.spark.datatypes import type_name
from oftra.targets.engines.spark.functions.entries import by_name, known_number
from oftra.targets.engines.spark.wording import Aggregate, Arguments, Asked, Said, cast
from oftra.targets.python import tree as py


def _rank(name: str, type_: DataType | None = None) -> Aggregate:
    def say(asked: Asked, arguments: Arguments) -> py.Expr | Said:
        made = py.call(f"F.{name}")
        return made if type_ is None else Said(made, type_)

    return say


def _ntile(asked: Asked, arguments: Arguments) -> Said:
    return Said(py.call("F.ntile", arguments[0].beside), INT)


def _neighbour(name: str) -> Aggregate:
    """`lag` and `lead`. Leaving out nulls, it is the last of those collected before, or the first of those after."""

    def say(asked: Asked, arguments: Arguments) -> py.Expr:
        value, *rest = arguments
        call = asked.call
        if isinstance(call, WindowCall) and call.ignore_nulls:
            return _there(name, asked, arguments)
        if rest[1:] and (value.bare is not None or isinstance(call.type, Array | Map | Struct)):
            # What stands in for a missing row is brought to the type of a bare number, and of a composite that Spark
            # knows to hold no null, though this may.
            value = Said(cast(value.expr, type_name(call.type)), call.type)
        if rest[1:] and isinstance(call.type, Interval):
            # A constant is of months, or of hours, alone; Spark wants the whole type here.
            rest[1] = Said(cast(rest[1].expr, type_name(call.type)), call.type)
        if rest[1:] and rest[1].bare is None:
            # What PySpark takes for want of a row is a plain value.
            return by_name(name, *[argument.argument for argument in (value, *rest)])
        more = [argument.beside for argument in rest]
        return py.call(f"F.{name}", value.argument, *more)

    return say


def _there(name: str, asked: Asked, arguments: Arguments) -> py.Expr:
    offset = known_number(asked, 1) or 1
    value = arguments[0].argument
    if offset == 1:
        near = "last" if name == "lag" else "first"
        found: py.Expr = py.call(f"F.{near}", value, py.Keyword("ignorenulls", py.TRUE))
    else:
        place = -offset if name == "lag" else offset
        there = py.call("F.collect_list", value)
        found = py.call("F.try_element_at", there, py.call("F.lit", py.number(place)))
    return found if len(arguments) < 3 else py.call("F.coalesce", found, arguments[2].expr)


def _end(name: str) -> Aggregate:
    def say(asked: Asked, arguments: Arguments) -> py.Expr:
        call = asked.call
        ignoring = isinstance(call, WindowCall) and call.ignore_nulls
        more = (py.Keyword("ignorenulls", py.TRUE),) if ignoring else ()
        return py.call(f"F.{name}", arguments[0].argument, *more)

    return say


def _nth_value(asked: Asked, arguments: Arguments) -> py.Expr:
    call = asked.call
    ignoring = isinstance(call, WindowCall) and call.ignore_nulls
    more = (py.Keyword("ignoreNulls", py.TRUE),) if ignoring else ()
    return py.call("F.nth_value", arguments[0].argument, py.number(known_number(asked, 1) or 1), *more)


AGGREGATES: dict[str, Aggregate] = {
    "row_number": _rank("row_number", INT),
    "rank": _rank("rank", INT),
    "dense_rank": _rank("dense_rank", INT),
    "percent_rank": _rank("percent_rank"),
    "cume_dist": _rank("cume_dist"),
    "ntile": _ntile,
    "lag": _neighbour("lag"),
    "lead": _neighbour("lead"),
    "first_value": _end("first"),
    "last_value": _end("last"),
    "nth_value": _nth_value,
}

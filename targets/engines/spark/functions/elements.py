"""More functions of arrays."""

from oftra.datatypes import Integer
from oftra.ir.expr import Expr
from oftra.targets.engines.spark.datatypes import type_name
from oftra.targets.engines.spark.functions.entries import known_number, named, with_value
from oftra.targets.engines.spark.wording import Arguments, Asked, Said, Scalar, cast
from oftra.targets.python import tree as py


def _with_column(name: str) -> Scalar:
    return lambda asked, arguments: py.call(f"F.{name}", arguments[0].argument, arguments[1].expr)


def _array_repeat(asked: Asked, arguments: Arguments) -> py.Expr:
    count = known_number(asked, 1)
    times = py.number(count) if count is not None else arguments[1].expr
    return py.call("F.array_repeat", _of_its_type(arguments[0], asked.call.arguments[0]), times)


def _of_its_type(said: Said, argument: Expr) -> py.Expr:
    """A value whose type decides the result's: a bare whole number is an int to Spark."""
    match argument.type:
        case Integer(bits) if bits != 32 and said.bare is not None:
            return cast(said.expr, type_name(argument.type))
        case _:
            return said.argument


def _arrays_overlap(asked: Asked, arguments: Arguments) -> py.Expr:
    """Null where no element is common but one is null, to Spark."""
    return py.call("F.arrays_overlap", *[py.call("F.array_compact", one.argument) for one in arguments])


def _array_sum(asked: Asked, arguments: Arguments) -> py.Expr:
    wanted = type_name(asked.call.type)
    total, element = py.Name("total"), py.Name("x")
    more = py.call("F.coalesce", py.Binary("+", total, element), element)
    add = py.Lambda(("total", "x"), cast(more, wanted))
    there = py.call("F.array_compact", arguments[0].argument)
    return py.call("F.aggregate", there, cast(py.call("F.lit", py.NONE), wanted), add)


def _reduce(asked: Asked, arguments: Arguments) -> py.Expr:
    items, start, by = arguments
    return py.call("F.aggregate", items.argument, _of_its_type(start, asked.call.arguments[1]), by.expr)


def _zip_with(asked: Asked, arguments: Arguments) -> py.Expr:
    left, right, by = arguments
    return py.call("F.zip_with", left.argument, right.argument, by.expr)


SCALARS: dict[str, Scalar] = {
    "array_append": _with_column("array_append"),
    "array_prepend": _with_column("array_prepend"),
    "array_remove": lambda asked, arguments: with_value(asked, "array_remove", *arguments),
    "array_compact": named("array_compact"),
    "array_repeat": _array_repeat,
    "array_union": named("array_union"),
    "array_intersect": named("array_intersect"),
    "array_except": named("array_except"),
    "arrays_overlap": _arrays_overlap,
    "array_sum": _array_sum,
    "reduce": _reduce,
    "zip_with": _zip_with,
}

"""Functions of arrays and maps."""

from oftra.datatypes import BIGINT
from oftra.targets.engines.spark.datatypes import type_name
from oftra.targets.engines.spark.functions.entries import at_least, known, known_number, named, with_value
from oftra.targets.engines.spark.wording import Arguments, Asked, Said, Scalar, cast, when, whole
from oftra.targets.python import tree as py


def _array_contains(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark's own is null where the array holds null."""
    return py.Compare(">", _position(asked, arguments), py.number(0))


def _position(asked: Asked, arguments: Arguments) -> py.Expr:
    return with_value(asked, "array_position", *arguments)


def _array_position(asked: Asked, arguments: Arguments) -> Said:
    return Said(_position(asked, arguments), BIGINT)


def _array_join(asked: Asked, arguments: Arguments) -> py.Expr:
    separator = known(asked, 1)
    assert isinstance(separator, str)
    return py.call("F.array_join", arguments[0].argument, py.String(separator))


def _array_sort(asked: Asked, arguments: Arguments) -> py.Expr:
    descends = (py.Keyword("asc", py.FALSE),) if known(asked, 1) == "desc" else ()
    return py.call("F.sort_array", arguments[0].argument, *descends)


def _slice(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark counts a negative start from the end, and refuses 0 and a negative count."""
    items, start, count = arguments
    at, size = known_number(asked, 1), known_number(asked, 2)
    if at is not None and size is not None:
        left = size if at >= 1 else at + size - 1
        return py.call("F.slice", items.argument, py.number(max(at, 1)), py.number(max(left, 0)))
    first = at_least(1, start, asked.call.arguments[1])
    if at is not None and at >= 1:
        return py.call("F.slice", items.argument, py.number(at), at_least(0, count, asked.call.arguments[2]))
    kept = py.Binary("-", py.Binary("+", start.expr, count.expr), first)
    # A count that is null stays null.
    return py.call("F.slice", items.argument, first, when(py.Compare("<", kept, py.number(0)), py.number(0), kept))


def _flatten(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark's own is null where an inner array is."""
    return py.call("F.flatten", py.call("F.array_compact", arguments[0].argument))


def _sequence(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark goes down by itself, and refuses a step that leads away."""
    first, last, *step = arguments
    empty = cast(py.call("F.array"), type_name(asked.call.type))
    by = known_number(asked, 2) if step else 1
    start, end = known_number(asked, 0), known_number(asked, 1)
    steps = (step[0].argument,) if step else (whole(1),)
    made = py.call("F.sequence", first.argument, last.argument, *steps)
    if by is not None and start is not None and end is not None:
        return made if (end - start) * by >= 0 else empty
    if by is not None:
        there = py.Compare("<=" if by > 0 else ">=", first.expr, last.beside)
        beyond = py.Compare(">" if by > 0 else "<", first.expr, last.beside)
    else:
        way = py.Binary("*", py.Binary("-", last.expr, first.expr), step[0].expr)
        there, beyond = py.Compare(">=", way, py.number(0)), py.Compare("<", way, py.number(0))
    return py.method(when(there, made), "when", beyond, empty)


def _match(name: str) -> Scalar:
    """Whether a condition is true: to Spark null is neither."""

    def say(asked: Asked, arguments: Arguments) -> py.Expr:
        items, condition = arguments
        function = condition.expr
        if asked.call.arguments[1].nullable and isinstance(function, py.Lambda):
            function = py.Lambda(function.parameters, py.method(function.body, "eqNullSafe", py.TRUE))
        return py.call(f"F.{name}", items.argument, function)

    return say


def _with_function(name: str) -> Scalar:
    return lambda asked, arguments: py.call(f"F.{name}", arguments[0].argument, arguments[1].expr)


SCALARS: dict[str, Scalar] = {
    "size": named("size"),
    "array_contains": _array_contains,
    "array_position": _array_position,
    "array_sort": _array_sort,
    "array_reverse": named("reverse"),
    "array_distinct": named("array_distinct"),
    "array_min": named("array_min"),
    "array_max": named("array_max"),
    "array_join": _array_join,
    "slice": _slice,
    "flatten": _flatten,
    "sequence": _sequence,
    "transform": _with_function("transform"),
    "filter": _with_function("filter"),
    "any_match": _match("exists"),
    "all_match": _match("forall"),
    "map_keys": named("map_keys"),
    "map_values": named("map_values"),
    "map_contains_key": lambda asked, arguments: with_value(asked, "map_contains_key", *arguments),
}

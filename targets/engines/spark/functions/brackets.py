"""Operators of text, bits, and the brackets of collections."""

from oftra.datatypes import BIGINT, Integer, Map
from oftra.targets.engines.spark.functions.entries import by_name, known_number, named, type_of
from oftra.targets.engines.spark.wording import Arguments, Asked, Said, Scalar, when
from oftra.targets.python import tree as py

_FARTHEST = 2**31 - 1
"""A place where no array has an item."""


def _concat(asked: Asked, arguments: Arguments) -> py.Expr:
    """What is put together already is put together with the rest."""
    parts: list[py.Expr | py.Keyword | py.Starred] = []
    for argument in arguments:
        match argument.expr:
            case py.Call(py.Attribute(py.Name("F"), "concat"), inner):
                parts += inner
            case _:
                parts.append(argument.argument)
    return py.call("F.concat", *parts)


def _bits(operator: str) -> Scalar:
    def say(asked: Asked, arguments: Arguments) -> py.Expr:
        left, right = arguments
        return py.method(left.expr, f"bitwise{operator}", right.beside)

    return say


def _shift_left(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark drops the bits that move out: what comes back by moving down again tells whether one did."""
    moved = by_name("shiftleft", arguments[0].argument, arguments[1].argument)
    back = by_name("shiftright", moved, arguments[1].argument)
    lost = py.call("F.raise_error", py.call("F.lit", py.String("a bit was shifted out")))
    return py.method(
        when(py.Compare("==", back, arguments[0].beside), moved), "when", py.method(back, "isNotNull"), lost
    )


def _element(asked: Asked, arguments: Arguments) -> py.Expr:
    """Null where there is none, as Spark's `get` counts it, from 0."""
    items, index = arguments
    if isinstance(type_of(asked), Map):
        return py.Subscript(items.expr, (index.beside,))
    place = known_number(asked, 1)
    if place is not None:
        return py.call("F.get", items.argument, py.number(place - 1 if abs(place) < _FARTHEST else _FARTHEST))
    at: py.Expr = py.Binary("-", index.expr, py.number(1))
    if asked.call.arguments[1].type == BIGINT and asked.has((4, 0)):
        # Spark takes an int. Where none is that far, nothing is there.
        at = py.method(at, "try_cast", py.String("int"))
    return py.call("F.get", items.argument, at)


def _array(asked: Asked, arguments: Arguments) -> py.Expr | Said:
    made = py.call("F.array", *[argument.argument for argument in arguments])
    return made if arguments else Said(made, None)


def _map(asked: Asked, arguments: Arguments) -> py.Expr | Said:
    made = py.call("F.create_map", *[argument.argument for argument in arguments])
    return made if arguments else Said(made, None)


def _narrow(scalar: Scalar) -> Scalar:
    """Of small integers Spark makes an int."""

    def say(asked: Asked, arguments: Arguments) -> py.Expr | Said:
        said = scalar(asked, arguments)
        match asked.call.type:
            case Integer(8 | 16) if not isinstance(said, Said):
                return Said(said, None)
            case _:
                return said

    return say


SCALARS: dict[str, Scalar] = {
    "concat": _concat,
    "bit_and": _bits("AND"),
    "bit_or": _bits("OR"),
    "bit_xor": _bits("XOR"),
    "bit_not": named("bitwise_not"),
    "shift_left": _narrow(_shift_left),
    "shift_right": _narrow(
        lambda asked, arguments: by_name("shiftright", arguments[0].argument, arguments[1].argument)
    ),
    "element": _element,
    "array": _array,
    "map": _map,
}

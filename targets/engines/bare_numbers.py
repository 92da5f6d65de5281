"""Constants that an engine takes for another type: whole numbers, each for as narrow as its value is, and null."""

from oftra.datatypes import INT, Array, Integer
from oftra.ir.expr import AggregateCall, Call, Cast, Expr, Literal, WindowCall

BY_WIDTH = frozenset({
    "bit_count", "shift_left", "shift_right", "shift_right_unsigned", "map", "map_agg",
})  # fmt: skip
"""Functions that ask how wide each number is, or hold it inside of what they make: no number is bare to them."""


def decide_type(call: Call | AggregateCall | WindowCall) -> bool:
    """Whether bare numbers alone decide the type of a call's result, which then may be another than the call's."""
    type_ = call.type
    while isinstance(type_, Array):
        type_ = type_.element
    if type_ == INT or not isinstance(type_, Integer):
        return False
    deciding = [argument for argument in call.arguments if argument.type == type_]
    return bool(deciding) and all(_is_bare(argument) for argument in deciding)


def is_of_null(call: Call) -> bool:
    """Whether a call is of null first of all: to an engine the result may be of no type then."""
    match call.arguments:
        case (Literal(None) | Cast(Literal(None)), *_):
            return True
        case _:
            return False


def _is_bare(expr: Expr) -> bool:
    match expr:
        case Literal(int()) | Cast(Literal(int()), implicit=True):
            return True
        case _:
            return False

"""Whole numbers that stand in a program: an engine takes each for as narrow as its value is, whatever its type."""

from oftra.datatypes import INT, Integer
from oftra.ir.expr import AggregateCall, Call, Cast, Expr, Literal, WindowCall


def decide_type(call: Call | AggregateCall | WindowCall) -> bool:
    """Whether bare numbers alone decide the type of a call's result, which then may be another than the call's."""
    if call.type == INT or not isinstance(call.type, Integer):
        return False
    deciding = [argument for argument in call.arguments if argument.type == call.type]
    return bool(deciding) and all(_is_bare(argument) for argument in deciding)


def _is_bare(expr: Expr) -> bool:
    match expr:
        case Literal(int()) | Cast(Literal(int()), implicit=True):
            return True
        case _:
            return False

"""Operands brought to a type, and written beside each other."""

from oftra.datatypes import DataType, Decimal, Double, Integer
from oftra.targets.engines.spark.datatypes import meeting, sort_of, type_name
from oftra.targets.engines.spark.wording import Arguments, Said, cast
from oftra.targets.python import tree as py


def settle(said: Said, wanted: DataType) -> py.Expr:
    """A Column of exactly the type `wanted`."""
    if said.type is not None and sort_of(said.type) == sort_of(wanted):
        return said.expr
    return cast(said.expr, type_name(wanted))


def settled(said: Said, wanted: DataType) -> Said:
    """The same, said as it is if it has that type."""
    if said.type is not None and sort_of(said.type) == sort_of(wanted):
        return said
    return Said(settle(said, wanted), wanted)


def settle_together(operands: Arguments, wanted: DataType) -> Arguments:
    """Operands that Spark brings to `wanted` by itself: as few of them converted as that takes."""
    if _come_to(operands, wanted):
        return operands
    for at, operand in enumerate(operands):
        if operand.type != wanted:
            operands = (*operands[:at], settled(operand, wanted), *operands[at + 1 :])
            if _come_to(operands, wanted):
                return operands
    return operands


def _come_to(operands: Arguments, wanted: DataType) -> bool:
    found = operands[0].type
    for operand in operands[1:]:
        found = meeting(found, operand.type)
    return found is not None and sort_of(found) == sort_of(wanted)


def binary(operator: py.BinaryOperator, left: Said, right: Said) -> py.Expr:
    """An operator between two operands, one of them at least a Column."""
    # A plain number may stand on the left; Python would ask any other value what it makes of a Column.
    first = number(left) if isinstance(left.type, Integer | Decimal | Double) and right.bare is None else left.expr
    return py.Binary(operator, first, number(right))


def number(said: Said) -> py.Expr:
    """An operand: beside a decimal Spark takes a whole number for a decimal of its own digits."""
    match said.bare:
        case py.Call(py.Name("Decimal"), (py.String(digits),)) if "." not in digits:
            return py.number(int(digits))
        case _:
            return said.beside

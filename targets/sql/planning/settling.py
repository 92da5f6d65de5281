"""Operands that an engine brings to one type by itself: as few of them converted as that takes."""

from collections.abc import Callable
from typing import TypeAlias

from oftra.datatypes import DataType
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.engine import Meeting, is_number
from oftra.targets.sql.planning.said import Said

Operands: TypeAlias = tuple[Said, ...]
"""What stands on the sides of an operator, without the conversions that nobody wrote."""

Settle: TypeAlias = Callable[[Said, DataType], sql.Expr]


def settled_together(operands: Operands, wanted: DataType, meeting: Meeting, settle: Settle) -> Operands:
    """Operands that come to `wanted` by themselves.

    One of them must have that type already, and be no bare number: an engine fits that to what stands beside it.
    """
    if _come_to(operands, wanted, meeting):
        return operands
    for at, (expr, type_) in enumerate(operands):
        if type_ != wanted and not is_number(expr):
            operands = (*operands[:at], Said(settle(operands[at], wanted), wanted), *operands[at + 1 :])
            if _come_to(operands, wanted, meeting):
                return operands
    return tuple([Said(settle(operand, wanted), wanted) for operand in operands])


def _come_to(operands: Operands, wanted: DataType, meeting: Meeting) -> bool:
    found = operands[0].type
    for operand in operands[1:]:
        found = meeting(found, operand.type)
    if found != wanted:
        return False
    anchored = any(type_ == wanted and not is_number(expr) for expr, type_ in operands)
    return anchored or all(type_ == wanted for _, type_ in operands)

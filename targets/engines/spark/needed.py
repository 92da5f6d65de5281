"""Which columns something uses, and what of a relation nothing above it can see."""

from oftra.ir.columns import free_columns
from oftra.ir.expr import Column, Expr, Literal
from oftra.ir.rel import Rel, Sort
from oftra.ir.walk import children

FEW = 3
"""So many columns that nothing needs any more are let be, or dropped by name."""

Needed = frozenset[int]
"""The columns, by id, that something above still uses."""


def uses(*exprs: Expr) -> Needed:
    """The columns that `exprs` use."""
    found: set[int] = set()
    for expr in exprs:
        found |= free_columns(expr)
    return frozenset(found)


def references(expr: Expr) -> list[int]:
    """The ids of the columns that `expr` uses, as often as it does."""
    found: list[int] = []
    waiting: list[Expr] = [expr]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Column):
            found.append(part.id)
        elif not isinstance(part, Literal):
            waiting.extend(children(part))
    return found


def all_of(rel: Rel) -> Needed:
    """All columns of `rel`."""
    return frozenset([column.id for column in rel.columns])


def unsorted(rel: Rel) -> Rel:
    """`rel` in no order: what is above keeps none."""
    while isinstance(rel, Sort):
        rel = rel.source
    return rel

"""The rules for expressions, done to every expression of a relation in one walk."""

from collections.abc import Callable
from typing import TypeAlias

from oftra.ir.expr import Column, Expr, Literal
from oftra.ir.rel import Rel
from oftra.ir.walk import bottom_up, map_children, map_exprs
from oftra.optimize.fold_constants import fold_constants
from oftra.optimize.notes import Rewritten, note
from oftra.optimize.simplify_case import simplify_case
from oftra.optimize.simplify_logic import simplify_logic
from oftra.optimize.simplify_nulls import simplify_nulls

Rule: TypeAlias = Callable[[Expr], Expr]

RULES: tuple[Rule, ...] = (simplify_nulls, fold_constants, simplify_logic, simplify_case)
"""Each looks at one expression whose parts are as simple as they get."""


def simplify_expr(expr: Expr) -> Expr:
    """Every rule, done to every part of `expr` from the inside out; not inside queries."""
    if isinstance(expr, Column | Literal):
        return expr
    expr = map_children(expr, simplify_expr)
    for rule in RULES:
        before, expr = expr, rule(expr)
        if expr is not before:
            note(Rewritten, before, expr)
    return expr


def simplify(rel: Rel) -> Rel:
    """Every rule, done to every expression of `rel`; queries inside expressions are relations of their own."""
    return bottom_up(rel, lambda part: map_exprs(part, simplify_expr))

"""`case` and `if` whose way is known."""

from oftra.datatypes import BOOLEAN
from oftra.ir.expr import Call, Case, Expr, Literal
from oftra.optimize.fold_constants import is_constant


def simplify_case(expr: Expr) -> Expr:
    """case when true then x => x;   branches of false or null go;   case when c then true else false => c"""
    match expr:
        case Case():
            return _simplify(expr)
        case Call("if", (condition, then, *rest)) if isinstance(condition, Literal):
            if condition.value is True:
                return then if then.type == expr.type else expr
            if not rest:
                return Literal(None, expr.type, span=expr.span)
            return rest[0] if rest[0].type == expr.type else expr
        case _:
            return expr


def _simplify(case: Case) -> Expr:
    branches = list[tuple[Expr, Expr]]()
    otherwise = case.otherwise
    for condition, value in case.branches:
        if is_constant(condition, False) or (isinstance(condition, Literal) and condition.value is None):
            continue
        if is_constant(condition, True):
            otherwise = value
            break
        branches.append((condition, value))
    if not branches:
        return otherwise if otherwise.type == case.type else case
    if len(branches) == 1 and case.type == BOOLEAN:
        condition, value = branches[0]
        if is_constant(value, True) and is_constant(otherwise, False) and not condition.nullable:
            return condition
    if len(branches) == len(case.branches) and otherwise is case.otherwise:
        return case
    nullable = otherwise.nullable or any(value.nullable for _, value in branches)
    return Case(tuple(branches), otherwise, case.type, nullable and case.nullable, span=case.span)

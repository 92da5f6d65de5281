"""Questions about null that the types answer already."""

from oftra.datatypes import BOOLEAN
from oftra.ir.expr import Call, Expr, Literal
from oftra.optimize.fold_constants import is_constant
from oftra.optimize.simplify_logic import negation


def simplify_nulls(expr: Expr) -> Expr:
    """is_null(x) => false, coalesce(x, y) => x, x is distinct from y => x <> y, where neither x nor y can be null"""
    if not isinstance(expr, Call):
        return expr
    match expr.function:
        case "is_null" if not expr.arguments[0].nullable:
            return Literal(False, BOOLEAN, span=expr.span)
        case "coalesce":
            return _simplify_coalesce(expr)
        case "is_distinct" | "is_not_distinct":
            return _simplify_distinct(expr)
        case _:
            return expr


def _simplify_coalesce(call: Call) -> Expr:
    kept = list[Expr]()
    for argument in call.arguments:
        if isinstance(argument, Literal) and argument.value is None:
            continue
        kept.append(argument)
        if not argument.nullable:
            break
    if len(kept) == len(call.arguments) > 1:
        return call
    if not kept:
        return Literal(None, call.type, span=call.span)
    if len(kept) == 1:
        return kept[0] if kept[0].type == call.type else call
    return Call("coalesce", tuple(kept), call.type, kept[-1].nullable and call.nullable, span=call.span)


def _simplify_distinct(call: Call) -> Expr:
    left, right = call.arguments
    distinct = call.function == "is_distinct"
    if not left.nullable and not right.nullable:
        return Call("not_equal" if distinct else "equal", call.arguments, BOOLEAN, False, span=call.span)
    for constant, other in ((left, right), (right, left)):
        if is_constant(constant, None):
            is_null = simplify_nulls(Call("is_null", (other,), BOOLEAN, False, span=call.span))
            return negation(is_null) if distinct else is_null
    return call

"""`and`, `or` and `not` with less in them, in three-valued logic."""

from oftra.datatypes import BOOLEAN, Array, Boolean, Json, Map, Struct
from oftra.ir.expr import Call, Expr, Literal
from oftra.optimize.fold_constants import is_constant

OPPOSITE = {
    "equal": "not_equal",
    "not_equal": "equal",
    "less": "greater_equal",
    "greater_equal": "less",
    "greater": "less_equal",
    "less_equal": "greater",
}
"""The comparison that is true where one is false, and null where it is null. NaN sorts, so that order has no gap."""

MOST_COMPARED = 8
"""So many conditions are compared with each other to leave out what is said twice."""


def simplify_logic(expr: Expr) -> Expr:
    """x and true => x;  x and false => false;  x and x => x;  not not x => x;  not a < b => a >= b;  x = true => x"""
    if not isinstance(expr, Call) or not isinstance(expr.type, Boolean):
        return expr
    match expr.function:
        case "and" | "or":
            return _simplify_junction(expr)
        case "not":
            return _simplify_not(expr)
        case "equal" | "not_equal":
            return _simplify_equal(expr)
        case "is_true" if not expr.arguments[0].nullable:
            return expr.arguments[0]
        case "is_false" if not expr.arguments[0].nullable:
            return negation(expr.arguments[0])
        case _:
            return expr


def junction(function: str, parts: list[Expr]) -> Expr:
    """`and` or `or` of the parts; of none what that means, of one the part itself."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return Literal(function == "and", BOOLEAN)
    nullable = any(part.nullable for part in parts)
    return Call(function, tuple(parts), BOOLEAN, nullable, span=parts[0].span.to(parts[-1].span))


def conjunction(parts: list[Expr]) -> Expr:
    """`parts`, all of which must be true."""
    return _simplify_junction(junction("and", parts))


def negation(expr: Expr) -> Expr:
    """`not expr`, said as simply as can be."""
    return _simplify_not(Call("not", (expr,), BOOLEAN, expr.nullable, span=expr.span))


def _simplify_junction(call: Expr) -> Expr:
    if not isinstance(call, Call) or call.function not in ("and", "or"):
        return call
    parts = list[Expr]()
    changed = _gather(call, call.function, parts)
    absorbing = call.function == "or"
    kept = list[Expr]()
    for part in parts:
        if isinstance(part, Literal):
            if is_constant(part, absorbing):
                return Literal(absorbing, BOOLEAN, span=call.span)
            if is_constant(part, not absorbing):
                changed = True
                continue
        if len(kept) < MOST_COMPARED and part in kept:
            changed = True
            continue
        kept.append(part)
    if not changed:
        return call
    return junction(call.function, kept) if len(kept) != 1 or kept[0].type == BOOLEAN else call


def _gather(call: Call, function: str, parts: list[Expr]) -> bool:
    """Add to `parts` what `call` joins, however deep; whether anything was deep."""
    deep = False
    for argument in call.arguments:
        if isinstance(argument, Call) and argument.function == function:
            _gather(argument, function, parts)
            deep = True
        else:
            parts.append(argument)
    return deep


def _simplify_not(call: Call) -> Expr:
    inner = call.arguments[0]
    if not isinstance(inner, Call):
        return call
    if inner.function == "not":
        return inner.arguments[0]
    opposite = OPPOSITE.get(inner.function)
    # Inside nested values a null would make both sides null, or not, by the engine.
    if opposite is None or isinstance(inner.arguments[0].type, Array | Map | Struct | Json):
        return call
    return Call(opposite, inner.arguments, BOOLEAN, inner.nullable, span=call.span)


def _simplify_equal(call: Call) -> Expr:
    left, right = call.arguments
    for constant, other in ((left, right), (right, left)):
        if isinstance(constant, Literal) and isinstance(constant.value, bool) and other.type == BOOLEAN:
            return other if constant.value == (call.function == "equal") else negation(other)
    return call

"""Whether a call's result may be null."""

from oftra.functions.model import Function
from oftra.ir.expr import Cast, Expr, Literal


def nullable(function: Function, arguments: tuple[Expr, ...], may_be_empty: bool = True) -> bool:
    """Whether a call of `function` may give null.

    For an aggregate or a window function, `may_be_empty` tells that it may see no row at all: no keys, or a filter,
    or a frame that can leave out the current row.
    """
    if function.may_be_null is not None:
        return function.may_be_null(arguments)
    match function.nulls:
        case "never":
            return False
        case "always":
            return True
        case "strict" | "any":
            return any(argument.nullable for argument in arguments)
        case "all":
            return all(argument.nullable for argument in arguments)
        case "empty":
            return may_be_empty or any(argument.nullable for argument in arguments)


def unless_divisor_known(arguments: tuple[Expr, ...]) -> bool:
    """Of a division: null by zero, so null unless the divisor is a literal other than zero."""
    return arguments[0].nullable or _may_be_zero(arguments[1])


def of_second_or_third(arguments: tuple[Expr, ...]) -> bool:
    """Of `if`: the condition's null counts as false."""
    return any(argument.nullable for argument in arguments[1:]) or len(arguments) < 3


def of_first(arguments: tuple[Expr, ...]) -> bool:
    """Null if the first argument is: nulls among the others are left out."""
    return arguments[0].nullable


def of_second(arguments: tuple[Expr, ...]) -> bool:
    """Null if the second argument is; the first may be null and is kept so."""
    return arguments[1].nullable


def unless_default(arguments: tuple[Expr, ...]) -> bool:
    """Of `lag` and `lead`: the first argument's null, or the default's where there is no such row."""
    return arguments[0].nullable or len(arguments) < 3 or arguments[2].nullable


def _may_be_zero(divisor: Expr) -> bool:
    match divisor:
        case Literal(value):
            return not isinstance(value, str | bytes) and not value
        case Cast(operand, implicit=True):
            return _may_be_zero(operand)
        case _:
            return True

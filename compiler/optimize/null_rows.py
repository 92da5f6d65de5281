"""Which columns can't be null where a condition is true, or where a value is there."""

from oftra.functions import lookup
from oftra.ir.expr import Call, Cast, Column, Expr, FieldOf, Literal

NOTHING: frozenset[int] = frozenset()


def present_if_true(condition: Expr) -> frozenset[int]:
    """The columns that are not null in every row for which `condition` is true."""
    match condition:
        case Column() | Cast() | FieldOf():
            return present_if_there(condition)
        case Call("and", arguments):
            return NOTHING.union(*map(present_if_true, arguments))
        case Call("or", (first, *others)):
            return present_if_true(first).intersection(*map(present_if_true, others))
        case Call("not", (Call("is_null", (operand,)),)):
            return present_if_there(operand)
        case Call("not", (Call("or", arguments),)):
            return NOTHING.union(*[present_if_there(argument) for argument in arguments])
        case Call("is_true" | "is_false", (operand,)):
            return present_if_there(operand)
        case Call("between" | "in", (operand, *_)):
            return present_if_there(operand)
        case Call("is_not_distinct", (one, Literal(value)) | (Literal(value), one)) if value is not None:
            return present_if_there(one)
        case Call():
            return present_if_there(condition)
        case _:
            return NOTHING


def present_if_there(value: Expr) -> frozenset[int]:
    """The columns that are not null in every row for which `value` is not null."""
    match value:
        case Column(id_):
            return frozenset((id_,))
        case Cast(operand) | FieldOf(operand):
            return present_if_there(operand)
        case Call(name, arguments):
            if name == "between" or name == "in":
                return present_if_there(arguments[0])
            function = lookup(name)
            if function is None or function.nulls != "strict" or function.may_be_null is not None:
                return NOTHING
            return NOTHING.union(*map(present_if_there, arguments))
        case _:
            return NOTHING

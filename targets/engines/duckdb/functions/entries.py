"""What the entries of this folder are made with."""

from oftra.datatypes import DataType
from oftra.ir.expr import Call, Cast, Expr, Literal
from oftra.targets.engines.duckdb.wording import Said, Scalar
from oftra.targets.sql import tree as sql


def named(name: str, type_: DataType | None = None) -> Scalar:
    """A function that DuckDB has under this name; `type_` is the result's if it is not that of the registry."""
    if type_ is None:
        return lambda call, arguments: sql.Function(name, arguments)
    return lambda call, arguments: Said(sql.Function(name, arguments), type_)


def constant(expr: Expr) -> object:
    """The value of a literal; None if it is none."""
    match expr:
        case Literal(value):
            return value
        case Cast(operand, implicit=True):
            return constant(operand)
        case _:
            return None


def at_least(least: int, value: sql.Expr, argument: Expr) -> sql.Expr:
    """`value`, the SQL of `argument`, or `least` if that is more; null stays null."""
    match constant(argument):
        case int() as known:
            return sql.integer(max(known, least))
        case _ if not argument.nullable:
            return sql.call("greatest", value, sql.integer(least))
        case _:
            below = sql.Binary("<", value, sql.integer(least))
            return sql.Case(((below, sql.integer(least)),), value)


def only_if(condition: sql.Expr, value: sql.Expr) -> sql.Expr:
    """`value` where the condition is true, else null."""
    return sql.Case(((condition, value),))


def type_of(call: Call) -> DataType:
    """The type of a call's first argument."""
    return call.arguments[0].type

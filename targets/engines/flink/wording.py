"""How a function of the language is said in Flink SQL: the shape of an entry of the tables in `functions/`.

An entry gets its arguments as SQL of exactly the Flink type of their Oftra type, and gives SQL of the Flink type of the
call's; where Flink gives another type of the same values it returns `Said` with that type, or with None. What Flink
can't say it raises as `Refused`.
"""

from collections.abc import Callable
from typing import TypeAlias

from oftra.datatypes import DataType
from oftra.ir.expr import AggregateCall, Call, Cast, Expr, Literal, WindowCall
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.said import Said

Scalar: TypeAlias = Callable[[Call, tuple[sql.Expr, ...]], "sql.Expr | Said"]

Make: TypeAlias = Callable[[sql.Function], sql.Expr]
"""Gives a function what its call has besides arguments: distinct, filter, over."""

Aggregate: TypeAlias = Callable[[AggregateCall | WindowCall, tuple[sql.Expr, ...], Make], "sql.Expr | Said"]


class Refused(Exception):
    """Flink has no words for a call; the message says for what of it."""


def named(name: str, type_: DataType | None = None) -> Scalar:
    """A function that Flink has under this name; `type_` is the result's if it is not that of the registry."""
    if type_ is None:
        return lambda call, arguments: sql.Function(name, arguments)
    return lambda call, arguments: Said(sql.Function(name, arguments), type_)


def refused(what: str) -> Scalar:
    """A function that Flink lacks."""

    def say(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
        raise Refused(what)

    return say


def constant(expr: Expr) -> object:
    """The value of a literal; None if it is none."""
    match expr:
        case Literal(value):
            return value
        case Cast(operand, implicit=True):
            return constant(operand)
        case _:
            return None


def only_if(condition: sql.Expr, value: sql.Expr) -> sql.Expr:
    """`value` where the condition is true, else null."""
    return sql.Case(((condition, value),))


def not_null(value: sql.Expr) -> sql.Expr:
    """`value is not null`."""
    return sql.Postfix(value, "is not null")


def is_nan(value: sql.Expr) -> sql.Expr:
    """Told by its text: Flink compares as IEEE does, and takes `x = x` for true."""
    return sql.Binary("=", sql.Cast(value, "string"), sql.Text("NaN"))


def is_number(value: sql.Expr) -> sql.Expr:
    """Whether a double is not NaN."""
    return sql.Binary("<>", sql.Cast(value, "string"), sql.Text("NaN"))


def fail(message: str, type_: str) -> sql.Expr:
    """What stops the run where it is computed: Flink has no function for that, but a cast of a text that fails."""
    return sql.Cast(sql.Text(message), type_)


def clamped(least: int, value: sql.Expr, argument: Expr) -> sql.Expr:
    """`value`, the SQL of `argument`, or `least` if that is more; null stays null, as Flink's `greatest` has it."""
    match constant(argument):
        case bool():
            return value
        case int() as known:
            return sql.integer(max(known, least))
        case _:
            return sql.call("greatest", value, sql.integer(least))

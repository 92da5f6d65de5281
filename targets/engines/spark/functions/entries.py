"""What the entries of this folder are made with."""

from oftra.datatypes import Array, DataType, Interval
from oftra.ir.expr import Cast, Expr, Literal
from oftra.targets.engines.spark.datatypes import type_name
from oftra.targets.engines.spark.wording import Arguments, Asked, Said, Scalar, cast, whole
from oftra.targets.python import tree as py


def named(name: str, type_: DataType | None = None) -> Scalar:
    """A function that PySpark has under this name; `type_` is the result's if it is not that of the registry."""

    def say(asked: Asked, arguments: Arguments) -> py.Expr | Said:
        made = py.call(f"F.{name}", *[argument.argument for argument in arguments])
        return made if type_ is None else Said(made, type_)

    return say


def by_name(name: str, *arguments: py.Expr) -> py.Expr:
    """A function that PySpark has no method for, or one that takes less than Spark does."""
    return py.call("F.call_function", py.String(name), *arguments)


def with_value(asked: Asked, name: str, items: Said, value: Said) -> py.Expr:
    """A function of a collection and a value, for which PySpark takes a Column from 4.0 on only."""
    collection, one, takes_columns = items.argument, value.expr, asked.has((4, 0))
    match asked.call.arguments[0].type:
        case Array(Interval() as element) as held:
            # Days and hours are of two types to Spark.
            collection, one = cast(items.expr, type_name(held)), cast(value.expr, type_name(element))
        case _ if value.bare is not None or takes_columns:
            return py.call(f"F.{name}", collection, value.beside)
        case _:
            pass
    return py.call(f"F.{name}", collection, one) if takes_columns else by_name(name, collection, one)


def constant(expr: Expr) -> object:
    """The value of a literal; None if it is none."""
    match expr:
        case Literal(value):
            return value
        case Cast(operand, implicit=True):
            return constant(operand)
        case _:
            return None


def known(asked: Asked, at: int) -> object:
    """The value of a call's argument if it is a literal; None if there is none, or it is none."""
    return constant(asked.call.arguments[at]) if at < len(asked.call.arguments) else None


def known_number(asked: Asked, at: int) -> int | None:
    """The value of a call's argument if it is a whole number that stands there."""
    value = known(asked, at)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def at_least(least: int, said: Said, argument: Expr) -> py.Expr:
    """The value, or `least` if that is more; null stays null."""
    value = constant(argument)
    if isinstance(value, int):
        return whole(max(value, least))
    if not argument.nullable:
        return py.call("F.greatest", said.argument, whole(least))
    return py.method(
        py.call("F.when", py.Compare("<", said.expr, py.number(least)), py.number(least)), "otherwise", said.expr
    )


def type_of(asked: Asked) -> DataType:
    """The type of a call's first argument."""
    return asked.call.arguments[0].type

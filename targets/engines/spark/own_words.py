"""Functions in Spark's own words: `F.expr` of their text, with columns and constants in its holes.

What else is given to them is made a column of its own before: `withColumn`, and its name in the text.
"""

import re

from oftra.datatypes import Double, Float, widens
from oftra.ir.columns import free_columns
from oftra.ir.expr import (
    AggregateCall,
    Call,
    Case,
    Cast,
    Column,
    Expr,
    FieldOf,
    Foreign,
    Lambda,
    Literal,
    Runtime,
    WindowCall,
)
from oftra.ir.rel import Item, Project, Rel
from oftra.ir.walk import children, every_rel, expressions, inputs, map_children, map_exprs, map_inputs
from oftra.targets.engines.spark.correlation import Names, ids_of, only

_LAZY = frozenset({"and", "or", "coalesce", "if"})
"""Functions that needn't compute what stands behind their first argument."""

_NO_SETTING = re.compile(r"\$(?=\{)")
_TOTAL = frozenset({"lower", "upper", "trim", "concat", "length", "is_null", "not", "equal", "less", "greater"})
_FLOATING = frozenset({"add", "subtract", "multiply", "divide", "negate", "abs"})


def bound(rel: Rel, names: Names) -> Rel:
    """`rel` with columns and constants in all holes that can be given any: computed in a projection before."""
    return _bound(rel, names) if any(map(has_foreign, _all_expressions(rel))) else rel


def _all_expressions(rel: Rel) -> list[Expr]:
    return [expr for part in every_rel(rel) for expr in expressions(part)]


def has_foreign(expr: Expr) -> bool:
    """Whether it calls a function in an engine's own words."""
    if isinstance(expr, Column | Literal):
        return False
    return isinstance(expr, Foreign) or any(has_foreign(child) for child in children(expr))


def _bound(rel: Rel, names: Names) -> Rel:
    rel = map_inputs(rel, lambda below: _bound(below, names))
    columns = rel.columns
    while wanted := _wanted(rel):
        rel = _computed(rel, wanted, names)
    return only(rel, columns)


def _computed(rel: Rel, wanted: dict[Expr, str], names: Names) -> Rel:
    """`rel` with what is `wanted` as columns of what is below it."""
    made: dict[Expr, Column] = {}

    def extended(below: Rel) -> Rel:
        here = ids_of(below.columns)
        items = [Item(column, column) for column in below.columns]
        for expr, name in wanted.items():
            if expr not in made and free_columns(expr) <= here:
                made[expr] = names.column(name, expr.type, expr.nullable, [item.column for item in items])
                items.append(Item(made[expr], expr))
        return below if len(items) == len(below.columns) else Project(below, tuple(items), span=rel.span)

    below = map_inputs(rel, extended)
    return map_exprs(below, lambda expr: _replaced(expr, made))


def _replaced(expr: Expr, made: dict[Expr, Column]) -> Expr:
    """`expr` with columns in the holes that they were made for."""
    expr = map_children(expr, lambda child: _replaced(child, made))
    if not isinstance(expr, Foreign):
        return expr
    return map_children(expr, lambda argument: made.get(argument, argument))


def _wanted(rel: Rel) -> dict[Expr, str]:
    """What has to be computed before, and what it might be called: what nothing in it has to be computed before for."""
    found: dict[Expr, str] = {}
    reach = [ids_of(below.columns) for below in inputs(rel)]
    for expr in expressions(rel):
        if has_foreign(expr):
            _gather(expr, reach, found, is_lazy=False)
    return found


def _gather(expr: Expr, reach: list[set[int]], found: dict[Expr, str], is_lazy: bool) -> bool:
    """Add what has to be computed before `expr` can be said, and say whether there is any."""
    match expr:
        case Foreign():
            pending = [_gather_argument(expr.name, one, reach, found, is_lazy) for one in expr.arguments]
            return any(pending)
        case Case(branches, otherwise):
            parts = [(condition, is_lazy or at > 0) for at, (condition, _) in enumerate(branches)]
            parts += [(value, True) for value in (*[value for _, value in branches], otherwise)]
        case Call(function, arguments) if function in _LAZY:
            parts = [(argument, is_lazy or at > 0) for at, argument in enumerate(arguments)]
        case AggregateCall() | WindowCall() if expr.filter is not None:
            parts = [(child, is_lazy or child is not expr.filter) for child in children(expr)]
        case _:
            parts = [(child, is_lazy or isinstance(expr, Lambda)) for child in children(expr)]
    waiting = [_gather(part, reach, found, lazy) for part, lazy in parts]
    return any(waiting)


def _gather_argument(
    function: str, argument: Expr, reach: list[set[int]], found: dict[Expr, str], is_lazy: bool
) -> bool:
    if has_foreign(argument) and _gather(argument, reach, found, is_lazy):
        return True
    used = free_columns(argument)
    if is_plain(argument) or not any(used <= ids for ids in reach) or (is_lazy and _may_fail(argument)):
        return False
    found[argument] = _NO_SETTING.sub("_", f"{function.rpartition('.')[2]}_{_name_of(argument)}")
    return True


def is_plain(expr: Expr) -> bool:
    """Whether it can be written in a hole: a column, a field of one, a constant."""
    match expr:
        case Literal() | Column():
            return True
        case FieldOf():
            return is_plain(expr.operand) and not isinstance(expr.operand, Literal)
        case _:
            return False


def _name_of(expr: Expr) -> str:
    """What names what is computed: the first column in it."""
    work = [expr]
    while work:
        part = work.pop(0)
        if isinstance(part, Column):
            return part.name
        if isinstance(part, Runtime):
            return part.name.rpartition("/")[2]
        work[:0] = children(part)
    return "value"


def _may_fail(expr: Expr) -> bool:
    """Whether computing it could end the run, for a row that would never have come to it."""
    match expr:
        case Column() | Literal() | Runtime():
            return False
        case Cast() if expr.safe or widens(expr.operand.type, expr.type):
            return _may_fail(expr.operand)
        case FieldOf():
            return _may_fail(expr.operand)
        case Call(function, arguments) if function in _TOTAL or (
            function in _FLOATING and isinstance(expr.type, Double | Float)
        ):
            return any(_may_fail(argument) for argument in arguments)
        case _:
            return True

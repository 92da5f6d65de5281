"""Aggregates. Flink averages integers as integers, and sums them in their own type, where they wrap."""

from typing import TypeAlias

from oftra.datatypes import BIGINT, INT, Array, Decimal, Double, Float, Integer
from oftra.ir.expr import AggregateCall, WindowCall
from oftra.targets.engines.flink.casts import by_text
from oftra.targets.engines.flink.datatypes import type_name
from oftra.targets.engines.flink.functions.nested import empty
from oftra.targets.engines.flink.wording import (
    Aggregate,
    Make,
    Refused,
    constant,
    fail,
    is_nan,
    is_number,
    not_null,
)
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.said import Said

OverRows: TypeAlias = AggregateCall | WindowCall


def plain(name: str) -> Aggregate:
    """An aggregate that Flink has under this name."""
    return lambda call, arguments, make: make(sql.Function(name, arguments))


def _count(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    if len(arguments) > 1:
        # Of several columns Flink counts rows, as one value each.
        row: sql.Expr = sql.call("row", *arguments)
        there = [not_null(a) for a, given in zip(arguments, call.arguments) if given.nullable]
        arguments = (sql.Case(((sql.all_of(tuple(there)), row),)) if there else row,)
    return make(sql.Function("count", arguments or (sql.STAR,)))


def _count_if(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    return make(sql.Function("count", (sql.Case(((arguments[0], sql.integer(1)),)),)))


def _sum(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr | Said:
    type_ = call.arguments[0].type
    match type_:
        case Integer(64):
            total = make(sql.Function("sum", (sql.Cast(arguments[0], "decimal(19, 0)"),)))
            return by_text(total, "bigint")
        case Integer():
            return Said(make(sql.Function("sum", (sql.Cast(arguments[0], "bigint"),))), BIGINT)
        case Decimal():
            return _sum_of_decimals(call, arguments, make, type_)
        case _:
            return make(sql.Function("sum", arguments))


def _sum_of_decimals(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make, type_: Decimal) -> Said:
    """Of so many digits that the sum may have no room in 38, where Flink makes null of it."""
    total = make(sql.Function("sum", arguments))
    found = Decimal(38, type_.scale)
    if type_.precision + 10 <= 38:
        return Said(total, found)
    some = sql.Binary(">", make(sql.Function("count", arguments)), sql.integer(0))
    lost = sql.Chain("and", (sql.Postfix(total, "is null"), some))
    return Said(sql.Case(((lost, fail("past 38 digits", type_name(found))),), total), found)


def _double(call: OverRows, value: sql.Expr) -> sql.Expr:
    return value if isinstance(call.arguments[0].type, Double) else sql.Cast(value, "double")


def _avg(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    """Of exact numbers an exact sum is divided, as a sum of doubles would lose digits."""
    type_ = call.arguments[0].type
    if not isinstance(type_, Decimal | Integer) or type_ == INT or (isinstance(type_, Integer) and type_.bits < 32):
        return make(sql.Function("avg", (_double(call, arguments[0]),)))
    if isinstance(type_, Decimal):
        total = _sum_of_decimals(call, arguments, make, type_).expr
    else:
        total = make(sql.Function("sum", (sql.Cast(arguments[0], "decimal(19, 0)"),)))
    return sql.Binary("/", sql.Cast(total, "double"), make(sql.Function("count", arguments)))


def _of_doubles(name: str) -> Aggregate:
    def say(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
        return make(sql.Function(name, (_double(call, arguments[0]), *arguments[1:])))

    return say


def _every(name: str) -> Aggregate:
    """Of truth values the least is true if all are, the greatest if any is."""
    return lambda call, arguments, make: make(sql.Function(name, arguments))


def _extreme(name: str) -> Aggregate:
    """Beside NaN Flink's own depends on the order of rows: it is neither above nor below what came before."""

    def say(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
        if isinstance(call.type, Array):
            raise Refused(f"{name} of arrays")
        if not isinstance(call.type, Double | Float):
            return make(sql.Function(name, arguments))
        numbers = make(sql.Function(name, arguments, filter=is_number(arguments[0])))
        others = make(sql.Function(name, arguments, filter=is_nan(arguments[0])))
        return sql.call("coalesce", *((others, numbers) if name == "max" else (numbers, others)))

    return say


def in_own_order(call: AggregateCall) -> bool:
    """Whether what is collected is ordered by itself alone: that can be done once it is."""
    collects = call.function in ("array_agg", "string_agg")
    return collects and len(call.order_by) == 1 and call.order_by[0].expr == call.arguments[0]


def _in_order(call: OverRows, items: sql.Expr) -> sql.Expr:
    if not call.order_by:
        return items
    if call.order_by[0].descending:
        return sql.call("array_sort", items, sql.FALSE)
    return sql.call("array_sort", items)


def _percentile(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    fraction: sql.Expr = sql.Number("0.5")
    if len(arguments) > 1:
        fraction = sql.Number(repr(float(str(constant(call.arguments[1])))))
    if isinstance(call, WindowCall) or call.distinct:
        raise Refused(f"{call.function} over a window, or of distinct values")
    value = arguments[0] if isinstance(call.arguments[0].type, Double) else sql.Cast(arguments[0], "double")
    return make(sql.Function("percentile", (value, fraction)))


def _array_agg(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    """Flink keeps nulls, and gives null of nothing in a type that has none."""
    assert isinstance(call.type, Array)
    there = not_null(arguments[0]) if call.arguments[0].nullable else None
    made = make(sql.Function("array_agg", arguments, filter=there))
    if isinstance(call, WindowCall):
        raise Refused("array_agg over a window")
    some = sql.Binary(">", make(sql.Function("count", arguments)), sql.integer(0))
    return sql.Case(
        ((some, _in_order(call, sql.Cast(made, type_name(call.type)))),), empty(type_name(call.type.element))
    )


def _string_agg(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    separator = constant(call.arguments[1]) if len(arguments) > 1 else ""
    if isinstance(call, WindowCall):
        raise Refused("string_agg over a window")
    if call.order_by:
        there = not_null(arguments[0]) if call.arguments[0].nullable else None
        items = sql.Cast(make(sql.Function("array_agg", arguments[:1], filter=there)), "array<string>")
        some = sql.Binary(">", make(sql.Function("count", arguments[:1])), sql.integer(0))
        return sql.Case(((some, sql.call("array_join", _in_order(call, items), sql.Text(str(separator)))),))
    return make(sql.Function("listagg", (arguments[0], sql.Text(str(separator)))))


AGGREGATES: dict[str, Aggregate] = {
    "count": _count,
    "count_if": _count_if,
    "sum": _sum,
    "avg": _avg,
    "min": _extreme("min"),
    "max": _extreme("max"),
    "stddev": _of_doubles("stddev_samp"),
    "stddev_pop": _of_doubles("stddev_pop"),
    "variance": _of_doubles("var_samp"),
    "var_pop": _of_doubles("var_pop"),
    "bool_and": _every("min"),
    "bool_or": _every("max"),
    "any_value": plain("first_value"),
    "array_agg": _array_agg,
    "string_agg": _string_agg,
    "median": _percentile,
    "percentile": _percentile,
    "approx_count_distinct": plain("approx_count_distinct"),
}

"""More functions of arrays."""

from oftra.datatypes import Array, Double
from oftra.ir.expr import Call
from oftra.targets.engines.duckdb.datatypes import type_name
from oftra.targets.engines.duckdb.functions.entries import at_least, constant, named, only_if
from oftra.targets.engines.duckdb.functions.names import over_pairs, unused
from oftra.targets.engines.duckdb.wording import Said, Scalar
from oftra.targets.sql import tree as sql

_NONE = sql.integer(0)


def _array_append(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """By an operator, which keeps null: DuckDB's function takes an array that is null for an empty one."""
    return sql.Chain("||", (arguments[0], sql.ListOf(arguments[1:])))


def _array_prepend(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.Chain("||", (sql.ListOf(arguments[1:]), arguments[0]))


def _array_remove(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    items, value = arguments
    item = unused("item", *arguments)
    kept = sql.Lambda((item,), sql.Binary("is distinct from", sql.column(item), value))
    return _if_there(call, 1, value, sql.call("list_filter", items, kept))


def _array_compact(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    there = sql.Lambda(("item",), sql.Postfix(sql.column("item"), "is not null"))
    return sql.call("list_filter", arguments[0], there)


def _array_repeat(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    value, count = arguments
    nothing = sql.Cast(sql.ListOf(()), type_name(call.type))
    many = at_least(0, count, call.arguments[1])
    return _if_there(call, 1, count, sql.call("list_resize", nothing, many, value))


def _if_there(call: Call, at: int, value: sql.Expr, made: sql.Expr) -> sql.Expr:
    """`made`, or null where the argument at `at` is."""
    return only_if(sql.Postfix(value, "is not null"), made) if call.arguments[at].nullable else made


def _array_union(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return _firsts(sql.Chain("||", arguments))


def _array_intersect(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """DuckDB's own drops null, and mixes the order."""
    left, right = arguments
    return _if_there(call, 1, right, _firsts(left, right, "is not null"))


def _array_except(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    left, right = arguments
    return _if_there(call, 1, right, _firsts(left, right, "is null"))


def _firsts(items: sql.Expr, others: sql.Expr | None = None, place: str = "") -> sql.Expr:
    """The elements that stand at their own first place, and whose place in `others` is so."""
    item, at = unused("item", items, *(() if others is None else (others,))), unused("place", items)
    conditions: tuple[sql.Expr, ...] = (
        sql.Binary("=", sql.call("list_position", items, sql.column(item)), sql.column(at)),
    )
    if others is not None:
        conditions += (sql.Postfix(sql.call("list_position", others, sql.column(item)), place),)
    return sql.call("list_filter", items, sql.Lambda((item, at), sql.all_of(conditions)))


def _array_sum(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    """Of integers HUGEINT, of decimals 38 digits: every value fits."""
    made = sql.Function("list_sum", arguments)
    match call.arguments[0].type:
        case Array(Double()):
            return made
        case _:
            return Said(made, None)


def _reduce(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """A bare number to start with would take the smallest type that holds it."""
    items, start, by = arguments
    if constant(call.arguments[1]) is not None:
        start = sql.Cast(start, type_name(call.type))
    return sql.call("list_reduce", items, by, start)


def _zip_with(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    left, right, by = arguments
    made = sql.call("list_transform", sql.call("list_zip", left, right), over_pairs(by, 1, 2))
    there = [
        sql.Postfix(said, "is not null") for said, argument in zip(arguments[:2], call.arguments) if argument.nullable
    ]
    return only_if(sql.all_of(tuple(there)), made) if there else made


SCALARS: dict[str, Scalar] = {
    "array_append": _array_append,
    "array_prepend": _array_prepend,
    "array_remove": _array_remove,
    "array_compact": _array_compact,
    "array_repeat": _array_repeat,
    "array_union": _array_union,
    "array_intersect": _array_intersect,
    "array_except": _array_except,
    "arrays_overlap": named("list_has_any"),
    "array_sum": _array_sum,
    "reduce": _reduce,
    "zip_with": _zip_with,
}

"""Operators that need no look at what DuckDB makes of their operands: text, bits, and the brackets of collections."""

from oftra.datatypes import Map
from oftra.ir.expr import Call
from oftra.targets.engines.duckdb.functions.entries import constant, named, only_if, type_of
from oftra.targets.engines.duckdb.wording import Said, Scalar
from oftra.targets.sql import tree as sql


def _concat(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """The operator, not the function: that leaves out nulls."""
    return sql.Chain("||", arguments)


def _binary(operator: str) -> Scalar:
    return lambda call, arguments: sql.Binary(operator, arguments[0], arguments[1])


def _bit_not(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.Unary("~", arguments[0])


def _element(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """A map's value as it is. Of an array a negative index would count from the end."""
    items, index = arguments
    place = constant(call.arguments[1])
    if isinstance(type_of(call), Map) or (isinstance(place, int) and place >= 0):
        return sql.Index(items, index)
    return only_if(sql.Binary(">", index, sql.integer(0)), sql.Index(items, index))


def _array(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    return sql.ListOf(arguments) if arguments else Said(sql.ListOf(()), None)


def _map(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    entries = tuple(zip(arguments[::2], arguments[1::2]))
    return sql.MapOf(entries) if entries else Said(sql.MapOf(()), None)


SCALARS: dict[str, Scalar] = {
    "concat": _concat,
    "bit_and": _binary("&"),
    "bit_or": _binary("|"),
    "bit_xor": named("xor"),
    "bit_not": _bit_not,
    "shift_left": _binary("<<"),
    "shift_right": _binary(">>"),
    "element": _element,
    "array": _array,
    "map": _map,
}

"""Operators that need no look at what DuckDB makes of their operands: text, bits, and the brackets of collections."""

from oftra.datatypes import Integer, Map
from oftra.ir.expr import Call
from oftra.targets.engines.duckdb.datatypes import type_name
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


def _shift_left(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """DuckDB moves no number below zero: its complement is moved, and what comes in is set."""
    value, count = arguments
    moved = sql.Binary("<<", value, count)
    known, places = constant(call.arguments[0]), constant(call.arguments[1])
    assert isinstance(call.type, Integer)
    if isinstance(known, int) and known >= 0:
        return moved
    most, bits = 2 ** (call.type.bits - 1) - 1, call.type.bits - 1
    if isinstance(places, int):
        come_in = sql.integer(2**places - 1 if 0 <= places <= bits else 0)
    else:
        come_in = sql.Binary(">>", sql.integer(most), sql.Binary("-", sql.integer(bits), count))
    complement = sql.Binary("|", sql.Binary("<<", sql.Unary("~", value), count), come_in)
    below = sql.Cast(sql.Unary("~", complement), type_name(call.type))
    return sql.Case(((sql.Binary("<", value, sql.integer(0)), below),), moved)


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
    "shift_left": _shift_left,
    "shift_right": _binary(">>"),
    "element": _element,
    "array": _array,
    "map": _map,
}

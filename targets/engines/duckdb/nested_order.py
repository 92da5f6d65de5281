"""The order of arrays and structs: nulls inside them are lowest, where DuckDB takes them for the highest.

What is compared instead of a value says of everything inside whether it is there, before what it is.
"""

from collections.abc import Callable
from dataclasses import replace

from oftra.datatypes import BOOLEAN, Array, DataType, Field, Struct
from oftra.ir.expr import (
    AggregateCall,
    Call,
    Case,
    Column,
    Expr,
    FieldOf,
    Lambda,
    Literal,
    MakeStruct,
    SortKey,
    WindowCall,
)
from oftra.targets.sql import tree as sql

COMPARED = frozenset({"less", "less_equal", "greater", "greater_equal", "between"})
CHOSEN = frozenset({"greatest", "least"})
AMONG = frozenset({"array_min", "array_max", "array_sort"})
ORDERING = COMPARED | CHOSEN | AMONG


def is_nested(type_: DataType) -> bool:
    """Whether there is something inside that may be null."""
    return isinstance(type_, Array | Struct)


def keys_in_order(keys: tuple[SortKey, ...]) -> tuple[SortKey, ...]:
    """`keys` that sort as the language does."""
    if not any(is_nested(key.expr.type) for key in keys):
        return keys
    return tuple([SortKey(_sortable(key.expr), key.descending, key.nulls_first) for key in keys])


def is_in_order(call: Call) -> bool:
    """Whether `call` compares, if at all, as the language does."""
    name = call.function
    if name not in ORDERING:
        return True
    first = call.arguments[0].type
    return not is_nested(first.element if isinstance(first, Array) and name in AMONG else first)


def call_in_order(call: Call) -> tuple[Call, Callable[[sql.Expr], sql.Expr]]:
    """What compares as `call` ought to, and how to get its value from what that gives."""
    name, arguments = call.function, call.arguments
    if name in COMPARED:
        return replace(call, arguments=tuple([_sortable(one) for one in arguments])), lambda found: found
    if name in CHOSEN:
        marked = tuple([_marked(one) for one in arguments])
        return replace(call, arguments=marked, type=marked[0].type), _value
    items = arguments[0]
    assert isinstance(items.type, Array), name
    item = _item(items.type.element, 0)
    each = _marked(item, 1)
    changed = (_transformed(items, Lambda((item,), each)), *arguments[1:])
    if name == "array_sort":
        return replace(call, arguments=changed, type=Array(each.type)), _values
    return replace(call, arguments=changed, type=each.type), _value


def aggregate_in_order(call: AggregateCall) -> AggregateCall:
    """`call` so that it compares as the language does."""
    keys = keys_in_order(call.order_by)
    function, arguments = _of_highest(call)
    if keys is call.order_by and arguments is call.arguments:
        return call
    return replace(call, function=function, arguments=arguments, order_by=keys)


def window_in_order(call: WindowCall) -> WindowCall:
    """`call` so that it compares as the language does."""
    keys = keys_in_order(call.order_by)
    function, arguments = _of_highest(call)
    if keys is call.order_by and arguments is call.arguments:
        return call
    return replace(call, function=function, arguments=arguments, order_by=keys)


def _of_highest(call: AggregateCall | WindowCall) -> tuple[str, tuple[Expr, ...]]:
    """The function and the arguments of what looks for the highest or the lowest value."""
    match call.function, call.arguments:
        case ("min" | "max") as name, (value,) if is_nested(value.type):
            return f"arg_{name}", (value, _sortable(value))
        case ("arg_min" | "arg_max") as name, (value, by) if is_nested(by.type):
            return name, (value, _sortable(by))
        case _:
            return call.function, call.arguments


def _sortable(expr: Expr, depth: int = 0) -> Expr:
    """What is compared instead of `expr`; null where it is null."""
    match expr.type:
        case Array(element):
            item = _item(element, depth)
            inside = _there(item, depth + 1)
            return _transformed(expr, Lambda((item,), inside))
        case Struct(fields):
            parts = [_there(FieldOf(expr, field.name, field.type), depth) for field in fields]
            type_ = Struct(tuple([Field(field.name, part.type) for field, part in zip(fields, parts)]))
            return _if_there(expr, MakeStruct(tuple(parts), type_))
        case _:
            return expr


def _there(expr: Expr, depth: int) -> MakeStruct:
    """Whether there is a value, and which."""
    value = _sortable(expr, depth)
    known = Call("not", (Call("is_null", (expr,), BOOLEAN, False),), BOOLEAN, False)
    return MakeStruct((known, value), Struct((Field("known", BOOLEAN), Field("value", value.type))))


def _marked(expr: Expr, depth: int = 0) -> Expr:
    """A value behind what is compared instead of it."""
    key = _sortable(expr, depth)
    type_ = Struct((Field("key", key.type), Field("value", expr.type)))
    return _if_there(expr, MakeStruct((key, expr), type_))


def _item(type_: DataType, depth: int) -> Column:
    # A lambda in a lambda has another one's parameter in sight; no column of a program has an id below zero.
    return Column(-1_000_000 - depth, "item", type_)


def _value(marked: sql.Expr) -> sql.Expr:
    return sql.Member(marked, "value")


def _values(items: sql.Expr) -> sql.Expr:
    return sql.call("list_transform", items, sql.Lambda(("item",), _value(sql.column("item"))))


def _transformed(items: Expr, change: Lambda) -> Expr:
    return Call("transform", (items, change), Array(change.type), items.nullable)


def _if_there(expr: Expr, made: Expr) -> Expr:
    """`made`, or null where `expr` is."""
    if not expr.nullable:
        return made
    null = Literal(None, made.type)
    return Case(((Call("is_null", (expr,), BOOLEAN, False), null),), made, made.type, True)

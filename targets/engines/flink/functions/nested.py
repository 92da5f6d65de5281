"""Arrays and maps. What an index or a key does not find is null, where Flink may give a number instead."""

from oftra.datatypes import DataType, Map
from oftra.ir.expr import Call
from oftra.targets.engines.flink.datatypes import type_name
from oftra.targets.engines.flink.wording import Scalar, constant, fail, named, not_null, only_if
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.said import Said


def _array(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    """A literal's elements are never null to Flink, which then makes -1 of none: the cast lets them be."""
    if not arguments:
        return Said(empty("int"), call.type)
    if all(argument == sql.NULL for argument in arguments):
        arguments = tuple([sql.Cast(sql.NULL, type_name(call.type.element)) for _ in arguments])  # type: ignore[union-attr]
    return sql.Cast(sql.ListOf(arguments), type_name(call.type))


def empty(element: str) -> sql.Expr:
    """An array of no elements: Flink has no literal for it."""
    return sql.call("array_slice", sql.ListOf((sql.Cast(sql.NULL, element),)), sql.integer(2))


def _map(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    """Flink keeps the last of equal keys."""
    if not arguments:
        return sql.call("map_from_arrays", empty("int"), empty("int"))
    assert isinstance(call.type, Map)
    keys, values = arguments[::2], arguments[1::2]
    made = sql.Cast(sql.MapOf(tuple(zip(keys, values))), type_name(call.type))
    known = [constant(argument) for argument in call.arguments[::2]]
    if None not in known and len(set(map(repr, known))) == len(known):
        return made
    return _of_distinct(sql.Cast(sql.ListOf(keys), f"array<{type_name(call.type.key)}>"), made, call)


def _of_distinct(keys: sql.Expr, made: sql.Expr, call: Call) -> sql.Expr:
    """A map whose keys are none twice, and none null."""
    assert isinstance(call.type, Map)
    distinct = sql.call("cardinality", sql.call("array_distinct", keys))
    twice = sql.Binary("<", distinct, sql.call("cardinality", keys))
    null = sql.call("array_contains", keys, sql.Cast(sql.NULL, type_name(call.type.key)))
    return stopping(sql.Chain("or", (twice, null)), "a key is null or there twice", made, call.type)


def stopping(condition: sql.Expr, message: str, made: sql.Expr, type_: DataType) -> sql.Expr:
    """`made`, unless the condition is true: then the run fails."""
    # Only some types can be cast from a text. Of `and` Flink may look at both sides.
    failing = sql.Case(((fail(message, "boolean"), made),), sql.Cast(sql.NULL, type_name(type_)))
    return sql.Case(((condition, failing),), made)


def _from_arrays(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return _of_distinct(arguments[0], sql.Function("map_from_arrays", arguments), call)


def _map_concat(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.Function("map_union", arguments)


def _element(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    items, index = arguments
    if isinstance(call.arguments[0].type, Map):
        return only_if(sql.call("array_contains", sql.call("map_keys", items), index), sql.Index(items, index))
    place = constant(call.arguments[1])
    if isinstance(place, int) and place < 1:
        return sql.Cast(sql.NULL, type_name(call.type))
    return only_if(
        sql.Between(index, sql.integer(1), sql.call("cardinality", items)), sql.Index(items, _inside(index, call))
    )


def _inside(index: sql.Expr, call: Call) -> sql.Expr:
    """An index that Flink takes: it looks at it even where nobody needs what it finds."""
    if isinstance(constant(call.arguments[1]), int):
        return index
    return sql.Cast(sql.call("greatest", index, sql.integer(1)), "int")


def _contains(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """Flink says false of a null that is looked for."""
    items, value = arguments
    made = sql.call("array_contains", items, value)
    there = [not_null(a) for a, given in zip(arguments, call.arguments) if given.nullable]
    return only_if(sql.all_of(tuple(there)), made) if there else made


def _position(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    items, value = arguments
    made = sql.call("array_position", items, value)
    there = [not_null(a) for a, given in zip(arguments, call.arguments) if given.nullable]
    return only_if(sql.all_of(tuple(there)), made) if there else made


def _sort(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    order = constant(call.arguments[1]) if len(call.arguments) > 1 else "asc"
    if order == "desc":
        return sql.call("array_sort", arguments[0], sql.FALSE, sql.FALSE)
    return sql.call("array_sort", arguments[0], sql.TRUE, sql.TRUE)


def _slice(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """From one place to another in Flink, where a place before the first counts from the end."""
    items, start, count = arguments
    first = sql.call("greatest", start, sql.integer(1))
    last = sql.Binary("-", sql.Binary("+", start, count), sql.integer(1))
    none = sql.Binary("<", last, first)
    nothing = empty(type_name(call.type.element))  # type: ignore[union-attr]
    made = sql.call("array_slice", items, first, last)
    there = [not_null(a) for a, given in zip(arguments, call.arguments) if given.nullable]
    whole = sql.Case(((none, nothing),), made)
    return only_if(sql.all_of(tuple(there)), whole) if there else whole


def _remove(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    items, value = arguments
    made = sql.call("array_remove", items, value)
    there = [not_null(a) for a, given in zip(arguments, call.arguments) if given.nullable]
    return only_if(sql.all_of(tuple(there)), made) if there else made


def _compact(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    element = type_name(call.type.element)  # type: ignore[union-attr]
    return sql.call("array_remove", arguments[0], sql.Cast(sql.NULL, element))


def _overlap(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    element = type_name(call.arguments[0].type.element)  # type: ignore[union-attr]
    both = sql.call("array_remove", sql.call("array_intersect", *arguments), sql.Cast(sql.NULL, element))
    return sql.Binary(">", sql.call("cardinality", both), sql.integer(0))


def _contains_key(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    entries, key = arguments
    made = sql.call("array_contains", sql.call("map_keys", entries), key)
    there = [not_null(a) for a, given in zip(arguments, call.arguments) if given.nullable]
    return only_if(sql.all_of(tuple(there)), made) if there else made


SCALARS: dict[str, Scalar] = {
    "array": _array,
    "map": _map,
    "element": _element,
    "size": named("cardinality"),
    "array_contains": _contains,
    "array_position": _position,
    "array_sort": _sort,
    "array_reverse": named("array_reverse"),
    "array_distinct": named("array_distinct"),
    "array_min": named("array_min"),
    "array_max": named("array_max"),
    "array_join": named("array_join"),
    "slice": _slice,
    "array_append": named("array_append"),
    "array_prepend": named("array_prepend"),
    "array_remove": _remove,
    "array_compact": _compact,
    "array_union": named("array_union"),
    "array_intersect": named("array_intersect"),
    "array_except": named("array_except"),
    "arrays_overlap": _overlap,
    "map_from_arrays": _from_arrays,
    "map_concat": _map_concat,
    "map_keys": named("map_keys"),
    "map_values": named("map_values"),
    "map_entries": named("map_entries"),
    "map_contains_key": _contains_key,
}

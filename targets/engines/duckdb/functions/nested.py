"""Functions of arrays and maps."""

from oftra.datatypes import BIGINT, Array, Map
from oftra.ir.expr import Call
from oftra.targets.engines.duckdb.functions.entries import at_least, constant, named, only_if, type_of
from oftra.targets.engines.duckdb.functions.names import unused
from oftra.targets.engines.duckdb.wording import Said, Scalar
from oftra.targets.sql import tree as sql


def _size(call: Call, arguments: tuple[sql.Expr, ...]) -> Said:
    if isinstance(type_of(call), Map):
        return Said(sql.Function("cardinality", arguments), None)
    return Said(sql.Function("len", arguments), BIGINT)


def _array_position(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """DuckDB gives null where the value is not found, and finds null."""
    place = sql.call("coalesce", sql.Function("list_position", arguments), sql.integer(0))
    there = [sql.Postfix(said, "is not null") for said, argument in zip(arguments, call.arguments) if argument.nullable]
    return only_if(sql.all_of(tuple(there)), place) if there else place


def _array_sort(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    descends = len(call.arguments) > 1 and constant(call.arguments[1]) == "desc"
    order = ("desc", "nulls last") if descends else ("asc", "nulls first")
    return sql.call("list_sort", arguments[0], *[sql.Text(word) for word in order])


def _array_distinct(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """The elements that stand at their own first place: `list_distinct` drops null and mixes the order."""
    items = arguments[0]
    item, place = unused("item", items), unused("place", items)
    first = sql.Binary("=", sql.call("list_position", items, sql.column(item)), sql.column(place))
    return sql.call("list_filter", items, sql.Lambda((item, place), first))


def _array_join(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """DuckDB leaves out nulls too, but of nothing else it gives null."""
    there = sql.Lambda(("item",), sql.Postfix(sql.column("item"), "is not null"))
    return sql.call("array_to_string", sql.call("list_filter", arguments[0], there), arguments[1])


def _slice(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """DuckDB names the last place rather than the count, and counts negative places from the end."""
    items, start, count = arguments
    first, size = constant(call.arguments[1]), constant(call.arguments[2])
    if isinstance(first, int) and isinstance(size, int):
        end: sql.Expr = sql.integer(max(0, first + max(size, 0) - 1))
    else:
        last = sql.Binary("-", sql.Binary("+", start, at_least(0, count, call.arguments[2])), sql.integer(1))
        end = sql.Case(((sql.Binary("<", last, sql.integer(0)), sql.integer(0)),), last)
    return sql.Index(items, at_least(1, start, call.arguments[1]), end)


def _sequence(call: Call, arguments: tuple[sql.Expr, ...]) -> Said:
    """DuckDB takes no step for the way to nowhere."""
    made = sql.Function("generate_series", arguments)
    if len(arguments) < 3 or constant(call.arguments[2]):
        return Said(made, Array(BIGINT))
    nowhere = sql.call("error", sql.Text("a sequence needs a step"))
    stays = sql.Binary("=", arguments[2], sql.integer(0))
    return Said(sql.Case(((stays, nowhere),), made), Array(BIGINT))


def _any_match(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.Binary(">", sql.call("len", sql.Function("list_filter", arguments)), sql.integer(0))


def _all_match(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    items, condition = arguments
    assert isinstance(condition, sql.Lambda)
    fails = sql.Lambda(condition.parameters, sql.Postfix(condition.body, "is not true"))
    return sql.Binary("=", sql.call("len", sql.call("list_filter", items, fails)), sql.integer(0))


SCALARS: dict[str, Scalar] = {
    "size": _size,
    "array_contains": named("list_contains"),
    "array_position": _array_position,
    "array_sort": _array_sort,
    "array_reverse": named("list_reverse"),
    "array_distinct": _array_distinct,
    "array_min": named("list_min"),
    "array_max": named("list_max"),
    "array_join": _array_join,
    "slice": _slice,
    "flatten": named("flatten"),
    "sequence": _sequence,
    "transform": named("list_transform"),
    "filter": named("list_filter"),
    "any_match": _any_match,
    "all_match": _all_match,
    "map_keys": named("map_keys"),
    "map_values": named("map_values"),
    "map_contains_key": named("map_contains"),
}

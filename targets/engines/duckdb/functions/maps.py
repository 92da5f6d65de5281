"""More functions of maps. DuckDB takes them apart and puts them together again."""

from oftra.ir.expr import Call
from oftra.targets.engines.duckdb.functions.entries import named
from oftra.targets.engines.duckdb.functions.names import over_pairs, unused
from oftra.targets.engines.duckdb.wording import Scalar
from oftra.targets.sql import tree as sql


def _map_from_entries(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.Function("map_from_entries", arguments)


def _map_concat(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """DuckDB's own leaves a key at its first place, and takes a map that is null for an empty one."""
    left, right = arguments
    entry = unused("entry", *arguments)
    known = sql.call("map_contains", right, sql.Member(sql.column(entry), "key"))
    others = sql.call("list_filter", sql.call("map_entries", left), sql.Lambda((entry,), sql.Unary("not", known)))
    return sql.call("map_from_entries", sql.Chain("||", (others, sql.call("map_entries", right))))


def _map_filter(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    entries, keep = arguments
    return sql.call(
        "map_from_entries", sql.call("list_filter", sql.call("map_entries", entries), over_pairs(keep, "key", "value"))
    )


def _transform_values(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    entries, by = arguments
    made = sql.call("list_transform", sql.call("map_entries", entries), over_pairs(by, "key", "value"))
    return sql.call("map", sql.call("map_keys", entries), made)


def _transform_keys(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    entries, by = arguments
    made = sql.call("list_transform", sql.call("map_entries", entries), over_pairs(by, "key", "value"))
    return sql.call("map", made, sql.call("map_values", entries))


SCALARS: dict[str, Scalar] = {
    "map_entries": named("map_entries"),
    "map_from_entries": _map_from_entries,
    "map_from_arrays": named("map"),
    "map_concat": _map_concat,
    "map_filter": _map_filter,
    "transform_values": _transform_values,
    "transform_keys": _transform_keys,
}

"""Functions of JSON documents."""

from oftra.ir.expr import Call
from oftra.targets.engines.duckdb.functions.entries import only_if
from oftra.targets.engines.duckdb.wording import Said, Scalar
from oftra.targets.sql import tree as sql

_KINDS = (("OBJECT", "object"), ("ARRAY", "array"), ("VARCHAR", "string"), ("BOOLEAN", "boolean"), ("NULL", "null"))


def _json_value(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """`json_value` finds scalars alone and gives them as JSON; `->>` takes a string out of its quotes."""
    return sql.Binary("->>", sql.Function("json_value", arguments), sql.Text("$"))


def _json_query(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    is_there = sql.Binary("<>", sql.Function("json_type", arguments), sql.Text("NULL"))
    return only_if(is_there, sql.Function("json_extract", arguments))


def _json_type(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """DuckDB tells numbers by the types that would hold them."""
    kind = sql.Function("json_type", arguments)
    branches = [(sql.Text(theirs), sql.Text(ours)) for theirs, ours in _KINDS]
    if call.arguments[0].nullable:
        there = (sql.Postfix(kind, "is null"), sql.NULL)
        searched = [(sql.Binary("=", kind, theirs), ours) for theirs, ours in branches]
        return sql.Case((there, *searched), sql.Text("number"))
    return sql.Case(tuple(branches), sql.Text("number"), kind)


def _only(kind: str, document: sql.Expr, made: sql.Expr) -> sql.Expr:
    return only_if(sql.Binary("=", sql.call("json_type", document), sql.Text(kind)), made)


def _json_keys(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """Of what is no object DuckDB has no keys, rather than null."""
    return _only("OBJECT", arguments[0], sql.Function("json_keys", arguments))


def _json_array_length(call: Call, arguments: tuple[sql.Expr, ...]) -> Said:
    return Said(_only("ARRAY", arguments[0], sql.Function("json_array_length", arguments)), None)


SCALARS: dict[str, Scalar] = {
    "json_value": _json_value,
    "json_query": _json_query,
    "json_type": _json_type,
    "json_keys": _json_keys,
    "json_array_length": _json_array_length,
}

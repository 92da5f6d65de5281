"""JSON documents, which are texts."""

from oftra.ir.expr import Call
from oftra.targets.engines.flink.wording import Scalar, constant
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.said import Said

_KINDS = (("{", "object"), ("[", "array"), ('"', "string"), ("t", "boolean"), ("f", "boolean"), ("n", "null"))


def _value(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    path = constant(call.arguments[1])
    assert isinstance(path, str)
    return sql.call("json_value", arguments[0], sql.Text(path))


def _type(call: Call, arguments: tuple[sql.Expr, ...]) -> Said:
    """Its first character tells."""
    first = sql.call("regexp_extract", arguments[0], sql.Text(r"^\s*(\S)"), sql.integer(1))
    branches = [(sql.Text(sign), sql.Text(kind)) for sign, kind in _KINDS]
    numbers = sql.Case(((sql.Postfix(first, "is not null"), sql.Text("number")),))
    return Said(sql.Case(tuple(branches), numbers, operand=first), None)


SCALARS: dict[str, Scalar] = {"json_value": _value, "json_type": _type}

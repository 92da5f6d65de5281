"""JSON documents, which are texts."""

from oftra.ir.expr import Call
from oftra.targets.engines.flink.wording import Scalar, constant
from oftra.targets.sql import tree as sql


def _path(call: Call) -> sql.Expr:
    path = constant(call.arguments[1])
    assert isinstance(path, str)
    return sql.Text(path)


def _value(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.call("json_value", arguments[0], _path(call))


SCALARS: dict[str, Scalar] = {"json_value": _value}

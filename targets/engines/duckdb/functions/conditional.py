"""Functions that choose among their arguments."""

from oftra.ir.expr import Call
from oftra.targets.engines.duckdb.functions.entries import named
from oftra.targets.engines.duckdb.wording import Scalar
from oftra.targets.sql import tree as sql


def _if(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.Case(((arguments[0], arguments[1]),), arguments[2] if len(arguments) > 2 else None)


SCALARS: dict[str, Scalar] = {
    "coalesce": named("coalesce"),
    "nullif": named("nullif"),
    "greatest": named("greatest"),
    "least": named("least"),
    "if": _if,
}

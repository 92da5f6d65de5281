"""Functions that no program calls: those that lowering and the enforcement of rules make."""

from oftra.ir.enforce import ROW_JSON
from oftra.ir.expr import Call
from oftra.targets.engines.duckdb import windows_of_time
from oftra.targets.engines.duckdb.wording import Scalar
from oftra.targets.sql import tree as sql


def _row_json(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.Cast(sql.Function("to_json", arguments), "varchar")


OWN: dict[str, Scalar] = {**windows_of_time.SCALARS, ROW_JSON: _row_json}

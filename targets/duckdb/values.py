"""Values of the run: what they are unless they are given, and what is given for them."""

from collections.abc import Mapping

from oftra.diagnostics import Report
from oftra.ir.expr import Expr, Runtime
from oftra.ir.program import Program
from oftra.ir.refresh import UNTIL
from oftra.targets.engines.duckdb.expressions import Expressions, variable
from oftra.targets.engines.duckdb.plan import Catalog, Planner
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.engine import Around
from oftra.targets.sql.planning.scope import Scope

BEFORE_ALL = sql.Typed("timestamptz", "0001-01-01 00:00:00Z")
"""Where a run begins that has no window."""


def default_of(program: Program, runtime: Runtime, report: Report) -> sql.Expr:
    """What a value of the run is unless it is given."""
    default = runtime.default
    if runtime.kind == "param" and default is None:
        default = next((param.default for param in program.params if param.name == runtime.name), None)
    if default is not None:
        around = Around(report, Planner(Catalog({}, {}), report).subquery, {})
        return Expressions(Scope({}), around).exact_as(default, runtime.type)
    match runtime.kind, runtime.name:
        case "run", "start":
            return BEFORE_ALL
        case "run", "until":
            start, end = (sql.call("getvariable", sql.Text(variable("run", name))) for name in ("start", "end"))
            is_given = sql.Binary("=", start, BEFORE_ALL)
            return sql.Case(((is_given, sql.Typed("timestamptz", "9999-12-31 23:59:59.999999Z")),), end)
        case "run", "end" | "at":
            return sql.call("now")
        case _:
            missing = f"{runtime.kind} {runtime.name} has no default: give it a value here"
            return sql.call("error", sql.Text(missing))


def values_of(runtimes: Mapping[str, Runtime], given: Mapping[str, Expr]) -> dict[str, Expr]:
    """What the caller gives, by variable."""
    found: dict[str, Expr] = {}
    for name, runtime in runtimes.items():
        key = runtime.name if runtime.kind == "param" else f"run.{runtime.name}"
        if runtime == UNTIL:
            key = "run.end"
        if runtime.kind in ("param", "run") and key in given:
            found[name] = given[key]
    return found

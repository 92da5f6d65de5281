"""Values of the run: what they are unless they are given, and what is given for them."""

from collections.abc import Mapping
from datetime import UTC, datetime

from oftra.datatypes import TIMESTAMP
from oftra.diagnostics import Report
from oftra.ir.expr import Expr, Literal, Runtime
from oftra.ir.program import Program
from oftra.ir.refresh import BEGAN, END, START, UNTIL
from oftra.targets.engines.duckdb.expressions import Expressions, variable
from oftra.targets.engines.duckdb.plan import Catalog, Planner
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.engine import Around
from oftra.targets.sql.planning.scope import Scope

BEFORE_ALL = sql.Typed("timestamptz", "0001-01-01 00:00:00Z")
"""Where a run begins that has no window."""

AFTER_ALL = sql.Typed("timestamptz", "9999-12-31 23:59:59.999999Z")
"""Where the slice of such a run ends."""


def default_of(program: Program, runtime: Runtime, report: Report, goes_on: bool = False) -> sql.Expr:
    """What a value of the run is unless it is given.

    A run that `goes_on` begins where its tables are made until, which is set later.
    """
    default = runtime.default
    if runtime.kind == "param" and default is None:
        default = next((param.default for param in program.params if param.name == runtime.name), None)
    if default is not None:
        around = Around(report, Planner(Catalog({}, {}), report).subquery, {})
        return Expressions(Scope({}), around).exact_as(default, runtime.type)
    match runtime.kind, runtime.name:
        case "run", "start":
            return sql.Cast(sql.NULL, "timestamptz") if goes_on else BEFORE_ALL
        case "run", "until":
            start, end = (sql.call("getvariable", sql.Text(variable("run", name))) for name in ("start", "end"))
            start = sql.call("coalesce", start, BEFORE_ALL) if goes_on else start
            return sql.Case(((sql.Binary("=", start, BEFORE_ALL), AFTER_ALL),), end)
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
        elif runtime == END and BEGAN in given:
            found[name] = given[BEGAN]
        elif runtime == START and "run.end" in given:
            found[name] = Literal(datetime.min.replace(tzinfo=UTC), TIMESTAMP)
    return found

"""Gates: a table of the run that takes what was measured, and what stops it where one doesn't hold."""

import json
from typing import TYPE_CHECKING

from oftra.ir.gates import Required, measured
from oftra.target import GateRun
from oftra.targets.engines.duckdb.functions.record_macros import STOP_AT_GATE
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call, column

if TYPE_CHECKING:  # heavy, and only a run needs it
    import duckdb

TABLE = "run_gates"


def table() -> q.Statement:
    """The table that takes what gates measured."""
    columns = (
        ("gate", "varchar"),
        ("pipeline", "varchar"),
        ("file", "varchar"),
        ("line", "integer"),
        ("action", "varchar"),
        ("holds", "boolean"),
        ("measured", "json"),
    )
    return q.CreateTable(TABLE, columns, "What gates ask, whether they hold, and what was measured.")


def judged(required: Required, query: q.Query) -> tuple[q.Statement, ...]:
    """What measures, and stops the run where the gate doesn't hold and is not one that only tells.

    Who runs a script tries again what has to be tried again; `skip` stands where nothing more is written.
    """
    gate = required.gate
    holds, *measures = measured(gate).columns
    entries = [part for text, one in zip(gate.measures, measures) for part in (sql.Text(text), column(one.name))]
    items = (
        q.SelectItem(sql.Text(gate.condition), "gate"),
        q.SelectItem(sql.Text(required.pipeline.name), "pipeline"),
        q.SelectItem(sql.Text(gate.span.file), "file"),
        q.SelectItem(sql.integer(gate.line), "line"),
        q.SelectItem(sql.Text(gate.action), "action"),
        q.SelectItem(column(holds.name)),
        q.SelectItem(call("json_object", *entries), "measured"),
    )
    said = f"Required of the pipeline {required.pipeline.name}, else {gate.action}."
    inserted = q.Insert(TABLE, q.Select(items, q.Derived(query, "gate")), said, span=gate.span)
    if gate.action not in ("stop", "retry"):
        return (inserted,)
    stop = q.Select((q.SelectItem(sql.STAR),), q.TableFunction(call(STOP_AT_GATE.name, sql.Text(gate.condition))))
    return (inserted, q.Run(stop, span=gate.span))


def shown() -> q.Statement:
    """What gates measured."""
    return q.Run(q.Select((q.SelectItem(sql.STAR),), q.Table(column(TABLE))))


def last_judged(connection: "duckdb.DuckDBPyConnection") -> GateRun:
    """The gate that was judged last."""
    query = f"select gate, pipeline, file, line, action, holds, measured from {TABLE} order by rowid desc limit 1"
    ((gate, pipeline, file, line, action, holds, found),) = connection.execute(query).fetchall()
    return GateRun(gate, pipeline, file, line, action, bool(holds), json.loads(found))

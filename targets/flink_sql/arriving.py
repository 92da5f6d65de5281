"""Queries over rows that tests give: as a stream whose time goes as the test says, or in batch over tables of them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from oftra.diagnostics import Report
from oftra.ir.expr import Expr
from oftra.ir.keys import keys_of
from oftra.ir.program import Arrival, Program
from oftra.ir.rel import Rel
from oftra.target import stopped_by
from oftra.targets.engines.flink.plan import Planner
from oftra.targets.flink_sql.arrow import table_of
from oftra.targets.flink_sql.changelog import folded
from oftra.targets.flink_sql.given import Given, given, sources_of
from oftra.targets.flink_sql.local import OPTIONS, Connection, started
from oftra.targets.flink_sql.running import judged_of, prepared, text_of_query
from oftra.targets.flink_sql.script import Wanted
from oftra.targets.flink_sql.statements import Table, View
from oftra.targets.flink_sql.values import filled
from oftra.targets.limits import stop_at
from oftra.targets.needs import Survey, findings

if TYPE_CHECKING:  # heavy, and only a run needs it
    import pyarrow

SETTLED = {"execution.checkpointing.interval": "20 ms"}
"""How often it is found out whether what came has gone through all of a job."""


def rows_of_arrivals(
    program: Program, rel: Rel, arrivals: Sequence[Arrival], values: Mapping[str, Expr], is_stream: bool
) -> "pyarrow.Table":
    """The rows that `rel` has come to once all of `arrivals` came, the program's sources being given by them alone."""
    survey, report = Survey(program), Report()
    names = survey.needed(findings(rel).scans, quarantines=False)
    names |= survey.needed([source for one in program.relations if one.name in names for source in one.late_of], False)
    sources = [one.name for one in sources_of(program) if one.name in names]
    come = given(program, arrivals, sources)
    connection = started().open("streaming", OPTIONS | SETTLED) if is_stream else started().open()
    try:
        options = come.options(connection.name, sources)
        ready = prepared(survey, Wanted(names, is_stream=is_stream, afresh=True, given=options), values)
        for name, rows in come.queries.items():
            connection.give(name, rows)
        for statement in ready.script.statements:
            if isinstance(statement, Table | View):
                connection.execute(ready.text(statement))
        for step, query in ready.script.counts:
            if any(rule.action == "fail" for rule in step.rules):
                answer = _settled(connection, come, filled(text_of_query(query), ready.values), [])
                error = stopped_by(step.relation.name, judged_of(table_of(answer).to_pylist()[0]))
                if error is not None:
                    raise error
        streams = ready.script.streams
        asked = Planner(ready.script.catalog, report, ready.script.runtimes, streams).query(rel, unique=False)
        stop_at(report)
        keys = keys_of(rel, {relation.name: relation.interface for relation in program.relations})
        key = [at for at, column in enumerate(rel.columns) if keys and column.id in keys[0]]
        return table_of(_settled(connection, come, filled(text_of_query(asked), ready.values), key))
    finally:
        connection.close()


def _settled(connection: Connection, come: Given, text: str, key: Sequence[int]) -> dict[str, Any]:
    """The answer to a query, its rows being those that are left in the end."""
    connection.arrive(come.steps)
    answer = connection.query(text)
    return {**answer, "rows": list(folded(answer["rows"], key))}

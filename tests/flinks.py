"""Relations as streams on a small Flink: what is there now is read to its end, and changes are folded into rows."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from oftra.diagnostics import Report
from oftra.ir.keys import keys_of
from oftra.ir.program import Program
from oftra.ir.rel import Rel
from oftra.targets.engines.flink.plan import Planner
from oftra.targets.flink_sql.arrow import table_of
from oftra.targets.flink_sql.changelog import folded
from oftra.targets.flink_sql.local import Connection, started
from oftra.targets.flink_sql.running import prepared, text_of_query
from oftra.targets.flink_sql.script import Wanted
from oftra.targets.flink_sql.statements import Table, View
from oftra.targets.flink_sql.values import filled
from oftra.targets.limits import stop_at
from oftra.targets.needs import Survey, findings


@contextmanager
def connected(mode: str) -> Iterator[Connection]:
    """A session of its own."""
    connection = started().open(mode)
    try:
        yield connection
    finally:
        connection.close()


def as_stream(program: Program, rel: Rel, root: str) -> pa.Table:
    """The rows that a stream of `rel` has come to when all that there is was read."""
    survey, report = Survey(program), Report()
    names = survey.needed(findings(rel).scans, quarantines=False)
    ready = prepared(survey, Wanted(names, is_stream=True, afresh=True, root=root), {})
    with connected("streaming") as connection:
        for statement in ready.script.statements:
            if isinstance(statement, Table | View):
                connection.execute(ready.text(statement))
        query = Planner(ready.script.catalog, report, {}, ready.script.streams).query(rel, unique=False)
        stop_at(report)
        answer = connection.query(filled(text_of_query(query), ready.values))
    keys = keys_of(rel, {relation.name: relation.interface for relation in program.relations})
    key = [at for at, column in enumerate(rel.columns) if keys and column.id in keys[0]]
    return table_of({**answer, "rows": list(folded(answer["rows"], key))})

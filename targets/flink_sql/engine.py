"""Flink on this machine: answers queries over a program."""

import os
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, assert_never

from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedConnection
from oftra.ir.enforce import Build, Count, Keep, enforce
from oftra.ir.expr import Expr, Runtime
from oftra.ir.program import Arrival, Program
from oftra.ir.rel import Read, Rel
from oftra.ir.walk import every_rel
from oftra.target import BrokenRule, GateRun, Judged, Outcome, Progress, RelationRun, RunError, stopped_by
from oftra.targets.document import render
from oftra.targets.engines.flink.dialect import FLINK
from oftra.targets.engines.flink.plan import Catalog, Planner
from oftra.targets.flink_sql import iceberg
from oftra.targets.flink_sql.arriving import rows_of_arrivals
from oftra.targets.flink_sql.arrow import table_of
from oftra.targets.flink_sql.given import with_sources
from oftra.targets.flink_sql.local import Connection, FlinkError, started
from oftra.targets.flink_sql.running import ask_rules, build, lasts, outcome_of, prepared, text_of, text_of_query
from oftra.targets.flink_sql.runtimes import Runtimes
from oftra.targets.flink_sql.script import Wanted
from oftra.targets.flink_sql.statements import CatalogOf, Table, View, all_of
from oftra.targets.flink_sql.support import LIMITS, refuse
from oftra.targets.flink_sql.tables import columns_of, files_written
from oftra.targets.flink_sql.values import filled, values_of
from oftra.targets.limits import stop_at
from oftra.targets.needs import Survey, findings
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.write_query import Writer

if TYPE_CHECKING:  # heavy, and only a run needs it
    import pyarrow


CORRELATED = "unexpected correlate variable in the plan"
"""Flink takes queries about the rows around them apart over tables, not over values."""


class FlinkEngine:
    """A small Flink beside this process."""

    name = "flink"
    quote = "`"

    def open(self, root: str) -> "FlinkSession":
        """Start it; relative paths of the program are below `root`."""
        return FlinkSession(os.path.abspath(root))


class FlinkSession:
    """A session on the cluster of this process. Queries hold all that they need: nothing stays behind."""

    def __init__(self, root: str) -> None:
        self.root = root

    @cached_property
    def connection(self) -> Connection:
        """The session, opened when it is first needed."""
        return started().open()

    def query(self, program: Program, rel: Rel, values: Mapping[str, Expr]) -> "pyarrow.Table":
        """The rows of `rel` over the program's relations, all computed afresh."""
        names = Survey(program).needed(findings(rel).scans, quarantines=False)
        if any(relation.kind == "source" for relation in program.relations if relation.name in names):
            return self._over_sources(program, rel, names, values)
        try:
            return self._over_values(program, rel, values)
        except FlinkError as error:
            if CORRELATED not in str(error):
                raise
            sources, arrivals = with_sources(program)
            if not arrivals:
                raise
            return rows_of_arrivals(sources, rel, arrivals, values, is_stream=False)

    def stream(
        self, program: Program, rel: Rel, arrivals: Sequence[Arrival], values: Mapping[str, Expr]
    ) -> "pyarrow.Table":
        """The rows that a stream of `rel` comes to once all of `arrivals` came, in their order."""
        return rows_of_arrivals(program, rel, arrivals, values, is_stream=True)

    def _over_values(self, program: Program, rel: Rel, values: Mapping[str, Expr]) -> "pyarrow.Table":
        asked = questions_of(program, rel)
        given = values_of(program, asked.runtimes, values)
        for question in asked.counts:
            judged = _judged(self.connection.query(filled(question.text, given)))
            if (error := stopped_by(question.name, judged)) is not None:
                raise error
        return table_of(self.connection.query(filled(asked.text, given)))

    def _over_sources(
        self, program: Program, rel: Rel, names: Collection[str], values: Mapping[str, Expr]
    ) -> "pyarrow.Table":
        survey, report = Survey(program), Report()
        LIMITS.refuse(survey, names, report, stores=False)
        stop_at(report)
        ready = prepared(survey, Wanted(names, afresh=True, root=self.root), values)
        connection = started().open()
        try:
            for statement in ready.script.statements:
                if isinstance(statement, CatalogOf | Table | View):
                    connection.execute(ready.text(statement))
            ask_rules(connection, ready)
            query = Planner(ready.script.catalog, report, {}).query(rel, unique=False)
            stop_at(report)
            return table_of(connection.query(text_of_query(query)))
        finally:
            connection.close()

    def wording(self, program: Program, rel: Rel) -> str:
        """The query that Flink is asked for `rel`."""
        return questions_of(program, rel).text

    def run(
        self, program: Program, only: tuple[str, ...] | None, values: Mapping[str, Expr], progress: Progress
    ) -> Outcome:
        """Build the program's tables and sinks (or `only` these and what they need)."""
        survey, report = Survey(program), Report()
        tables = [one.name for one in program.relations if one.kind == "table"]
        outputs = [*tables, *[sink.name for sink in program.sinks]] if only is None else only
        names = survey.asked(outputs or None)  # what writes nothing judges gates
        refuse(survey, names, report)
        stop_at(report)
        ready = prepared(survey, Wanted(names, root=self.root), values)
        for name in ready.script.stored:
            progress(name)
        runs: dict[str, RelationRun] = {}
        judged: list[GateRun] = []
        connection = started(lasts(ready)).open()
        try:
            build(connection, ready, runs, judged)
        except RunError as error:
            error.outcome = outcome_of(runs, judged)
            raise
        finally:
            connection.close()
        return outcome_of(runs, judged)

    def read(self, program: Program, relation: str, limit: int | None = None) -> "pyarrow.Table":
        """The rows of a stored table as the last run left them; no more than the first `limit`."""
        table = program.by_name[relation]
        place = program.connections.get(table.connection or "")
        if place is None or place.kind not in ("files", "iceberg") or table.kind != "table":
            raise RunError("it is stored nowhere", relation)
        runtimes = Runtimes(root=self.root)
        first: CatalogOf | Table
        if place.kind == "iceberg":
            first, rows = iceberg.stored(table, place, runtimes)
        else:
            options = files_written(table.physical or table.name, table.options, place, runtimes)
            first = Table("stored", columns_of(table.columns), options)
            rows = all_of("stored")
        filled_ = values_of(program, runtimes.used, {})
        connection = started().open()
        try:
            connection.execute(filled(text_of(first), filled_))
            limited = "" if limit is None else f" limit {limit}"
            return table_of(connection.query(f"{text_of_query(rows)}{limited}"))
        finally:
            connection.close()

    def raw(self, text: str) -> "pyarrow.Table":
        """The rows of a query in Flink's own SQL."""
        return table_of(self.connection.query(text))

    def close(self) -> None:
        """Give back what it holds."""
        if "connection" in self.__dict__:
            self.connection.close()
            del self.__dict__["connection"]


class Question(NamedTuple):
    """What is asked of the rules of a relation."""

    name: str
    text: str


class Questions(NamedTuple):
    """What is asked for a query: how many records break rules, then its rows. `runtimes` are to be filled in."""

    counts: tuple[Question, ...]
    text: str
    runtimes: Mapping[str, Runtime]


def questions_of(program: Program, rel: Rel) -> Questions:
    """Each holds all relations that it needs as steps before it: nothing is left behind in Flink."""
    survey = Survey(program)
    names = survey.needed(findings(rel).scans, quarantines=False)
    report = Report()
    relations = [relation for relation in program.relations if relation.name in names]
    for relation in relations:
        if not relation.feeds and any(isinstance(part, Read) for part in every_rel(relation.rel)):
            kind = program.connections[relation.connection].kind if relation.connection else relation.kind
            report.add(UnsupportedConnection(relation.connection or relation.name, kind, "flink", span=relation.span))
    stop_at(report)
    steps = enforce(program, [relation.name for relation in relations])
    called = {relation.name: sql.Name((relation.name,)) for relation in relations}
    columns = {relation.name: tuple([column.name for column in relation.columns]) for relation in relations}
    for step in steps:
        if isinstance(step, Keep):
            called[step.name] = sql.Name((step.name,))
            columns[step.name] = tuple([column.name for column in step.rel.columns])
    catalog = Catalog(called, columns)
    runtimes: dict[str, Runtime] = {}
    before: list[q.Cte] = []
    counts: list[Question] = []
    for step in steps:
        match step:
            case Build(relation):
                before.append(q.Cte(relation.name, Planner(catalog, report, runtimes).query(relation.rel)))
            case Keep():
                before.append(q.Cte(step.name, Planner(catalog, report, runtimes).query(step.rel)))
            case Count(relation, _, rules) if any(rule.action == "fail" for rule in rules):
                query = Planner(catalog, report, runtimes).query(step.rel)
                counts.append(Question(relation.name, _written(tuple(before), query)))
            case Count():
                pass
            case _:
                assert_never(step)
    query = Planner(catalog, report, runtimes).query(rel, unique=False)
    stop_at(report)
    return Questions(tuple(counts), _written(tuple(before), query), runtimes)


def _written(before: tuple[q.Cte, ...], query: q.Query) -> str:
    if before:
        own = query.ctes if isinstance(query, q.With) else ()
        query = q.With((*before, *own), query.query if isinstance(query, q.With) else query)
    return render(Writer(FLINK).query(query)).text


def _judged(answer: dict[str, Any]) -> Judged:
    (row,) = table_of(answer).to_pylist()
    broken = [BrokenRule(one["rule"], one["action"], int(one["records"])) for one in row["rules"]]
    return Judged(int(row["read"]), int(row["dropped"]), int(row["quarantined"]), tuple(broken))


ENGINE = FlinkEngine()

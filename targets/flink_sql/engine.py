"""Flink on this machine: answers queries over a program."""

import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from oftra.diagnostics import Report
from oftra.ir.expr import Expr
from oftra.ir.program import Program
from oftra.ir.rel import Rel
from oftra.target import Outcome, Progress, RunError
from oftra.targets.document import render
from oftra.targets.engines.flink.dialect import FLINK
from oftra.targets.engines.flink.plan import Catalog, Planner
from oftra.targets.flink_sql.arrow import table_of
from oftra.targets.flink_sql.local import Connection, started
from oftra.targets.limits import stop_at
from oftra.targets.needs import Survey, findings
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.write_query import Writer

if TYPE_CHECKING:  # heavy, and only a run needs it
    import pyarrow


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
        return table_of(self.connection.query(self.wording(program, rel)))

    def wording(self, program: Program, rel: Rel) -> str:
        """The query that Flink is asked for `rel`."""
        survey = Survey(program)
        names = survey.needed(findings(rel).scans, quarantines=False)
        report = Report()
        relations = [relation for relation in program.relations if relation.name in names]
        called = {relation.name: sql.Name((relation.name,)) for relation in relations}
        columns = {relation.name: tuple([column.name for column in relation.columns]) for relation in relations}
        catalog = Catalog(called, columns)
        views: list[q.Cte] = []
        for relation in relations:
            views.append(q.Cte(relation.name, Planner(catalog, report).query(relation.rel)))
        query = Planner(catalog, report).query(rel, unique=False)
        stop_at(report)
        if views:
            inner = query.ctes if isinstance(query, q.With) else ()
            query = q.With((*views, *inner), query.query if isinstance(query, q.With) else query)
        return render(Writer(FLINK).query(query)).text

    def run(
        self, program: Program, only: tuple[str, ...] | None, values: Mapping[str, Expr], progress: Progress
    ) -> Outcome:
        """Build the program's tables and sinks (or `only` these and what they need)."""
        raise RunError("Flink builds no tables on this machine yet")

    def read(self, program: Program, relation: str, limit: int | None = None) -> "pyarrow.Table":
        """The rows of a stored table as the last run left them; no more than the first `limit`."""
        raise RunError("Flink reads no tables on this machine yet", relation)

    def raw(self, text: str) -> "pyarrow.Table":
        """The rows of a query in Flink's own SQL."""
        return table_of(self.connection.query(text))

    def close(self) -> None:
        """Give back what it holds."""
        if "connection" in self.__dict__:
            self.connection.close()
            del self.__dict__["connection"]


ENGINE = FlinkEngine()

"""Flink as an engine that is asked in SQL, and the planner of its queries."""

from itertools import count

from oftra.datatypes import NULL
from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedFunction
from oftra.ir.expr import Cast, Literal, Runtime
from oftra.ir.rel import Item, Join, Project, Rel, Sample, TimeWindow
from oftra.targets.engines.flink.datatypes import meeting, settle, type_name
from oftra.targets.engines.flink.expressions import Expressions
from oftra.targets.engines.flink.lower import lower_join
from oftra.targets.sql.planning import plan
from oftra.targets.sql.planning.block import Block
from oftra.targets.sql.planning.engine import SqlEngine
from oftra.targets.sql.planning.plan import Catalog as Catalog
from oftra.targets.sql.planning.plan import Reading as Reading
from oftra.targets.sql.planning.scope import Scope


def _as_it_is(rel: Rel, fresh: "count[int]") -> Rel:
    return rel


FLINK_SQL = SqlEngine(
    "flink", type_name, meeting, settle, Expressions, _as_it_is, names_items=False, from_nothing=False
)


class Planner(plan.Planner):
    """Plans one statement's query for Flink."""

    def __init__(self, catalog: Catalog, report: Report, runtimes: dict[str, Runtime] | None = None) -> None:
        super().__init__(FLINK_SQL, catalog, report, runtimes)

    def plan(self, rel: Rel, outer: Scope | None) -> Block:
        """The SELECT that `rel` comes to, still open for more."""
        match rel:
            case Join(kind="semi" | "anti"):
                return self.plan(lower_join(rel), outer)
            case TimeWindow():
                self.report.add(UnsupportedFunction(rel.kind, FLINK_SQL.name, span=rel.span))
                passed = [Item(column, column) for column in rel.source.columns]
                missing = [Item(c, Cast(Literal(None, NULL), c.type, True)) for c in (rel.start, rel.end)]
                return self.plan(Project(rel.source, (*passed, *missing)), outer)
            case _:
                return super().plan(rel, outer)

    def _sample(self, sample: Sample, block: Block) -> Block:
        self.report.add(UnsupportedFunction("tablesample", FLINK_SQL.name, span=sample.span))
        return block

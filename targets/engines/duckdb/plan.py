"""DuckDB as an engine that is asked in SQL, and the planner of its queries."""

from oftra.diagnostics import Report
from oftra.ir.expr import Runtime, SortKey
from oftra.targets.engines.duckdb.datatypes import meeting, type_name
from oftra.targets.engines.duckdb.expressions import Expressions
from oftra.targets.engines.duckdb.lower import lower
from oftra.targets.engines.duckdb.nested_order import keys_in_order
from oftra.targets.engines.duckdb.operators import settle
from oftra.targets.sql.planning import plan
from oftra.targets.sql.planning.block import Block
from oftra.targets.sql.planning.catalog import Catalog as Catalog
from oftra.targets.sql.planning.catalog import Reading as Reading
from oftra.targets.sql.planning.engine import SqlEngine

DUCKDB_SQL = SqlEngine("duckdb", type_name, meeting, settle, Expressions, lower)


class Planner(plan.Planner):
    """Plans one statement's query for DuckDB."""

    def __init__(self, catalog: Catalog, report: Report, runtimes: dict[str, Runtime] | None = None) -> None:
        super().__init__(DUCKDB_SQL, catalog, report, runtimes)

    def _sort(self, block: Block, keys: tuple[SortKey, ...]) -> Block:
        return super()._sort(block, keys_in_order(keys))

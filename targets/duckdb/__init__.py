"""DuckDB as a target (`TARGET`: a script) and as the embedded engine (`ENGINE`: rows)."""

from oftra.targets.duckdb.engine import ENGINE
from oftra.targets.duckdb.target import DuckDb

TARGET = DuckDb()

__all__ = ["ENGINE", "TARGET"]

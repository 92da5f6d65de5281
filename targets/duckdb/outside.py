"""What DuckDB alone doesn't reach: topics of Kafka and tables of Postgres."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from oftra.ir.expr import Expr
from oftra.ir.program import Program
from oftra.targets.duckdb.postgres import Tables
from oftra.targets.duckdb.topics import Traffic

if TYPE_CHECKING:  # only a run needs them
    import duckdb
    import pyarrow


class Outside:
    """What one run takes from elsewhere and, once all else went well, brings there."""

    def __init__(self, program: Program, values: Mapping[str, Expr]) -> None:
        self.program = program
        self.traffic = Traffic(program, values)
        self.tables = Tables(program, values)

    def fill(self, connection: "duckdb.DuckDBPyConnection", source: str, table: str) -> None:
        """Make the table that holds what `source` reads."""
        relation = self.program.by_name[source]
        if self.program.connections[relation.connection or ""].kind == "jdbc":
            self.tables.fill(connection, relation, table)
        else:
            self.traffic.fill(connection, source, table)

    def take(self, output: str, rows: "pyarrow.Table") -> None:
        """Keep what a table or sink is to hold until the run is well."""
        sink = next((one for one in self.program.sinks if one.name == output), None)
        if sink is not None and self.program.connections[sink.connection].kind == "kafka":
            self.traffic.take(output, rows)
        else:
            self.tables.take(output, rows)

    def finish(self) -> Iterator[tuple[str, int, float]]:
        """Bring it there: of each output its name, its rows, and how long it took. Topics come last."""
        yield from self.tables.finish()
        yield from self.traffic.finish()

"""A DuckDB database file."""

from oftra.connectors import shared
from oftra.connectors.model import Connector
from oftra.connectors.option import OptionSpec

DUCKDB = Connector(
    name="duckdb",
    doc="A DuckDB database in one file.",
    connection=(
        OptionSpec("path", "string", "The database file.", required=True),
        shared.SCHEMA,
        shared.PREFIX,
    ),
    source=shared.source(
        OptionSpec("table", "string", "The table; the source's name unless given."),
        shared.SCHEMA,
        metadata=(),
    ),
    table=shared.table(),
    sink=shared.sink(
        OptionSpec("table", "string", "The table; the sink's name unless given."),
        shared.SCHEMA,
        modes=("append", "upsert", "overwrite"),
    ),
    stores=True,
)

"""Tables that a metastore knows already, whatever they are made of."""

from oftra.connectors import shared
from oftra.connectors.model import Connector
from oftra.connectors.option import OptionSpec

CATALOG = Connector(
    name="catalog",
    doc="Tables of a catalog that exists already (a metastore, Unity Catalog), by name.",
    connection=(
        shared.CATALOG,
        shared.SCHEMA,
        shared.PREFIX,
        OptionSpec(
            "attach",
            "string",
            "The database file that the catalog is where DuckDB runs the program; others know it by its name.",
        ),
        OptionSpec(
            "format",
            "word",
            "What new tables are made of; the catalog's own choice unless given.",
            choices=("delta", "iceberg", "parquet"),
        ),
    ),
    source=shared.source(
        OptionSpec("table", "string", "The table; the source's name unless given."),
        shared.SCHEMA,
        metadata=("file",),
        missing="fail",
    ),
    table=shared.table(OptionSpec("properties", "options", "Table properties.")),
    sink=shared.sink(
        OptionSpec("table", "string", "The table; the sink's name unless given."),
        shared.SCHEMA,
        modes=("append", "upsert", "overwrite"),
    ),
    stores=True,
)

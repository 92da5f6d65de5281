"""Apache Iceberg tables."""

from oftra.connectors import shared
from oftra.connectors.model import Connector
from oftra.connectors.option import OptionSpec

ICEBERG = Connector(
    name="iceberg",
    doc="Iceberg tables of a catalog.",
    connection=(
        OptionSpec("catalog", "string", "The catalog's name.", required=True),
        OptionSpec("type", "word", "What keeps the catalog.", choices=("rest", "hadoop", "hive", "glue", "jdbc")),
        OptionSpec("uri", "string", "The catalog's address."),
        OptionSpec("warehouse", "string", "The folder or name of the warehouse."),
        shared.SCHEMA,
        shared.PREFIX,
        OptionSpec("properties", "options", "Further properties of the catalog."),
    ),
    source=shared.source(
        OptionSpec("table", "string", "The table; the source's name unless given."),
        shared.SCHEMA,
        OptionSpec("at_snapshot", "integer", "The snapshot to read; the newest unless given."),
        metadata=("file",),
    ),
    table=shared.table(OptionSpec("properties", "options", "Table properties.")),
    sink=shared.sink(
        OptionSpec("table", "string", "The table; the sink's name unless given."),
        shared.SCHEMA,
        modes=("append", "upsert", "overwrite"),
    ),
    stores=True,
)

"""Delta Lake tables."""

from oftra.connectors import shared
from oftra.connectors.model import Connector
from oftra.connectors.option import OptionSpec

DELTA = Connector(
    name="delta",
    doc="Delta Lake tables, below a folder or in a catalog.",
    connection=(
        OptionSpec("root", "string", "The folder that tables lie below; without it they are found in the catalog."),
        shared.CATALOG,
        shared.SCHEMA,
        shared.PREFIX,
        OptionSpec("properties", "options", "Table properties of what is created here."),
    ),
    source=shared.source(
        OptionSpec("table", "string", "The table; the source's name unless given."),
        OptionSpec("path", "string", "Its folder below the root, if it has no name."),
        OptionSpec("at_version", "integer", "The version to read; the newest unless given.", least=0),
        metadata=("file",),
    ),
    table=shared.table(OptionSpec("properties", "options", "Table properties.")),
    sink=shared.sink(
        OptionSpec("table", "string", "The table; the sink's name unless given."),
        OptionSpec("path", "string", "Its folder below the root, if it has no name."),
        modes=("append", "upsert", "overwrite"),
    ),
    stores=True,
)

"""Tables of a relational database, over JDBC."""

from oftra.connectors import shared
from oftra.connectors.model import Connector
from oftra.connectors.option import OptionSpec

JDBC = Connector(
    name="jdbc",
    doc="Tables of a relational database.",
    connection=(
        OptionSpec("url", "string", "The database's address: `jdbc:postgresql://host/name`.", required=True),
        OptionSpec("user", "string", "Who logs in."),
        OptionSpec("password", "string", "With what: a `secret(...)`."),
        OptionSpec("driver", "string", "The class of the driver; by the address unless given."),
        OptionSpec("properties", "options", "Further properties of the driver."),
        shared.CATALOG,
        shared.SCHEMA,
        shared.PREFIX,
    ),
    source=shared.source(
        OptionSpec("table", "string", "The table; the source's name unless given."),
        shared.SCHEMA,
        OptionSpec("split_by", "column", "A numeric column, by whose ranges the table is read in parallel."),
        OptionSpec("splits", "integer", "In how many parts it is read."),
        OptionSpec("fetch_size", "integer", "How many rows a round trip brings."),
        metadata=(),
    ),
    table=shared.table(),
    sink=shared.sink(
        OptionSpec("table", "string", "The table; the sink's name unless given."),
        shared.SCHEMA,
        OptionSpec("batch_size", "integer", "How many rows a round trip takes."),
        modes=("append", "upsert", "overwrite"),
    ),
    stores=True,
)

"""Tables of a relational database, over JDBC: of Postgres, and of what speaks its protocol."""

from oftra.connectors import shared
from oftra.connectors.model import Connector
from oftra.connectors.option import OptionSpec

POSTGRES = "jdbc:postgresql:"
"""How the address of a database begins that can be reached."""

PARTS = ("split_by", "splits", "split_from", "split_to")
"""What it takes to read a table in parts."""

SOURCE = shared.source(
    OptionSpec("table", "string", "The table; the source's name unless given."),
    shared.SCHEMA,
    OptionSpec("split_by", "column", "The column by whose ranges Spark reads the table in parts."),
    OptionSpec("splits", "integer", "In how many parts it is read.", least=1),
    OptionSpec("split_from", "integer", "The least value of `split_by`, or near it; all values are read."),
    OptionSpec("split_to", "integer", "The greatest value of `split_by`, or near it."),
    OptionSpec("fetch_size", "integer", "How many rows a round trip brings.", least=1),
    OptionSpec("lookup", "boolean", "Whether a stream of Flink asks for a row when it needs it."),
    OptionSpec("cache", "interval", "For how long a row that was looked up is good for others."),
    metadata=(),
    missing="fail",
)

JDBC = Connector(
    name="jdbc",
    doc="Tables of a Postgres database.",
    connection=(
        OptionSpec("url", "string", "The database's address: `jdbc:postgresql://host/name`.", required=True),
        OptionSpec("user", "string", "Who logs in."),
        OptionSpec("password", "string", "With what: a `secret(...)`."),
        shared.SCHEMA,
        shared.PREFIX,
    ),
    # Of a row there is nothing to know but its columns.
    source=tuple([spec for spec in SOURCE if spec.name != "metadata"]),
    table=shared.table(),
    sink=shared.sink(
        OptionSpec("table", "string", "The table; the sink's name unless given."),
        shared.SCHEMA,
        modes=("append", "upsert", "overwrite"),
    ),
    stores=True,
)

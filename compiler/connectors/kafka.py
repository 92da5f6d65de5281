"""Topics of Apache Kafka, and of what speaks its protocol."""

from oftra.connectors import shared
from oftra.connectors.files import CSV
from oftra.connectors.model import Connector
from oftra.connectors.option import OptionSpec
from oftra.ir.program import Word

NOT_YET = ("avro", "protobuf")
"""Formats that mean nothing without a schema, which there is no place for yet."""

SASL = ("sasl_plaintext", "sasl_ssl")
"""Ways of speaking to brokers in which one logs in."""

TOPIC = OptionSpec("topic", "string", "The topic.", required=True)
# Messages have no line of names before them.
CELLS = tuple([spec for spec in CSV if spec.name != "header"])
PROPERTIES = "Further properties of the client, by their own names in backticks."

KAFKA = Connector(
    name="kafka",
    doc="Topics of Kafka: what comes in never ends.",
    connection=(
        OptionSpec("bootstrap_servers", "string", "Brokers, as `host:port` with commas between them.", required=True),
        OptionSpec(
            "security",
            "word",
            "How the brokers are spoken to.",
            default=Word("plaintext"),
            choices=("plaintext", "ssl", *SASL),
        ),
        OptionSpec(
            "mechanism",
            "word",
            "How one logs in by SASL (`plain` unless given).",
            choices=("plain", "scram_sha_256", "scram_sha_512"),
        ),
        OptionSpec("user", "string", "Who logs in."),
        OptionSpec("password", "string", "With what: a `secret(...)`."),
        OptionSpec("schema_registry", "string", "The address of the schema registry."),
        OptionSpec("properties", "options", PROPERTIES),
    ),
    source=shared.source(
        TOPIC,
        OptionSpec(
            "format",
            "word",
            "How a message's value is written; `raw` is one column's text or bytes, as it is.",
            default=Word("json"),
            choices=("json", "csv", "raw", "debezium", *NOT_YET),
        ),
        *CELLS,
        OptionSpec("group", "string", "The consumer group."),
        OptionSpec(
            "start",
            "moment",
            "Where reading begins; of a stream, where the first run does. `committed` is behind what `group` has read.",
            default=Word("earliest"),
            choices=("earliest", "latest", "committed"),
        ),
        OptionSpec(
            "end",
            "moment",
            "Where reading ends. A source that ends is bounded; in batch `never` is `now`.",
            default=Word("never"),
            choices=("never", "now"),
        ),
        OptionSpec(
            "records_per_batch",
            "integer",
            "How many new records a stream of batches takes at a time; all unless given.",
        ),
        OptionSpec("properties", "options", PROPERTIES),
        metadata=("topic", "partition", "offset", "timestamp", "message_key", "headers", "tombstone"),
    ),
    sink=shared.sink(
        TOPIC,
        OptionSpec(
            "format",
            "word",
            "How a message's value is written; `raw` is the one column that is no key, as it is.",
            default=Word("json"),
            choices=("json", "csv", "raw", *NOT_YET),
        ),
        *CELLS,
        OptionSpec(
            "key_format",
            "word",
            "How a message's key is written: as an object of the `key` columns, or as the one that there is.",
            default=Word("json"),
            choices=("json", "raw"),
        ),
        OptionSpec("properties", "options", PROPERTIES),
        modes=("append", "upsert"),
    ),
    unbounded=True,
)

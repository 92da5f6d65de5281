"""Topics of Apache Kafka, and of what speaks its protocol."""

from oftra.connectors import shared
from oftra.connectors.model import Connector
from oftra.connectors.option import OptionSpec
from oftra.ir.program import Word

FORMAT = OptionSpec(
    "format",
    "word",
    "How a message's value is written.",
    default=Word("json"),
    choices=("json", "avro", "protobuf", "csv", "raw"),
)
TOPIC = OptionSpec("topic", "string", "The topic.", required=True)

KAFKA = Connector(
    name="kafka",
    doc="Topics of Kafka: what comes in never ends.",
    connection=(
        OptionSpec("bootstrap_servers", "string", "Brokers, as `host:port` with commas between them.", required=True),
        OptionSpec(
            "security",
            "word",
            "How the brokers are spoken to.",
            choices=("plaintext", "ssl", "sasl_plaintext", "sasl_ssl"),
        ),
        OptionSpec("mechanism", "string", "The SASL mechanism."),
        OptionSpec("user", "string", "The SASL user."),
        OptionSpec("password", "string", "The SASL password."),
        OptionSpec("schema_registry", "string", "The address of the schema registry."),
        OptionSpec("properties", "options", "Further properties of the client, by their own names in backticks."),
    ),
    source=shared.source(
        TOPIC,
        FORMAT,
        OptionSpec("group", "string", "The consumer group."),
        OptionSpec(
            "start",
            "word",
            "Where the first run begins.",
            default=Word("earliest"),
            choices=("earliest", "latest", "group"),
        ),
        OptionSpec("properties", "options", "Further properties of the consumer."),
        metadata=("topic", "partition", "offset", "timestamp", "message_key", "headers"),
    ),
    sink=shared.sink(
        TOPIC,
        FORMAT,
        OptionSpec("properties", "options", "Further properties of the producer."),
        modes=("append", "upsert"),
    ),
    unbounded=True,
)

"""Topics of Kafka: read from where a source begins to where they end now, and written to once a run is well."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple

from oftra.ir.expr import Expr, Literal, Runtime
from oftra.ir.options import word
from oftra.ir.program import Connection, Option, Options, Program, Sink
from oftra.target import RunError
from oftra.targets.duckdb.messages import COLUMNS
from oftra.targets.engines.duckdb.dialect import DUCKDB
from oftra.targets.logins import mechanism, secret_of

if TYPE_CHECKING:  # only what reads or writes topics needs them
    import confluent_kafka
    import duckdb
    import pyarrow

PATIENCE = 10.0
"""How many seconds a broker may take to answer the first question."""

STALLED = 30.0
"""How many seconds reading waits for a broker that was there and is gone."""

BATCH = 20_000
"""How many messages are taken over at a time."""


_BATCH = "oftra_messages"


class Settled:
    """Options with the values of this run in the place of what only a run knows."""

    def __init__(self, program: Program, values: Mapping[str, Expr]) -> None:
        self.defaults = {param.name: param.default for param in program.params}
        self.values = values

    def value(self, option: Option) -> Any:
        """What an option comes to; words as text."""
        match option:
            case Runtime(kind="env"):
                found = os.environ.get(option.name)
                return self.value(option.default) if found is None else found
            case Runtime(kind="secret"):
                return secret_of(option.name)
            case Runtime():
                key = option.name if option.kind == "param" else f"run.{option.name}"
                return self.value(self.values.get(key, option.default or self.defaults.get(option.name)))
            case Literal():
                return option.value
            case None | str() | int() | datetime():
                return option
            case _:
                return word(option) or str(option)

    def client(self, connection: Connection, *more: Option) -> dict[str, Any]:
        """How a client speaks to the brokers, with `more` properties of its own."""
        options = connection.options
        found: dict[str, Any] = {
            "bootstrap.servers": self.value(options.get("bootstrap_servers")),
            "security.protocol": word(options.get("security"), "plaintext"),
            "log_level": 0,
        }
        if "user" in options:
            found["sasl.mechanism"] = mechanism(connection)
            found["sasl.username"] = self.value(options["user"])
            found["sasl.password"] = self.value(options.get("password"))
        for properties in (options.get("properties"), *more):
            if isinstance(properties, Mapping):
                found.update([(name, self.value(value)) for name, value in properties.items()])
        return found


class Ended(NamedTuple):
    """A partition, and the offset that it was read up to."""

    topic: str
    partition: int
    offset: int


@dataclass
class Reader:
    """Reads the topic of one source: where each partition ends is asked once, before anything is read.

    `ends` is what a group has read, once all batches were taken.
    """

    options: Options
    settled: Settled
    client: dict[str, Any]
    ends: list[Ended] = field(default_factory=list)

    def batches(self) -> Iterator["pyarrow.Table"]:
        """The messages, partition by partition in their order."""
        kafka = imported()
        complaints: list[Any] = []
        client = {
            **self.client,
            "group.id": self.settled.value(self.options.get("group")) or "oftra",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "error_cb": complaints.append,
        }
        topic = str(self.settled.value(self.options["topic"]))
        with failures(complaints):
            consumer = kafka.Consumer(client)
            try:
                begins = self._begins(consumer, topic)
                consumer.assign([kafka.TopicPartition(topic, one, begin) for one, (begin, end) in begins.items()])
                yield from self._read(consumer, {one: end for one, (_, end) in begins.items()}, complaints)
            finally:
                consumer.close()

    def _begins(self, consumer: "confluent_kafka.Consumer", topic: str) -> dict[int, tuple[int, int]]:
        """Where to read from and up to, by partition; those that hold nothing of it are left out."""
        kafka = imported()
        found = consumer.list_topics(topic, PATIENCE).topics[topic]
        if found.error is not None:
            if found.error.code() == kafka.KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise RunError(f"there is no topic `{topic}`")
            raise kafka.KafkaException(found.error)
        places = [kafka.TopicPartition(topic, one) for one in sorted(found.partitions)]
        limits = {one.partition: consumer.get_watermark_offsets(one, PATIENCE) for one in places}
        begins = self._begin(consumer, places, limits)
        ends = self._end(consumer, places, limits)
        self.ends = [Ended(topic, one, max(end, begins[one])) for one, end in ends.items()]
        return {one: (begins[one], end) for one, end in ends.items() if begins[one] < end}

    def _begin(
        self, consumer: "confluent_kafka.Consumer", places: list[Any], limits: Mapping[int, tuple[int, int]]
    ) -> dict[int, int]:
        match self.settled.value(self.options.get("start")):
            case datetime() as moment:
                return _since(consumer, places, limits, moment)
            case "latest":
                return {one: high for one, (_, high) in limits.items()}
            case "committed":
                known = {one.partition: one.offset for one in consumer.committed(places, PATIENCE)}
                return {one: max(low, known[one]) for one, (low, _) in limits.items()}
            case _:
                return {one: low for one, (low, _) in limits.items()}

    def _end(
        self, consumer: "confluent_kafka.Consumer", places: list[Any], limits: Mapping[int, tuple[int, int]]
    ) -> dict[int, int]:
        match self.settled.value(self.options.get("end")):
            case datetime() as moment:
                return _since(consumer, places, limits, moment)
            case _:
                return {one: high for one, (_, high) in limits.items()}

    def _read(
        self, consumer: "confluent_kafka.Consumer", ends: dict[int, int], complaints: list[Any]
    ) -> Iterator["pyarrow.Table"]:
        kafka = imported()
        waiting, heard = set(ends), time.monotonic()
        while waiting:
            messages = consumer.consume(BATCH, 0.5)
            if messages:
                heard = time.monotonic()
            elif time.monotonic() - heard > STALLED:
                raise RunError(_said(complaints) or "the brokers don't answer any more")
            kept = []
            for message in messages:
                error, partition = message.error(), message.partition()
                assert partition is not None
                if error is not None:
                    # What is left up to the end holds no message: gaps, or what was never committed.
                    if error.code() != kafka.KafkaError._PARTITION_EOF:
                        raise kafka.KafkaException(error)
                    waiting.discard(partition)
                elif (offset := message.offset() or 0) < ends[partition]:
                    kept.append(message)
                    if offset == ends[partition] - 1:
                        waiting.discard(partition)
                else:
                    waiting.discard(partition)
            if kept:
                yield _table(kept)
                heard = time.monotonic()  # what was done with them is no silence of the brokers


def _since(
    consumer: "confluent_kafka.Consumer", places: list[Any], limits: Mapping[int, tuple[int, int]], moment: datetime
) -> dict[int, int]:
    """The first offset of each partition that is not before a moment."""
    kafka = imported()
    millis = -int(-moment.timestamp() * 1000 // 1)
    asked = [kafka.TopicPartition(one.topic, one.partition, millis) for one in places]
    found = {one.partition: one.offset for one in consumer.offsets_for_times(asked, PATIENCE)}
    return {one: high if found[one] < 0 else found[one] for one, (_, high) in limits.items()}


def _table(messages: list[Any]) -> "pyarrow.Table":
    import pyarrow  # heavy, and only a run needs it

    header = pyarrow.struct([("key", pyarrow.string()), ("value", pyarrow.binary())])
    times = [one.timestamp() for one in messages]
    columns = {
        "topic": (pyarrow.string(), [one.topic() for one in messages]),
        "partition": (pyarrow.int32(), [one.partition() for one in messages]),
        "offset": (pyarrow.int64(), [one.offset() for one in messages]),
        "timestamp": (pyarrow.timestamp("ms", "UTC"), [millis if kind else None for kind, millis in times]),
        "message_key": (pyarrow.binary(), [one.key() for one in messages]),
        "headers": (pyarrow.list_(header), [_headers(one.headers()) for one in messages]),
        "value": (pyarrow.binary(), [one.value() for one in messages]),
    }
    arrays = [pyarrow.array(values, type_) for type_, values in columns.values()]
    return pyarrow.Table.from_arrays(arrays, list(columns))


def _headers(given: Iterable[tuple[str, Any]] | None) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in given or ()]


def commit(client: Mapping[str, Any], group: str, ends: Iterable[Ended]) -> None:
    """Note what a group has read."""
    kafka = imported()
    complaints: list[Any] = []
    with failures(complaints):
        settings = {**client, "group.id": group, "enable.auto.commit": False, "error_cb": complaints.append}
        consumer = kafka.Consumer(settings)
        try:
            places = [kafka.TopicPartition(one.topic, one.partition, one.offset) for one in ends]
            consumer.commit(offsets=places, asynchronous=False)
        finally:
            consumer.close()


class Outgoing(NamedTuple):
    """Messages for a topic: keys and values in columns of these names, or keys and cells of lines of csv."""

    sink: Sink
    topic: str
    client: dict[str, Any]
    rows: "pyarrow.Table"

    def messages(self) -> Iterator[tuple[Any, Any]]:
        """Key and value of each."""
        for batch in self.rows.to_batches(BATCH):
            keys, *columns = [column.to_pylist() for column in batch.columns]
            values = columns[0] if word(self.sink.options.get("format")) != "csv" else self._lines(columns)
            yield from zip(keys, values)

    def _lines(self, columns: list[list[Any]]) -> Iterator[str]:
        import csv  # a small need of few sinks

        options = self.sink.options
        quote, escape = str(options.get("quote") or '"'), options.get("escape")
        buffer = StringIO()
        writer = csv.writer(
            buffer,
            delimiter=str(options.get("delimiter") or ","),
            quotechar=quote,
            doublequote=escape in (None, quote),
            escapechar=None if escape in (None, quote) else str(escape),
            lineterminator="",
        )
        null = str(options.get("null_text") or "")
        for cells in zip(*columns):
            writer.writerow([null if cell is None else cell for cell in cells])
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()


class Traffic:
    """What one run reads from topics and, once all else went well, sends to them."""

    def __init__(self, program: Program, values: Mapping[str, Expr]) -> None:
        self.program = program
        self.settled = Settled(program, values)
        self.readers: list[Reader] = []
        self.outgoing: list[Outgoing] = []

    def fill(self, connection: "duckdb.DuckDBPyConnection", source: str, table: str) -> None:
        """Make the table of the messages of `source`."""
        relation = self.program.by_name[source]
        place = self.program.connections[relation.connection or ""]
        client = self.settled.client(place, relation.options.get("properties"))
        reader = Reader(relation.options, self.settled, client)
        name = DUCKDB.identifier(table)
        columns = ", ".join([f"{DUCKDB.identifier(one)} {type_}" for one, type_ in COLUMNS.items()])
        connection.execute(f"create or replace temp table {name} ({columns})")
        for batch in reader.batches():
            connection.register(_BATCH, batch)
            connection.execute(f"insert into {name} from {_BATCH}")
            connection.unregister(_BATCH)
        self.readers.append(reader)

    def take(self, sink: str, rows: "pyarrow.Table") -> None:
        """Keep messages until the run is well."""
        found = next(one for one in self.program.sinks if one.name == sink)
        place = self.program.connections[found.connection]
        client = self.settled.client(place, found.options.get("properties"))
        topic = str(self.settled.value(found.options["topic"]))
        self.outgoing.append(Outgoing(found, topic, client, rows))

    def finish(self) -> Iterator[tuple[str, int, float]]:
        """Send what was kept, sink by sink: its name, its rows, and how long it took. Then note what groups read."""
        for one in self.outgoing:
            begin = time.perf_counter()
            send(one)
            yield one.sink.name, len(one.rows), time.perf_counter() - begin
        for reader in self.readers:
            if word(reader.options.get("start")) == "committed":
                commit(reader.client, str(self.settled.value(reader.options["group"])), reader.ends)


def send(one: Outgoing) -> None:
    """Put messages into a topic: none is lost, and none is there twice; if one can't be, that is an error."""
    kafka = imported()
    complaints: list[Any] = []
    refused: list[Any] = []

    def told(error: Any, _: Any) -> None:
        if error is not None:
            refused.append(error)

    settings = {
        "partitioner": "murmur2_random",  # Java's own: a key goes to one partition, whatever engine sends it
        "enable.idempotence": True,
        "linger.ms": 20,
        "message.timeout.ms": int(STALLED * 1000),
        **one.client,
        "error_cb": complaints.append,
    }
    with failures(complaints, one.sink.name):
        producer = kafka.Producer(settings)
        found = producer.list_topics(one.topic, PATIENCE).topics[one.topic]
        if found.error is not None:
            raise RunError(f"there is no topic `{one.topic}`", one.sink.name)
        for key, value in one.messages():
            _produce(producer, one.topic, key, value, told)
        left = producer.flush(STALLED)
        if refused:
            raise kafka.KafkaException(refused[0])
        if left:
            raise RunError(f"{left:,} messages could not be sent: {_said(complaints) or 'no answer'}", one.sink.name)


def _produce(producer: "confluent_kafka.Producer", topic: str, key: Any, value: Any, told: Any) -> None:
    while True:
        try:
            producer.produce(topic, value, key, on_delivery=told)
        except BufferError:  # as many as it holds are on their way
            producer.poll(1.0)
        else:
            producer.poll(0)
            return


def imported() -> Any:
    """The client, which is heavy and an extra of its own."""
    try:
        import confluent_kafka  # only what reads or writes topics needs it
    except ImportError as error:
        raise RunError("topics need a client of Kafka: `pip install 'oftra[kafka]'`") from error
    return confluent_kafka


@contextmanager
def failures(complaints: list[Any], relation: str | None = None) -> Iterator[None]:
    """Turns what the client reports into an error for people."""
    kafka = imported()
    try:
        yield
    except kafka.KafkaException as error:
        (reason, *_) = error.args
        said = reason.str() if isinstance(reason, kafka.KafkaError) else str(reason)
        raise RunError(_said(complaints) or said, relation) from error


def _said(complaints: list[Any]) -> str | None:
    """The most telling thing that the client said on its way."""
    for one in complaints:
        if "uthenti" in one.str() or "SASL" in one.str():
            return str(one.str())
    return str(complaints[0].str()) if complaints else None

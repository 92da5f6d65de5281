"""Topics for tests: made, filled and read on a real broker, each under a name of its own."""

import itertools
from collections.abc import Iterable
from typing import Any, NamedTuple

from broker import Broker
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

SILENT = {"log_level": 0}
"""What its clients say to the terminal meanwhile: nothing."""

_numbers = itertools.count(1)


class Message(NamedTuple):
    """A message to send, or one that was read."""

    value: bytes | None
    key: bytes | None = None
    partition: int = 0
    headers: tuple[tuple[str, bytes | None], ...] = ()
    at: int = 0
    """Milliseconds since 1970; 0 is now."""


def new_topic(broker: Broker, partitions: int = 1, **config: str) -> str:
    """An empty topic."""
    name = f"topic-{next(_numbers)}"
    settings = {option.replace("_", "."): value for option, value in config.items()}
    admin = AdminClient({"bootstrap.servers": broker.address, **SILENT})
    made = admin.create_topics([NewTopic(name, partitions, 1, config=settings)])
    made[name].result(30)
    return name


def send(broker: Broker, topic: str, messages: Iterable[Message | bytes]) -> None:
    """Put messages into a topic, in their order."""
    refused: list[Any] = []
    settings: dict[str, Any] = {"on_delivery": lambda error, _: refused.append(error) if error else None, **SILENT}
    producer = Producer({"bootstrap.servers": broker.address, "enable.idempotence": True, **settings})
    for one in messages:
        message = one if isinstance(one, Message) else Message(one)
        producer.produce(
            topic, message.value, message.key, message.partition, headers=list(message.headers), timestamp=message.at
        )
        producer.poll(0)
    assert producer.flush(60) == 0
    assert not refused


def received(broker: Broker, topic: str) -> list[Message]:
    """All that a topic holds, partition by partition."""
    settings: dict[str, Any] = {"bootstrap.servers": broker.address, "group.id": "tests", "enable.partition.eof": True}
    consumer = Consumer({**settings, "enable.auto.commit": False, **SILENT})
    found: list[Message] = []
    try:
        places = [
            TopicPartition(topic, one, OFFSET_BEGINNING) for one in consumer.list_topics(topic).topics[topic].partitions
        ]
        consumer.assign(places)
        waiting = len(places)
        while waiting:
            message = consumer.poll(30)
            assert message is not None, "the broker does not answer"
            if message.error() is not None:
                waiting -= 1
                continue
            headers = tuple(message.headers() or ())
            found.append(Message(message.value(), message.key(), message.partition(), headers, message.timestamp()[1]))
    finally:
        consumer.close()
    return sorted(found, key=lambda one: one.partition)

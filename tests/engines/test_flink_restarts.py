"""A stream on Flink that is stopped with a savepoint, or taken down, and resumed, while messages go on coming.

None of them is lost, and none is anywhere twice.
"""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pyarrow.parquet as pq
import pytest
from broker import Broker
from flink_jobs import Job, stream, until
from topics import Message, new_topic, received, send

RESTARTS = 3
BATCH = 40
"""How many messages are sent at a time, ten times a second; one in twenty can't be read."""

PROGRAM = """\
contract payment {{
  id     bigint         not null,
  payer  string         not null,
  amount decimal(10, 2) not null,
  at     timestamp      not null  event time watermark 5 seconds,
}}
connection bus  = kafka {{ bootstrap_servers: env('BUS') }}
connection lake = files {{ root: env('LAKE'), format: parquet }}
source payments: payment from bus {{ topic: '{payments}' }} on invalid quarantine into rejected in lake

view totals = from payments |> aggregate count(*) as payments, sum(amount) as amount group by payer
view minutes =
  from payments
  |> call tumble(at, interval 1 minute)
  |> aggregate count(*) as payments group by window_start, window_end

table kept in lake = from payments |> select id, amount
sink totals_now from totals   into bus {{ topic: '{totals}', mode: upsert }}
sink by_minute  from minutes  into bus {{ topic: '{minutes}', mode: upsert, key: [window_start] }}
sink copies     from payments into bus {{ topic: '{copies}' }}
sink letters    from rejected into bus {{ topic: '{letters}' }}
"""


class Producer(Thread):
    """Sends messages, two partitions in turn, until it is told that it was enough; then what ends the last window."""

    def __init__(self, broker: Broker, topic: str) -> None:
        super().__init__(daemon=True)
        self.broker, self.topic = broker, topic
        self.enough = Event()
        self.sent = 0
        self.bad = 0

    def run(self) -> None:
        while not self.enough.wait(0.1):
            send(self.broker, self.topic, [self._next() for _ in range(BATCH)])
        ending = [payment(-1 - partition, "nobody", "2030-01-01T00:00:00Z") for partition in (0, 1)]
        send(self.broker, self.topic, [Message(text, partition=at) for at, text in enumerate(ending)])

    def _next(self) -> Message:
        number = self.sent
        self.sent += 1
        if number % 20 == 7:
            self.bad += 1
            return Message(b'{"id": %d, "payer": ' % number, partition=number % 2)
        seconds = number // 10
        at = f"2026-01-01T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}Z"
        return Message(payment(number, f"payer {number % 7}", at), partition=number % 2)

    def payments(self) -> list[int]:
        """The numbers of those that can be read."""
        return [number for number in range(self.sent) if number % 20 != 7]


def payment(number: int, payer: str, at: str) -> bytes:
    return json.dumps({"id": number, "payer": payer, "amount": number / 4, "at": at}).encode()


@pytest.fixture
def topics(broker: Broker) -> dict[str, str]:
    names = {name: new_topic(broker) for name in ("copies", "letters", "minutes")}
    compacted = new_topic(broker, partitions=2, cleanup_policy="compact")
    return {"payments": new_topic(broker, partitions=2), "totals": compacted, **names}


def test_a_stream_is_stopped_and_resumed(broker: Broker, topics: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "payments.oftra").write_text(PROGRAM.format(**topics))
    lake = tmp_path / "lake"
    values = {"env.BUS": broker.address, "env.LAKE": str(lake)}
    producer = Producer(broker, topics["payments"])
    with stream(tmp_path / "payments.oftra", values, tmp_path) as job:
        producer.start()
        try:
            since = None
            for _ in range(RESTARTS):
                goes_on(job, since, broker, topics["totals"])
                since = job.stop()
            goes_on(job, since, broker, topics["totals"])
            goes_on(job, job.cancel(), broker, topics["totals"])
        finally:
            producer.enough.set()
            producer.join()
        sent = producer.payments()
        until(job, lambda: counted(broker, topics["totals"]) == len(sent) + 2)
        job.stop()
    assert Counter(values_of(broker, topics["copies"], "id")) == Counter([*sent, -1, -2])
    assert Counter(pq.read_table(lake / "kept.parquet").column("id").to_pylist()) == Counter([*sent, -1, -2])
    letters = values_of(broker, topics["letters"], "position")
    assert len(letters) == len(pq.read_table(lake / "rejected.parquet")) == producer.bad
    amounts = {row["payer"]: row["amount"] for row in last(broker, topics["totals"]).values()}
    wanted: Counter[str] = Counter()
    for number in sent:
        wanted[f"payer {number % 7}"] += Decimal(number) / 4
    assert {payer: amount for payer, amount in amounts.items() if payer != "nobody"} == wanted
    minutes = last(broker, topics["minutes"]).values()
    assert sum([row["payments"] for row in minutes]) == len(sent)
    assert Counter([number // 600 for number in sent]) == Counter(
        {at: row["payments"] for at, row in enumerate(sorted(minutes, key=lambda row: row["window_start"]))}
    )


def goes_on(job: Job, since: str | None, broker: Broker, totals: str) -> None:
    """Start it, and wait until it counts more payments than before."""
    seen = counted(broker, totals)
    job.start(since)
    until(job, lambda: counted(broker, totals) > seen)


def last(broker: Broker, topic: str) -> dict[bytes | None, dict[str, Any]]:
    """What a topic of upserts comes to: of each key the last message, none if that has no value."""
    rows = {one.key: one.value for one in received(broker, topic)}
    return {key: json.loads(value, parse_float=Decimal) for key, value in rows.items() if value is not None}


def counted(broker: Broker, totals: str) -> int:
    return sum([row["payments"] for row in last(broker, totals).values()])


def values_of(broker: Broker, topic: str, field: str) -> list[Any]:
    """What all messages of a topic say of a field."""
    return [json.loads(one.value or b"null")[field] for one in received(broker, topic)]

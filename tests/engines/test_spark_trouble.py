"""Streams on a real Spark when things go wrong: messages of every bad kind, no topic, a broker that is away."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import duckdb
import jars
import pytest
from broker import Broker, free_ports
from test_structured_streaming import compiled, started
from topics import Message, new_topic, send

ORDERS = """\
contract order {
  id    int            not null,
  buyer string         not null,
  paid  decimal(10, 2) not null  check (paid > 0),
  at    timestamp      not null  event time watermark 10 minutes on late into tardy in lake,
}
connection bus  = kafka { bootstrap_servers: env('BUS') }
connection lake = files { root: 'out' }
source orders: order from bus { topic: 'ORDERS', records_per_batch: 20 } on invalid quarantine into rejected in lake

table once in lake =
  from orders
  |> extend row_number() over (partition by id, at order by at) as nth
  |> where nth = 1
  |> select id, buyer, paid, at
"""


def order(id_: object, at: str = "10:00", buyer: object = "b", paid: object = 1.25, **more: object) -> bytes:
    """An order, or what stands for one."""
    return json.dumps({"id": id_, "buyer": buyer, "paid": paid, "at": f"2026-01-01T{at}:00Z", **more}).encode()


BAD: dict[str, tuple[bytes | None, set[str]]] = {
    "no JSON": (b'{"id": 1, "buyer"', {"readable"}),
    "a list": (b"[1, 2]", {"readable"}),
    "no UTF-8": (b'{"id": 1, "buyer": "\xff"}', {"readable"}),
    "no value": (None, {"readable"}),
    "nothing in it": (b"", {"readable"}),
    "a text for a number": (order("one"), {"readable"}),
    "a number that doesn't fit": (order(3_000_000_000), {"readable"}),
    "a number that would be rounded": (order(1, paid=1.255), {"readable"}),
    "no time": (b'{"id": 1, "buyer": "b", "paid": 1.0, "at": "noon"}', {"readable"}),
    "fields missing": (b'{"id": 1, "at": "2026-01-01T10:00:00Z"}', {"buyer not null", "paid not null"}),
    "null where none may be": (order(None), {"id not null"}),
    "a rule broken": (order(1, paid=-1), {"paid > 0"}),
}
"""Messages that are put apart, with the rules that they break."""


def test_messages_of_every_bad_kind_while_the_broker_goes_and_comes_back(tmp_path: Path) -> None:
    with Broker() as broker:
        topic = new_topic(broker)
        compiled(tmp_path, ORDERS.replace("ORDERS", topic), "streaming")
        # Without a key, with one, and again.
        first = [Message(order(number), key) for number, key in ((1, None), (2, b"2"), (1, b"1"))]
        send(broker, topic, [*first, *[Message(value, b"bad") for value, _ in BAD.values()]])
        process = started(tmp_path, jars.kafka_jars(), "--trigger", "200 milliseconds", BUS=broker.address)
        sent = len(first) + len(BAD)

        def wait() -> None:
            """Until all messages went through batches that are done."""
            end = time.monotonic() + 400
            while taken(tmp_path / ".checkpoints" / "program" / "orders", topic) < sent:
                assert process.poll() is None, (tmp_path / "said.txt").read_text()[-4000:]
                assert time.monotonic() < end
                time.sleep(0.1)

        try:
            wait()
            broker.stop()
            time.sleep(5)
            broker.start()
            # The watermark moves behind the first of these, for the last.
            for more in ([order(3, "15:00")], [order(4, "15:01")], [order(5, "10:00"), *[order(6, "15:00")] * 2]):
                send(broker, topic, more)
                sent += len(more)
                wait()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert rows(tmp_path, "once", "id") == [(1,), (2,), (3,), (4,), (6,)]
    assert rows(tmp_path, "tardy", "id, source") == [(5, "orders")]
    rejected = {position: set(rules) for position, rules in rows(tmp_path, "rejected", "position, rules")}
    assert rejected == {at: rules for at, (_, rules) in enumerate(BAD.values(), len(first))}


@pytest.mark.parametrize("what", ["topic", "broker"])
def test_what_is_not_there_fails_the_run(what: str, tmp_path: Path, broker: Broker) -> None:
    # A minute, unless they say otherwise, is how long clients wait for a broker.
    soon = "'no-such-topic', properties: { `default.api.timeout.ms`: 3000, `request.timeout.ms`: 2000 }"
    compiled(tmp_path, ORDERS.replace("'ORDERS'", soon), "streaming")
    address = broker.address if what == "topic" else f"localhost:{free_ports(1)[0]}"
    assert started(tmp_path, jars.kafka_jars(), BUS=address).wait(300) == 3
    told: dict[str, Any] = json.loads((tmp_path / "report.json").read_text())
    assert (told["status"], told["error"]["relation"]) == ("failed", "orders")
    assert {"topic": "UnknownTopicOrPartition", "broker": "TimeoutException"}[what] in told["error"]["message"]


def taken(checkpoint: Path, topic: str) -> int:
    """How many messages of a topic of one partition are through."""
    done = [int(one.name) for one in (checkpoint / "commits").glob("[0-9]*")]
    if not done:
        return 0
    *_, offsets = (checkpoint / "offsets" / str(max(done))).read_text().splitlines()
    found: int = json.loads(offsets)[topic]["0"]
    return found


def rows(folder: Path, table: str, columns: str) -> list[tuple[Any, ...]]:
    """What a table holds, whichever batches it came in."""
    files = f"read_parquet('{folder}/out/{table}.parquet/*/*.parquet')"
    return duckdb.sql(f"select {columns} from {files} order by all").fetchall()

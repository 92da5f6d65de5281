"""Messages without a value in topics whose rows replace each other: the row of their key is gone, on every engine."""

import json
from pathlib import Path
from typing import Any

import jars
import pytest
from broker import Broker
from test_structured_streaming import compiled, run
from topics import Message, new_topic, received, send

import oftra

PROGRAM = """\
contract user {{ id int primary key, name string not null, age int check (age > 0) }}
connection bus = kafka {{ bootstrap_servers: env('BUS') }}
source users: user from bus {{ topic: '{told}', changes: upsert }} on invalid drop
sink users_now from users into bus {{ topic: '{now}', mode: upsert }}
"""


def user(id_: int, name: str | None) -> Message:
    """A user as it is now; gone without a name."""
    key = json.dumps({"id": id_}).encode()
    return Message(json.dumps({"id": id_, "name": name, "age": 1}).encode() if name else None, key)


def test_a_message_without_a_value_deletes(tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    told, now = new_topic(broker), new_topic(broker, cleanup_policy="compact")
    said = [user(1, "Ada"), user(2, "Bob"), user(1, None), user(3, "Cy"), user(3, None), user(3, "Di"), user(4, None)]
    send(broker, told, [*said, Message(None, b"no key of ours"), Message(None)])
    monkeypatch.setenv("BUS", broker.address)
    left = [{"id": 2, "name": "Bob", "age": 1}, {"id": 3, "name": "Di", "age": 1}]
    compiled(tmp_path, PROGRAM.format(told=told, now=now), "streaming")
    for engine in ("duckdb", "flink"):
        rows = oftra.load(tmp_path / "program.oftra", mode="batch").query("from users", engine=engine).to_pylist()
        assert by_id(rows) == left, engine
    report = run(tmp_path, jars.kafka_jars(), BUS=broker.address)
    assert [report["users_changes"][count] for count in ("read", "passed", "dropped")] == [9, 7, 2]
    latest = {one.key: one.value for one in received(broker, now)}
    assert by_id([json.loads(value) for value in latest.values() if value is not None]) == left


def by_id(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: int(row["id"]))

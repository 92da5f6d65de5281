"""Sources of changes as streams of Spark: what tables and topics end in, in whatever order records come."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import jars
import pytest
from broker import Broker
from test_changes import FAULTS, as_json, history, shuffled
from test_structured_streaming import compiled, run, started, stored
from topics import Message, new_topic, received, send

import oftra

FILES = """\
contract change {
  id      int,
  name    string  not null  check (length(name) < 20),
  n       int,
  op      string,
  at      timestamp,
  version int,
  primary key (id),
}
contract place { id int primary key, place string not null }
connection inbox = files { root: 'data' }
connection lake  = delta { root: 'lake' }
source users: change from inbox {
  path: 'users/*.jsonl', unbounded: true, files_per_batch: 1, changes: cdc, op: op, order_by: [at, version],
} on invalid quarantine into rejected in lake
source places: place from inbox { path: 'places.jsonl' }

table current in lake { refresh: merge, key: [id] } = from users |> select id, name, n
table numbered in lake { refresh: merge, key: [number], delete when length(name) > 10 } =
  from users
  |> join places using (id)
  |> where n is not null
  |> select id as number, upper(name) as name, place
"""
BATCHES = 3
TABLES = ("current", "numbered")


def test_tables_end_in_the_last_state_whatever_is_killed(tmp_path: Path) -> None:
    compiled(tmp_path, FILES, "streaming")
    inbox = tmp_path / "data" / "users"
    inbox.mkdir(parents=True)
    changes, now = history(7, 12)
    records = [*shuffled(changes, 8), *FAULTS]
    for at in range(BATCHES):
        (inbox / f"{at}.jsonl").write_text("\n".join(as_json(records[at::BATCHES])))
    (tmp_path / "data" / "places.jsonl").write_text("\n".join([json.dumps({"id": i, "place": "p"}) for i in range(6)]))
    found = jars.lake_jars()
    commits = tmp_path / ".checkpoints" / "program" / "users_changes-update" / "commits"
    process = started(tmp_path, found)
    while process.poll() is None and not list(commits.glob("[0-9]*")):
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    run(tmp_path, found)
    there = {name: sorted(stored(tmp_path, name), key=str) for name in TABLES}
    assert there["current"] == sorted([tuple(row.values()) for row in now.values()], key=str)
    assert len(stored(tmp_path, "rejected")) == len(FAULTS)
    loaded = oftra.load(tmp_path / "program.oftra", mode="batch")
    rows = [tuple(row.values()) for row in loaded.query("from numbered |> where length(name) <= 10").to_pylist()]
    assert there["numbered"] == sorted(rows, key=str) != []


TOPICS = """\
contract change {
  id    int     primary key,
  name  string  not null,
  op    string  not null  from 'op',
  lsn   bigint  not null  from 'source.lsn',
}
contract plain { id string primary key, n int not null, version int not null }
connection bus = kafka { bootstrap_servers: env('BUS') }
source users: change from bus { topic: 'CHANGES', format: debezium, changes: cdc, op: op, order_by: [lsn] }
  on invalid drop
source counts: plain from bus { topic: 'COUNTS', changes: upsert, order_by: [version] } on invalid drop

view names = from users |> where name <> 'nobody' |> select id, name

sink names_out from names into bus { topic: 'NAMES', mode: upsert, key: [id] }
sink counts_out from counts into bus { topic: 'LATEST', mode: upsert, key: [id], key_format: raw, format: csv }
"""


def change(id_: int, name: str | None, lsn: int) -> bytes:
    """What Debezium says of a row: that it is called so now, or that it is gone."""
    row = {"id": id_, "name": name or "before"}
    sides = {"op": "u", "before": None, "after": row} if name else {"op": "d", "before": row, "after": None}
    message: dict[str, Any] = {**sides, "source": {"lsn": lsn, "db": "shop"}, "ts_ms": 0}
    return json.dumps({"schema": {}, "payload": message} if lsn % 2 else message).encode()


def latest(broker: Broker, topic: str) -> dict[bytes | None, bytes]:
    """What a compacted topic is left with: the last message of each key, unless it has no value."""
    found = {one.key: one.value for one in received(broker, topic)}
    return {key: value for key, value in found.items() if value is not None}


def test_topics_end_in_the_last_state_and_say_what_is_gone(
    tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = TOPICS
    names = {name: new_topic(broker) for name in ("CHANGES", "COUNTS", "NAMES", "LATEST")}
    for name, topic in names.items():
        program = program.replace(name, topic)
    compiled(tmp_path, program, "streaming")
    found = jars.kafka_jars()
    changes = [
        change(1, "Ada", 10),
        change(2, "Bob", 11),
        change(1, "Eve", 9),
        change(3, "Cy", 12),
        change(4, "Di", 13),
    ]
    send(broker, names["CHANGES"], [*changes, Message(None), change(3, None, 20), b"no change", change(5, None, 5)])
    counts = [{"id": "ab"[number % 2], "n": number, "version": number} for number in (2, 3, 0, 1)]
    send(broker, names["COUNTS"], [json.dumps(one).encode() for one in counts])
    told = run(tmp_path, found, BUS=broker.address)
    assert [told["users_changes"][count] for count in ("read", "passed", "dropped")] == [8, 7, 1]
    assert latest(broker, names["NAMES"]) == {
        f'{{"id":{id_}}}'.encode(): f'{{"id":{id_},"name":"{name}"}}'.encode()
        for id_, name in ((1, "Ada"), (2, "Bob"), (4, "Di"))
    }
    # What is older than a row, or than its end, says nothing; what a condition leaves out is gone too.
    again = [
        change(1, "Eva", 8),
        change(3, "Cyd", 19),
        change(2, "nobody", 30),
        change(4, None, 31),
        change(5, "El", 4),
    ]
    send(broker, names["CHANGES"], [*again, change(6, "Flo", 32), *changes])
    run(tmp_path, found, BUS=broker.address)
    assert sorted(latest(broker, names["NAMES"]).values()) == [b'{"id":1,"name":"Ada"}', b'{"id":6,"name":"Flo"}']
    assert {one.key for one in received(broker, names["NAMES"]) if one.value is None} >= {b'{"id":2}', b'{"id":4}'}
    assert latest(broker, names["LATEST"]) == {b"a": b"a,2,2", b"b": b"b,3,3"}
    monkeypatch.setenv("BUS", broker.address)
    rows = oftra.load(tmp_path / "program.oftra", mode="batch").query("from names").to_pylist()
    assert sorted([tuple(row.values()) for row in rows]) == [(1, "Ada"), (6, "Flo")]

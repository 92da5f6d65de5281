"""Streams of changes on Flink: out of order and repeated, across a restart, they come to the rows of DuckDB's batch."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from broker import Broker
from databases import PASSWORD, USER, Postgres
from flink_jobs import stream, until
from flinks import as_stream
from test_changes import FAULTS, Change, history, shuffled
from topics import Message, new_topic, received, send

import oftra
from oftra.ir.rel import Scan

PROGRAM = """\
contract change {{
  id      int     primary key,
  name    string  not null  check (length(name) < 20),
  n       int,
  op      string,
  version int,
}}
contract row {{
  id      int     primary key,
  name    string  not null  check (length(name) < 20),
  n       int,
  op      string  from 'op',
  at      timestamp  not null  event time watermark 1 minute,
  version bigint  from 'source.lsn',
}}
contract user {{ id int not null, name string not null, n int }}
connection bus  = kafka {{ bootstrap_servers: env('BUS') }}
connection lake = files {{ root: env('LAKE'), format: parquet }}

source told:    change from bus {{ topic: '{told}', changes: cdc, op: op, order_by: [version] }}
  on invalid quarantine into rejected in lake
source around:  row from bus {{ topic: '{around}', format: debezium, changes: cdc, op: op, order_by: [version] }}
  on invalid quarantine into rejected in lake
source replaced: user from bus {{ topic: '{replaced}', changes: upsert, key: [id] }}
  on invalid quarantine into rejected in lake

view told_rows   = from told |> select id, name, n
view around_rows = from around |> select id, name, n
view lengths =
  from told
  |> aggregate count(*) as names, sum(n) as n, max(name) as last group by length(name) as size

sink told_now     from told_rows     into bus {{ topic: '{told_now}', mode: upsert, key: [id] }}
sink around_now   from around_rows   into bus {{ topic: '{around_now}', mode: upsert, key: [id] }}
sink replaced_now from replaced      into bus {{ topic: '{replaced_now}', mode: upsert, key: [id] }}
sink lengths_now  from lengths       into bus {{ topic: '{lengths_now}', mode: upsert }}
sink letters      from rejected      into bus {{ topic: '{letters}' }}
"""
VIEWS = {"told": "id", "around": "id", "replaced": "id", "lengths": "size"}


def as_debezium(change: Change) -> bytes:
    """A change as Debezium tells of it, half of them with their schema."""
    row = {name: change.get(name) for name in ("id", "name", "n", "at")}
    deletes = str(change.get("op")).lower() in ("d", "delete")
    op = "d" if deletes else change.get("op")
    told = {
        "before": row if deletes else None,
        "after": None if deletes else row,
        "op": op,
        "source": {"lsn": change["version"]},
    }
    return json.dumps(told if change["version"] % 2 else {"schema": {}, "payload": told}).encode()


def messages(changes: list[Change]) -> dict[str, list[Message]]:
    """The records of each topic, in two partitions: a message without a value deletes, or follows one that does."""
    found: dict[str, list[Message]] = {"told": [], "around": [], "replaced": []}
    for change in changes:
        at = int(change["version"]) % 2
        found["told"].append(Message(json.dumps(change).encode(), partition=at))
        found["around"].append(Message(as_debezium(change), partition=at))
        if str(change.get("op")).lower() in ("d", "delete"):
            found["around"].append(Message(None, b"key", partition=at))
            found["replaced"].append(Message(None, json.dumps({"id": change["id"]}).encode(), (change["id"] or 0) % 2))
        elif change["id"] is not None:
            row = {name: change.get(name) for name in ("id", "name", "n")}
            found["replaced"].append(Message(json.dumps(row).encode(), partition=change["id"] % 2))
    return found


def test_changes_come_to_the_last_state(broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"env.BUS": broker.address, "env.LAKE": str(tmp_path / "lake")}
    for name, value in values.items():
        monkeypatch.setenv(name.removeprefix("env."), value)
    sources = {name: new_topic(broker, partitions=2) for name in ("told", "around", "replaced")}
    sinks = {f"{name}_now": new_topic(broker, cleanup_policy="compact") for name in (*sources, "lengths")}
    project = tmp_path / "changes.oftra"
    project.write_text(PROGRAM.format(**sources, **sinks, letters=(letters := new_topic(broker))))
    changes, now = history(11)
    records = messages([*shuffled(changes, 12), *FAULTS])
    with stream(project, values, tmp_path) as job:
        for name, topic in sources.items():
            send(broker, topic, records[name][: len(records[name]) // 2])
        job.start()
        until(job, lambda: all(state(broker, topic) for topic in sinks.values()))
        since = job.stop()
        before = {name: state(broker, topic) for name, topic in sinks.items()}
        for name, topic in sources.items():
            send(broker, topic, records[name][len(records[name]) // 2 :])
        wanted = {f"{view}_now": batch(project, view, key) for view, key in VIEWS.items()}
        job.start(since)
        until(job, lambda: {name: state(broker, topic) for name, topic in sinks.items()} == wanted)
        job.stop()
    rows = {id_: {name: row[name] for name in ("id", "name", "n")} for id_, row in now.items()}
    assert wanted["told_now"] == wanted["around_now"] == rows
    assert wanted["replaced_now"] == last_values(records["replaced"])
    for name in ("told_now", "around_now", "replaced_now"):
        assert before[name].keys() - wanted[name].keys(), "no row that was there was deleted"
    rejected = [json.loads(one.value or b"null")["source"] for one in received(broker, letters)]
    assert Counter(rejected) == {"told_changes": 4, "around_changes": 4, "replaced_changes": 2}


INTO_TABLES = f"""\
contract change {{
  id      int     primary key,
  name    string  not null  check (length(name) < 20),
  n       int,
  op      string,
  version int,
}}
connection bus  = kafka {{ bootstrap_servers: env('BUS') }}
connection shop = jdbc {{ url: env('SHOP'), user: '{USER}', password: secret('shop/password') }}
source told: change from bus {{ topic: 'TOLD', changes: cdc, op: op, order_by: [version] }} on invalid drop
table current in shop {{ refresh: merge, key: [id] }} = from told |> select id, name, n
table short in shop {{ refresh: merge, key: [id], delete when length(name) > 9 }} = from told |> select id, name
"""
TABLES = """
drop table if exists current, short;
create table current (id int primary key, name text, n int);
create table short (id int primary key, name text);
"""


def test_changes_are_merged_into_tables(broker: Broker, postgres: Postgres, tmp_path: Path) -> None:
    postgres.execute(TABLES)
    topic = new_topic(broker)
    project = tmp_path / "changes.oftra"
    project.write_text(INTO_TABLES.replace("TOLD", topic))
    changes, now = history(21)
    sent = messages([*shuffled(changes, 22), *FAULTS])["told"]
    values = {"env.BUS": broker.address, "env.SHOP": postgres.url, "secret.shop/password": PASSWORD}
    current = [(id_, now[id_]["name"], now[id_]["n"]) for id_ in sorted(now)]
    short = [(id_, name) for id_, name, _ in current if len(name) < 10]
    with stream(project, values, tmp_path) as job:
        send(broker, topic, [Message(one.value) for one in sent[: len(sent) // 2]])
        job.start()
        until(job, lambda: bool(postgres.rows("table current")) and bool(postgres.rows("table short")))
        send(broker, topic, [Message(one.value) for one in sent[len(sent) // 2 :]])
        until(job, lambda: postgres.rows("select * from current order by id") == current)
        until(job, lambda: postgres.rows("select * from short order by id") == short)
    assert 0 < len(short) < len(current)


MERGED = """\
contract item { id int not null, name string, version int not null, gone boolean }
connection lake = files { root: 'data', format: parquet }
source items: item from lake { path: 'items.jsonl' }
table newest in lake { refresh: merge, key: [id], order_by: [version], delete when gone } = from items
"""


def test_a_table_is_merged_into_by_its_order_and_what_it_deletes(tmp_path: Path) -> None:
    choose = random.Random(3)
    rows = [{"id": choose.randrange(9), "name": f"n{n}", "version": n, "gone": n % 3 == 0} for n in range(90)]
    last = {row["id"]: row for row in rows}
    (tmp_path / "program.oftra").write_text(MERGED)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "items.jsonl").write_text("\n".join([json.dumps(row) for row in shuffled(rows, 4)]))
    program = oftra.load(tmp_path).ir
    merged = as_stream(program, Scan("newest", program.by_name["newest"].columns), str(tmp_path))
    stay = [row for row in last.values() if not row["gone"]]
    assert len(stay) < len(last)
    assert sorted(merged.to_pylist(), key=lambda row: int(row["id"])) == sorted(stay, key=lambda row: int(row["id"]))


def last_values(sent: list[Message]) -> dict[int, Any]:
    """What is left of rows that replace each other, but for those that can't be read."""
    found: dict[int, Any] = {}
    for one in sent:
        row = json.loads(one.value or one.key or b"{}")
        if one.value is None:
            found.pop(row["id"], None)
        elif row["name"] is not None:
            found[row["id"]] = row
    return found


def batch(project: Path, view: str, key: str) -> dict[Any, Any]:
    """The rows that DuckDB makes of the topics, by key."""
    asked = f"from {view}" + (" |> select id, name, n" if key == "id" else "")
    rows = oftra.load(project).query(asked, engine="duckdb")
    return {row[key]: row for row in rows.to_pylist()}


def state(broker: Broker, topic: str) -> dict[Any, Any]:
    """The rows that a topic of upserts comes to, by key."""
    found: dict[Any, Any] = {}
    for one in received(broker, topic):
        (key,) = json.loads(one.key or b"{}").values()
        found.pop(key, None)
        if one.value is not None:
            found[key] = json.loads(one.value)
    return found

"""Queries over topics on a real Spark, killed again and again while messages come: none is lost, none counts twice.

Each is killed in the midst of a batch: when one of its outputs has what came, and others don't.
"""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import jars
from broker import Broker
from test_structured_streaming import compiled, run, started, stored
from topics import Message, new_topic, received, send

CLICKS = """\
contract click {
  id   int       not null,
  page string    not null,
  at   timestamp not null  event time watermark 10 minutes on late into tardy in aside,
}
connection bus   = kafka { bootstrap_servers: env('BUS') }
connection lake  = delta { root: 'lake' }
connection aside = files { root: 'aside', format: parquet }
source clicks: click from bus { topic: 'CLICKS', records_per_batch: 40 } on invalid quarantine into rejected in aside

table every in lake = from clicks |> select id

table hourly in lake { refresh: merge, key: [page, window_start] } =
  from clicks
  |> call tumble(at, interval 1 hour)
  |> aggregate count(*) as clicks, sum(id) as ids
     group by page, window_start, window_end

sink by_hour from hourly into bus { topic: 'HOURS', mode: upsert, key: [page, window_start] }
"""

BATCH, COMMITS = 40, ".checkpoints/program/clicks-update/commits/[0-9]*"
CUTS = ("lake/every/_delta_log/*.json", "lake/hourly/_delta_log/*.json", "aside/rejected.parquet/batch=*/_SUCCESS")
"""What is written for a batch before it is cut off: rows that are added, rows by key, rows that are put apart."""
BEGIN = datetime(2026, 1, 1, 10, tzinfo=UTC)


def click(number: int) -> tuple[str, str, datetime]:
    """What becomes of a click, its page and its time: of twenty one is broken and one comes hours late."""
    kind = {7: "broken", 13: "late"}.get(number % 20, "good")
    behind = timedelta(hours=5) if kind == "late" else timedelta()
    return kind, "abc"[number % 3], BEGIN + timedelta(minutes=number) - behind


def message(number: int) -> Message:
    """A click as it is sent."""
    kind, page, at = click(number)
    id_: object = "?" if kind == "broken" else number
    return Message(json.dumps({"id": id_, "page": page, "at": at.isoformat()}).encode(), partition=number % 2)


@contextmanager
def load(broker: Broker, topic: str, folder: Path) -> Iterator[list[int]]:
    """Messages that come all the time, always more than a batch takes; in the end, how many."""
    sent, done = [0], threading.Event()

    def produce() -> None:
        while not done.is_set():
            if sent[0] < (written(folder, COMMITS) + 2) * BATCH:
                send(broker, topic, [message(number) for number in range(sent[0], sent[0] + 10)])
                sent[0] += 10
            done.wait(0.1)

    thread = threading.Thread(target=produce)
    thread.start()
    try:
        yield sent
    finally:
        done.set()
        thread.join()


def test_queries_over_topics_that_are_killed_lose_nothing_and_count_nothing_twice(
    tmp_path: Path, broker: Broker
) -> None:
    topics = {"CLICKS": new_topic(broker, partitions=2), "HOURS": new_topic(broker, cleanup_policy="compact")}
    program = CLICKS
    for name, topic in topics.items():
        program = program.replace(name, topic)
    compiled(tmp_path, program, "streaming")
    found = [*jars.kafka_jars(), *jars.lake_jars()]
    with load(broker, topics["CLICKS"], tmp_path) as sent:
        for done, cut in enumerate(CUTS):
            process = started(tmp_path, found, "--trigger", "0 seconds", BUS=broker.address)
            # What an earlier one left behind comes first, and once more.
            grown(tmp_path, COMMITS, done - 1, process)
            grown(tmp_path, cut, written(tmp_path, cut), process)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    run(tmp_path, found, BUS=broker.address)
    of_kind: dict[str, list[int]] = {"good": [], "late": [], "broken": []}
    for number in range(sent[0]):
        of_kind[click(number)[0]].append(number)
    every = [id_ for (id_,) in stored(tmp_path, "every")]
    tardy = put_apart(tmp_path, "tardy", "id")
    assert sorted([*every, *tardy]) == sorted([*of_kind["good"], *of_kind["late"]])
    assert tardy
    assert len(put_apart(tmp_path, "rejected", "record")) == len(of_kind["broken"])
    hours: dict[tuple[str, datetime], tuple[int, int]] = {}
    for number in every:
        _, page, at = click(number)
        key = page, at.replace(minute=0)
        clicks, ids = hours.get(key, (0, 0))
        hours[key] = clicks + 1, ids + number
    assert {(page, start): (clicks, ids) for page, start, _, clicks, ids in stored(tmp_path, "hourly")} == hours
    last: dict[bytes | None, Any] = {one.key: json.loads(one.value or b"") for one in received(broker, topics["HOURS"])}
    assert {
        (row["page"], datetime.fromisoformat(row["window_start"])): (row["clicks"], row["ids"]) for row in last.values()
    } == hours


def written(folder: Path, files: str) -> int:
    """How often something was written."""
    return len(list(folder.glob(files)))


def grown(folder: Path, files: str, number: int, process: "subprocess.Popen[str]") -> None:
    """Wait until more than a number is there, while a query runs."""
    while written(folder, files) <= number:
        assert process.poll() is None, (folder / "said.txt").read_text()[-4000:]
        time.sleep(0.02)


def put_apart(folder: Path, table: str, column: str) -> list[Any]:
    """What a column holds of rows that are in files."""
    files = f"read_parquet('{folder}/aside/{table}.parquet/*/*.parquet')"
    return [value for (value,) in duckdb.sql(f"select {column} from {files}").fetchall()]

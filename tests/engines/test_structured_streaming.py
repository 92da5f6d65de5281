"""Streams of modules on a real Spark: what is judged, put apart and stored, also by queries that were killed."""

import json
import os
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import jars
import sparks
from broker import Broker
from topics import Message, new_topic, received, send

import oftra
from oftra.ir.program import Mode

VISITS = """\
contract visit {
  id      string    not null,
  section string    not null,
  at      timestamp not null  event time watermark 10 minutes,
}
connection bus  = kafka { bootstrap_servers: env('BUS') }
connection lake = files { root: 'out' }
source visits: visit from bus { topic: 'VISITS', metadata: [offset] } on invalid quarantine into rejected in lake

table once in lake =
  from visits
  |> extend row_number() over (partition by id, at order by at) as nth
  |> where nth = 1
  |> call tumble(at, interval 10 minutes)
  |> aggregate count(*) as visits
     group by section, window_start, window_end

sink by_section from once into bus { topic: 'SECTIONS', mode: upsert, key: [section, window_start] }
sink letters from rejected into bus { topic: 'LETTERS' }
"""

PAYMENTS = """\
contract payment {
  id     int            not null,
  shop   string         not null,
  amount decimal(10, 2) not null  check (amount > 0),
  at     timestamp      not null  event time watermark 5 minutes,
}
connection inbox = files { root: 'data' }
connection lake  = delta { root: 'lake' }
source payments: payment from inbox { path: 'payments', format: json, unbounded: true, files_per_batch: 1 }
  on invalid quarantine into refused in lake

table takings in lake { refresh: merge, key: [shop, window_start] } =
  from payments
  |> call tumble(at, interval 1 hour)
  |> aggregate sum(amount) as amount, count(*) as payments
     group by shop, window_start, window_end

table newest in lake { refresh: merge, key: [shop], order_by: [at] } = from payments |> select shop, id, at
table all_payments in lake = from payments |> select id, shop, amount

pipeline all_day { build: [takings, newest, all_payments], mode: streaming }
"""

# A kill between Spark's log of files and that of batches makes one batch of two files: two kills leave the last one.
FILES, RECORDS = 4, 40


def compiled(folder: Path, program: str, mode: Mode | None = None) -> None:
    """A folder with a program, and the module that is made of it."""
    (folder / "program.oftra").write_text(program)
    loaded = oftra.load(folder / "program.oftra", mode=mode)
    (folder / "program.py").write_text(loaded.compile("pyspark")["program.py"])


def started(folder: Path, found: list[Path], *arguments: str, **more: str) -> "subprocess.Popen[str]":
    """The module as a process, with jars that were found for it."""
    given = {**sparks.environment("--jars", ",".join(map(str, found))), **more} if found else sparks.environment()
    words = [str(sparks.python_of(sparks.INSTALLED)), "program.py", "--report", "report.json", *arguments]
    with open(folder / "said.txt", "a", encoding="utf-8") as out:
        return subprocess.Popen(words, cwd=folder, env=given, stdout=out, stderr=out, text=True, start_new_session=True)


def run(folder: Path, found: list[Path], *arguments: str, **more: str) -> dict[str, Any]:
    """What a run that goes well tells of each relation."""
    status = started(folder, found, *arguments, **more).wait(900)
    assert status == 0, (folder / "said.txt").read_text()[-4000:]
    told = json.loads((folder / "report.json").read_text())
    return {one["name"]: one for one in told["relations"]}


def payments() -> list[list[dict[str, Any]]]:
    """Files of payments, later ones of later hours; one of twenty is wrong."""
    begin = datetime(2026, 1, 1, 10, tzinfo=UTC)
    files = []
    for file in range(FILES):
        records = []
        for at in range(RECORDS):
            number = file * RECORDS + at
            moment = begin + timedelta(minutes=file * 30, seconds=at)
            amount = "-1.00" if number % 20 == 7 else f"{number % 13 + 1}.25"
            shop = "abc"[number % 3]
            records.append({"id": number, "shop": shop, "amount": float(amount), "at": moment.isoformat()})
        files.append(records)
    return files


def test_queries_that_are_killed_lose_nothing_and_store_nothing_twice(tmp_path: Path) -> None:
    compiled(tmp_path, PAYMENTS)
    inbox = tmp_path / "data" / "payments"
    inbox.mkdir(parents=True)
    records = payments()
    for at, lines in enumerate(records):
        (inbox / f"{at:02}.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    lake = jars.lake_jars()
    commits = tmp_path / ".checkpoints" / "program" / "payments-update" / "commits"
    for until in (1, 2):
        process = started(tmp_path, lake)
        while process.poll() is None and len(list(commits.glob("[0-9]*"))) < until:
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    told = run(tmp_path, lake)
    good = [one for file in records for one in file if one["amount"] > 0]
    takings: dict[tuple[str, datetime], list[Decimal]] = {}
    for one in good:
        hour = datetime.fromisoformat(one["at"]).replace(minute=0, second=0)
        takings.setdefault((one["shop"], hour), []).append(Decimal(str(one["amount"])))
    rows = {(shop, start): (amount, count) for shop, start, _, amount, count in stored(tmp_path, "takings")}
    assert rows == {key: (sum(amounts), len(amounts)) for key, amounts in takings.items()}
    newest = {one["shop"]: one["id"] for one in good}
    assert {shop: id_ for shop, id_, _ in stored(tmp_path, "newest")} == newest
    assert sorted([id_ for id_, *_ in stored(tmp_path, "all_payments")]) == [one["id"] for one in good]
    refused = stored(tmp_path, "refused")
    assert len(refused) == FILES * RECORDS - len(good)
    source = told["payments"]
    assert source["read"] == source["passed"] + source["dropped"] + source["quarantined"] > 0


def test_files_are_judged_once_and_windows_come_when_they_are_over(tmp_path: Path) -> None:
    compiled(tmp_path, (Path(__file__).parent.parent / "golden" / "streams" / "program.oftra").read_text())
    inbox = tmp_path / "data" / "clicks"
    inbox.mkdir(parents=True)
    (tmp_path / "data" / "pages.csv").write_text("page,section\n/,home\n/a,news\n")

    def click(number: int, minute: int, page: str = "/a", user: int = 1) -> str:
        at = f"2026-01-01T{10 + minute // 60}:{minute % 60:02}:00Z"
        return json.dumps({"id": f"c{number}", "user_id": user, "page": page, "at": at})

    lines = [*[click(number, number) for number in range(30)], click(30, 29, "/health"), click(31, 29, user=-1), "?"]
    (inbox / "1.jsonl").write_text("\n".join(lines))
    told = run(tmp_path, [])
    source = told["clicks"]
    assert (source["read"], source["passed"], source["dropped"], source["quarantined"]) == (33, 30, 1, 2)
    assert (told["visits"]["rows"], told["visits_json"]["rows"], told["rejected"]["rows"]) == (30, 30, 2)
    assert written(tmp_path, "busy") == [("news", 10, 0, 15, 1)]
    # The first is of a window that is over, the second ends a stay.
    (inbox / "2.jsonl").write_text("\n".join([click(40, 3), click(41, 59, "/", 2)]))
    told = run(tmp_path, [])
    assert (told["clicks"]["read"], told["clicks"]["passed"], told["visits"]["rows"]) == (2, 2, 2)
    assert told["clicks"]["late"] > 0
    assert written(tmp_path, "busy") == [("news", 10, 0, 15, 1), ("news", 10, 15, 15, 1)]
    stays = duckdb.sql(
        f"select user_id, clicks from read_parquet('{tmp_path}/out/stays.parquet/*/*.parquet')"
    ).fetchall()
    assert stays == [(1, 30)]


def written(folder: Path, table: str) -> list[tuple[Any, ...]]:
    """Windows of clicks: section, hour and minute of the start, clicks and users."""
    start = "window_start at time zone 'UTC'"
    files = f"read_parquet('{folder}/out/{table}.parquet/*/*.parquet')"
    columns = f"section, hour({start}), minute({start}), clicks, users"
    return duckdb.sql(f"select {columns} from {files} order by all").fetchall()


def test_messages_go_from_topic_to_topic(tmp_path: Path, broker: Broker) -> None:
    names = {name: new_topic(broker) for name in ("VISITS", "SECTIONS", "LETTERS")}
    program = VISITS
    for name, topic in names.items():
        program = program.replace(name, topic)
    compiled(tmp_path, program, "streaming")

    def visit(number: int, minute: int) -> bytes:
        at = f"2026-01-01 {10 + minute // 60}:{minute % 60:02}:00Z"
        return json.dumps({"id": f"v{number}", "section": "ab"[number % 2], "at": at}).encode()

    first = [visit(number, number // 2) for number in range(60)]
    broken = [b"no record", b'{"id": "x"}', b"\xff", None]
    send(broker, names["VISITS"], [*first, first[3], *[Message(one) for one in broken]])
    found = jars.kafka_jars()
    told = run(tmp_path, found, BUS=broker.address)["visits"]
    assert (told["read"], told["passed"], told["quarantined"], told["late"]) == (65, 61, 4, 0)
    # Two are of a window that is over by now.
    later = [visit(100, 1), visit(101, 2), visit(102, 50), visit(103, 90)]
    send(broker, names["VISITS"], later)
    told = run(tmp_path, found, BUS=broker.address)["visits"]
    assert (told["read"], told["passed"], told["quarantined"], told["late"]) == (4, 4, 0, 2)
    letters = [json.loads(one.value or b"") for one in received(broker, names["LETTERS"])]
    assert [one["position"] for one in letters] == [61, 62, 63, 64]
    assert {one["file"] for one in letters} == {f"{names['VISITS']}-0"}
    counts: dict[str, int] = {}
    for one in received(broker, names["SECTIONS"]):
        row = json.loads(one.value or b"")
        assert json.loads(one.key or b"") == {"section": row["section"], "window_start": row["window_start"]}
        counts[row["window_start"]] = counts.get(row["window_start"], 0) + row["visits"]
    assert counts == {f"2026-01-01 10:{minute}0:00Z": 20 for minute in range(3)} | {"2026-01-01 10:50:00Z": 1}


def stored(folder: Path, table: str) -> list[tuple[Any, ...]]:
    """The rows of a table of Delta Lake: those of the files that its log has not done away with."""
    live: set[str] = set()
    for log in sorted((folder / "lake" / table / "_delta_log").glob("*.json")):
        for action in map(json.loads, log.read_text().splitlines()):
            if "add" in action:
                live.add(action["add"]["path"])
            elif "remove" in action:
                live.discard(action["remove"]["path"])
    files = [str(folder / "lake" / table / name) for name in sorted(live)]
    duckdb.execute("set timezone = 'UTC'")
    found = duckdb.sql(f"from read_parquet({files})").to_arrow_table()
    return [tuple(row.values()) for row in found.to_pylist()]

"""Clicks from a broker to a broker: brings one up, sends events, runs the program, and checks what came out.

`python demo.py duckdb --events 20000`. All that is checked against is computed here, from the events, in plain Python.
The last line tells whether the numbers add up.
"""

import argparse
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from broker import Broker  # noqa: E402  (both lie in folders of scripts, not in a package)
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition  # noqa: E402
from confluent_kafka.admin import AdminClient, NewTopic  # noqa: E402
from events import TOPIC, Event, events, send  # noqa: E402

import oftra  # noqa: E402
from oftra.targets.flink_sql.local import started  # noqa: E402
from oftra.targets.pyspark.jars import kafka_jars  # noqa: E402

SECTIONS, REJECTED = "section-clicks", "clicks-rejected"
TEN_MINUTES = timedelta(minutes=10)
MANY = 50_000
"""What takes an engine longer than a minute, and what Spark takes at a time of more events."""

Windows = dict[tuple[str, str], tuple[int, int, Decimal | None]]
"""By section and window: clicks, how long pages had been open, the dearest basket."""


class Counts(NamedTuple):
    """What a run says of the messages that it read, and what was stored."""

    read: int
    valid: int
    quarantined: int
    late: int
    windows: Windows
    late_ids: frozenset[str]
    is_open: bool = False
    """Whether windows are missing that are not over: the last click's own."""

    @property
    def clicks(self) -> int:
        """How many clicks the windows have."""
        return sum([window[0] for window in self.windows.values()])


def run_duckdb(folder: Path, _: int) -> Counts:
    """In batch: up to where the topic ends as the run begins. Nothing is late then."""
    report = folder / "report.json"
    command = [str(Path(sys.executable).with_name("oftra")), "run", "--engine", "duckdb", "--report", str(report)]
    subprocess.run([*command, "-p", str(HERE)], check=True, stdout=subprocess.DEVNULL)
    return counts(json.loads(report.read_text()), folder / "lake")


def run_spark(folder: Path, sent: int) -> Counts:
    """As a stream, batch after batch up to where the topic ends as the run begins."""
    report = folder / "report.json"
    (folder / "clicks.py").write_text(module(sent))
    jars = ",".join([str(jar) for jar in kafka_jars()])
    options = f"--master local[2] --driver-memory 2g --conf spark.sql.shuffle.partitions=2 --jars {jars} pyspark-shell"
    environment = {**os.environ, "PYSPARK_SUBMIT_ARGS": options, "SPARK_LOCAL_IP": "127.0.0.1"}
    if sent < MANY:
        # A Java that is done in a minute doesn't polish its code meanwhile.
        environment["JDK_JAVA_OPTIONS"] = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    (folder / "data").symlink_to(HERE / "data")
    command = [sys.executable, "clicks.py", "--report", str(report)]
    with open(folder / "said.txt", "w") as said:
        done = subprocess.run(command, cwd=folder, env=environment, stdout=said, stderr=said, check=False)
    if done.returncode != 0:
        raise SystemExit((folder / "said.txt").read_text()[-4000:])
    return counts(json.loads(report.read_text()), folder / "lake")._replace(is_open=True)


def module(sent: int) -> str:
    """The module that is generated, in three batches or more: what is late is so behind the one before the last."""
    written = oftra.load(HERE, mode="streaming").compile("pyspark")["clicks.py"]
    return written.replace('"maxOffsetsPerTrigger", 50000', f'"maxOffsetsPerTrigger", {min(sent // 3 + 3, MANY)}')


def counts(report: dict[str, Any], lake: Path) -> Counts:
    """What a run report and the lake say, whichever engine wrote them."""
    (clicks,) = [one for one in report["relations"] if one["name"] == "clicks"]
    late = frozenset([row["click_id"] for row in parquet(lake, "late_clicks")])
    return Counts(clicks["read"], clicks["passed"], clicks["quarantined"], clicks["late"], stored(lake), late)


def run_flink(folder: Path, sent: int) -> Counts:
    """As a stream, up to where the topic ends as the run begins, so that the demo ends too."""
    script = ending_script(folder)
    settings = dict(re.findall(r"^set '(.*)' = '(.*)';$", script, re.MULTILINE))
    # Flink's memory would take no more than 5 MB of a state; and what fails is to end.
    settings["execution.checkpointing.dir"] = (folder / "checkpoints").as_uri()
    settings["restart-strategy.type"] = "none"
    connection = started(lasts=sent > MANY).open("streaming", settings)
    tables, _, job = re.sub(r"^(--|set ).*\n", "", script, flags=re.MULTILINE).partition("execute statement set")
    for statement in tables.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    running = connection.submit(f"execute statement set{job.rstrip().removesuffix(';')}")
    while (status := connection.status(running)) not in ("FINISHED", "FAILED", "CANCELED"):
        time.sleep(0.5)
    if status != "FINISHED":
        raise SystemExit(f"Flink's job is {status.lower()}")
    connection.close()
    clicks = last(folder / "run_report")["clicks"]
    # What counts rows says nothing before there is one.
    late = last(folder / "late_report").get("clicks", {"late": 0})["late"]
    ids = frozenset([row["click_id"] for row in parquet(folder / "lake", "late_clicks")])
    valid = last(folder / "valid")["clicks"]["valid"]
    return Counts(clicks["read"], valid, clicks["quarantined"], late, stored(folder / "lake"), ids)


def ending_script(folder: Path) -> str:
    """The script that is generated, with its values filled in, an end of the topic, and reports in files."""
    written = oftra.load(HERE, mode="streaming").compile("flink_sql")
    (script,) = [text for name, text in written.items() if name.endswith(".sql")]
    script = script.replace("${env.BUS}", os.environ["BUS"]).replace("${env.LAKE}", os.environ["LAKE"])
    script = script.replace("'path' = 'data/", f"'path' = '{HERE}/data/")
    start = "'scan.startup.mode' = 'earliest-offset',"
    script = script.replace(start, f"{start} 'scan.bounded.mode' = 'latest-offset',")
    kept = "'connector' = 'filesystem', 'path' = '{}', 'format' = 'debezium-json'"
    for report in ("run_report", "late_report"):
        script = re.sub(
            rf"(create table {report} \([^;]*with \()[^;]*;", rf"\1{kept.format(folder / report)});", script
        )
    # What goes on is counted beside all else, by itself.
    made = f"create table valid (relation string, valid bigint) with ({kept.format(folder / 'valid')});\n\n"
    insert = "  insert into valid select 'clicks', count(*) from clicks;\n\n"
    begin = "execute statement set\nbegin\n"
    return script.replace(begin, made + begin + insert)


def last(report: Path) -> dict[str, dict[str, Any]]:
    """What a report says in the end of each relation."""
    files = sorted(report.iterdir()) if report.exists() else []
    changes = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    return {change["after"]["relation"]: change["after"] for change in changes if change["after"]}


ENGINES: dict[str, Callable[[Path, int], Counts]] = {"duckdb": run_duckdb, "flink": run_flink, "spark": run_spark}


def parquet(lake: Path, table: str) -> list[dict[str, Any]]:
    """The rows of a table, in one file or a folder of them; of no rows Flink writes neither."""
    import pyarrow.parquet  # heavy, and only needed once a run is over

    place = lake / f"{table}.parquet"
    if not place.exists():
        return []
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(place).to_pylist()
    return rows


def stored(lake: Path) -> Windows:
    """The windows in the lake."""
    return {
        (row["section"], shown(row["window_start"])): (row["clicks"], row["open_for"], row["dearest"])
        for row in parquet(lake, "sections")
    }


def shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"


def expected(made: list[Event], late: frozenset[str]) -> Windows:
    """The same windows, counted from the events themselves: each click once, but for those that came too late."""
    with open(HERE / "data" / "pages.csv", newline="") as file:
        sections = {row["page"]: row["section"] for row in csv.DictReader(file)}
    clicks = {event.click["click_id"]: event.click for event in made if event.click is not None}
    windows: Windows = {}
    for click_id, click in clicks.items():
        if click_id in late:
            continue
        moment = datetime.fromisoformat(click["clicked_at"])
        start = moment - (moment - datetime.min.replace(tzinfo=moment.tzinfo)) % TEN_MINUTES
        key = sections.get(click["page"], "unknown"), shown(start)
        count, open_for, dearest = windows.get(key, (0, 0, None))
        prices = [price for price in (dearest, click["basket"]) if price is not None]
        windows[key] = count + 1, open_for + click["open_for"], max(prices, default=None)
    return windows


def messages(broker: Broker, topic: str) -> list[tuple[bytes | None, Any]]:
    """All that a topic holds: keys, and what their JSON says."""
    consumer = Consumer(
        {
            "bootstrap.servers": broker.address,
            "group.id": "demo",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "log_level": 0,
        }
    )
    places = [
        TopicPartition(topic, one, OFFSET_BEGINNING) for one in consumer.list_topics(topic).topics[topic].partitions
    ]
    consumer.assign(places)
    found, open_ones = [], len(places)
    while open_ones:
        message = consumer.poll(30)
        if message is None:
            raise SystemExit(f"the broker says nothing of {topic}")
        if message.error() is None:
            found.append((message.key(), json.loads(message.value() or b"null", parse_float=Decimal)))
        else:
            open_ones -= 1
    consumer.close()
    return found


def latest(sent: list[tuple[bytes | None, Any]]) -> Windows:
    """The windows that a topic of upserts comes to: of each key the last."""
    rows = dict(sent).values()
    return {
        (row["section"], shown(datetime.fromisoformat(row["window_start"]))): (
            row["clicks"],
            row["open_for"],
            None if row["dearest"] is None else Decimal(row["dearest"]),
        )
        for row in rows
    }


def check(name: str, found: object, wanted: object) -> None:
    """Stop if they differ."""
    if found != wanted:
        raise SystemExit(f"{name}: {found} came out, {wanted} was to be expected")
    if isinstance(found, int):
        print(f"  {name}: {found:,}")


def add_up(made: list[Event], found: Counts, broker: Broker) -> Windows:
    """Check what a run gave against what was sent; it gives the windows that both come to."""
    kinds = kinds_of(made)
    bad = sum([number for kind, number in kinds.items() if kind not in ("good", "late", "twice")])
    check("read", found.read, len(made))
    check("valid, late and quarantined", found.valid + found.late + found.quarantined, found.read)
    check("quarantined", found.quarantined, bad)
    check("late", len(found.late_ids), found.late)
    letters = [letter for _, letter in messages(broker, REJECTED)]
    check("dead letters", len({(letter["file"], letter["position"]) for letter in letters}), bad)
    wanted = expected(made, found.late_ids)
    if found.is_open:
        last = max(start for _, start in wanted)
        wanted = {key: window for key, window in wanted.items() if key[1] != last}
    check("windows in parquet", found.windows, wanted)
    check("windows in the topic", latest(messages(broker, SECTIONS)), wanted)
    check("windows", len(wanted), len(found.windows))
    check("clicks in them", found.clicks, unique(made) - len(found.late_ids) - found.is_open)
    return wanted


def unique(made: list[Event]) -> int:
    """How many different clicks were sent that are as agreed."""
    return len({event.click["click_id"] for event in made if event.click is not None})


def empty(broker: Broker) -> None:
    """The program's topics, with nothing in them."""
    admin = AdminClient({"bootstrap.servers": broker.address, "log_level": 0})
    if there := [name for name in admin.list_topics(timeout=30).topics if name in (TOPIC, SECTIONS, REJECTED)]:
        for gone in admin.delete_topics(there).values():
            gone.result(30)
        while any(name in admin.list_topics(timeout=30).topics for name in there):
            time.sleep(0.1)
    topics = [NewTopic(TOPIC, 3, 1), NewTopic(REJECTED, 1, 1)]
    topics.append(NewTopic(SECTIONS, 2, 1, config={"cleanup.policy": "compact"}))
    for made in admin.create_topics(topics).values():
        made.result(30)


def demo(engine: str, made: list[Event], broker: Broker) -> str:
    """Send events, run the program over them, and check what came out: the numbers, in a line."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        os.environ |= {"BUS": broker.address, "LAKE": str(folder / "lake")}
        empty(broker)
        send(made, broker.address)
        print(f"{len(made):,} events: " + ", ".join([f"{n:,} {kind}" for kind, n in kinds_of(made).most_common()]))
        begin = time.monotonic()
        found = ENGINES[engine](folder, len(made))
        seconds = time.monotonic() - begin
        wanted = add_up(made, found, broker)
        if engine != "duckdb":
            empty(broker)
            send(
                [one for one in made if one.click is None or one.click["click_id"] not in found.late_ids],
                broker.address,
            )
            os.environ["LAKE"] = str(folder / "again")
            again = run_duckdb(folder, len(made)).windows
            check("windows on DuckDB without the late clicks", {key: again[key] for key in wanted}, wanted)
    same = (
        "as computed from the events" if engine == "duckdb" else "as on DuckDB, and as computed, without the late ones"
    )
    return (
        f"the numbers add up on {engine}: {found.read:,} read = {found.valid:,} valid + "
        f"{found.quarantined:,} quarantined + {found.late:,} late; {len(found.windows):,} windows of "
        f"{found.clicks:,} clicks are {same}; {seconds:.1f} s"
    )


def kinds_of(made: list[Event]) -> Counter[str]:
    """How many there are of each kind."""
    return Counter(event.kind for event in made)


def main() -> None:
    """Bring a broker up, and tell what became of the events."""
    about = argparse.ArgumentParser(description="Clicks from a broker to a broker.")
    about.add_argument("engine", nargs="?", default="duckdb", choices=sorted(ENGINES))
    about.add_argument("--events", type=int, default=20_000)
    about.add_argument("--seed", type=int, default=0)
    given = about.parse_args()
    with Broker() as broker:
        print(f"a broker is up at {broker.address}")
        told = demo(given.engine, list(events(given.events, given.seed)), broker)
    print(told)


if __name__ == "__main__":
    main()

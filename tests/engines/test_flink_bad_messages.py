"""Bad messages on Flink, over a real broker: what was read is what is valid, what was put apart, and what came late."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from broker import Broker
from flink_jobs import stream, until
from places import engine_of
from test_flink_golden import is_query, statements
from topics import Message, new_topic, received, send

import oftra
from oftra.driver import optimized
from oftra.target import RunError
from oftra.targets.flink_sql.local import started
from oftra.targets.flink_sql.values import filled

PROGRAM = """\
contract payment {{
  id     bigint         not null,
  payer  string         not null  check (length(payer) < 20),
  amount decimal(10, 2) not null  check (amount >= 0),
  at     timestamp      not null  event time watermark 5 minutes on late into tardy in lake,
}}
connection bus  = kafka {{ bootstrap_servers: '{broker}' }}
connection lake = files {{ root: '{lake}', format: parquet }}
source payments: payment from bus {{ topic: '{payments}' }} on invalid quarantine into rejected in lake

view once =
  from payments
  |> extend row_number() over (partition by id, at order by at) as nth
  |> where nth = 1
  |> drop nth
table kept in lake = from once |> select id, payer, amount
"""


class Bad(NamedTuple):
    """A message, and the rules that it breaks: `late` of one that comes hours late, none of what is valid."""

    value: bytes | None
    rules: tuple[str, ...] = ()
    key: bytes | None = b"k"


LATE = 600
"""The minute up to which good messages come before the bad ones do: time goes by those that are broken, too."""


def payment(number: int, **others: Any) -> bytes:
    """A payment of the minute `number`, with some fields otherwise; those that are `...` are missing."""
    at = min(number, LATE)
    minute = f"2026-01-31T{at // 60:02}:{at % 60:02}:00Z"
    fields = {"id": number, "payer": f"p{number % 3}", "amount": 1.5, "at": minute, **others}
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


FAULTS = {
    "cut off": Bad(payment(900)[:20], ("readable",)),
    "no json": Bad(b"hello", ("readable",)),
    "two objects": Bad(b"{}{}", ("readable",)),
    "an array": Bad(b"[1]", ("readable",)),
    "nothing": Bad(None, ("readable",)),
    "empty": Bad(b"", ("readable",)),
    "no text": Bad(b"\xc3\xbf \xff\xfe{", ("readable",)),
    "a value that is no text": Bad(payment(913).replace(b"p1", b"p\x80"), ("readable",)),
    "a text for a number": Bad(payment(901, id="x"), ("readable",)),
    "more digits than there are": Bad(payment(902, amount=1.505), ("readable",)),
    "too large a number": Bad(payment(903, id=2**70), ("readable",)),
    "an object for a text": Bad(payment(904, payer={"a": 1}), ("readable",)),
    "a time that is none": Bad(payment(905, at="2026-02-30T00:00:00Z"), ("readable",)),
    "a number for a time": Bad(payment(906, at=5), ("readable",)),
    "a field that is missing": Bad(payment(907, payer=...), ("payer not null",)),
    "a null key, in the message too": Bad(payment(908, id=None), ("id not null",), None),
    "no time": Bad(payment(909, at=None), ("at not null",)),
    "a time that is missing": Bad(payment(910, at=...), ("at not null",)),
    "no time, and no id": Bad(payment(911, at=None, id=None), ("id not null", "at not null")),
    "a rule": Bad(payment(912, amount=-1), ("amount >= 0",)),
    "hours late": Bad(payment(300), ("late",)),
    "hours late, and broken": Bad(payment(301, amount=-1), ("amount >= 0",)),
}


def messages() -> Iterator[tuple[Bad, int]]:
    """Good ones, bad ones among more good ones, and each good one of the second half twice; with their numbers."""
    for number in range(560, LATE):
        yield Bad(payment(number)), number
    for at, bad in enumerate(FAULTS.values()):
        yield bad, -1
        for _ in range(2):
            yield Bad(payment(LATE + at)), LATE + at


def shown(value: bytes) -> str:
    """A message as text; of what is no UTF-8 the bytes that are no ASCII stand as numbers."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return "".join([chr(byte) if byte < 128 else f"\\x{byte:02X}" for byte in value])


class Place:
    """A topic of bad messages, and the program that reads it."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.folder = folder
        self.topic = new_topic(broker)
        self.sent = list(messages())
        send(broker, self.topic, [Message(bad.value, bad.key) for bad, _ in self.sent])
        text = PROGRAM.format(broker=broker.address, lake=folder / "lake", payments=self.topic)
        (folder / "program.oftra").write_text(text)

    def broken(self) -> Counter[tuple[str, ...]]:
        """What the messages break."""
        return Counter([tuple(sorted(bad.rules)) for bad, _ in self.sent if bad.rules and bad.rules != ("late",)])

    def records(self) -> set[str | None]:
        """What the messages are put apart as."""
        bad = [one.value for one, _ in self.sent if one.rules and one.rules != ("late",)]
        return {None if value is None else shown(value) for value in bad}

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table, however many files it consists of."""
        import pyarrow.parquet

        rows: list[dict[str, Any]] = pyarrow.parquet.read_table(self.folder / "lake" / f"{table}.parquet").to_pylist()
        return rows


@pytest.fixture(scope="module")
def place(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("bad"), broker)


def test_what_was_read_is_valid_apart_or_late(place: Place) -> None:
    script = ending_script(place.folder)
    settings = dict(re.findall(r"^set '(.*)' = '(.*)';$", script, re.MULTILINE))
    connection = started().open("streaming", settings)
    try:
        for statement in statements(script):
            text = statement.rstrip().removesuffix(";")
            if is_query(text) or not re.search(r"^set\b", text, re.MULTILINE):
                connection.execute(text)
    finally:
        connection.close()
    counts = last(place.folder / "run_report")["payments"]
    valid = last(place.folder / "valid")["payments"]["late"]
    late = last(place.folder / "late_report")["payments"]["late"]
    assert counts["read"] == valid + counts["quarantined"] + late == len(place.sent)
    assert (counts["quarantined"], late) == (sum(place.broken().values()), 1)
    letters = place.rows("rejected")
    assert Counter([tuple(sorted(letter["rules"])) for letter in letters]) == place.broken()
    assert len({letter["position"] for letter in letters}) == len(letters)
    assert {letter["record"] for letter in letters} == place.records()
    assert [row["id"] for row in place.rows("tardy")] == [300]
    kept = sorted([row["id"] for row in place.rows("kept")])
    assert kept == sorted({number for _, number in place.sent if number >= 0})
    by_rule = {rule["rule"]: rule["records"] for rule in counts["rules"]}
    for rule, records in by_rule.items():
        assert records == sum([times for rules, times in place.broken().items() if rule in rules]), rule


def ending_script(folder: Path) -> str:
    """The script that is generated, with an end where the topic ends by now, and reports in files."""
    written = oftra.load(folder / "program.oftra", mode="streaming").compile("flink_sql")
    (script,) = [text for name, text in written.items() if name.endswith(".sql")]
    start = "'scan.startup.mode' = 'earliest-offset',"
    # Time goes on with each message: how many are late doesn't depend on how fast they are read.
    options = "'scan.bounded.mode' = 'latest-offset', 'scan.watermark.emit.strategy' = 'on-event',"
    script = filled(script, {}).replace(start, f"{start} {options}")
    kept = "'connector' = 'filesystem', 'path' = '{}', 'format' = 'debezium-json'"
    for report in ("run_report", "late_report"):
        options = kept.format(folder / report)
        script = re.sub(rf"(create table {report} \([^;]*with \()[^;]*;", rf"\1{options});", script)
    # What goes on is counted beside all else, by itself.
    counted = "create table valid (relation string, late bigint) with ({});\n\nexecute statement set\nbegin\n"
    insert = "  insert into valid select 'payments', count(*) from payments;\n\n"
    return script.replace("execute statement set\nbegin\n", counted.format(kept.format(folder / "valid")) + insert)


def last(report: Path) -> dict[str, dict[str, Any]]:
    """What a report says in the end of each relation."""
    changes = [json.loads(line) for file in sorted(report.iterdir()) for line in file.read_text().splitlines()]
    return {change["after"]["relation"]: change["after"] for change in changes if change["after"]}


@pytest.mark.parametrize("engine", ["duckdb", "flink"])
def test_the_same_in_batch(engine: str, place: Place, tmp_path: Path) -> None:
    text = (place.folder / "program.oftra").read_text().replace(str(place.folder / "lake"), str(tmp_path))
    (tmp_path / "program.oftra").write_text(text)
    session = engine_of(engine).open(str(tmp_path))
    program = oftra.load(tmp_path / "program.oftra")
    try:
        outcome = session.run(optimized(program.ir), ("kept", "rejected"), {}, lambda _: None)
        letters = session.read(program.ir, "rejected").to_pylist()
    finally:
        session.close()
    # DuckDB writes quotes of what is no UTF-8 as numbers too.
    assert {letter["record"] and letter["record"].replace(r"\x22", '"') for letter in letters} == place.records()
    assert Counter([tuple(sorted(letter["rules"])) for letter in letters]) == place.broken()
    (judged,) = [run.judged for run in outcome.relations if run.name == "payments"]
    assert (judged.read, judged.quarantined) == (len(place.sent), sum(place.broken().values()))


def test_a_topic_that_isnt_there(place: Place) -> None:
    absent = place.folder / "absent.oftra"
    absent.write_text((place.folder / "program.oftra").read_text().replace(f"'{place.topic}'", "'nowhere'"))
    with pytest.raises(RunError, match="the topic nowhere can't be read: This server does not host"):
        run(absent)


def test_a_broker_that_doesnt_answer(place: Place, broker: Broker) -> None:
    away = place.folder / "away.oftra"
    away.write_text((place.folder / "program.oftra").read_text().replace(broker.address, "localhost:1"))
    begin = time.monotonic()
    with pytest.raises(RunError, match=f"the topic {place.topic} can't be read: Timed out"):
        run(away)
    assert time.monotonic() - begin < 60, "Flink's own patience is two minutes"


def run(program: Path) -> None:
    session = engine_of("flink").open(str(program.parent))
    try:
        session.run(optimized(oftra.load(program).ir), ("kept",), {}, lambda _: None)
    finally:
        session.close()


COUNTED = """\
contract tick {{ id bigint not null, at timestamp not null event time watermark 5 seconds }}
connection bus = kafka {{ bootstrap_servers: env('BUS') }}
source ticks: tick from bus {{ topic: '{ticks}' }} on invalid drop
view latest = from ticks |> aggregate max(at) as at group by id
sink copies from latest into bus {{ topic: '{copies}', mode: upsert, key: [id] }}
"""


def test_a_broker_that_goes_away_and_comes_back(tmp_path: Path) -> None:
    with Broker() as broker:
        ticks, copies = new_topic(broker), new_topic(broker)
        (tmp_path / "program.oftra").write_text(COUNTED.format(ticks=ticks, copies=copies))

        def sent(first: int, last: int) -> None:
            send(
                broker,
                ticks,
                [json.dumps({"id": n, "at": "2026-01-01T00:00:00Z"}).encode() for n in range(first, last)],
            )

        def came(count: int) -> bool:
            return len({message.key for message in received(broker, copies)}) == count

        with stream(tmp_path / "program.oftra", {"env.BUS": broker.address}, tmp_path) as job:
            job.start()
            sent(0, 50)
            until(job, lambda: came(50))
            broker.stop()
            time.sleep(3)
            broker.start()
            sent(50, 100)
            until(job, lambda: came(100))

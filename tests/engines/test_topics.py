"""Topics of a real broker on DuckDB: what is read of them and up to where, what stays out and why, what is sent."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from broker import PASSWORD, USER, Broker
from confluent_kafka import Producer
from places import Place, broken, engine_of, ids, judged
from topics import SILENT, Message, new_topic, received, send

import oftra
from oftra.cli.app import run as oftra_command
from oftra.target import RunError
from oftra.targets.duckdb import topics

CONTRACT = "contract click { id int not null, page string not null, price decimal(10, 2), at timestamp }"

PROGRAM = """
connection bus = kafka { bootstrap_servers: env('BUS') LOGIN }
connection lake = files { root: 'data', format: json }
CONTRACT
source clicks: click from bus { topic: 'TOPIC' OPTIONS } on invalid quarantine into rejected in lake
table good in lake = from clicks
"""

GOOD = b'{"id": 1, "page": "a"}'


class Clicks(Place):
    """A project that reads one topic of a broker."""

    def reads(self, topic: str, options: str = "", contract: str = CONTRACT, login: str = "", more: str = "") -> None:
        program = PROGRAM.replace("CONTRACT", contract).replace("TOPIC", topic).replace("LOGIN", login)
        self.load(program.replace("OPTIONS", options) + more)

    def good(self, *columns: str) -> list[tuple[Any, ...]]:
        found = [tuple([row[name] for name in columns or row]) for row in self.query("from clicks")]
        return sorted(found, key=str)


@pytest.fixture
def clicks(tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Clicks:
    monkeypatch.setenv("BUS", broker.address)
    return Clicks(tmp_path, engine_of("duckdb"))


# ------------------------------------------------------------------------------------------------------- what is read

# a message: the rule that it breaks
MESSAGES: dict[bytes | None, str | None] = {
    b'{"id": 1, "page": "a", "price": 1.50, "at": "2026-01-31 10:00:00Z"}': None,
    b'{"id": 1, "page": "a", "price": 1.50, "at": "2026-01-31 10:00:00Z"} ': None,
    b'{"id": 2, "page": "\xc3\xa4", "price": null, "more": [1, {}]}': None,
    b'{"id": 3, "page": "a", "price": 1.505}': "readable",
    b'{"id": "x", "page": "a"}': "readable",
    b'{"id": 2147483648, "page": "a"}': "readable",
    b'{"id": 4, "page": "a", "at": "yesterday"}': "readable",
    b'{"id": 5, "page": "a", "id": 6}': "readable",
    b'{"id": 7, "page": "a"': "readable",
    b'[{"id": 8, "page": "a"}]': "readable",
    b"null": "readable",
    b"": "readable",
    None: "readable",
    b'{"id": 9, "page": "\xff"}': "readable",
    b'{"page": "a"}': "id not null",
    b'{"id": null, "page": "a"}': "id not null",
    b'{"id": 10}': "page not null",
}


def test_every_message_is_judged_whole_and_none_is_lost(clicks: Clicks, broker: Broker) -> None:
    topic = new_topic(broker, partitions=2)
    send(broker, topic, [Message(value, partition=at % 2) for at, value in enumerate(MESSAGES)])
    clicks.reads(topic)
    found = judged(clicks.run(), "clicks")
    kept_out = [(at, value, rule) for at, (value, rule) in enumerate(MESSAGES.items()) if rule is not None]
    assert (found.read, found.quarantined) == (len(MESSAGES), len(kept_out))
    assert broken(found) == {rule: [r for _, _, r in kept_out].count(rule) for _, _, rule in kept_out}
    rejected = {(row["file"], row["position"]): (row["record"], row["rules"]) for row in clicks.rows("rejected")}
    assert rejected == {(f"{topic}-{at % 2}", at // 2): (shown(value), [rule]) for at, value, rule in kept_out}
    assert clicks.good("id", "page") == [(1, "a"), (1, "a"), (2, "ä")]


def shown(value: bytes | None) -> str | None:
    """A record as it came; its bytes in digits if it is no text."""
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return "".join([chr(one) if 32 <= one < 127 and chr(one) not in "\"'\\" else f"\\x{one:02X}" for one in value])


def test_where_a_message_came_from_stands_beside_it(clicks: Clicks, broker: Broker) -> None:
    topic = new_topic(broker, partitions=2)
    headers = (("trace", b"\x00\x01"), ("empty", None), ("trace", b"2"))
    send(broker, topic, [GOOD, Message(GOOD, b"k\xff", 1, headers, 1_767_225_600_001)])
    clicks.reads(topic, ", metadata: [topic, partition, offset, timestamp, message_key, headers]")
    first, second = clicks.good("topic", "partition", "offset", "message_key", "headers", "timestamp")
    assert first[:5] == (topic, 0, 0, None, [])
    assert second[:5] == (topic, 1, 0, b"k\xff", [{"key": name, "value": value} for name, value in headers])
    assert second[5] == datetime(2026, 1, 1, 0, 0, 0, 1000, UTC)


FORMATS: dict[str, tuple[str, str, list[bytes | None], list[tuple[Any, ...]], int]] = {
    "csv": (
        "contract click { id int not null, page string, price decimal(10, 2) }",
        ", format: csv, delimiter: ';'",
        [b"1;a;1.5", b'2;"b;c";', b"3;a", b"x;a;1", b"4;\xff;1", None],
        [(1, "a", 1.5), (2, "b;c", None)],
        4,
    ),
    "raw text": ("contract click { line string not null }", ", format: raw", [b"a\nb", b"\xff", None], [("a\nb",)], 2),
    "raw bytes": ("contract click { line binary }", ", format: raw", [b"\xff", None], [(None,), (b"\xff",)], 0),
    "raw json": ("contract click { line json }", ", format: raw", [b'{"a": 1}', b"{"], [('{"a": 1}',)], 1),
    "debezium": (
        "contract click { id int not null, page string, op string from 'op', lsn bigint from 'source.lsn' }",
        ", format: debezium",
        [
            b'{"before": null, "after": {"id": 1, "page": "a"}, "op": "c", "source": {"lsn": 12345678901234567}}',
            b'{"schema": {}, "payload": {"before": {"id": 1}, "after": {"id": 1, "page": "b"}, "op": "u"}}',
            b'{"before": {"id": 1, "page": "b"}, "after": null, "op": "d", "source": {"lsn": 3}}',
            None,
            b'{"op": "t"}',
            b'{"after": {"id": "x"}, "op": "c"}',
            b'{"id": 1}',
            b"{",
        ],
        [(1, "a", "c", 12345678901234567), (1, "b", "d", 3), (1, "b", "u", None)],
        4,
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats(clicks: Clicks, broker: Broker, name: str) -> None:
    contract, options, messages, good, rejected = FORMATS[name]
    topic = new_topic(broker)
    send(broker, topic, [Message(value) for value in messages])
    clicks.reads(topic, options, contract)
    found = [tuple([float(v) if name == "csv" and i == 2 and v else v for i, v in enumerate(r)]) for r in clicks.good()]
    assert found == good
    assert judged(clicks.run(), "clicks").quarantined == rejected


def change(id_: int, page: str | None, op: str, lsn: int) -> bytes:
    """A change as Debezium tells of it."""
    row = {"id": id_, "page": page}
    sides = {"before": row, "after": None} if op == "d" else {"before": None, "after": row}
    return json.dumps({**sides, "op": op, "source": {"lsn": lsn}}).encode()


def test_changes_end_in_the_last_state_of_each_row(clicks: Clicks, broker: Broker) -> None:
    topic = new_topic(broker, partitions=2)
    told = [
        Message(change(1, "a", "c", 1), partition=0),
        Message(change(2, "b", "c", 2), partition=1),
        Message(change(1, "c", "u", 5), partition=0),
        Message(change(1, "late", "u", 3), partition=1),  # out of order
        Message(change(2, "b", "c", 2), partition=1),  # again
        Message(change(2, "b", "d", 6), partition=1),
        Message(None, partition=1),
        Message(change(3, "d", "r", 4), partition=0),
        Message(b"{", partition=0),
    ]
    send(broker, topic, told)
    contract = "contract click { id int not null, page string, op string from 'op', lsn bigint from 'source.lsn' }"
    clicks.reads(topic, ", format: debezium, changes: cdc, key: id, op: op, order_by: lsn", contract)
    clicks.run()
    assert ids(clicks.rows("good")) == [1, 3]
    assert [row["page"] for row in sorted(clicks.rows("good"), key=lambda row: row["id"])] == ["c", "d"]
    assert [row["record"] for row in clicks.rows("rejected")] == ["{"]


def test_topics_are_joined(clicks: Clicks, broker: Broker) -> None:
    first, second = new_topic(broker), new_topic(broker)
    send(broker, first, [GOOD, b'{"id": 2, "page": "b"}', b'{"id": 3, "page": "nowhere"}'])
    send(broker, second, [b'{"page": "a", "title": "A"}', b'{"page": "b", "title": "B", "at": 1}', b'{"page": "c"}'])
    more = f"""
contract page {{ page string not null, title string not null, changes int from 'at' }}
source pages: page from bus {{ topic: '{second}', metadata: [offset] }} on invalid drop
view changes = from pages |> where title <> ''
table titled in lake = from clicks |> join changes using (page) |> select id, title, `offset`, changes.changes
"""
    clicks.reads(
        first, contract=CONTRACT.replace("not null, price", "not null references pages (page), price"), more=more
    )
    found = judged(clicks.run(), "clicks")
    assert broken(found) == {"page references pages (page)": 1}
    assert [tuple(row.values()) for row in sorted(clicks.rows("titled"), key=lambda row: row["id"])] == [
        (1, "A", 0, None),
        (2, "B", 1, 1),
    ]


# -------------------------------------------------------------------------------------------------- from where to where

HOUR = 3_600_000
NOON = 1_767_268_800_000  # 2026-01-01 12:00:00Z

# options: the ids that are read, of two partitions with a message an hour from 12 to 15
LIMITS = {
    "": [0, 1, 2, 3, 10, 11, 12, 13],
    ", end: now": [0, 1, 2, 3, 10, 11, 12, 13],
    ", start: latest": [],
    ", start: timestamp '2026-01-01 13:00:00Z'": [1, 2, 3, 11, 12, 13],
    ", start: timestamp '2026-01-01 13:00:00.0001Z'": [2, 3, 12, 13],
    ", start: timestamp '2026-01-01 18:00:00Z'": [],
    ", end: timestamp '2026-01-01 13:00:00Z'": [0, 10],
    ", start: run.start, end: run.end": [1, 2, 11, 12],
}


def test_reading_goes_from_a_start_to_an_end(clicks: Clicks, broker: Broker) -> None:
    topic = new_topic(broker, partitions=3)
    for partition in (0, 1):
        for at in range(4):
            value = json.dumps({"id": 10 * partition + at, "page": "a"}).encode()
            send(broker, topic, [Message(value, partition=partition, at=NOON + at * HOUR)])
    for options, wanted in LIMITS.items():
        clicks.reads(topic, options)
        window = {"start": "2026-01-01 13:00:00Z", "end": "2026-01-01 15:00:00Z"} if "run.start" in options else {}
        clicks.program.run("good", **window)
        assert sorted([row["id"] for row in clicks.rows("good")]) == wanted, options


def test_a_group_goes_on_behind_what_runs_that_were_well_have_read(clicks: Clicks, broker: Broker) -> None:
    topic = new_topic(broker)
    clicks.reads(topic, ", start: committed, group: 'nightly'")
    send(broker, topic, [GOOD, GOOD])
    assert len(clicks.query("from clicks")) == 2  # a query takes nothing away
    assert judged(clicks.run(), "clicks").read == 2
    send(broker, topic, [GOOD])
    assert judged(clicks.run(), "clicks").read == 1
    assert judged(clicks.run(), "clicks").read == 0


def test_what_was_never_committed_or_is_gone_ends_no_reading(clicks: Clicks, broker: Broker) -> None:
    topic = new_topic(broker)
    writer = Producer({"bootstrap.servers": broker.address, "transactional.id": topic, **SILENT})
    writer.init_transactions(30)
    for is_kept in (True, False):
        writer.begin_transaction()
        writer.produce(topic, GOOD)
        writer.flush(30)
        if is_kept:
            writer.commit_transaction(30)
        else:
            writer.abort_transaction(30)
    clicks.reads(topic)
    assert judged(clicks.run(), "clicks").read == 1


# ------------------------------------------------------------------------------------------------------- what is sent


def test_sinks_send_rows_with_their_keys(clicks: Clicks, broker: Broker) -> None:
    topic, pages, raw, cells, whole = [new_topic(broker) for _ in range(5)]
    send(
        broker,
        topic,
        [b'{"id": %d, "page": "p, %d", "price": 0.10, "at": "2026-01-01"}' % (n, n % 2) for n in (1, 2, 3)],
    )
    sinks = f"""
view pages = from clicks |> aggregate count(*) as clicks, sum(price) as price, max(at) as last group by page
view firsts = from clicks |> where id = 1 |> select page, cast(id as string) as id
sink a from pages into bus {{ topic: '{pages}', mode: upsert }}
sink b from firsts into bus {{ topic: '{raw}', mode: upsert, key: id, key_format: raw, format: raw }}
sink c from firsts into bus {{ topic: '{cells}', format: csv }}
sink d from firsts into bus {{ topic: '{whole}' }}
"""
    clicks.reads(topic, more=sinks)
    outcome = clicks.run("a", "b", "c", "d")
    assert {one.name: one.rows for one in outcome.relations if one.is_stored} == {
        "a": 2,
        "b": 1,
        "c": 1,
        "d": 1,
        "rejected": 0,
    }
    found = {one.key: json.loads(one.value or b"") for one in received(broker, pages)}
    assert found == {
        b'{"page":"p, 0"}': {"page": "p, 0", "clicks": 1, "price": 0.1, "last": "2026-01-01 00:00:00Z"},
        b'{"page":"p, 1"}': {"page": "p, 1", "clicks": 2, "price": 0.2, "last": "2026-01-01 00:00:00Z"},
    }
    assert [(one.key, one.value) for one in received(broker, raw)] == [(b"1", b"p, 1")]
    assert [(one.key, one.value) for one in received(broker, cells)] == [(None, b'"p, 1",1')]
    assert [(one.key, one.value) for one in received(broker, whole)] == [(None, b'{"page":"p, 1","id":"1"}')]


def test_nothing_is_sent_by_a_run_that_is_stopped(clicks: Clicks, broker: Broker) -> None:
    topic, out = new_topic(broker), new_topic(broker)
    send(broker, topic, [GOOD])
    stopping = """
table dear in lake = from clicks |> assert price > 1 or price is null as cheap |> assert page <> 'a' as known
"""
    clicks.reads(topic, more=f"sink kept from good into bus {{ topic: '{out}' }}{stopping}")
    with pytest.raises(RunError, match="1 row breaks `known`"):
        clicks.run()
    assert received(broker, out) == []


def test_what_a_sink_sent_reads_back_the_same(clicks: Clicks, broker: Broker) -> None:
    contract = """contract click {
  id bigint not null, page string, price decimal(38, 10), share double, at timestamp, wall datetime, day date,
  bytes binary, tags array<string>, place struct<x: int, y: decimal(20, 2)>, counts map<string, bigint>, flag boolean,
}"""
    topic, copy = new_topic(broker), new_topic(broker)
    whole = {
        "id": 9007199254740993, "page": "a\"\\\n\u00e4\U0001f600", "price": "PRICE", "share": 0.1,
        "at": "2026-01-31 10:00:00.123456Z", "wall": "2026-01-31 10:00:00", "day": "2026-01-31", "bytes": "AP8=",
        "tags": ["a", None], "place": {"x": 1, "y": 2.50}, "counts": {"a": 1}, "flag": True,
    }  # fmt: skip
    text = json.dumps(whole).replace('"PRICE"', "1234567890123456789012345678.0123456789")
    send(broker, topic, [text.encode(), b'{"id": 1}'])
    clicks.reads(topic, contract=contract, more=f"sink copied from good into bus {{ topic: '{copy}' }}")
    clicks.run()
    first = clicks.query("from clicks |> order by id")
    assert len(first) == 2
    clicks.reads(copy, contract=contract)
    assert clicks.query("from clicks |> order by id") == first


# ---------------------------------------------------------------------------------------------------- what goes wrong


def failure(clicks: Clicks) -> tuple[str | None, str]:
    with pytest.raises(RunError) as raised:
        clicks.run()
    return raised.value.relation, str(raised.value)


def test_a_topic_that_is_not_there(clicks: Clicks, broker: Broker) -> None:
    clicks.reads("nowhere")
    assert failure(clicks) == ("clicks", "there is no topic `nowhere`")
    clicks.reads(new_topic(broker), more="sink lost from clicks into bus { topic: 'elsewhere' }")
    assert failure(clicks) == ("lost", "there is no topic `elsewhere`")


def test_a_broker_that_is_away_and_comes_back(
    clicks: Clicks, broker: Broker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    topic = new_topic(broker)
    send(broker, topic, [GOOD])
    clicks.reads(topic)
    broker.stop()
    try:
        begin = time.monotonic()
        status = oftra_command(["run", str(clicks.folder)])
        assert time.monotonic() - begin < topics.PATIENCE + 20
        said = capfd.readouterr()
        assert status == 3
        assert said.err.startswith("error: the run failed in `clicks`: ")
        first, place, *_ = said.err.splitlines()
        assert "Connect" in first and place.endswith("program.oftra:5:8"), said.err
    finally:
        broker.start()
    assert judged(clicks.run(), "clicks").read == 1


def test_a_login_takes_its_password_from_the_environment(
    clicks: Clicks, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = new_topic(broker)
    send(broker, topic, [GOOD])
    login = f", security: sasl_plaintext, user: '{USER}', password: secret('bus/clicks')"
    clicks.reads(topic, login=login)
    monkeypatch.setenv("BUS", broker.guarded)
    assert failure(clicks) == (
        "clicks",
        "the secret `bus/clicks` is read from the environment variable BUS_CLICKS, which is not set",
    )
    monkeypatch.setenv("BUS_CLICKS", "wrong")
    assert "uthentication failed" in failure(clicks)[1]
    monkeypatch.setenv("BUS_CLICKS", PASSWORD)
    assert judged(clicks.run(), "clicks").read == 1


def test_the_client_may_not_be_installed(clicks: Clicks, monkeypatch: pytest.MonkeyPatch) -> None:
    clicks.reads("clicks")
    monkeypatch.setitem(__import__("sys").modules, "confluent_kafka", None)
    assert failure(clicks) == ("clicks", "topics need a client of Kafka: `pip install 'oftra[kafka]'`")


def test_a_script_of_duckdb_alone_reaches_no_topic(clicks: Clicks) -> None:
    clicks.reads("clicks")
    with pytest.raises(oftra.ProgramError) as raised:
        clicks.program.compile("duckdb")
    assert [one.code for one in raised.value.diagnostics] == ["OF0616"]

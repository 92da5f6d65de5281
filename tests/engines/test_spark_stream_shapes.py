"""Every shape of stream that is accepted for Spark is one that Spark starts, and ends in the rows of a batch.

All are started in one Spark, over files that come one a batch. The last row is of a time far behind all others, so that
whatever waits for the watermark comes out; what is made of that row itself is left out.
"""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import jars
import pytest
import sparks
from broker import Broker
from test_structured_streaming import compiled, run, stored
from topics import new_topic, received, send

import oftra

SOURCES = """\
contract click {
  id int not null, user_id int not null, page string not null, n int, tags array<string>,
  at timestamp not null  event time watermark 10 minutes,
}
contract buy {
  user_id int not null, amount decimal(10, 2) not null, at timestamp not null  event time watermark 5 minutes,
}
contract page { page string primary key, section string }
connection inbox = files { root: 'data' }
connection out   = files { root: 'out', format: parquet }
connection lake  = delta { root: 'lake' }
source clicks: click from inbox { path: 'clicks/*.jsonl', unbounded: true, files_per_batch: 1 }
source buys: buy from inbox { path: 'buys/*.jsonl', unbounded: true, files_per_batch: 1 }
source pages: page from inbox { path: 'pages.jsonl' }
"""


PROGRAMS: dict[str, str] = {
    "by key": """
table pages_now in lake { refresh: merge, key: [page] } =
  from clicks |> aggregate count(*) as clicks, max(at) as last group by page
table windows_now in lake { refresh: merge, key: [window_start] } =
  from clicks |> call tumble(at, interval 10 minutes) |> aggregate count(*) as clicks group by window_start, window_end
table last_rows in lake { refresh: merge, key: [user_id] } = from clicks
  |> extend row_number() over (partition by user_id order by at desc, id desc) as nth |> where nth = 1 and n > 1
  |> select user_id, id, n
""",
    "windows of windows": """
table minutes in out = from clicks |> call tumble(at, interval 5 minutes)
  |> aggregate count(*) as clicks group by page, window_start, window_end
table highest in out = from minutes |> aggregate max(clicks) as clicks group by window_start, window_end
""",
    "windows": """
table tumble in out = from clicks |> call tumble(at, interval 10 minutes)
  |> aggregate count(*) as clicks, sum(n) as n, avg(n) as mean, min(page) as first, count(distinct user_id) as users
     group by page, window_start, window_end
table hop in out = from clicks |> call hop(at, interval 5 minutes, interval 20 minutes)
  |> aggregate count(*) as clicks, max(n) as most group by window_start, window_end
table cumulate in out = from clicks |> call cumulate(at, interval 5 minutes, interval 20 minutes)
  |> aggregate count(*) as clicks group by user_id, window_start, window_end
table session in out = from clicks |> call session(at, interval 3 minutes) partition by user_id
  |> aggregate count(*) as clicks, arg_max(page, id) as last group by user_id, window_start, window_end
table of_joined in out = from clicks |> where n is not null |> left join pages using (page)
  |> extend coalesce(section, 'none') as part |> where part <> 'secret'
  |> call tumble(at, interval 10 minutes) |> aggregate count(*) as clicks group by part, window_start, window_end
table then_joined in out = from clicks |> call tumble(at, interval 10 minutes)
  |> aggregate count(*) as clicks group by page, window_start, window_end
  |> left join pages using (page) |> where clicks > 1 |> select section, page, clicks, window_start
table of_arrays in out = from clicks, unnest(tags) as tag |> call tumble(at, interval 10 minutes)
  |> aggregate count(*) as clicks group by tag, window_start, window_end
table plain in out = from clicks |> select id, at
""",
    "rows": """
view once = from clicks |> extend row_number() over (partition by id, at order by at) as nth |> where nth = 1
table first_rows in out = from once |> select id, page, at
table of_first_rows in out = from once |> call tumble(at, interval 10 minutes)
  |> aggregate count(*) as clicks group by page, window_start, window_end
table different in out = from clicks |> select user_id, at |> distinct
table joined in out = from clicks |> join pages using (page) |> select id, page, section, at
table left_joined in out = from clicks |> left join pages as p on p.page = clicks.page |> select id, section, at
table semi_joined in out = from clicks |> semi join pages using (page) |> select id, at
table anti_joined in out = from clicks |> anti join pages using (page) |> select id, at
table elements in out = from clicks, unnest(tags) as tag |> select id, tag, at
""",
    "two streams": """
table then_window in out =
  from (from clicks |> select user_id, at |> union all (from buys |> select user_id, at))
  |> call tumble(at, interval 10 minutes) |> aggregate count(*) as events group by user_id, window_start, window_end
table of_windows in out =
  from (from clicks |> call tumble(at, interval 5 minutes) |> aggregate count(*) as n group by window_start, window_end)
  |> union all (
       from buys |> call tumble(at, interval 10 minutes) |> aggregate count(*) as n group by window_start, window_end
     )
table of_rows in out = from clicks |> select user_id, at |> union all (from buys |> select user_id, at)
""",
    "joins of streams": """
table joined in out = from buys as b
  |> join clicks as c on c.user_id = b.user_id and c.at between b.at - interval 4 minutes and b.at
  |> select c.id, b.user_id, b.amount, b.at
table left_joined in out = from buys as b
  |> left join clicks as c on c.user_id = b.user_id and c.at between b.at - interval 1 minute and b.at
  |> select c.id, b.user_id, b.amount, b.at
table semi_joined in out = from buys as b
  |> semi join clicks as c on c.user_id = b.user_id and c.at between b.at - interval 1 minute and b.at
table then_window in out = from buys as b
  |> join clicks as c on c.user_id = b.user_id and c.at between b.at - interval 4 minutes and b.at
  |> select c.page, b.amount, b.at
  |> call tumble(at, interval 10 minutes) |> aggregate sum(amount) as amount group by page, window_start, window_end
""",
}
"""Tables that are compared; of those `in lake` as Delta Lake has them."""

MINUTES = """
view minutes = from clicks |> call tumble(at, interval 5 minutes)
  |> aggregate count(*) as clicks group by page, window_start, window_end
"""
REFUSED: dict[str, str] = {
    "longer windows of windows": f"""{MINUTES}
table t in out = from minutes |> select page, clicks, window_end as at |> call tumble(at, interval 20 minutes)
  |> aggregate max(clicks) as most group by page, window_start, window_end
""",
    "an aggregate of windows by key": f"""{MINUTES}
table t in lake {{ refresh: merge, key: [page] }} = from minutes |> aggregate max(clicks) as most group by page
""",
    "a join of windows": f"""{MINUTES}
view most = from minutes |> aggregate max(clicks) as clicks group by window_start, window_end
table t in out = from minutes as m |> join most as x
     on m.window_start = x.window_start and m.window_end = x.window_end and m.clicks = x.clicks
  |> select m.page, m.clicks, m.window_start
""",
    "windows of sessions": """
table t in out = from clicks |> call session(at, interval 3 minutes) partition by user_id
  |> aggregate count(*) as clicks group by user_id, window_start, window_end
  |> aggregate max(clicks) as most group by window_start, window_end
""",
    "rows that have a key in no order": "table t in lake { refresh: merge, key: [id] } = from clicks |> select id, n",
    "rows in place of each other, by another key": """
table t in lake { refresh: merge, key: [id] } = from clicks
  |> extend row_number() over (partition by user_id order by at desc, id desc) as nth |> where nth = 1
  |> select user_id, id, n
""",
    "an aggregate of last rows": """
table t in lake { refresh: merge, key: [n] } = from clicks
  |> extend row_number() over (partition by user_id order by at desc, id desc) as nth |> where nth = 1
  |> aggregate count(*) as users group by n
""",
}
"""What a batch can do, and Spark can't in a stream: it is said before anything is started."""

END = datetime(2040, 1, 1, tzinfo=UTC)
"""The time of the last rows."""


def write_events(folder: Path) -> None:
    """Files of events, in the order of their times; then one far behind them."""
    begin = datetime(2026, 1, 1, 10, tzinfo=UTC)
    clicks, buys = [], []
    for number in range(40):
        at = (begin + timedelta(seconds=number * 71)).isoformat()
        click = {
            "id": number,
            "user_id": number % 5 % 3,
            "page": ["/", "/a", "/b", "/c"][number * 7 % 11 % 4],
            "at": at,
        }
        clicks.append({**click, "n": number % 4 or None, "tags": ["x", "y"][: number % 3]})
        if number % 3 == 0:
            buys.append({"user_id": number % 4, "amount": 1.25 * number, "at": at})
    last = {"user_id": 99, "at": END.isoformat()}
    for name, files in {
        "clicks": [clicks[:22], [*clicks[19:], {**last, "id": 99, "page": "/end"}]],
        "buys": [buys[:6], [*buys[6:], {**last, "amount": 1}]],
    }.items():
        (folder / name).mkdir(parents=True)
        for at, rows in enumerate(files):
            (folder / name / f"{at}.jsonl").write_text("".join([f"{json.dumps(row)}\n" for row in rows]))
    pages = [{"page": "/a", "section": "news"}, {"page": "/b", "section": "secret"}, {"page": "/end"}]
    (folder / "pages.jsonl").write_text("".join([f"{json.dumps(page)}\n" for page in pages]))


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each program that is accepted, its module run."""
    root = tmp_path_factory.mktemp("shapes")
    write_events(root / "data")
    folders: dict[str, Path] = {}
    for name, program in PROGRAMS.items():
        folders[name] = folder = root / name.replace(" ", "_")
        folder.mkdir()
        (folder / "data").symlink_to(root / "data")
        compiled(folder, SOURCES + program, "streaming")
    words = [str(sparks.python_of(sparks.INSTALLED)), str(Path(__file__).parent / "start_modules.py")]
    jars_ = ",".join(map(str, jars.lake_jars()))
    # What the first module would not ask for can't be had later.
    delta = ("io.delta.sql.DeltaSparkSessionExtension", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    given = (f"spark.sql.extensions={delta[0]}", f"spark.sql.catalog.spark_catalog={delta[1]}")
    given = (*given, "spark.sql.shuffle.partitions=1")
    environment = sparks.environment("--jars", jars_, *[word for one in given for word in ("--conf", one)])
    with open(root / "said.txt", "w") as said:
        subprocess.run([*words, *map(str, folders.values())], env=environment, stdout=said, stderr=said, timeout=1200)
    return folders


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_accepted_starts_and_gives_the_rows_of_a_batch(name: str, started: dict[str, Path]) -> None:
    folder = started[name]
    error = folder / "error.txt"
    assert (folder / "report.json").exists(), error.read_text()
    loaded = oftra.load(folder / "program.oftra", mode="batch")
    for table in [one for one in loaded.ir.relations if one.kind == "table"]:
        there = stored(folder, table.name) if table.connection == "lake" else in_files(folder, table.name)
        rows = [tuple(row.values()) for row in loaded.query(f"from {table.name}").to_pylist()]
        assert kept(there) == kept(rows) != [], table.name


@pytest.mark.parametrize("name", REFUSED)
def test_what_spark_cant_start_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "program.oftra").write_text(SOURCES + REFUSED[name])
    assert oftra.load(tmp_path / "program.oftra", mode="batch")
    with pytest.raises(oftra.ProgramError) as refused:
        oftra.load(tmp_path / "program.oftra", mode="streaming").compile("pyspark")
    assert "error[OF0636]" in str(refused.value)
    assert "help: " in str(refused.value)


def test_most_queries_of_nexmark_are_accepted() -> None:
    program = oftra.load(Path(__file__).parent.parent.parent / "examples" / "nexmark", mode="streaming")
    refused = set()
    for sink in program.ir.sinks:
        try:
            program.compile("pyspark", [sink.name])
        except oftra.ProgramError as error:
            assert "error[OF0636]" in str(error)
            refused.add(sink.relation)
    assert refused == {"q4", "q5", "q7", "q8", "q9", "q19"}


def in_files(folder: Path, table: str) -> list[tuple[Any, ...]]:
    """The rows that a stream has put into files."""
    duckdb.execute("set timezone = 'UTC'")
    files = f"read_parquet('{folder}/out/{table}.parquet/*/*.parquet', hive_partitioning = false)"
    found = duckdb.sql(f"from {files}").to_arrow_table()
    return [tuple(row.values()) for row in found.to_pylist()]


def kept(rows: list[tuple[Any, ...]]) -> list[str]:
    """Rows without those of the end, in any order."""
    return sorted([str(row) for row in rows if not any(_is_end(value) for value in row)])


def _is_end(value: object) -> bool:
    return value in ("/end", 99) or (isinstance(value, datetime) and value.year >= END.year - 1)


def test_topics_with_a_join_and_a_table_by_key(tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    program = (Path(__file__).parent.parent / "golden" / "topics" / "program.oftra").read_text()
    topics = {name: new_topic(broker) for name in ("payments", "orders", "takings", "amounts")}
    for name, topic in topics.items():
        program = program.replace(f"topic: '{name}'", f"topic: '{topic}'")
    compiled(tmp_path, program)
    begin = datetime(2026, 1, 1, 10, tzinfo=UTC)
    payments, orders = [], []
    for number in range(60):
        ordered, paid = begin + timedelta(minutes=number), begin + timedelta(minutes=number + number % 15)
        orders.append({"order_id": number, "ordered_at": ordered.isoformat()})
        amount = -1 if number % 20 == 3 else number + 0.25
        payments.append({"order_id": number, "shop": "abc"[number % 3], "amount": amount, "at": paid.isoformat()})
    last = {"order_id": 99, "ordered_at": END.isoformat(), "at": END.isoformat(), "shop": "z", "amount": 1}
    for name, records in {"orders": orders, "payments": sorted(payments, key=lambda one: str(one["at"]))}.items():
        send(broker, topics[name], [json.dumps(one).encode() for one in records])
    send(broker, topics["orders"], [json.dumps({name: last[name] for name in ("order_id", "ordered_at")}).encode()])
    send(broker, topics["payments"], [json.dumps({**last, "ordered_at": None}).encode()])
    found = [*jars.lake_jars(), *jars.kafka_jars()]
    told = run(tmp_path, found, BUS=broker.address, OUT="lake")
    assert (told["payments"]["read"], told["payments"]["quarantined"], told["orders"]["read"]) == (61, 3, 61)
    monkeypatch.setenv("BUS", broker.address)
    loaded = oftra.load(tmp_path / "program.oftra", mode="batch")
    for table in ("takings", "paid"):
        rows = [tuple(row.values()) for row in loaded.query(f"from {table}").to_pylist()]
        assert kept(stored(tmp_path, table)) == kept(rows) != [], table
    assert len(stored(tmp_path, "refused")) == 3
    assert len(received(broker, topics["amounts"])) == 58
    by_key = {one.key: json.loads(one.value or b"") for one in received(broker, topics["takings"])}
    takings = {(row["shop"], row["amount"]) for row in by_key.values()}
    assert takings == {(shop, float(amount)) for shop, _, _, amount in stored(tmp_path, "takings")}

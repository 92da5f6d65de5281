"""Declarative pipelines that stream, run twice by open-source Spark's own command: what comes is added, nothing twice.

The rows are those that DuckDB gives of all that came, where the watermark has passed them.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import jars
import pytest
import sparks
from broker import Broker
from topics import new_topic, received, send

import oftra

HERE = Path(__file__).parent
RUNNER = HERE / "run_pipelines.py"
CASE = HERE.parent / "golden" / "declared_streams"

FIRST = """\
{"id": "a", "user_id": 1, "page": "/", "at": "2026-01-01T10:00:00Z"}
{"id": "b", "user_id": 2, "page": "/news", "at": "2026-01-01T10:05:00Z"}
{"id": "c", "user_id": 1, "page": "/", "at": "2026-01-01T10:20:00Z"}
{"id": "d", "user_id": 0, "page": "/", "at": "2026-01-01T10:20:00Z"}
{"id": "e", "user_id": 1, "page": "/health", "at": "2026-01-01T10:21:00Z"}
{"id": "f", "user_id": 1, "page": "/"
"""
SECOND = """\
{"id": "g", "user_id": 2, "page": "/shop", "at": "2026-01-01T10:40:00Z"}
{"id": "h", "user_id": 2, "page": "/news", "at": "2026-01-01T10:31:00Z"}
{"id": "i", "user_id": 3, "page": "/none", "at": "2026-01-01T10:45:00Z"}
{"id": null, "user_id": 3, "page": "/none", "at": "2026-01-01T10:45:00Z"}
{"id": "end", "user_id": 9, "page": "/", "at": "2026-01-02T00:00:00Z"}
"""
PAGES = "page,section\n/,home\n/news,news\n"
MORE_PAGES = f"{PAGES}/shop,shop\n"
PAYMENTS = [
    {"user_id": 1, "paid_at": "2026-01-01T10:30:00Z", "amount": 10.5},
    {"user_id": 2, "paid_at": "2026-01-01T11:05:00Z", "amount": 5},
    {"user_id": 2, "paid_at": "2026-01-01T12:00:00Z", "amount": 7},
]
PASSED = "window_end < cast('2026-01-02' as timestamp)"
"""The window that the last click is in stays open."""

MORE = """
connection bronze = delta { root: 'bronze' }
sink kept from visits into bronze { mode: append }
table again in shop = from visits |> where user_id = 2 |> select id, page
table sections in shop = from pages |> aggregate count(*) as pages group by section
table named in shop = from sections |> extend upper(section) as name
"""
"""What the case hasn't: a sink in Delta Lake, a table of a table as it grows, and tables that are made whole."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, broker: Broker) -> Path:
    """A folder in which the pipeline was run, files came, and it was run again."""
    place = tmp_path_factory.mktemp("streams")
    (place / "data" / "clicks").mkdir(parents=True)
    (place / "more" / "clicks").mkdir(parents=True)
    (place / "data" / "clicks" / "1.json").write_text(FIRST, encoding="utf-8")
    (place / "more" / "clicks" / "2.json").write_text(SECOND, encoding="utf-8")
    (place / "data" / "pages.csv").write_text(PAGES, encoding="utf-8")
    (place / "more" / "pages.csv").write_text(MORE_PAGES, encoding="utf-8")
    coming, going = new_topic(broker), new_topic(broker)
    send(broker, coming, [json.dumps(one).encode() for one in PAYMENTS])
    text = (CASE / "program.oftra").read_text(encoding="utf-8").replace("localhost:9092", broker.address)
    text = text.replace("topic: 'payments'", f"topic: '{coming}'").replace("topic: 'visits'", f"topic: '{going}'")
    text = text.replace("visits_out]", "visits_out, kept, again, sections, named]") + MORE
    (place / "program.oftra").write_text(text, encoding="utf-8")
    project = '[project]\nname = "site"\nstore = "shop"\n[targets.databricks]\nform = "declarative"\n'
    settings = f'{project}catalog = "main"\nexpectations = false\nroot = "{place}"\n'
    (place / "oftra.toml").write_text(settings, encoding="utf-8")
    (place / "going").write_text(going)
    for path, written in oftra.load(str(place)).compile("databricks").items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(written, encoding="utf-8")
    specification = place / "all_day.spark-pipeline.yml"
    stored = specification.read_text().replace("file:///pipelines", f"file://{place}/pipelines")
    specification.write_text(stored)
    found = [*jars.kafka_jars(), *jars.lake_jars()]
    more = (
        "--jars", ",".join(map(str, found)), "--conf", f"spark.sql.warehouse.dir={place}/warehouse",
        "--conf", "spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension",
        "--conf", "spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog",
    )  # fmt: skip
    run = f"run={specification}"
    done = subprocess.run(
        [sys.executable, str(RUNNER), "site", run, f"bring={place / 'more'}", run],
        env=sparks.environment(*more), cwd=place, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert specification.with_suffix(".code").read_text() == "run 0\nrun 0\n", specification.with_suffix(
        ".log"
    ).read_text()[-5000:]
    return place


def stored(ran: Path, table: str, only: str = "true") -> list[tuple[Any, ...]]:
    """The rows of a table as Spark left it."""
    found = duckdb.sql(f"select * from read_parquet('{ran}/warehouse/site.db/{table}/**/*.parquet') where {only}")
    return sorted([tuple(row.values()) for row in found.to_arrow_table().to_pylist()], key=str)


def asked(ran: Path, query: str) -> list[tuple[Any, ...]]:
    """The rows that DuckDB gives of the same program, in batch."""
    return sorted([tuple(row.values()) for row in oftra.load(str(ran)).query(query).to_pylist()], key=str)


@pytest.mark.parametrize(
    "query",
    [
        "visits", "again", "bought", "sections", "named", f"busy |> where {PASSED}", f"busy_times |> where {PASSED}",
    ],
)  # fmt: skip
def test_rows_are_those_of_duckdb(ran: Path, query: str) -> None:
    wanted = asked(ran, f"from {query}")
    assert stored(ran, query.split()[0]) == wanted
    assert wanted


def test_what_was_there_stays_and_new_rows_are_added(ran: Path) -> None:
    came = (ran / "data" / "clicks" / "2.json").stat().st_mtime
    files = list((ran / "warehouse" / "site.db" / "visits").rglob("*.parquet"))
    before = [str(one) for one in files if one.stat().st_mtime < came]
    assert sorted(duckdb.sql(f"select id from read_parquet({before})").fetchall()) == [("a",), ("b",), ("c",)]
    after = [str(one) for one in files if one.stat().st_mtime >= came]
    assert sorted(duckdb.sql(f"select id from read_parquet({after})").fetchall()) == [("end",), ("g",), ("h",), ("i",)]


def test_what_rules_put_apart_is_a_table_that_grows(ran: Path) -> None:
    apart = [(rules, file) for _, rules, _, file, _, _ in stored(ran, "rejected")]
    assert sorted(apart) == [
        (["id not null"], "clicks/2.json"),
        (["known_user"], "clicks/1.json"),
        (["readable"], "clicks/1.json"),
    ]


def test_each_row_is_sent_once(ran: Path, broker: Broker) -> None:
    messages = received(broker, (ran / "going").read_text())
    assert sorted([json.loads(one.key or b"")["id"] for one in messages]) == ["a", "b", "c", "end", "g", "h", "i"]
    (first,) = [json.loads(one.value or b"") for one in messages if b'"b"' in (one.key or b"")]
    assert first == {"id": "b", "user_id": 2, "page": "/news", "section": "news", "at": "2026-01-01 10:05:00Z"}


def test_a_sink_of_delta_takes_each_row_once(ran: Path) -> None:
    added = [
        json.loads(line)["add"]["path"]
        for log in (ran / "bronze" / "kept" / "_delta_log").glob("*.json")
        for line in log.read_text().splitlines()
        if "add" in json.loads(line)
    ]
    found = duckdb.sql(f"select id from read_parquet({[str(ran / 'bronze' / 'kept' / one) for one in added]})")
    assert sorted([id for (id,) in found.fetchall()]) == ["a", "b", "c", "end", "g", "h", "i"]

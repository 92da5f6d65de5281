"""Notebooks of a bundle, run from top to bottom by Spark: what a workspace has beside it is given from outside."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jars
import notebooks_of_parts
import pytest
import sparks
import sqlglot
from databricks_tasks import NOTE, SCORE, WORKED

import oftra

CASE = Path(__file__).parent.parent / "golden" / "deployed"
RUNNER = Path(__file__).parent / "run_notebooks.py"

ORDERS = """\
{"order_id": "a", "ordered": "2026-01-01T10:00:00Z", "country": "DE", "amount": 12.50}
{"order_id": "b", "ordered": "2026-01-01T11:00:00Z", "country": "DE", "amount": 20000}
{"order_id": "c", "ordered": "2026-01-02T00:00:00Z", "country": "FR", "amount": 9.99}
{"order_id": "d", "ordered": "2026-01-02T00:00:00Z", "country": "FR", "amount": -1}
{"order_id": "e", "ordered": "2026-01-09T00:00:00Z", "country": "DE", "amount": 1}
"""

SENT = 'Where it\'s `sent` to: \\n \\ ${x} {{y}} "100%" \\u0041 ü 🦆'

DELTA = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.sources.default": "delta",
}
"""What Databricks has by itself."""

STRICT = """
contract one { n int not null check (n > 0) }
connection lake = files { root: 'data', format: json }
source ones: one from lake { path: 'ones.jsonl' }
table kept in lake = from ones
"""

GATED = """
connection lake = files { root: 'data', format: json }
contract one { n int not null check (n > 0) }
source ones: one from lake { path: 'ones.jsonl' } on invalid quarantine into bad in lake
table copies in lake = from ones
table more in lake = from copies |> where n > 5
table most in lake = from more
table other in lake = from ones
table last in lake = from ones |> select n + 1 as n
pipeline skipped {
  build: [copies, more, most],
  require rows(ones) > 0 else stop,
  require rows(copies) > 5 else skip,
}
pipeline tried {
  build: [last],
  alert: ['a@example.com'],
  retries: 1,
  require rows(ones) > 5 else alert,
  require rows(last) = 0 else retry,
}
pipeline closed { build: [other], require rows(ones) = 0 else stop }
"""


GOVERNED = """
contract order { id int not null, n int, amount decimal(10, 2) not null, word string not null }
contract word { word string primary key }
contract total {
  id     int primary key,
  n      int check (n between 1 and 9 or n = 100) as some,
  amount decimal(10, 2) not null check (amount >= 0.5) as least check (amount < 5) as plausible on violation warn,
  word   string not null references words (word) check (word in ('a', 'it''s')) as known,
  check (id <> n) as apart,
  check (length(word) < 9) as short,
}
connection lake = files { root: 'data', format: json }
connection shop = catalog { schema: 'sales' }
source rows: order from lake { path: 'governed.jsonl' }
table words: word in shop = from rows |> select distinct word
/// All of it.
table totals: total in shop {
  cluster_by: [id],
  tags: [gold, 'it''s'],
  owner: 'me',
  properties: { `delta.logRetentionDuration`: 'interval 9 days', x: 'it''s ${y}' },
} = from rows
pipeline governed { build: [totals] }
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which notebooks were run: `daily` with all of the time, `daily` of a window, and one that fails."""
    place = tmp_path_factory.mktemp("notebooks")
    project = place / "project"
    project.mkdir()
    for file in ("program.oftra", "oftra.toml"):
        text = (CASE / file).read_text(encoding="utf-8").replace('catalog = "main"', 'catalog = "spark_catalog"')
        text = text.replace("Where it is sent to.", SENT)
        (project / file).write_text(text, encoding="utf-8")
    files = oftra.load(str(project)).compile("databricks")
    (place / "strict.oftra").write_text(STRICT, encoding="utf-8")
    files |= oftra.load(str(place / "strict.oftra")).compile("databricks")
    (place / "gated.oftra").write_text(GATED, encoding="utf-8")
    files |= oftra.load(str(place / "gated.oftra")).compile("databricks")
    (place / "worked.oftra").write_text(WORKED, encoding="utf-8")
    (place / "score.py").write_text(SCORE, encoding="utf-8")
    (place / "note.ipynb").write_text(NOTE, encoding="utf-8")
    files |= oftra.load(str(place / "worked.oftra")).compile("databricks")
    (place / "governed.oftra").write_text(GOVERNED, encoding="utf-8")
    files |= oftra.load(str(place / "governed.oftra")).compile("databricks")
    (place / "later").mkdir()
    (place / "later" / "governed.oftra").write_text(GOVERNED.replace("0.5", "0.25"), encoding="utf-8")
    later = oftra.load(str(place / "later" / "governed.oftra")).compile("databricks")
    for at in ("all", "window", "strict", "gated", "well", "ill", "governed", "again"):
        for path, text in (files | later if at == "again" else files).items():
            if path.startswith(("notebooks/", "resources/")):
                (place / at / path).parent.mkdir(parents=True, exist_ok=True)
                (place / at / path).write_text(text, encoding="utf-8")
        (place / at / "data" / "orders").mkdir(parents=True)
        (place / at / "data" / "orders" / "new.jsonl").write_text(ORDERS, encoding="utf-8")
        least = 0.25 if at == "again" else 0.5  # which the first program's check would refuse
        (place / at / "data" / "governed.jsonl").write_text(
            f'{{"id": 1, "n": 2, "amount": 7, "word": "a"}}\n{{"id": 2, "amount": {least}, "word": "it\'s"}}\n',
            encoding="utf-8",
        )
        (place / at / "data" / "ones.jsonl").write_text('{"n": 1}\n{"n": 0}\n', encoding="utf-8")
    calls = [
        *notebooks_of_parts.calls(place),
        f"{place}/all/notebooks/daily.py|root={place}/all|report={place}/report.json",
        f"{place}/window/notebooks/daily.py|root={place}/window|end=2026-01-03T00:00:00|show=no|least=1.5",
        f"{place}/strict/notebooks/strict.py|root={place}/strict",
        f"{place}/governed/notebooks/governed.py|root={place}/governed",
        f"{place}/again/notebooks/governed.py|root={place}/again",
        f"{place}/gated/resources/skipped.job.yml|root={place}/gated",
        f"{place}/gated/resources/tried.job.yml|root={place}/gated",
        f"{place}/gated/resources/closed.job.yml|root={place}/gated",
        f"{place}/well/resources/worked.job.yml|root={place}/well|start=2026-01-02T03:00:00+01:00",
        f"{place}/ill/resources/worked.job.yml|root={place}/ill|bad=3",
    ]
    begin = "from pyspark.sql import SparkSession; SparkSession.builder.getOrCreate()"
    begin += "".join([f".sql('create schema {name}').sparkSession" for name in ("sales", *notebooks_of_parts.SCHEMAS)])
    code = f"{begin}; import runpy, sys; runpy.run_path({str(RUNNER)!r}, run_name='__main__')"
    more = ["--conf", f"spark.sql.warehouse.dir={place}/warehouse", "--jars", ",".join(map(str, jars.lake_jars()))]
    for key, value in DELTA.items():
        more += ["--conf", f"{key}={value}"]
    done = subprocess.run(
        [sys.executable, "-c", code, *calls], env=sparks.environment(*more), cwd=place, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return place


def outcome(ran: Path, name: str) -> dict[str, Any]:
    trouble = ran / f"{name}.txt"
    assert not trouble.exists(), trouble.read_text()
    found: dict[str, Any] = json.loads((ran / f"{name}.json").read_text())
    return found


def relations(said: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {one["name"]: (one["rows"], one["quarantined"]) for one in said["relations"]}


def test_all_is_built_shown_and_told(ran: Path) -> None:
    found = outcome(ran, "all/notebooks/daily")
    assert found["said"]["status"] == "well"
    assert relations(found["said"]) == {"orders": (4, 1), "countries": (1, 0), "rejected": (1, 0)}
    assert found["said"] == json.loads((ran / "report.json").read_text())
    assert found["shown"] == [[4, 4], [1, 3], [1, 6]]
    (orders,) = [one for one in found["said"]["relations"] if one["name"] == "orders"]
    assert {rule["rule"]: rule["records"] for rule in orders["rules"] if rule["records"]} == {
        "no_gifts": 1,
        "plausible": 1,
    }


def test_widgets_say_what_is_built(ran: Path) -> None:
    found = outcome(ran, "window/notebooks/daily")
    assert found["shown"] == []
    assert relations(found["said"])["countries"] == (2, 0)
    (rejected,) = "".join([one.read_text() for one in (ran / "window/data/rejected.jsonl").glob("*.json")]).splitlines()
    assert json.loads(rejected)["rules"] == ["no_gifts"]


def test_the_catalog_is_told(ran: Path) -> None:
    told = {"countries": ["What each country bought, in the time that a run is about.", SENT, None, None]}
    for name in ("all", "window"):
        found = outcome(ran, f"{name}/notebooks/daily")["comments"]
        assert {table: comments for table, comments in found.items() if table == "countries"} == told


def test_delta_lake_holds_others_to_what_is_true(ran: Path) -> None:
    for name in ("governed", "again"):
        held = outcome(ran, f"{name}/notebooks/governed")["held"]
        assert held["totals"]["clustered"] == ["id"]
        given = held["totals"]["properties"]
        assert {key: given[key] for key in ("delta.logRetentionDuration", "x")} == {
            "delta.logRetentionDuration": "interval 9 days",
            "x": "it's ${y}",
        }
        # It keeps a blank between any two words.
        checks = {key: "".join(text.split()) for key, text in given.items() if key.startswith("delta.constraints.")}
        assert checks == {
            "delta.constraints.some": "((nbetween1and9)or(n=100))isnotfalse",
            "delta.constraints.least": "amount>=0.5" if name == "governed" else "amount>=0.25",
            "delta.constraints.known": r"wordin('a','it\'s')",
            "delta.constraints.apart": "(id<>n)isnotfalse",
        }


def test_unity_catalog_is_told_of_keys_and_tags(ran: Path) -> None:
    told = outcome(ran, "again/notebooks/governed")["unity"]
    assert told == [
        "alter table sales.words alter column `word` set not null",
        "alter table sales.words add primary key (`word`) rely",
        *[f"alter table sales.totals alter column `{name}` set not null" for name in ("id", "amount", "word")],
        "alter table sales.totals add primary key (`id`) rely",
        "alter table sales.totals add constraint word_references_words_word"
        " foreign key (word) references sales.words (word)",
        r"alter table sales.totals set tags ('gold' = '', 'it\'s' = '', 'owner' = 'me')",
    ]
    for statement in told:
        (read,) = sqlglot.parse(statement, dialect="databricks")
        assert isinstance(read, sqlglot.exp.Alter)


def test_others_are_let_read_what_was_made(ran: Path) -> None:
    told = [text for text in outcome(ran, "all/notebooks/daily")["unity"] if text.startswith("grant ")]
    assert told == [f"grant SELECT on table sales.countries to `{name}`" for name in ("analysts", "ann@example.com")]
    assert all(isinstance(one, sqlglot.exp.Grant) for text in told for one in sqlglot.parse(text, dialect="databricks"))


def test_windows_in_any_order_give_the_tables_of_one_full_build(ran: Path) -> None:
    found = outcome(ran, "same")["said"]
    assert [len(rows) for rows in found["whole"]] == [60, 2, 6]
    assert found["parts"] == found["whole"]


def test_runs_without_a_start_go_on_where_tables_end(ran: Path) -> None:
    found = outcome(ran, "same")["said"]
    assert found["grown"] == found["whole"]


def test_a_broken_rule_fails_the_task(ran: Path) -> None:
    told = (ran / "strict/notebooks/strict.txt").read_text()
    assert "Broken: in ones (strict.oftra:4), 1 row breaks `n > 0`" in told
    assert not (ran / "strict" / "data" / "kept.jsonl").exists()


def ended(ran: Path, job: str) -> dict[str, list[Any]]:
    """How the tasks of a job ended: in which way, with what number of tries, and what those that were short said."""
    found = json.loads((ran / f"gated/resources/{job}.job.json").read_text())
    return {task: [how, tries] + [said] * isinstance(said, str) for task, (how, said, tries) in found.items()}


def test_what_is_behind_a_gate_is_skipped(ran: Path) -> None:
    assert ended(ran, "skipped") == {
        "skipped_start": ["succeeded", 1],
        "rows_ones_0": ["succeeded", 1, "`rows(ones) > 0` (gated.oftra:12) holds: rows(ones) = 1"],
        "skipped_copies": ["succeeded", 1],
        "rows_copies_5": [
            "succeeded", 1, "`rows(copies) > 5` (gated.oftra:13) does not hold: rows(copies) = 1"
        ],
        "rows_copies_5_holds": ["succeeded", 1, "false"],
        "skipped_most": ["excluded", 0, ""],
    }  # fmt: skip
    assert not (ran / "gated/data/most.jsonl").exists()


def test_gates_tell_and_have_a_task_tried_again(ran: Path) -> None:
    alert = "`rows(ones) > 5` (gated.oftra:19) does not hold: rows(ones) = 1"
    again = "`rows(last) = 0` (gated.oftra:20) does not hold: rows(last) = 1"
    assert ended(ran, "tried") == {
        "tried_start": ["succeeded", 1],
        "rows_ones_5": ["succeeded", 1, alert],
        "rows_ones_5_holds": ["succeeded", 1, "false"],
        "rows_ones_5_alert": ["succeeded", 1, alert],
        "tried_last": ["failed", 2, again],
        "rows_last_0": ["upstream failed", 0, ""],
    }


def test_a_gate_fails_the_job(ran: Path) -> None:
    said = "`rows(ones) = 0` (gated.oftra:22) does not hold: rows(ones) = 1"
    assert ended(ran, "closed") == {
        "closed_start": ["succeeded", 1],
        "rows_ones_0": ["failed", 1, said],
        "closed_other": ["upstream failed", 0, ""],
    }
    assert not (ran / "gated/data/other.jsonl").exists()


def test_tasks_are_run_in_their_places(ran: Path) -> None:
    found = outcome(ran, "well/resources/worked.job")
    assert {name: how for name, (how, *_) in found.items()} == {
        "fetch": "succeeded",
        "worked_gate_2": "succeeded",
        "fetch_failed_0_and_fetch_asked_is_null": "succeeded",
        "worked_taken": "succeeded",
        "look": "succeeded",
        "score": "succeeded",
        "note": "succeeded",
        "worked_gate_2_2": "succeeded",
        "note_notes_7": "succeeded",
        "cheer": "succeeded",
        "moan": "excluded",
    }, found
    assert (ran / "well" / "told").read_text() == "0|2026-01-02 02:00:00Z|secret scope/key|{{ x }} ${y}|"
    assert (ran / "well" / "scored").read_text() == "<run_path> 0"
    assert (ran / "well" / "noted").read_text() == "1 2026-01-02 02:00:00Z 3"
    assert (ran / "well" / "looked").exists()
    assert (ran / "well" / "heard").read_text() == "cheer\n"


def test_a_gate_asks_what_a_task_counted(ran: Path) -> None:
    found = outcome(ran, "ill/resources/worked.job")
    how, said, _ = found["fetch_failed_0_and_fetch_asked_is_null"]
    assert how == "failed" and "fetch.failed = 3, fetch.asked = None" in said
    assert {found[name][0] for name in ("worked_taken", "look", "score", "note")} == {"upstream failed"}
    assert found["cheer"][0] == "excluded"
    # The last task tells how the run has ended.
    assert found["moan"] == ["failed", "the run failed before this task, which ended well", 1]
    assert (ran / "ill" / "heard").read_text() == "moan\n"

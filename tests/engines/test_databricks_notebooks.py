"""Notebooks of a bundle, run from top to bottom by Spark: what a workspace has beside it is given from outside."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sparks

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

STRICT = """
contract one { n int not null check (n > 0) }
connection lake = files { root: 'data', format: json }
source ones: one from lake { path: 'ones.jsonl' }
table kept in lake = from ones
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which notebooks were run: `daily` with all of the time, `daily` of a window, and one that fails."""
    place = tmp_path_factory.mktemp("notebooks")
    project = place / "project"
    project.mkdir()
    for file in ("program.oftra", "oftra.toml"):
        text = (CASE / file).read_text(encoding="utf-8").replace('catalog = "main"', 'catalog = "spark_catalog"')
        (project / file).write_text(text, encoding="utf-8")
    files = oftra.load(str(project)).compile("databricks")
    (place / "strict.oftra").write_text(STRICT, encoding="utf-8")
    files |= oftra.load(str(place / "strict.oftra")).compile("databricks")
    for at in ("all", "window", "strict"):
        for path, text in files.items():
            if path.startswith("notebooks/"):
                (place / at / path).parent.mkdir(parents=True, exist_ok=True)
                (place / at / path).write_text(text, encoding="utf-8")
        (place / at / "data" / "orders").mkdir(parents=True)
        (place / at / "data" / "orders" / "new.jsonl").write_text(ORDERS, encoding="utf-8")
        (place / at / "data" / "ones.jsonl").write_text('{"n": 1}\n{"n": 0}\n', encoding="utf-8")
    calls = [
        f"{place}/all/notebooks/daily.py|root={place}/all|report={place}/report.json",
        f"{place}/window/notebooks/daily.py|root={place}/window|end=2026-01-03T00:00:00|show=no|least=1.5",
        f"{place}/strict/notebooks/strict.py|root={place}/strict",
    ]
    begin = "from pyspark.sql import SparkSession; SparkSession.builder.getOrCreate().sql('create schema sales')"
    code = f"{begin}; import runpy, sys; runpy.run_path({str(RUNNER)!r}, run_name='__main__')"
    more = ("--conf", f"spark.sql.warehouse.dir={place}/warehouse")
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


def test_a_broken_rule_fails_the_task(ran: Path) -> None:
    told = (ran / "strict/notebooks/strict.txt").read_text()
    assert "Broken: ('ones', '1 row breaks `n > 0`')" in told
    assert not (ran / "strict" / "data" / "kept.jsonl").exists()

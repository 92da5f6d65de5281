"""Modules that fail on a real Spark say which relation that is about, and where it stands in the program."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sparks

import oftra

VIEWS = """\
view amounts =
  from orders
  |> extend
       upper(region) as where_to,
       cast(text as int) as amount
  |> where amount > 0
"""

SHOP = """\
contract order { id int not null check (id < 10), text string, region string }
connection lake = files { root: 'data', format: parquet }
source orders: order from lake { path: 'orders.parquet' }

table kept in lake = from orders |> select id

table by_region in lake =
  from cleaning.amounts
  |> aggregate sum(amount) as total group by where_to

sink regions from by_region into lake { path: 'regions.csv', format: csv }
"""

DATA = {
    "cast": "select 1::int as id, '12' as text, 'north' as region union all select 2, 'x', 'south'",
    "rule": "select 11::int as id, '12' as text, 'north' as region",
    "type": "select 1.5::double as id, '12' as text, 'north' as region",
}
"""What the orders are, by case. Of other cases there are none."""

CASES = ("cast", "job", "alone", "missing", "rule", "type")

RUNNER = """
import importlib.util, sys
from pathlib import Path
for folder in map(Path, sys.argv[1:]):
    found = importlib.util.spec_from_file_location("shop", folder / "shop.py")
    shop = importlib.util.module_from_spec(found)
    found.loader.exec_module(shop)
    sys.argv = ["shop.py", "--root", str(folder), "--report", str(folder / "report.json")]
    sys.argv += ["--log", "json", "--run", "tonight"] if folder.name == "alone" else []
    print("begins", folder.name, file=sys.stderr, flush=True)
    print(shop.run(), flush=True)
from oftra.cli.app import run
print(run(["run", "--engine", "spark", "-p", str(folder.parent / "project")]), flush=True)
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of each case its status, its report and what it said; under `oftra` how `oftra run` ended."""
    place = tmp_path_factory.mktemp("failing")
    project = place / "project"
    (project / "data").mkdir(parents=True)
    (project / "oftra.toml").write_text('[project]\nname = "shop"\n')
    (project / "shop.oftra").write_text(SHOP)
    (project / "cleaning").mkdir()
    (project / "cleaning" / "views.oftra").write_text(VIEWS)
    files = oftra.load(str(project)).compile("pyspark")
    for case in CASES:
        (place / case / "data").mkdir(parents=True)
        for path, text in files.items():
            (place / case / path).write_text(text)
        rows = DATA.get("cast" if case in ("job", "alone") else case)
        if rows is not None:
            duckdb.execute(f"copy ({rows}) to '{place}/{case}/data/orders.parquet'")
    os.unlink(place / "alone" / "manifest.json")
    os.rename(place / "job" / "manifest.json", place / "job" / "shop.manifest.json")
    shutil.copytree(place / "cast" / "data", project / "data", dirs_exist_ok=True)
    command = [sys.executable, "-c", RUNNER, *[str(place / case) for case in CASES]]
    done = subprocess.run(command, env=sparks.environment(), cwd=place, capture_output=True, text=True, timeout=600)
    statuses = [int(line) for line in done.stdout.split()]
    assert len(statuses) == len(CASES) + 1, done.stderr[-3000:]
    said = dict(part.split("\n", 1) for part in done.stderr.split("begins ")[1:])
    found: dict[str, Any] = {
        case: (status, json.loads((place / case / "report.json").read_text()), said[case])
        for case, status in zip(CASES, statuses)
    }
    return {**found, "oftra": (statuses[-1], said[CASES[-1]])}


WHERE: dict[str, tuple[int, str, str, int, str]] = {
    # The view is no table of its own: Spark fails as the table is written.
    "cast": (3, "by_region", "cleaning/views.oftra", 5, "[CAST_INVALID_INPUT]"),
    "job": (3, "by_region", "cleaning/views.oftra", 5, "[CAST_INVALID_INPUT]"),
    "alone": (3, "by_region", "shop.oftra", 7, "[CAST_INVALID_INPUT]"),
    "missing": (3, "orders", "shop.oftra", 3, "[PATH_NOT_FOUND]"),
    "rule": (4, "orders", "shop.oftra", 3, "1 row breaks `id < 10`"),
    "type": (3, "orders", "shop.oftra", 3, "column id is double in the data, not int"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_failure_names_its_place(case: str, told: dict[str, Any]) -> None:
    status, report, said = told[case]
    expected, relation, file, line, words = WHERE[case]
    assert status == expected, said
    error = report["error"]
    assert (error["relation"], error["file"], error["line"]) == (relation, file, line)
    assert words in error["message"] and "\n" not in error["message"]
    word = "stopped" if status == 4 else "failed"
    last = f"{word}: in {relation} ({file}:{line}), {error['message']}"
    assert last in (json.loads(said.splitlines()[-1])["message"] if case == "alone" else said)


def test_a_job_has_a_manifest_of_its_own(tmp_path: Path) -> None:
    pipeline = "pipeline nightly { build: [regions], require rows(by_region) > 0 else stop }\n"
    (tmp_path / "oftra.toml").write_text('[project]\nname = "shop"\n[targets.airflow]\nrunner = "spark_submit"\n')
    (tmp_path / "shop.oftra").write_text(SHOP.replace("cleaning.", "") + VIEWS + pipeline)
    files = oftra.load(str(tmp_path)).compile("airflow")
    modules = [path for path in files if path.count("/") == 2 and path.endswith(".py")]
    assert len(modules) == 2
    for path in modules:
        told = json.loads(files[path.removesuffix(".py") + ".manifest.json"])
        assert path.endswith(f"/{told['script']}")


def test_what_was_done_is_logged(told: dict[str, Any]) -> None:
    said = told["cast"][2]
    assert "relation=kept read=2 written=2 dropped=0 quarantined=0 late=0 seconds=" in said
    head, *lines = [line.split() for line in said[said.index("relation  read") :].splitlines()[:5]]
    assert head == ["relation", "read", "written", "dropped", "quarantined", "late", "seconds"]
    assert [line[:6] for line in lines[:2]] == [["orders", "2", "-", "0", "0", "0"], ["kept", "2", "2", "0", "0", "0"]]
    assert lines[2][:2] == ["failed", "in"]


def test_a_log_of_json(told: dict[str, Any]) -> None:
    lines = [json.loads(line) for line in told["alone"][2].splitlines() if line.startswith('{"time"')]
    assert {(line["run"], line["start"][:10]) for line in lines} == {("tonight", "0001-01-01")}
    counts = {"relation": "kept", "read": 2, "written": 2, "dropped": 0, "quarantined": 0, "late": 0}
    assert any(counts.items() <= line.items() for line in lines)
    summary, failed = lines[-2:]
    assert (summary["status"], [one["relation"] for one in summary["relations"]]) == ("failed", ["orders", "kept"])
    assert failed["level"] == "ERROR" and "Traceback" in failed["exception"]


def test_a_run_shows_the_place(told: dict[str, Any]) -> None:
    status, said = told["oftra"]
    assert status == 3
    shown = said[said.index("error: the run failed in `by_region`: [CAST_INVALID_INPUT]") :].splitlines()
    assert shown[1].endswith("project/cleaning/views.oftra:5:8")
    assert [line.strip() for line in shown[3:5]] == [
        "5 |        cast(text as int) as amount",
        "|        ^^^^^^^^^^^^^^^^^",
    ]

"""Jobs that DAGs run with DuckDB, run as a DAG's task runs them, but without Airflow: windows in any order."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from places import compiled

PROGRAM = """\
connection raw = files { root: 'raw', format: json }
connection lake = files { root: 'lake', format: parquet }
connection house = duckdb { path: 'house.duckdb' }
contract sale {
  id int not null,
  shop string not null,
  price decimal(10, 2),
  kind string,
  sold_at timestamp not null event time,
  freshness: interval 1 day,
}
source sales: sale from raw { path: '*.json' }
table days in lake { refresh: partitions, window: day, partition_by: [shop, day] } =
  from sales |> aggregate sum(price) as price, count(*) as n group by shop, date_trunc('day', sold_at) as day
table latest in house { refresh: merge, key: [id], order_by: [sold_at], window: sold_at, delete when kind = 'gone' } =
  from sales
table totals in lake = from days |> aggregate sum(price) as price, sum(n) as n group by shop
sink told from days into lake { path: 'told.csv', format: csv }
pipeline daily { build: [days, latest], schedule: '0 0 * * *', require fresh(sales) else stop }
pipeline after { build: [totals, told], on_update_of: [days] }
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, compiled, and sales of three days in two shops."""
    folder = tmp_path_factory.mktemp("jobs")
    (folder / "program.oftra").write_text(PROGRAM)
    compiled(folder, folder / "build")
    (folder / "raw").mkdir()
    sales = [
        {
            "id": number % 17,
            "shop": f"0{number % 2}",
            "price": number * 0.5,
            "kind": "gone" if number % 11 == 0 else "sold",
            "sold_at": f"2026-01-0{1 + number // 20}T{number % 20:02}:00:00Z",
        }
        for number in range(60)
    ]
    (folder / "raw/sales.json").write_text("".join(json.dumps(one) + "\n" for one in sales))
    return folder


def run(project: Path, root: Path, job: str, *window: int, began: str | None = None) -> dict[str, Any]:
    """The report of a job that was run in a folder of its own, for the days from the first to the last one."""
    root.mkdir(exist_ok=True)
    if not (root / "raw").exists():
        (root / "raw").symlink_to(project / "raw")
    (script,) = project.glob(f"build/**/{job}.sql")
    words = [sys.executable, str(script.with_name("run_duckdb.py")), job, "--root", str(root)]
    if window:
        words += ["--start", f"2026-01-0{window[0]} 00:00:00Z", "--end", f"2026-01-0{window[1] + 1} 00:00:00Z"]
    words += ["--began", began] if began else []
    report = root / f"{job}.report"
    done = subprocess.run([*words, "--report", str(report)], capture_output=True, text=True, check=False)
    told: dict[str, Any] = json.loads(report.read_text()) | {"exit": done.returncode, "log": done.stderr}
    return told


def rows(root: Path) -> tuple[list[Any], list[Any]]:
    """What is stored: the rows of `days` and of `latest`."""
    found = duckdb.sql(
        f"select shop, day::varchar, price, n from read_parquet('{root}/lake/days.parquet/*/*/*.parquet', "
        "hive_types = {'shop': 'varchar', 'day': 'timestamptz'}) order by all"
    ).fetchall()
    with duckdb.connect(str(root / "house.duckdb"), read_only=True) as house:
        return found, house.sql("select id, shop, price, kind, sold_at::varchar from latest order by all").fetchall()


def test_days_in_any_order_are_one_run_over_all(project: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert run(project, whole, "daily_start", 1, 3)["exit"] == 0
    told = run(project, whole, "daily_latest", 1, 3)
    assert told["exit"] == 0, told
    counts = {one["name"]: (one["stored"], one["rows"]) for one in told["relations"]}
    assert counts == {"days": (True, 6), "latest": (True, 60), "sales": (False, 60)}, counts
    for day in (2, 1, 3, 2, 1):
        told = run(project, parts, "daily_latest", day, day)
        assert told["exit"] == 0, told
        assert "relation=days read=2 rows=2 " in told["log"] and "relation=latest read=20 rows=20 " in told["log"]
    assert rows(whole) == rows(parts)
    assert len(rows(whole)[0]) == 6 and 0 < len(rows(whole)[1]) < 17


def test_without_windows_runs_go_on_from_the_last(project: Path, tmp_path: Path) -> None:
    """The moment that counts is the one at which the run began that a job is a part of."""
    sales = (project / "raw/sales.json").read_text().splitlines(keepends=True)
    whole, root = tmp_path / "whole", tmp_path / "parts"
    (root / "raw").mkdir(parents=True)
    marks = []
    for count, began in ((20, "2026-01-01 10:00:00Z"), (45, "2026-01-05 00:00:00Z"), (60, "2026-01-05 00:00:00Z")):
        (root / "raw/sales.json").write_text("".join(sales[:count]))
        assert run(project, root, "daily_latest", began=began)["status"] == "well"
        with duckdb.connect(str(root / "house.duckdb"), read_only=True) as house:
            marks += house.sql("select made_until::varchar from latest_made_until").fetchall()
    assert marks == [("2026-01-01 10:00:00+00",), ("2026-01-03 04:00:00+00",), ("2026-01-03 19:00:00+00",)]
    assert run(project, whole, "daily_latest", 1, 3)["status"] == "well"
    assert rows(root) == rows(whole)


def test_a_gate_tells_of_times_with_the_package_of_duckdb_alone(project: Path, tmp_path: Path) -> None:
    (gate,) = run(project, tmp_path, "daily_start", 1, 3)["gates"]
    assert gate["holds"] and gate["measured"] == {"fresh(sales)": "2026-01-03 19:00:00Z"}
    told = run(project, tmp_path, "daily_start", 1, 6)
    assert told["exit"] == 4 and not told["gates"][0]["holds"]


def test_what_was_put_aside_when_a_run_was_killed_is_there_again(project: Path, tmp_path: Path) -> None:
    for day in (1, 2):
        run(project, tmp_path, "daily_latest", day, day)
    before = rows(tmp_path)
    lake = tmp_path / "lake"
    # A run puts the folder aside, and is killed before it has put the new one there.
    os.rename(lake / "days.parquet", lake / ".old-days.parquet")
    (lake / ".new-days.parquet").mkdir()
    assert run(project, tmp_path, "daily_latest", 2, 2)["exit"] == 0
    assert rows(tmp_path) == before
    assert sorted(path.name for path in lake.iterdir()) == ["days.parquet"]


def test_another_pipeline_reads_folders_as_their_types(project: Path, tmp_path: Path) -> None:
    run(project, tmp_path, "daily_latest", 1, 3)
    told = run(project, tmp_path, "after")
    assert told["exit"] == 0, told
    text = (tmp_path / "lake/told.csv").read_text().splitlines()
    assert text[0] == "shop,day,price,n" and all(line.startswith("0") for line in text[1:]), text
    totals = duckdb.sql(f"select shop, n from read_parquet('{tmp_path}/lake/totals.parquet') order by shop").fetchall()
    assert totals == [("00", 30), ("01", 30)]

"""DAGs whose jobs a real `spark-submit` runs, as Airflow's own operator calls it."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from airflow_environment import Home
from places import compiled

PROGRAM = """\
connection here = files { root: 'data', format: parquet }
contract event { at timestamp not null event time, n int not null check (n < 100) }
source events: event from here { path: 'events.csv', format: csv }
param least int = 0

table counted in here = from events |> where n >= least and at < run.end |> aggregate count(*) as events
table again in here = from events |> aggregate max(n) as most

/// The second gate tells, the others hold.
pipeline nightly {
  build: [counted],
  schedule: '0 3 * * *',
  require rows(counted) = 1 else stop,
  require (from counted |> aggregate min(events) as least) > 3 else alert,
}
pipeline closed {
  build: [again],
  require (from events |> aggregate min(n) as least) > 50 else stop,
  require (from events |> aggregate max(n) as most) < 99 else skip,
}
/// What a gate asks fails, behind one that tells.
pipeline fails {
  build: [other],
  require (from events |> aggregate min(n) as least) > 50 else alert,
  require (from events |> aggregate sum(cast('x' || cast(n as string) as int)) as total) > 0 else stop,
}
table other in here = from events |> aggregate min(n) as least
"""
EVENTS = """\
at,n
2026-01-01 01:00:00Z,10
2026-01-01 02:00:00Z,20
2026-01-02 01:00:00Z,5
2026-01-03 04:00:00Z,40
"""
RUNS = [
    {"dag": "spark.nightly", "date": "2026-01-03T03:00:00+00:00", "conf": {"least": 6}},
    {"dag": "spark.closed", "date": "2026-01-03T03:00:00+00:00"},
    {"dag": "spark.fails", "date": "2026-01-03T03:00:00+00:00"},
]
NIGHTLY, CLOSED, FAILS = range(len(RUNS))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project, and its DAGs in `dags`."""
    folder = tmp_path_factory.mktemp("airflow_spark")
    (folder / "data").mkdir()
    (folder / "data" / "events.csv").write_text(EVENTS)
    (folder / "program.oftra").write_text(PROGRAM)
    (folder / "oftra.toml").write_text(
        f'[project]\nname = "spark"\n\n[targets.airflow]\nroot = "{folder}"\nrunner = "spark_submit"\n'
    )
    compiled(folder, folder)
    return folder


@pytest.fixture(scope="module")
def runs(folder: Path) -> list[dict[str, Any]]:
    """What Airflow says of the runs."""
    home = Home(folder / "home", folder / "dags")
    home.make()
    scripts = Path(sys.executable).parent
    environment = {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PYSPARK_PYTHON": sys.executable,
        "AIRFLOW_CONN_SPARK_DEFAULT": json.dumps({"conn_type": "spark", "host": "local[2]"}),
    }
    told = home.run(RUNS, environment)
    assert told["errors"] == {}
    found: list[dict[str, Any]] = told["runs"]
    return found


def gates(run: dict[str, Any]) -> list[tuple[bool | None, str]]:
    """What became of the gates, in their order."""
    (report,) = [one["report"] for one in run["xcom"].values() if one.get("report", {}).get("gates")]
    return [(one["holds"], one["action"]) for one in report["gates"]]


def test_a_job_is_submitted_with_window_and_params(runs: list[dict[str, Any]], folder: Path) -> None:
    run = runs[NIGHTLY]
    assert run["state"] == "success", run["log"]
    assert pq.read_table(folder / "data" / "counted.parquet").to_pydict() == {"events": [2]}
    assert gates(run) == [(True, "stop"), (False, "alert")]
    assert "does not hold: (from counted |> aggregate min(events) as least) = 2" in run["log"]


def test_gates_behind_a_closed_one_are_not_judged(runs: list[dict[str, Any]], folder: Path) -> None:
    run = runs[CLOSED]
    assert run["state"] == "failed"
    assert gates(run) == [(False, "stop"), (None, "skip")]
    states = {task.rpartition(".")[2]: state for task, (state, _) in run["tasks"].items()}
    assert states.pop("run") == "success"
    assert sorted(states.values()) == ["failed", "skipped", "upstream_failed"]
    assert not (folder / "data" / "again.parquet").exists()


def test_a_job_that_fails_behind_a_gate_that_tells_has_failed(runs: list[dict[str, Any]], folder: Path) -> None:
    run = runs[FAILS]
    assert run["state"] == "failed"
    assert "AirflowException: fails_start failed: " in run["log"]
    assert not (folder / "data" / "other.parquet").exists()

"""DAGs whose jobs run on Databricks: Airflow's own operator submits notebooks to a small workspace, which runs them."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sparks
from airflow_environment import Home, python
from places import compiled

HERE = Path(__file__).parent
PROGRAM = """\
connection here = files { root: 'data', format: parquet }
contract event { at timestamp not null event time, n int not null check (n < 100) }
source events: event from here { path: 'events.csv', format: csv }
param least int = 0
param note string = 'none'
task fetch { writes: [events], counts: [failed] } = shell $$ echo '{"failed": 0}' > "$COUNTS" $$

table counted in here = from events |> where n >= least and at < run.end |> aggregate count(*) as events
table noted in here = from counted |> extend note as note, env('PLACE', 'nowhere') as place

pipeline nightly {
  build: [noted, fetch],
  schedule: '0 3 * * *',
  require rows(events) >= 1 and fetch.failed = 0 else stop,
  require (from counted |> aggregate min(events) as least) > 3 else alert,
}

contract small { n int not null check (n < 10) }
source smalls: small from here { path: 'smalls.csv', format: csv }
table judged in here = from smalls |> aggregate count(*) as n
pipeline breaks { build: [judged], retries: 2 }

source others: small from here { path: 'others.csv', format: csv }
table again in here = from others |> aggregate max(n) as most
pipeline tried { build: [again], retries: 1, retry_delay: interval 1 second, require rows(again) = 2 else retry }

table waited in here = from others |> select n
pipeline hangs { build: [waited] }
"""
EVENTS = """\
at,n
2026-01-01 01:00:00Z,10
2026-01-01 02:00:00Z,20
2026-01-02 04:00:00Z,5
2026-01-03 04:00:00Z,40
"""
NOTE = 'it\'s {{ ds }} ${x} "y"\n'
DATE = "2026-01-03T03:00:00+00:00"
RUNS = [
    {"dag": "lake.nightly", "date": DATE, "conf": {"least": 6, "note": NOTE}, "poll": 0.5},
    {"dag": "lake.breaks", "date": DATE, "poll": 0.5},
    {"dag": "lake.tried", "date": DATE, "poll": 0.5},
    {"dag": "lake.hangs", "date": DATE, "poll": 0.5, "timeout": 5},
]
NIGHTLY, BREAKS, TRIED, HANGS = range(len(RUNS))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project, and its DAGs in `dags`."""
    folder = tmp_path_factory.mktemp("airflow_databricks")
    (folder / "data").mkdir()
    (folder / "data" / "events.csv").write_text(EVENTS)
    (folder / "data" / "smalls.csv").write_text("n\n1\n22\n33\n")
    (folder / "data" / "others.csv").write_text("n\n1\n")
    (folder / "program.oftra").write_text(PROGRAM)
    (folder / "oftra.toml").write_text(
        f'[project]\nname = "lake"\n\n[targets.airflow]\nroot = "{folder}"\nrunner = "databricks"\n'
        'jobs = "/Workspace/Shared"\n\n[targets.databricks]\nnode_type = "i3.xlarge"\n'
    )
    compiled(folder, folder)
    return folder


@pytest.fixture(scope="module")
def workspace(folder: Path) -> Iterator[Path]:
    """Where a workspace keeps what is submitted, and the file `port` says where it listens."""
    place = folder / "workspace"
    place.mkdir()
    environment = sparks.environment("--conf", f"spark.sql.warehouse.dir={folder}/tables")
    command = [sys.executable, str(HERE / "databricks_workspace.py"), str(folder / "dags"), str(place)]
    with open(place / "log", "w") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
        try:
            patience = time.monotonic() + 60
            while not (place / "port").exists() or not (place / "port").read_text():
                assert time.monotonic() < patience and process.poll() is None, (place / "log").read_text()
                time.sleep(0.1)
            yield place
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def told(folder: Path, workspace: Path) -> dict[str, Any]:
    """What Airflow says of the runs."""
    home = Home(folder / "home", folder / "dags")
    home.make()
    port = int((workspace / "port").read_text())
    there = {"conn_type": "databricks", "schema": "http", "host": "127.0.0.1", "port": port, "password": "a-token"}
    found = home.run(RUNS, {"AIRFLOW_CONN_DATABRICKS_DEFAULT": json.dumps(there), "PLACE": "here"})
    assert found["errors"] == {}
    return found


@pytest.fixture(scope="module")
def runs(told: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told["runs"]
    return found


def submitted(workspace: Path) -> list[dict[str, Any]]:
    """What was submitted, in order."""
    paths = sorted(workspace.glob("*.json"), key=lambda path: int(path.stem))
    return [json.loads(path.read_text()) for path in paths]


def test_dags_are_imported_at_once(told: dict[str, Any]) -> None:
    assert min(told["seconds"].values()) < 0.05, told["seconds"]


def test_notebooks_run_with_window_params_and_environment(runs: list[dict[str, Any]], folder: Path) -> None:
    run = runs[NIGHTLY]
    assert run["state"] == "success", run["log"]
    assert pq.read_table(folder / "data" / "noted.parquet").to_pylist() == [
        {"events": 2, "note": NOTE, "place": "here"}
    ]


def test_gates_are_judged_by_the_report_of_a_notebook(runs: list[dict[str, Any]]) -> None:
    reports = [one["report"] for one in runs[NIGHTLY]["xcom"].values() if "report" in one]
    gates = {gate["gate"]: gate for report in reports for gate in report["gates"]}
    least = "(from counted |> aggregate min(events) as least)"
    assert {text: (gate["holds"], gate["measured"]) for text, gate in gates.items()} == {
        "rows(events) >= 1 and fetch.failed = 0": (True, {"rows(events)": 1, "fetch.failed": 0}),
        f"{least} > 3": (False, {least: 2}),
    }
    assert f"`require {least} > 3` (program.oftra:15) does not hold: {least} = 2" in runs[NIGHTLY]["log"]


def test_the_sdk_knows_what_is_submitted(runs: list[dict[str, Any]], workspace: Path) -> None:
    assert runs[NIGHTLY]["state"] == "success", runs[NIGHTLY]["log"]
    files = [str(path) for path in workspace.glob("*.json")]
    command = [str(python()), str(HERE / "read_submitted.py"), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    first = submitted(workspace)[0]
    (task,) = first["tasks"]
    assert first["run_name"].startswith("lake.nightly.nightly_gate manual__")
    assert task["notebook_task"] == {
        "notebook_path": "/Workspace/Shared/lake_nightly_jobs/nightly_gate",
        "source": "WORKSPACE",
        "base_parameters": {
            "show": "no",
            "start": "2026-01-02 03:00:00+00:00",
            "end": "2026-01-03 03:00:00+00:00",
            "fetch_failed": "0",
        },
    }
    assert task["new_cluster"]["node_type_id"] == "i3.xlarge"


def test_a_broken_rule_is_not_tried_again(runs: list[dict[str, Any]]) -> None:
    run = runs[BREAKS]
    assert run["state"] == "failed"
    assert run["tasks"]["breaks"] == ["failed", 1]
    assert "AirflowFailException: breaks stopped: in smalls (program.oftra:19)" in run["log"], run["log"]


def test_a_gate_has_its_job_tried_again(runs: list[dict[str, Any]], workspace: Path) -> None:
    run = runs[TRIED]
    assert run["state"] == "failed"
    assert run["tasks"]["tried.run"] == ["failed", 2]
    assert "AirflowException: `require rows(again) = 2` (program.oftra:25) does not hold: rows(again) = 1" in run["log"]
    names = [one["tasks"][0]["task_key"] for one in submitted(workspace)]
    assert names.count("tried") == 2


def test_what_takes_too_long_is_cancelled(runs: list[dict[str, Any]], folder: Path) -> None:
    run = runs[HANGS]
    assert run["state"] == "failed"
    assert "was requested to be cancelled" in run["log"]
    assert not (folder / "data" / "waited.parquet").exists()

"""DAGs in a real Airflow: imported, serialized and run, each job by DuckDB; all of it in one process."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from airbyte_server import Airbyte, serving
from airflow_environment import Home
from airflow_tasks import SCORE, TASKS
from places import compiled

import oftra

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "flights"
SCRIPTS = Path(sys.executable).parent

DAYS = """\
connection here = files { root: 'data', format: csv }
contract event { at timestamp not null event time, n int not null check (n < 100) }
contract reading { at timestamp not null event time, n int not null check (n < 3) }
source events: event from here { path: 'events.csv' }
source awaited: event from here { path: 'awaited.csv' }
source readings: reading from here { path: 'events.csv' }
/// What each event counts for.
param factor int = 2
param since date = date '2026-01-01'

table counted = from events |> where at >= run.start and at < run.end |> aggregate count(*) as events, max(n) as most
table totals = from events |> where at >= since |> aggregate sum(n * factor) as total
table arrived = from awaited |> aggregate count(*) as events
table copied = from counted
table judged = from readings |> aggregate count(*) as readings
table doubled = from events |> extend n + n as twice
connection lake = files { root: 'data', format: parquet }
view later = from events |> set at = at + interval 1000 years
table grown in lake { refresh: append, window: at } = from later
table known in lake { refresh: append, window: at } = from grown
pipeline grows { build: [grown, known], granularity: table }

/// Counts the events of every day.
pipeline days {
  build: [counted],
  schedule: '0 0 * * *',
  alert: [ops],
  require rows(events) >= 2 else skip,
  require (from counted |> aggregate max(most) as most) < 30 else alert,
}
pipeline waits { build: [arrived], retries: 2, retry_delay: interval 1 second }
pipeline asked { build: [totals] }
pipeline again { build: [doubled], retries: 1, retry_delay: interval 1 second, require rows(doubled) > 90 else retry }
pipeline breaks { build: [judged], retries: 2 }
pipeline follows {
  build: [copied],
  on_update_of: [counted, events],
  alert: [ops],
  deadline: interval 90 minutes,
  timeout: interval 1 day,
}
"""
EVENTS = """\
at,n
2026-01-01 01:00:00Z,10
2026-01-01 02:00:00Z,20
2026-01-02 01:00:00Z,30
2026-01-02 02:00:00Z,40
2026-01-03 02:00:00Z,5
"""
HOSTILE = """\
connection here = files { root: 'data', format: csv }
table `it's {{ ds }} "here" %s` = from values ('{{ var }}', 1) as t (`a\\b`, n)
param `for` int = 3
/// It's \"\"\"quoted\"\"\" {{ macros }} {% raw %} \\ and 100 % é.
pipeline `{{ class }} "x" 'y' é` {
  build: [`it's {{ ds }} "here" %s`],
  schedule: '*/5 * * * *',
  owner: '\"\"\"; import os #',
  tags: [`{{ t }}`],
  require (from `it's {{ ds }} "here" %s` |> aggregate count(*) as n) >= `for` else stop,
}
pipeline `class` { build: [plain] }
table plain = from values (1) as t (x)
"""
SPARK = """\
connection here = files { root: 'data', format: csv }
contract event { at timestamp not null event time, n int not null check (n < 100) }
source events: event from here { path: 'events.csv' }
param least int = 0
table counted = from events |> where n >= least |> aggregate count(*) as events
pipeline nightly { build: [counted], schedule: '0 3 * * *' }
"""
REFUSED = {
    "OF0670": "",
    "OF0671": "pipeline p { build: [counted], timeout: interval 1 month }",
    "OF0672": "pipeline p { build: [needing], schedule: '0 3 * * *' }",
    "OF0536": "task t = python { file: 'missing.py' }\npipeline p { build: [counted], before: [t] }",
    "OF0620": "task t = sql spark $$ select 1 $$\npipeline p { build: [counted], before: [t] }",
}
RUNS = [
    {"dag": "flights.daily", "date": "2013-01-02T06:00:00+00:00"},
    {"dag": "flights.daily", "date": "2012-12-31T06:00:00+00:00"},
    *[{"dag": "days.days", "date": f"2026-01-0{day}T00:00:00+00:00"} for day in (2, 3, 4)],
    {"dag": "days.waits", "date": "2026-01-02T00:00:00+00:00", "appears": ["events.csv", "awaited.csv"]},
    {"dag": "days.asked", "date": "2026-01-02T00:00:00+00:00"},
    {"dag": "days.asked", "date": "2026-01-03T00:00:00+00:00", "conf": {"factor": 5, "since": "2026-01-02"}},
    {"dag": "days.again", "date": "2026-01-02T00:00:00+00:00"},
    {"dag": "days.breaks", "date": "2026-01-02T00:00:00+00:00"},
    {"dag": "odd.class_x_y", "date": "2026-01-02T00:00:00+00:00"},
    {"dag": "work.rides_daily", "date": "2026-01-02T06:00:00+00:00"},
    {"dag": "work.rides_daily", "date": "2026-01-03T06:00:00+00:00", "conf": {"failed": 2}},
    {"dag": "work.waits", "date": "2026-01-03T00:00:00+00:00"},
    {"dag": "work.late", "date": "2026-01-03T00:00:00+00:00"},
    {"dag": "days.grows", "date": "2026-01-03T01:30:00+00:00"},
    {"dag": "work.syncs", "date": "2026-01-03T00:00:00+00:00"},
    {"dag": "work.complete", "date": "2026-01-03T00:00:00+00:00"},
    {"dag": "work.complete", "date": "2026-01-04T00:00:00+00:00", "conf": {"enough": 7}},
]
FLIGHTS, EMPTY_DAY, FIRST, SECOND, THIRD, WAITS, ASKED, GIVEN, AGAIN, BREAKS, ODD = range(11)
WORK, DEAR, SKIPS, LATE, GROWS, SYNCS, WHOLE, PARTIAL = range(11, len(RUNS))


class Webhook(BaseHTTPRequestHandler):
    """Keeps what it is told."""

    told: list[str] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Webhook.told.append(json.loads(body)["text"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""


@pytest.fixture(scope="module")
def webhook() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Webhook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def project(folder: Path, name: str, program: str, more: str = "") -> Path:
    """A project of one file, compiled."""
    (folder / "data").mkdir(parents=True)
    (folder / "program.oftra").write_text(program)
    (folder / "oftra.toml").write_text(
        f'[project]\nname = "{name}"\nstore = "here"\n\n[targets.airflow]\nroot = "{folder}"\n{more}\n'
    )
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The projects, and their DAGs in `dags`."""
    folder = tmp_path_factory.mktemp("airflow")
    days = project(folder / "days", "days", DAYS)
    (days / "data" / "events.csv").write_text(EVENTS)
    compiled(days, folder)
    compiled(project(folder / "odd", "odd", HOSTILE), folder)
    work = project(folder / "work", "work", TASKS)
    (work / "models").mkdir()
    (work / "models" / "score.py").write_text(SCORE)
    (work / "models" / "note.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    (work / "data" / "others.csv").write_text("id,fare\n1,2\n")
    compiled(work, folder)
    compiled(project(folder / "spark", "spark", SPARK, 'runner = "spark_submit"'), folder)
    shutil.copytree(EXAMPLE, folder / "flights", ignore=shutil.ignore_patterns("build", ".oftra"))
    with open(folder / "flights" / "oftra.toml", "a") as settings:
        settings.write(f'\n[targets.airflow]\nroot = "{folder / "flights"}"\n')
    compiled(folder / "flights", folder)
    return folder


@pytest.fixture(scope="module")
def airbyte() -> Iterator[Airbyte]:
    with serving() as found:
        found.states = ["pending", "running", "succeeded"]
        yield found


@pytest.fixture(scope="module")
def told(folder: Path, webhook: str, airbyte: Airbyte) -> dict[str, Any]:
    """What Airflow says of all DAGs, and of all runs."""
    home = Home(folder / "home", folder / "dags")
    home.make()
    data = folder / "days" / "data"
    runs = [
        {**one, "appears": [str(data / name) for name in one["appears"]]} if "appears" in one else one for one in RUNS
    ]
    ops = json.dumps({"conn_type": "http", "host": f"{webhook}/", "password": "secret-part"})
    key = json.dumps({"conn_type": "generic", "password": "very-secret"})
    hush = json.dumps({"conn_type": "generic", "password": "hush"})
    connections = {"AIRFLOW_CONN_OPS": ops, "AIRFLOW_CONN_RIDES_KEY": key, "AIRFLOW_CONN_AIRBYTE_SECRET": hush}
    return home.run(runs, {**connections, "AIRBYTE": airbyte.url})


def run(told: dict[str, Any], number: int) -> dict[str, Any]:
    found: dict[str, Any] = told["runs"][number]
    return found


def test_dags_are_imported_at_once(told: dict[str, Any]) -> None:
    assert told["errors"] == {}
    assert len(told["serialized"]) == 17
    assert max(told["seconds"].values()) < 0.05, told["seconds"]


def test_dags_are_as_black_and_ruff_would_have_them(folder: Path) -> None:
    files = [*map(str, (folder / "dags").rglob("*.py"))]
    checks = [
        [SCRIPTS / "black", "--quiet", "--check", *files],
        [SCRIPTS / "ruff", "check", "--isolated", "--preview", "--select", "AIR,F,I", *files],
    ]
    for check in checks:
        done = subprocess.run(check, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_flights_run_to_their_end(told: dict[str, Any], folder: Path) -> None:
    found = run(told, FLIGHTS)
    assert found["state"] == "success", found["log"]
    assert {state for state, _ in found["tasks"].values()} == {"success"}
    assert found["xcom"]["daily_start.rows_flights_500"]["gate"]["measured"] == {"rows(flights)": 842}
    assert (folder / "flights" / "build" / "reports" / "league.jsonl").exists()


def test_a_gate_stops_the_run(told: dict[str, Any]) -> None:
    found = run(told, EMPTY_DAY)
    assert found["state"] == "failed"
    assert found["tasks"]["daily_start.run"][0] == "success"
    assert found["tasks"]["daily_start.rows_flights_500"] == ["failed", 1]
    assert {state for name, (state, _) in found["tasks"].items() if "start" not in name} == {"upstream_failed"}
    gate = found["xcom"]["daily_start.rows_flights_500"]["gate"]
    assert (gate["measured"], gate["holds"], gate["file"]) == ({"rows(flights)": 0}, False, "pipeline.oftra")
    line = (EXAMPLE / "pipeline.oftra").read_text().split("\n")[gate["line"] - 1]
    assert "require rows(flights) >= 500 else stop" in line


def test_three_days_one_after_the_other(told: dict[str, Any], folder: Path) -> None:
    days = [run(told, number) for number in (FIRST, SECOND, THIRD)]
    measured = [day["xcom"]["days_start.rows_events_2"]["gate"]["measured"]["rows(events)"] for day in days]
    assert measured == [2, 2, 1]
    assert [day["state"] for day in days] == ["success"] * 3
    assert [day["tasks"]["days_counted.run"][0] for day in days] == ["success", "success", "skipped"]
    assert (folder / "days" / "data" / "counted.csv").read_text() == "events,most\n2,40\n"


def test_who_is_to_be_told_is_told(told: dict[str, Any]) -> None:
    """The second day's greatest number is too great: the run goes on."""
    (said,) = [one for one in Webhook.told if "max(most)" in one]
    assert "does not hold" in said and "= 40" in said and "program.oftra:" in said


def test_a_job_that_fails_twice_then_works(told: dict[str, Any]) -> None:
    found = run(told, WAITS)
    assert (found["state"], found["tasks"]) == ("success", {"waits": ["success", 3]})
    assert found["log"].count("AirflowException: waits failed: in `awaited` (program.oftra:5)") == 2


def test_params_of_a_run(told: dict[str, Any], folder: Path) -> None:
    assert [run(told, number)["state"] for number in (ASKED, GIVEN)] == ["success"] * 2
    assert (folder / "days" / "data" / "totals.csv").read_text() == "total\n375\n"


def test_a_run_without_a_window_has_all_its_jobs_keep_when_it_began(told: dict[str, Any], folder: Path) -> None:
    assert run(told, GROWS)["state"] == "success", run(told, GROWS)["log"]
    files = [folder / "days" / "data" / f"{name}.parquet" for name in ("grown", "known")]
    assert [pq.read_table(file).num_rows for file in files] == [5, 5]
    # Their rows lie in the future.
    first, second = [pq.read_schema(file).metadata[b"made_until"] for file in files]
    assert first == second < datetime.now(UTC).isoformat().encode()


def test_a_gate_has_the_job_tried_again(told: dict[str, Any]) -> None:
    found = run(told, AGAIN)
    assert found["tasks"]["again.run"] == ["failed", 2]
    assert found["xcom"]["again.run"]["report"]["gates"][0]["measured"] == {"rows(doubled)": 5}


def test_a_broken_rule_fails_the_run_at_once(told: dict[str, Any]) -> None:
    found = run(told, BREAKS)
    assert found["tasks"] == {"breaks": ["failed", 1]}
    assert "in `readings` (program.oftra:6), 5 rows break `n < 3`" in found["log"]


def test_hostile_names_stay_names(told: dict[str, Any]) -> None:
    found = run(told, ODD)
    (gate,) = [one["gate"] for one in found["xcom"].values() if "gate" in one]
    assert '`it\'s {{ ds }} "here" %s`' in gate["gate"] and gate["gate"].endswith(">= `for`")
    assert gate["holds"] is False and list(gate["measured"].values()) == [1]


def test_a_task_that_fails_twice_then_works(told: dict[str, Any], folder: Path) -> None:
    found, place = run(told, WORK), folder / "work"
    assert found["state"] == "success", found["log"]
    assert found["tasks"]["fetch"] == ["success", 3]
    assert found["log"].count("fetch (program.oftra:11) ended with status 1") == 2
    assert (place / "told").read_text().split("|")[:-1] == [
        "2026-01-02 06:00:00Z", "Zürich", "2026-01-01 00:00:00Z", "true", '{{ ds }} $x "é', "{{ ds }}",
    ]  # fmt: skip
    assert (place / "scored").read_text() == "Zürich revenue\n12\n"
    assert (place / "looked").read_text() == "revenue is written\n"
    assert (place / "tidied.csv").read_text() == "one\n1\n"
    assert "key is ***" in found["log"] and "very-secret" not in found["log"]


def test_a_gate_behind_a_task_stops_the_run(told: dict[str, Any]) -> None:
    found = run(told, DEAR)
    assert found["state"] == "failed"
    assert found["tasks"]["fetch"] == ["success", 1]
    (gate,) = [one["gate"] for one in found["xcom"].values() if "gate" in one]
    assert gate["measured"] == {"rows(rides)": 2, "fetch.failed": 2}
    assert {found["tasks"][name][0] for name in ("tidy", "look", "score")} == {"upstream_failed"}


def test_a_gate_has_its_source_brought_again(told: dict[str, Any], folder: Path) -> None:
    found = run(told, WHOLE)
    assert found["state"] == "success", found["log"]
    assert (found["tasks"]["bring"], found["tasks"]["complete_gate.run"]) == (["success", 1], ["success", 2])
    assert (folder / "work/data/whole.csv").read_text() == "n\n2\n"
    assert all(said in found["log"] for said in ("rows(pieces) = 1", "bring is run again", "bring.tries = 2"))
    found = run(told, PARTIAL)
    assert found["state"] == "failed" and found["tasks"]["complete_gate.run"] == ["failed", 3]
    assert "rows(pieces) = 3" in found["log"] and found["tasks"]["complete_whole"][0] == "upstream_failed"


def test_a_sync_of_airbyte_is_waited_for(told: dict[str, Any], airbyte: Airbyte) -> None:
    found = run(told, SYNCS)
    assert (found["state"], found["tasks"]["sync"]) == ("success", ["success", 1]), found["log"]
    assert len(airbyte.begun) == 1 and not airbyte.cancelled
    assert "job 1 of Airbyte is succeeded" in found["log"] and "sync.rows = 7" in found["log"]


def test_a_task_is_stopped_in_time(told: dict[str, Any]) -> None:
    found = run(told, LATE)
    assert (found["state"], found["tasks"]["hangs"], found["tasks"]["late"][0]) == (
        "failed", ["failed", 1], "upstream_failed",
    )  # fmt: skip


def test_the_end_of_a_run_is_heard(told: dict[str, Any], folder: Path) -> None:
    heard = [{name: run(told, at)["tasks"][name][0] for name in ("cheer", "moan")} for at in (WORK, DEAR, SKIPS, LATE)]
    well, failed = {"cheer": "success", "moan": "skipped"}, {"cheer": "skipped", "moan": "success"}
    assert heard == [well, failed, well, failed]
    assert (folder / "work" / "heard").read_text() == "cheer\nmoan\ncheer\nmoan\n"
    assert run(told, SKIPS)["state"] == "success"


def test_two_compiles_are_the_same(folder: Path) -> None:
    first, second = (oftra.load(str(folder / "days")).compile("airflow") for _ in range(2))
    assert first == second


def test_spark_is_asked_by_its_own_operator(told: dict[str, Any]) -> None:
    task = json.loads(told["serialized"]["spark.nightly"])["dag"]["tasks"][0]["__var"]
    assert task["task_type"] == "RunJob"
    assert "/spark_nightly_jobs/nightly.py" in json.dumps(task)


@pytest.mark.parametrize("code", REFUSED)
def test_what_a_dag_cannot_say_is_refused(code: str, tmp_path: Path) -> None:
    needing = "param least int\ntable needing = from counted |> where events > least\n"
    program = SPARK.partition("pipeline")[0].replace("param least int = 0\n", "").replace("n >= least", "n >= 0")
    folder = project(tmp_path / "refused", "refused", program + needing + REFUSED[code])
    with pytest.raises(oftra.ProgramError) as refused:
        oftra.load(str(folder)).compile("airflow")
    assert [found.code for found in refused.value.diagnostics] == [code]

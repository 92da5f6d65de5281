"""DAGs whose jobs a SQL gateway of Flink is given, with a cluster behind it: all of them real, each a process."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from airflow_environment import Home
from flink_cluster import Cluster, cluster
from places import compiled

import oftra

PROGRAM = """\
connection here = files { root: 'data', format: json }
contract event {
  at timestamp not null event time, n int not null check (n < 100),
  note string check (note <> 'bad') as plain on violation quarantine into rejected in here,
}
source events: event from here { path: 'events.csv', format: csv }
param least int = 0
param note string = 'none'
param since timestamp = timestamp '2026-01-01 00:00:00Z'

task fetch { writes: [events], counts: [failed] } = shell $$ echo '{"failed": 0}' > "$COUNTS" $$
table counted in here = from events |> where n >= least and at >= since and at < run.end
  |> aggregate count(*) as events, sum(cast(n as decimal(9, 2)) / 4) as quarters
table noted in here = from counted |> extend note as note

/// The second gate tells, the others hold.
pipeline nightly {
  build: [noted, fetch],
  schedule: '0 3 * * *',
  require rows(events) >= 1 and fetch.failed = 0 else stop,
  require (from counted |> aggregate sum(quarters) as most) > 100 else alert,
}

table again in here = from events |> aggregate max(n) as most
pipeline closed {
  build: [again],
  require (from events |> aggregate max(at) as last) < timestamp '2026-01-02 00:00:00Z' else stop,
  require (from events |> aggregate min(n) as least) < 0 else skip,
}

contract small { n int not null check (n < 10) }
source smalls: small from here { path: 'smalls.csv', format: csv }
table judged in here = from smalls |> aggregate count(*) as n
pipeline breaks { build: [judged] }

contract word { word string }
source words: word from here { path: 'words.csv', format: csv }
table whole in here = from words |> aggregate sum(cast(word as int)) as total
pipeline fails { build: [whole] }

source many: small from here { path: 'many.csv', format: csv }
table endless in here =
  from many |> as a |> cross join many as b
  |> aggregate sum(a.n * b.n) as total
pipeline hangs { build: [endless] }
"""
EVENTS = """\
at,n,note
2026-01-01 01:00:00Z,10,a
2026-01-01 02:00:00Z,20,bad
2026-01-02 01:00:00Z,5,c
2026-01-02 03:00:00Z,33,d
2026-01-03 04:00:00Z,40,e
"""
GATE = "(from counted |> aggregate sum(quarters) as most)"
NOTE = "it's ${note}\n-- {{ ds }} ;"
RUNS = [
    {"dag": "flink.nightly", "date": "2026-01-03T03:00:00+00:00", "conf": {"least": 6, "note": NOTE}},
    {"dag": "flink.closed", "date": "2026-01-03T03:00:00+00:00"},
    {"dag": "flink.breaks", "date": "2026-01-03T03:00:00+00:00"},
    {"dag": "flink.fails", "date": "2026-01-03T03:00:00+00:00"},
    {"dag": "flink.hangs", "date": "2026-01-03T03:00:00+00:00", "timeout": 20},
]
NIGHTLY, CLOSED, BREAKS, FAILS, HANGS = range(len(RUNS))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project, and its DAGs in `dags`."""
    folder = tmp_path_factory.mktemp("airflow_flink")
    (folder / "data").mkdir()
    (folder / "data" / "events.csv").write_text(EVENTS)
    (folder / "data" / "smalls.csv").write_text("n\n1\n22\n33\n")
    (folder / "data" / "words.csv").write_text("word\n1\nnone\n")
    (folder / "data" / "many.csv").write_text("n\n" + "1\n" * 300_000)
    (folder / "program.oftra").write_text(PROGRAM)
    (folder / "oftra.toml").write_text(
        f'[project]\nname = "flink"\n\n[targets.airflow]\nroot = "{folder}"\nrunner = "flink_gateway"\n'
    )
    compiled(folder, folder)
    return folder


@pytest.fixture(scope="module")
def flink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("flink")) as found:
        yield found


@pytest.fixture(scope="module")
def runs(folder: Path, flink: Cluster) -> list[dict[str, Any]]:
    """What Airflow says of the runs."""
    home = Home(folder / "home", folder / "dags")
    home.make()
    gateway = {"conn_type": "http", "host": "127.0.0.1", "port": flink.gateway, "login": "etl", "password": "x"}
    told = home.run(RUNS, {"AIRFLOW_CONN_FLINK_DEFAULT": json.dumps(gateway)})
    assert told["errors"] == {}
    assert max(told["seconds"].values()) < 0.05, told["seconds"]
    found: list[dict[str, Any]] = told["runs"]
    return found


def gates(run: dict[str, Any]) -> list[tuple[bool | None, dict[str, Any]]]:
    """What became of the gates, in their order."""
    reports = [one["report"] for one in run["xcom"].values() if "report" in one]
    return [(gate["holds"], gate["measured"]) for report in reports for gate in report["gates"]]


def test_jobs_are_submitted_with_window_and_params(runs: list[dict[str, Any]], folder: Path) -> None:
    run = runs[NIGHTLY]
    assert run["state"] == "success", run["log"]
    rows = duckdb.sql(f"from read_json('{folder / 'data' / 'noted.jsonl'}/*')").fetchall()
    assert rows == [(2, 10.75, NOTE)]
    events = run["xcom"]["nightly_counted.run"]["report"]["relations"][0]
    assert {name: events[name] for name in ("name", "read", "passed", "quarantined")} == {
        "name": "events", "read": 5, "passed": 4, "quarantined": 1
    }  # fmt: skip
    assert sorted(gates(run)) == [(False, {GATE: 10.75}), (True, {"rows(events)": 1, "fetch.failed": 0})]
    assert f"`require {GATE} > 100` (program.oftra:21) does not hold: {GATE} = 10.75" in run["log"]


def test_rows_are_those_of_duckdb(runs: list[dict[str, Any]], folder: Path, tmp_path: Path) -> None:
    assert runs[NIGHTLY]["state"] == "success", runs[NIGHTLY]["log"]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "events.csv").write_text(EVENTS)
    text = (
        PROGRAM.partition("task fetch")[0] + PROGRAM[PROGRAM.index("table counted") : PROGRAM.index("/// The second")]
    )
    (tmp_path / "program.oftra").write_text(text)
    oftra.load(str(tmp_path)).run(end="2026-01-03 03:00:00Z", least=6, note=NOTE)
    for name in ("counted", "noted"):
        by_flink = duckdb.sql(f"from read_json('{folder / 'data' / name}.jsonl/*')").fetchall()
        assert by_flink == duckdb.sql(f"from read_json('{tmp_path / 'data' / name}.jsonl')").fetchall()


def test_a_gate_stops_the_run(runs: list[dict[str, Any]], folder: Path) -> None:
    run = runs[CLOSED]
    assert run["state"] == "failed"
    assert [holds for holds, _ in gates(run)] == [False, False]
    assert "(program.oftra:27) does not hold: " in run["log"]
    assert "= 2026-01-03 04:00:00Z" in run["log"]
    assert not (folder / "data" / "again.jsonl").exists()


def test_a_broken_rule_stops_a_job(runs: list[dict[str, Any]], folder: Path) -> None:
    run = runs[BREAKS]
    assert run["state"] == "failed"
    assert "AirflowFailException: breaks stopped: in `smalls` (program.oftra:32), 2 rows break `n < 10`" in run["log"]
    assert not list((folder / "data").glob("judged.jsonl/part-*"))


def test_a_statement_that_fails_tells_its_place(runs: list[dict[str, Any]]) -> None:
    run = runs[FAILS]
    assert run["state"] == "failed"
    assert "AirflowException: fails failed: in `whole` (program.oftra:38), For input string: 'no" in run["log"]


def test_what_takes_too_long_is_cancelled(runs: list[dict[str, Any]], flink: Cluster) -> None:
    assert runs[HANGS]["state"] == "failed"
    assert "AirflowTaskTimeout" in runs[HANGS]["log"]
    _until(("hangs", "CANCELED"), flink)


def test_what_is_killed_is_cancelled(runs: list[dict[str, Any]], folder: Path, flink: Cluster) -> None:
    script = folder / "dags" / "flink_hangs_jobs" / "run_flink.py"
    environment = {**os.environ, "FLINK_GATEWAY": f"http://127.0.0.1:{flink.gateway}"}
    before = flink.jobs().count(("hangs", "CANCELED"))
    with subprocess.Popen([sys.executable, str(script), "hangs"], env=environment, stderr=subprocess.PIPE) as process:
        try:
            _until(("hangs", "RUNNING"), flink)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) != 0
        finally:
            process.kill()
    _until(("hangs", "CANCELED"), flink, before + 1)


def _until(job: tuple[str, str], flink: Cluster, count: int = 1) -> None:
    patience = time.monotonic() + 120
    while flink.jobs().count(job) < count:
        assert time.monotonic() < patience, flink.jobs()[-3:]
        time.sleep(0.2)

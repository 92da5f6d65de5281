"""Runs of the past by a real Airflow: its scheduler makes up for three days, all at once and one by one, backwards."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from airflow_environment import Home
from airflow_service import Service, service
from places import compiled

import oftra

PROGRAM = """\
connection here = files { root: 'data', format: parquet }
connection lake = duckdb { path: 'lake.duckdb' }
contract ride { id int not null, at timestamp not null event time, city string not null, fare int not null }
source rides: ride from here { path: 'rides.csv', format: csv }
param least int = 0

table added in lake { refresh: append, window: day } =
  from rides |> aggregate count(*) as rides, sum(fare) as fares group by date_trunc('day', at) as day, city
table parted in here { refresh: partitions, window: day } =
  from rides |> aggregate count(*) as rides, max(fare) as most group by cast(at as date) as day, city
table newest in lake { refresh: merge, window: at, key: [id], order_by: [at] } =
  from rides |> select id, at, city, fare
table today in here = from rides |> where at >= run.start and at < run.end
table kept in here { refresh: append, window: at } = from today
table cheap in here = from rides |> where fare < least |> select id, fare
table ends in here = from dear |> aggregate count(*) as rides
table met in here = from dear |> select id |> union all (from cheap |> select id)
table dear in here = from rides |> where fare >= least and at >= run.start |> select id, fare

/// The rides of every day.
pipeline nights {
  build: [added, parted, newest],
  schedule: '0 0 * * *',
  granularity: table,
  require rows(rides) >= 1 else stop,
}
/// What a run hands on is of that run alone.
pipeline handing {
  build: [today, kept],
  schedule: '0 0 * * *',
  granularity: table,
}
pipeline asked { build: [dear] }
pipeline other { build: [cheap] }
pipeline either { build: [ends], on_update_of: [dear, cheap] }
pipeline both { build: [met], on_update_of: [dear, cheap], wait_for: all }

contract word { word string }
source words: word from here { path: 'told', format: csv, header: false }
table said in here = from words
/// Waits for somebody to be told that it takes so long.
task wait { writes: [words] } = shell $$ while [ ! -e data/told ]; do sleep 1; done $$
pipeline slow { build: [said], deadline: interval 1 second, timeout: interval 5 minutes, alert: [nobody, ops] }
"""
RIDES = """\
id,at,city,fare
1,2026-01-01 01:00:00Z,Bern,10
2,2026-01-01 23:59:59Z,Bern,20
1,2026-01-02 00:00:00Z,Chur,30
3,2026-01-02 02:00:00Z,Bern,40
2,2026-01-03 02:00:00Z,Chur,5
4,2026-01-03 02:00:00Z,Chur,50
"""
DAYS = ("2026-01-01", "2026-01-02", "2026-01-03")
BACKFILLS = {"forth": (), "back": ("--max-active-runs", "1", "--run-backwards")}
RUNS = {
    "forth.nights": 4,
    "back.nights": 4,
    "forth.handing": 3,
    "forth.asked": 1,
    "forth.other": 1,
    "forth.either": 1,
    "forth.both": 1,
    "forth.slow": 1,
}
TABLES = ("added", "parted", "newest")


def project(folder: Path, name: str) -> Path:
    """The program as a project of its own."""
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "rides.csv").write_text(RIDES)
    (folder / "program.oftra").write_text(PROGRAM)
    (folder / "oftra.toml").write_text(
        f'[project]\nname = "{name}"\nstore = "here"\n\n[targets.airflow]\nroot = "{folder}"\n'
        f'pools = {{ lake = "house_{name}" }}\n'
    )
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The projects, and their DAGs in `dags`."""
    folder = tmp_path_factory.mktemp("backfill")
    for name in BACKFILLS:
        compiled(project(folder / name, name), folder)
    return folder


@pytest.fixture(scope="module")
def hook(folder: Path) -> Iterator[str]:
    """The address of a webhook, which puts what it is told into a file."""

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            (folder / "forth" / "data" / "told").write_text(told["text"] + "\n")
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/runs"
        server.shutdown()


@pytest.fixture(scope="module")
def airflow(folder: Path, hook: str) -> Iterator[Service]:
    """Airflow once it has run all."""
    # Who is told of a deadline has to be found without Airflow's database, up to Airflow 3.3.2 at least.
    home = Home(folder / "home", folder / "dags", {"AIRFLOW_CONN_OPS": json.dumps({"conn_type": "http", "host": hook})})
    home.make()
    commands = [["dags", "reserialize"]]
    days = ["--from-date", DAYS[0], "--to-date", DAYS[-1]]
    for name in BACKFILLS:
        commands.append(["pools", "set", f"house_{name}", "1", "one job at a time in the database"])
        commands.append(["dags", "unpause", "--yes", f"{name}.nights"])
        commands.append(["backfill", "create", "--dag-id", f"{name}.nights", *days, *BACKFILLS[name]])
    commands.append(["dags", "unpause", "--yes", "forth.handing"])
    commands.append(["backfill", "create", "--dag-id", "forth.handing", *days])
    given = '{"least": 30, "run.start": "2026-01-02T00:00:00Z", "run.end": "2026-01-04T00:00:00Z"}'
    for name in ("asked", "other"):
        commands.append(["dags", "trigger", f"forth.{name}", "--conf", given if name == "asked" else '{"least": 30}'])
    commands.append(["dags", "trigger", "forth.slow"])
    commands += [["dags", "unpause", "--yes", f"forth.{name}"] for name in ("asked", "other", "either", "both", "slow")]
    with service(home, commands) as found:
        found.wait(RUNS, 900)
        yield found


def test_all_come_to_their_end(airflow: Service) -> None:
    """Yesterday's run, which the schedule starts, is stopped by its gate: nobody rode."""
    runs = [run for run in airflow.runs() if run[0] != "forth.handing"]
    assert {state for _, kind, state in runs if kind != "scheduled"} == {"success"}, airflow.log("*")
    assert {state for _, kind, state in runs if kind == "scheduled"} == {"failed"}
    assert airflow.log("*.nights").count("does not hold: rows(rides) = 0") >= 2


def rows(folder: Path, table: str) -> list[object]:
    """What stands in a table."""
    with duckdb.connect() as connection:
        connection.sql(f"attach '{folder / 'lake.duckdb'}' as lake (read_only)")
        place = f"'{folder / 'data' / table}.parquet'" if table == "parted" else f"lake.main.{table}"
        return connection.sql(f"select columns(*)::varchar from {place} order by all").fetchall()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, with all tables made of all days at once."""
    folder = project(tmp_path_factory.mktemp("whole") / "project", "whole")
    oftra.load(str(folder)).run(*TABLES)
    return folder


@pytest.mark.parametrize("name", BACKFILLS)
def test_three_days_are_as_one_build_of_all(name: str, airflow: Service, folder: Path, whole: Path) -> None:
    for table in TABLES:
        assert rows(folder / name, table) == rows(whole, table)


def test_days_come_in_the_order_that_was_asked_for(airflow: Service) -> None:
    started = [one.day for one in sorted(airflow.tasks("back.nights")) if one.task == "nights_start.run"]
    assert started == [*reversed(DAYS)]


def test_no_job_is_at_work_twice(airflow: Service) -> None:
    """A backfill starts all days at once, whatever the DAG says; each table has one writer at a time all the same."""
    tasks = sorted(airflow.tasks("forth.nights"))
    assert any(one.day != other.day and other.start < one.end for one, other in pairwise(tasks))
    for name in {one.task for one in tasks}:
        of = [one for one in tasks if one.task == name]
        assert len(of) == 3
        assert all(one.end <= other.start for one, other in pairwise(of)), of


def test_a_pool_of_one_slot_has_one_job_at_work(airflow: Service) -> None:
    for name in BACKFILLS:
        tasks = sorted([one for one in airflow.tasks(f"{name}.nights") if one.pool == f"house_{name}"])
        assert {one.task for one in tasks} == {"nights_added", "nights_newest"}
        assert all(one.end <= other.start for one, other in pairwise(tasks)), tasks


def test_days_at_once_are_refused_where_one_would_read_what_another_leaves(airflow: Service) -> None:
    states = [state for dag, kind, state in airflow.runs() if (dag, kind) == ("forth.handing", "backfill")]
    assert len(states) == 3
    assert states.count("success") <= 1
    assert "runs are at work, and none may read what another one leaves in today" in airflow.log("forth.handing")


def test_a_run_by_hand_with_params(airflow: Service, folder: Path) -> None:
    assert duckdb.sql(f"from '{folder}/forth/data/dear.parquet' order by all").fetchall() == [(1, 30), (3, 40), (4, 50)]


def test_updates_start_a_run_once_any_or_all_are_there(airflow: Service, folder: Path) -> None:
    runs = [dag for dag, _, _ in airflow.runs()]
    assert runs.count("forth.both") == 1
    assert 1 <= runs.count("forth.either") <= 2
    (both,) = airflow.tasks("forth.both")
    assert both.start > max(airflow.tasks("forth.asked") + airflow.tasks("forth.other")).end
    assert duckdb.sql(f"from '{folder}/forth/data/met.parquet' order by all").fetchall() == [
        (i,) for i in (1, 1, 2, 2, 3, 4)
    ]


def test_a_deadline_that_is_missed_is_told(airflow: Service, folder: Path) -> None:
    """The run ends only once that was told."""
    ((said,),) = duckdb.sql(f"from '{folder}/forth/data/said.parquet'").fetchall()
    assert said.startswith("manual__")
    assert said.endswith(" of forth.slow takes longer than it may")

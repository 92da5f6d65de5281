"""Runs of the past by a real Airflow: its scheduler makes up for three days, all at once and one by one, backwards."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from airflow_environment import Home
from airflow_service import Service, service

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
table dear in here = from rides |> where fare >= least and at >= run.start |> select id, fare

/// The rides of every day.
pipeline nights {
  build: [added, parted, newest],
  schedule: '0 0 * * *',
  granularity: table,
  require rows(rides) >= 1 else stop,
}
pipeline asked { build: [dear] }
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
TABLES = ("added", "parted", "newest")


def project(folder: Path, name: str) -> Path:
    """The program as a project of its own."""
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "rides.csv").write_text(RIDES)
    (folder / "program.oftra").write_text(PROGRAM)
    (folder / "oftra.toml").write_text(
        f'[project]\nname = "{name}"\nstore = "here"\n\n[targets.airflow]\nroot = "{folder}"\n'
    )
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The projects, and their DAGs in `dags`."""
    folder = tmp_path_factory.mktemp("backfill")
    for name in BACKFILLS:
        for path, text in oftra.load(str(project(folder / name, name))).compile("airflow").items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
    return folder


@pytest.fixture(scope="module")
def airflow(folder: Path) -> Iterator[Service]:
    """Airflow once it has run all."""
    home = Home(folder / "home", folder / "dags")
    home.make()
    commands = [["dags", "reserialize"]]
    days = ["--from-date", DAYS[0], "--to-date", DAYS[-1]]
    for name in BACKFILLS:
        commands.append(["dags", "unpause", "--yes", f"{name}.nights"])
        commands.append(["backfill", "create", "--dag-id", f"{name}.nights", *days, *BACKFILLS[name]])
    given = '{"least": 30, "run.start": "2026-01-02T00:00:00Z", "run.end": "2026-01-04T00:00:00Z"}'
    commands += [["dags", "unpause", "--yes", "forth.asked"], ["dags", "trigger", "forth.asked", "--conf", given]]
    with service(home, commands) as found:
        found.wait(7, 400)
        yield found


def test_all_come_to_their_end(airflow: Service) -> None:
    assert set(airflow.runs().values()) == {"success"}, airflow.log("*.nights")


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


def test_a_run_by_hand_with_params(airflow: Service, folder: Path) -> None:
    assert duckdb.sql(f"from '{folder}/forth/data/dear.parquet' order by all").fetchall() == [(1, 30), (3, 40), (4, 50)]

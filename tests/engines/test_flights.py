"""The flights example, built by DuckDB from its real data, against SQL written by hand over the same files."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "flights"
OFTRA = Path(sys.executable).with_name("oftra")

# table: (the same in SQL, the columns that identify a row)
BY_HAND = {
    "dirt": """
        select unnest([
            'departures without a time',
            'departures without a tail number',
            'departures whose tail number no plane has',
            'departures to an airport that is not listed',
            'departures without weather',
            'local hours with two weather readings'
        ]) as what, unnest([8255, 2512, 50094, 7602, 1556, 3]) as records
    """,
    "league": """
        with f as (select *, arr_delay <= 15 as punctual from flights),
        per_carrier as (
            select carrier, count(*) as departures, count(*) - count(dep_time) as cancelled,
                count(case when punctual then 1 end) as punctual,
                round(avg(arr_delay), 2) as mean_arrival_delay,
                count(distinct dest) as destinations, count(distinct tailnum) as planes,
                sum((select seats from planes p where p.tailnum = f.tailnum)) as seats_offered
            from f group by carrier
        )
        select carrier, name as carrier_name, per_carrier.* exclude (carrier),
            round(100.0 * punctual / departures, 1) as percent_punctual,
            row_number() over (order by round(100.0 * punctual / departures, 1) desc, carrier) as place
        from per_carrier join airlines using (carrier)
    """,
    "worst_days": """
        with days as (
            select f.origin, make_date(f.year::int, f.month::int, f.day::int) as day, count(*) as departures,
                count(*) - count(dep_time) as cancelled, avg(dep_delay) as mean, max(w.precip) as most_rain
            from flights f
            left join weather w on f.origin = w.origin and f.time_hour = w.time_hour
            group by all
        )
        select origin, row_number() over (partition by origin order by mean desc nulls last) as place,
            day::varchar as day, departures, cancelled, round(mean, 2) as mean_delay, most_rain
        from days qualify place <= 3
    """,
    "delays_by_hour": """
        select f.carrier, l.name as carrier_name, f.hour, count(*) as departures,
            count(*) - count(dep_time) as cancelled, round(avg(dep_delay), 2) as mean_delay,
            count(case when dep_delay > 15 then 1 end) as late, round(avg(w.wind_speed), 2) as mean_wind,
            round(avg(w.visib), 2) as mean_visibility, count(case when w.precip > 0 then 1 end) as wet
        from flights f
        left join airlines l using (carrier)
        left join weather w on f.origin = w.origin and f.time_hour = w.time_hour
        group by all
    """,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example, so that a run leaves no trace in it."""
    folder = tmp_path_factory.mktemp("flights")
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("build", ".oftra"), dirs_exist_ok=True)
    return folder


def oftra(project: Path, *words: str) -> str:
    """What `oftra` prints; it must exit with 0."""
    done = subprocess.run([OFTRA, *words], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def tables(project: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table, as a run leaves them."""
    found: dict[str, list[dict[str, Any]]] = json.loads(oftra(project, "run", "--format", "json"))
    return found


def by_hand(sql: str) -> list[dict[str, Any]]:
    connection = duckdb.connect()
    for name in ("flights", "airlines", "airports", "planes", "weather"):
        connection.execute(f"create view {name} as from read_parquet('{EXAMPLE / 'data' / name}.parquet')")
    answer = connection.execute(sql)
    names = [column[0] for column in answer.description or []]
    return [dict(zip(names, row)) for row in answer.fetchall()]


def ordered(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


@pytest.mark.parametrize("table", BY_HAND)
def test_table_is_what_sql_by_hand_gives(table: str, tables: dict[str, list[dict[str, Any]]]) -> None:
    assert ordered(tables[table]) == ordered(by_hand(BY_HAND[table]))


def test_every_departure_is_counted(tables: dict[str, list[dict[str, Any]]]) -> None:
    for table in ("league", "delays_by_hour"):
        assert sum(row["departures"] for row in tables[table]) == 336_776
        assert sum(row["cancelled"] for row in tables[table]) == 8_255


def test_sinks_hold_what_their_tables_hold(project: Path, tables: dict[str, list[dict[str, Any]]]) -> None:
    for name in ("league", "worst_days"):
        lines = (project / "build" / "reports" / f"{name}.jsonl").read_text().splitlines()
        assert ordered([json.loads(line) for line in lines]) == ordered(tables[name])


def test_its_own_tests_pass(project: Path) -> None:
    oftra(project, "test")


def test_it_is_formatted(project: Path) -> None:
    oftra(project, "fmt", "--check")

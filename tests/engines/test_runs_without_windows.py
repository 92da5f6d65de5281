"""Runs without a window go on from the last one: over data that grows they give the table of one full build."""

import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from places import engine_of
from test_repeatable_runs import FIRST, HEAD, HOURS, Place, program, rides

import oftra
from oftra.cli.app import run as main

LATE = 10
"""How many minutes rides may be late: the watermark of their times."""


def arriving(chance: random.Random, runs: int) -> Iterator[list[dict[str, Any]]]:
    """What has come before each run: rides are somewhat late, and numbered as they come."""
    rows = sorted(rides(chance), key=lambda row: row["at"] + timedelta(minutes=chance.randrange(LATE + 1)))
    for at, row in enumerate(rows):
        row["id"] = at
    cuts = sorted(chance.sample(range(1, len(rows)), runs - 1))
    for cut in [*cuts, len(rows)]:
        yield rows[:cut]


@pytest.mark.parametrize("seed", range(10))
def test_growing_data_gives_the_table_of_one_full_build(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    text, tables = program(chance, 10), [f"t{at}" for at in range(10)]
    place = Place(tmp_path / "parts", text)
    for rows in arriving(chance, 4):
        place.fill(rows).run()
        match chance.randrange(4):
            case 0:
                place.run()
            case 1:
                place.run(*sorted([str(FIRST + timedelta(hours=chance.randrange(HOURS))) for _ in range(2)]))
    whole = Place(tmp_path / "whole", text).fill(rows)
    whole.run()
    made, expected = place.rows(*tables), whole.rows(*tables)
    for one in tables:
        line = next(line for line in text.splitlines() if line.startswith(f"table {one} "))
        assert made[one] == expected[one], line


TABLES = """
table hours in store { refresh: append, window: at } = from rides |> select id, at
table files in lake { refresh: append, window: at } = from rides |> select id, at
table folders in folders { refresh: partitions, window: at, partition_by: [day] } =
  from rides |> select id, at, cast(at as date) as day
table latest in store { refresh: merge, key: [zone], order_by: [at], delete when left_out, window: at } =
  from rides |> where zone is not null |> select zone, at, id, left_out
"""
NAMES = ("hours", "files", "folders", "latest")
DAY = timedelta(days=1)


def ride(id_: int, at: datetime) -> dict[str, Any]:
    return {"id": id_, "zone": f"z{id_}", "at": at, "read_at": at, "fare": 100, "left_out": False}


def at_noon(*days: int) -> list[dict[str, Any]]:
    """A ride for each of these days."""
    return [ride(day, FIRST + day * DAY + timedelta(hours=12)) for day in days]


FIRST_DAYS, LATER = at_noon(0, 1, 2, 3), at_noon(4, 5)


def ids(place: Place, *names: str) -> list[list[int]]:
    """The rides that are in each table."""
    session = engine_of("duckdb").open(str(place.folder))
    return [sorted(session.read(place.program.ir, one)["id"].to_pylist()) for one in names or NAMES]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A project after its first run."""
    place = Place(tmp_path / "project", HEAD + TABLES).fill(FIRST_DAYS)
    place.run()
    return place


def again(place: Place, text: str) -> Place:
    """The same project with another program."""
    (place.folder / "program.oftra").write_text(text, encoding="utf-8")
    place.program = oftra.load(place.folder)
    return place


def test_a_run_covers_what_came_since_the_last(place: Place) -> None:
    # Were all rows covered, those that the source no longer has would be gone.
    place.fill([*FIRST_DAYS[2:], *LATER]).run()
    assert ids(place) == [[0, 1, 2, 3, 4, 5]] * 4


def test_people_are_told_where_a_run_began(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Jobs of one run keep one moment: here when it began, as all rows are of the future."""
    again_by_day = (
        "table days in store { refresh: append, window: day } =\n  from hours |> aggregate count(*) as n group by "
    )
    pipeline = "pipeline all { build: [hours, days], granularity: table }\n"
    text = HEAD + TABLES + again_by_day + "date_trunc('day', at) as day\n" + pipeline
    place = Place(tmp_path / "project", text).fill([ride(1, datetime.now(UTC) + 1000 * DAY)])
    told = []
    for arguments in ((), (), ("--full",)):
        assert main(["run", "-p", str(place.folder), "--pipeline", "all", *arguments]) == 0
        told.append(capfd.readouterr().out)
    with duckdb.connect(str(place.folder / "store.duckdb"), read_only=True) as store:
        hours, days = [
            store.execute(f"select made_until::varchar from {name}_made_until").fetchall() for name in ("hours", "days")
        ]
    assert hours == days
    assert [len(re.findall(r"^(?:hours|days): 1 row since 20[^ ]+ [^ ]+Z in ", one, re.M)) for one in told] == [0, 2, 0]
    assert [one.count(": 1 row in ") for one in told] == [2, 0, 2]


def test_where_the_last_run_came_later_than_all_rows_it_goes_on_from_these(place: Place) -> None:
    newest = max(row["at"] for row in FIRST_DAYS)
    assert newest + 30 * DAY < datetime.now(UTC)
    place.fill([ride(7, newest - timedelta(minutes=LATE)), ride(8, newest - timedelta(minutes=LATE, seconds=1))]).run()
    assert ids(place) == [[0, 1, 2, 7], [0, 1, 2, 7], [0, 1, 2, 7], [0, 1, 2, 3, 7]]


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    names = ('it\'s "x"', "'; drop", "drop table")
    places = zip(names, ("lake { path: 'one.parquet', ", "lake { path: 'two.parquet', ", "store { "))
    query = "refresh: append, window: at } = from rides |> select id, at\n"
    place = Place(tmp_path / "project", HEAD + "".join([f"table `{name}` in {there}{query}" for name, there in places]))
    place.fill(FIRST_DAYS).run()
    place.fill(at_noon(3, 4, 5)).run()
    assert ids(place, *names) == [[0, 1, 2, 3, 4, 5]] * 3


def test_rows_of_the_future_hide_none_before_them(place: Place) -> None:
    began = datetime.now(UTC)
    place.fill([*FIRST_DAYS, ride(8, began + 1000 * DAY)]).run()
    place.fill([ride(8, began + 1000 * DAY), ride(9, datetime.now(UTC))]).run()
    assert ids(place) == [[0, 1, 2, 3, 8, 9]] * 4


def test_a_full_run_covers_all(place: Place) -> None:
    place.fill(LATER)
    place.program.run(full=True)
    assert ids(place, "hours", "files", "folders") == [[4, 5]] * 3
    place.fill(at_noon(5, 6)).run()
    assert ids(place, "hours", "files", "folders") == [[4, 5, 6]] * 3


def test_a_full_run_takes_no_window(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "-p", str(place.folder), "--full", "--start", str(FIRST)]) == 2
    assert "--full makes all there is: it takes no --start and no --end" in capfd.readouterr().err


def test_another_query_covers_all(place: Place) -> None:
    again(
        place, HEAD + TABLES.replace("from rides |> select id, at\n", "from rides |> where id <> 1 |> select id, at\n")
    )
    place.fill(FIRST_DAYS[1:]).run()
    assert ids(place, "hours", "files") == [[2, 3]] * 2
    # One begins before all times, and so do all.
    assert ids(place, "folders") == [[1, 2, 3]]


def test_a_window_with_another_query_makes_the_mark_void(place: Place) -> None:
    again(place, HEAD + TABLES.replace("from rides", "from rides |> where id > 0")).run(str(FIRST), str(FIRST + DAY))
    again(place, HEAD + TABLES).fill(FIRST_DAYS[1:]).run()
    assert ids(place, "hours", "files", "folders") == [[1, 2, 3]] * 3


def test_windows_move_no_mark(tmp_path: Path) -> None:
    place = Place(tmp_path / "project", HEAD + TABLES).fill([*FIRST_DAYS, *LATER])
    place.run(str(FIRST + 5 * DAY), str(FIRST + 6 * DAY))
    assert ids(place) == [[5]] * 4
    place.run()
    assert ids(place) == [[0, 1, 2, 3, 4, 5]] * 4
    # A day of its own behind what is made, then all between.
    more = at_noon(6, 7, 8, 9)
    place.fill([*LATER, *more]).run(str(FIRST + 9 * DAY), str(FIRST + 10 * DAY))
    assert ids(place, "hours") == [[0, 1, 2, 3, 4, 5, 9]]
    place.run()
    assert ids(place) == [[*range(10)]] * 4


def test_an_end_alone_is_a_window_behind_all_times(place: Place) -> None:
    place.fill([*FIRST_DAYS[1:], *LATER]).run(end=str(FIRST + 5 * DAY))
    assert ids(place, "hours", "files", "folders") == [[1, 2, 3, 4]] * 3
    place.fill(at_noon(3, 4, 5)).run()
    assert ids(place, "hours", "files", "folders") == [[1, 2, 3, 4, 5]] * 3


def test_each_table_has_a_mark_of_its_own(place: Place) -> None:
    place.fill([*FIRST_DAYS, *LATER]).program.run("files")
    place.fill(at_noon(3, 4, 5, 6)).run()
    assert ids(place, "hours", "folders", "latest", "files") == [[0, 1, 2, 3, 4, 5, 6]] * 4


def test_a_table_that_is_gone_is_made_whole(place: Place) -> None:
    with duckdb.connect(str(place.folder / "store.duckdb")) as store:
        store.execute("drop table hours")
    place.fill(FIRST_DAYS[1:]).run()
    assert ids(place, "hours", "files", "folders") == [[1, 2, 3]] * 3
    (place.folder / "data" / "files.parquet").unlink()
    place.fill(FIRST_DAYS[2:]).run()
    assert ids(place, "hours", "files", "folders") == [[2, 3]] * 3


def test_a_dropped_table_that_a_window_made_again(place: Place) -> None:
    with duckdb.connect(str(place.folder / "store.duckdb")) as store:
        store.execute("drop table hours")
    place.run(str(FIRST + 3 * DAY), str(FIRST + 4 * DAY))
    assert ids(place, "hours") == [[3]]
    place.run()
    assert ids(place, "hours") == [[0, 1, 2, 3]]


def test_a_source_without_rows_moves_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path / "project", HEAD + TABLES).fill([])
    place.run()
    place.fill(FIRST_DAYS).run()
    place.fill([]).run()
    place.fill(LATER).run()
    assert ids(place, "hours", "files") == [[0, 1, 2, 4, 5]] * 2


KILLED = """
import os, signal, sys
from oftra.targets.duckdb import engine

left, write = int(sys.argv.pop(1)), engine.written_statement

def counted(statement):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return write(statement)

engine.written_statement = counted
from oftra.cli import main
sys.exit(main())
"""


def run_killed(place: Place, statements: int) -> bool:
    """Whether a run was killed before its next statement, after so many of them."""
    command = [sys.executable, "-c", KILLED, str(statements), "run", "-p", str(place.folder)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode != 0


def test_a_run_that_is_killed_in_any_of_its_stages(place: Place, tmp_path: Path) -> None:
    """No mark is there before its rows: whatever comes next, nothing is missed."""
    shutil.copytree(place.folder, tmp_path / "kept")
    seen: set[int] = set()
    for statements in range(30, 1000, 13):
        shutil.rmtree(place.folder)
        shutil.copytree(tmp_path / "kept", place.folder)
        was_killed = run_killed(place.fill([*FIRST_DAYS, *LATER]), statements)
        for found in ids(place):
            assert found in ([0, 1, 2, 3], [0, 1, 2, 3, 4, 5])
        seen.add(sum(found == [0, 1, 2, 3, 4, 5] for found in ids(place)))
        # Rows that are made already are not there any more: those of the killed run are, and one came since.
        place.fill(at_noon(3, 4, 5, 6)).run()
        assert ids(place) == [[0, 1, 2, 3, 4, 5, 6]] * 4
        if not was_killed:
            break
    assert {0, 4} < seen


def test_a_script_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEAD + "".join([f"table {one}" for one in TABLES.split("table ")[1:] if "partition_by" not in one])
    place = Place(tmp_path / "project", text).fill(FIRST_DAYS)
    script = place.program.compile("duckdb")["program.sql"]
    monkeypatch.chdir(place.folder)
    names = ("hours", "files", "latest")
    for rows in (FIRST_DAYS, FIRST_DAYS[3:], [*FIRST_DAYS[3:], *LATER]):
        place.fill(rows)
        with duckdb.connect(":memory:") as connection:
            connection.execute(script)
    assert ids(place, *names) == [[0, 1, 2, 3, 4, 5]] * 3
    metadata = pq.read_schema("data/files.parquet").metadata
    assert metadata[b"made_until"] == f"{LATER[-1]['at']:%Y-%m-%dT%H:%M:%S.%f}+00:00".encode()
    assert metadata[b"made_of"].decode() == place.program.ir.by_name["files"].made_of
    # Whoever wants all of it says where it begins.
    with duckdb.connect(":memory:") as connection:
        place.fill(LATER)
        connection.execute(script.replace("run_start = null", "run_start = timestamptz '0001-01-01 00:00:00Z'"))
    assert ids(place, "hours", "files") == [[4, 5]] * 2


def test_what_keeps_no_mark_is_made_whole_and_so_is_all_beside_it(place: Place) -> None:
    recent = "table recent in lake = from rides |> where at >= run.start |> select id\n"
    again(place, HEAD + TABLES + recent).fill(FIRST_DAYS[1:]).run()
    assert ids(place, "recent", "hours", "files") == [[1, 2, 3]] * 3

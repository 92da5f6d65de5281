"""Tables made in parts by runs without a window, on Spark: each run goes on where they end.

A source has only what a run needs. Rows that need not be read again are gone from it, and a table that were made whole
would lose them. What the tables are to be DuckDB says, of all rows.
"""

import json
import random
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jars
import sparks
from places import engine_of
from test_repeatable_runs import FIRST, HEAD, Place, rides
from test_spark_repeatable_kills import DAYS as PER_DAY
from test_spark_repeatable_kills import PLACES, TABLES, plain, told

SCRIPT = Path(__file__).parent / "go_on_modules.py"
OTHER = TABLES.replace("sum(fare) as fares", "min(fare) as fares")
"""Another query of `days` and `ice_days`."""

OLDEST = datetime(1, 1, 1, tzinfo=UTC)
HOURS, DAYS = "delta.`{folder}/delta/hours`", "ice.db.ice_days"
TIDYING = [
    f"optimize {HOURS}",
    "call ice.system.rewrite_data_files(table => 'db.ice_days', options => map('rewrite-all', 'true'))",
]
KILLED = ("hours", "last", "ice_last")
"""Tables that have their rows when a run is killed, and don't say yet where they end."""


def source(place: Place, rows: list[dict[str, Any]], name: str, since: float = 0, until: float = 200) -> str:
    """A file with the rows of some hours."""
    first, last = (FIRST + timedelta(hours=hours) for hours in (since, until))
    place.fill([row for row in rows if first <= row["at"] < last])
    return str((place.folder / "data" / "rides.parquet").rename(place.folder / f"{name}.parquet"))


def expected(folder: Path, tables: str, rows: list[dict[str, Any]], until: float = 200) -> dict[str, list[str]]:
    """The tables of one run of DuckDB over all rows until then."""
    lines = [line for line in (HEAD + tables).splitlines() if not line.startswith(("connection ice", "connection del"))]
    place = Place(folder, "\n".join(lines).replace(" in delta ", " in store ").replace(" in ice ", " in store "))
    place.fill([row for row in rows if row["at"] < FIRST + timedelta(hours=until)]).run()
    session = engine_of("duckdb").open(str(folder))
    try:
        found = {name: session.read(place.program.ir, name).to_pylist() for name in PLACES}
    finally:
        session.close()
    return {name: told([plain(row) for row in one]) for name, one in found.items()}


def ran(folder: Path, steps: list[dict[str, Any]], status: int = 0) -> list[dict[str, Any]]:
    """What each run of some steps told, all in one Spark."""
    given = sparks.environment("--jars", ",".join(map(str, jars.lake_jars())))
    given |= {"WAREHOUSE": str(folder / "ice"), "TZ": "UTC", "PYTHONPATH": str(folder)}
    (folder / "asked.json").write_text(json.dumps({"tables": PLACES, "steps": steps}))
    command = [str(sparks.python_of(sparks.INSTALLED)), str(SCRIPT)]
    with open(folder / "said.txt", "w", encoding="utf-8") as said:
        done = subprocess.run(command, cwd=folder, env=given, stdout=said, stderr=said, start_new_session=True)
    assert done.returncode == status, (folder / "said.txt").read_text()[-4000:]
    found: list[dict[str, Any]] = json.loads((folder / "told.json").read_text())
    return found


def test_runs_without_a_window_go_on_where_tables_end(tmp_path: Path) -> None:
    rows = rides(random.Random(5))
    days_4 = timedelta(days=4)
    later = [{**row, "at": row["at"] + days_4, "read_at": row["read_at"] + days_4} for row in rows[:20]]
    place = Place(tmp_path / "project", HEAD + TABLES)
    (place.folder / "program.py").write_text(place.program.compile("pyspark")["program.py"])
    other = Place(tmp_path / "other", HEAD + OTHER)
    (place.folder / "other.py").write_text(other.program.compile("pyspark")["program.py"])
    whole, grown = source(place, rows, "whole"), source(place, [*rows, *later], "grown", since=48)
    both, days = ["hours", "ice_days"], ["days", "ice_days"]
    third = [str(FIRST + timedelta(days=day)) for day in (2, 3)]
    steps: list[dict[str, Any]] = [
        {"source": source(place, rows, "first", until=64), "run": "program"},
        # Others tidy up, and a run that has a window says nothing of where tables end.
        {"sql": [one.format(folder=place.folder) for one in TIDYING]},
        {"source": source(place, rows, "second", since=24), "run": "program", "window": third, "only": [*both, "days"]},
        {"run": "program"},
        # A table that is set back ends where it did then.
        {"sql": [f"restore table {HOURS} to version as of 2".format(folder=place.folder)], "back": DAYS},
        {"run": "program", "only": both},
        # Another query makes all again; and once more, where a window was made of the first one meanwhile.
        {"source": whole, "run": "other", "only": days},
        {"run": "program", "window": third, "only": days},
        {"run": "other", "only": days},
        {"source": grown},
        {"kill": [{"outputs": [name], "line": ["done", "later = self.rows(rows)"]} for name in KILLED]},
    ]
    first, _, second, back, changed, _, again = ran(place.folder, steps, -9)
    reached = sorted([file.name for file in place.folder.glob("reached-*")])
    assert reached == [f"reached-done-{name}.txt" for name in sorted(KILLED)]
    (after,) = ran(place.folder, [{"run": "program", "only": KILLED}])
    # What is known of a table that is merged are the last rows.
    ended = max(row["at"] for row in second["rows"]["last"])
    makings = [
        (first, expected(tmp_path / "1", TABLES, rows, 64), PLACES, OLDEST),
        (second, expected(tmp_path / "2", TABLES, rows), PLACES, FIRST + timedelta(days=2)),
        (back, expected(tmp_path / "3", TABLES, rows), both, FIRST + timedelta(days=2)),
        (changed, expected(tmp_path / "4", OTHER, rows), days, OLDEST),
        (again, expected(tmp_path / "5", OTHER, rows), days, OLDEST),
        (after, expected(tmp_path / "6", TABLES, [*rows, *later]), KILLED, f"{ended}+00:00"),
    ]
    for found, wanted, names, began in makings:
        assert found["began"] == str(began)
        for name in names:
            assert told(found["rows"][name]) == wanted[name], (name, began)


def test_oftra_run_goes_on_and_makes_all_if_it_is_asked_to(tmp_path: Path) -> None:
    rows = rides(random.Random(7))
    newer = [row for row in rows if row["at"] >= FIRST + timedelta(days=1)]
    days = f"table days in folders {{ refresh: append, window: day, partition_by: [zone] }} = {PER_DAY}"
    place = Place(tmp_path / "project", HEAD + days, engine="spark")
    place.fill([row for row in rows if row["at"] < FIRST + timedelta(days=2, hours=12)]).run()
    (second,) = [one for one in place.fill(newer).program.run(engine="spark").relations if one.name == "days"]
    assert second.since == "2026-03-03 00:00:00Z"
    whole = Place(tmp_path / "whole", HEAD + days).fill(rows)
    whole.run()
    assert place.rows("days") == whole.rows("days")
    (again,) = [one for one in place.program.run(engine="spark", full=True).relations if one.name == "days"]
    assert again.since is None
    whole.fill(newer).program.run(full=True)
    assert place.rows("days") == whole.rows("days")

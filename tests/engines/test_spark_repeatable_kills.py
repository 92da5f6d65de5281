"""A module that is killed while it makes parts of tables: in each stage every table is as before or as afterwards,
and the same run again makes what it makes undisturbed. What that is DuckDB says.
"""

import json
import random
import subprocess
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import jars
import sparks
from places import engine_of
from test_repeatable_runs import FIRST, HEAD, Place, rides

SCRIPT, HELD = (Path(__file__).parent / name for name in ("stop_modules.py", "Held.java"))

LATEST = """{ refresh: merge, key: [zone], order_by: [read_at, id], delete when left_out, window: at } =
  from rides |> select zone, at, id, read_at, left_out
"""
DAYS = """
  from rides |> aggregate count(*) as n, sum(fare) as fares group by cast(at as date) as day, zone
"""
TABLES = f"""
connection ice = iceberg {{ catalog: 'ice', type: hadoop, warehouse: env('WAREHOUSE', 'ice'), schema: 'db' }}
connection delta = delta {{ root: 'delta' }}
table hours in delta {{ refresh: append, window: window_start }} =
  from rides |> call tumble(at, interval 1 hour) |> aggregate count(*) as n group by zone, window_start
table latest in delta {LATEST}
table days in folders {{ refresh: partitions, window: day, partition_by: [day] }} = {DAYS}
table last in folders {LATEST}
table ice_days in ice {{ refresh: partitions, window: day }} = {DAYS}
table ice_last in ice {LATEST}
"""
PLACES = {
    "hours": ("delta", "delta/hours"),
    "latest": ("delta", "delta/latest"),
    "days": ("parquet", "folders/days.parquet"),
    "last": ("parquet", "folders/last.parquet"),
    "ice_days": ("iceberg", "ice.db.ice_days"),
    "ice_last": ("iceberg", "ice.db.ice_last"),
}


class Stop(NamedTuple):
    """What is run, and where it stops: at a step with files, or at a line of a function. `done` are made by then."""

    outputs: tuple[str, ...]
    held: str = ""
    line: tuple[str, str] = ("", "")
    done: tuple[str, ...] = ()

    def asked(self) -> dict[str, Any]:
        """The same for the script."""
        stop = {"held": f".*{self.held}.*"} if self.held else {"line": self.line}
        return {"outputs": self.outputs, **stop}


KILLS = (
    # The first run of all: tables are there without rows, or not yet.
    (
        Stop(("hours",), "rename .*/delta/hours/_delta_log/0*1.json"),
        Stop(("latest",), line=("merge_last", "rows = rows.localCheckpoint()")),
        Stop(("days",), "create .*/[.]days.parquet.new/"),
        Stop(("last",), line=("write_last", "")),
        Stop(("ice_days", "ice_last"), line=("write_ice_last", ""), done=("ice_days",)),
    ),
    # Files of a table, or of what is remembered beside it, are being written, or are there and not yet part of it.
    (
        Stop(("hours",), "create .*/delta/hours/part-"),
        Stop(("latest",), "rename .*/delta/latest_gone/_delta_log/[0-9]+.json"),
        Stop(("days",), line=("replaced", "if os.path.lexists(path):")),
        Stop(("last",), "create .*/[.]last_gone.parquet.new/"),
        Stop(("ice_days",), "rename .*/ice_days/metadata/v[0-9]+.metadata.json"),
        Stop(("ice_last",), "rename .*/ice_last_gone/metadata/v[0-9]+.metadata.json"),
    ),
    # One table is made, and of the other what is remembered.
    (
        Stop(("hours", "latest"), line=("merge_last", 'rows.createOrReplaceTempView("new_rows")'), done=("hours",)),
        Stop(("days", "last"), line=("write_last", 'stored = rows_at(f"{root}/last.'), done=("days",)),
        Stop(("ice_days", "ice_last"), "create .*/ice_last/data/", done=("ice_days",)),
    ),
    # A table is about to be another one.
    (
        Stop(("hours", "latest"), "rename .*/delta/latest/_delta_log/[0-9]+.json", done=("hours",)),
        Stop(("days",), line=("replaced", "os.rename(new, path)")),
        Stop(("last",), "create .*/[.]last.parquet.new/"),
        Stop(("ice_days", "ice_last"), "rename .*/ice_last/metadata/v[0-9]+.metadata.json", done=("ice_days",)),
    ),
)
"""What runs side by side when it is killed."""

DAYS_OF_RUNS = [[str(FIRST + timedelta(days=at)), str(FIRST + timedelta(days=at + 1))] for at in range(len(KILLS) + 1)]


def told(rows: list[dict[str, Any]] | None) -> list[str]:
    """Rows as texts, in an order of their own; a column that parts files is a text there."""
    return sorted([str(sorted([(name, str(value).lower()) for name, value in row.items()])) for row in rows or []])


def states(folder: Path) -> list[dict[str, list[str]]]:
    """What the tables are before any window and after each, as DuckDB makes them."""
    lines = [line for line in (HEAD + TABLES).splitlines() if not line.startswith(("connection ice", "connection del"))]
    text = "\n".join(lines).replace(" in delta ", " in store ").replace(" in ice ", " in store ")
    place = Place(folder, text).fill(rides(random.Random(5)))
    found = [dict.fromkeys(PLACES, told(None))]
    for start, end in DAYS_OF_RUNS[: len(KILLS)]:
        place.run(start, end)
        session = engine_of("duckdb").open(str(folder))
        try:
            rows = {name: session.read(place.program.ir, name).to_pylist() for name in PLACES}
        finally:
            session.close()
        found.append({name: told([plain(row) for row in found]) for name, found in rows.items()})
    return found


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Moments as Spark's Python has them, without the zone that all are in."""
    return {name: one.replace(tzinfo=None) if isinstance(one, datetime) else one for name, one in row.items()}


def settings(folder: Path) -> dict[str, str]:
    """The environment of a Spark with files that wait."""
    python = sparks.python_of(sparks.INSTALLED)
    (jars_of_spark,) = python.parent.parent.glob("lib/python*/site-packages/pyspark/jars")
    compiled = ["javac", "-nowarn", "-cp", f"{jars_of_spark}/*", "-d", str(folder / "classes"), str(HELD)]
    subprocess.run(compiled, check=True)
    more = ["--jars", ",".join(map(str, jars.lake_jars())), "--driver-class-path", str(folder / "classes")]
    for key, value in {
        # A task that waits keeps a core.
        "spark.master": "local[12]",
        "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.local.HeldFiles",
        "spark.hadoop.fs.AbstractFileSystem.file.impl": "org.apache.hadoop.fs.local.HeldLog",
    }.items():
        more += ["--conf", f"{key}={value}"]
    return {**sparks.environment(*more), "WAREHOUSE": str(folder / "ice"), "TZ": "UTC"}


def test_a_module_that_is_killed_in_each_of_its_stages(tmp_path: Path) -> None:
    expected = states(tmp_path / "undisturbed")
    assert all(before[name] != after[name] for before, after in pairwise(expected) for name in PLACES)
    place = Place(tmp_path / "project", HEAD + TABLES).fill(rides(random.Random(5)))
    (place.folder / "program.py").write_text(place.program.compile("pyspark")["program.py"])
    given, command = settings(place.folder), [str(sparks.python_of(sparks.INSTALLED)), str(SCRIPT)]
    given["PYTHONPATH"] = str(place.folder)
    made: set[str] = set()
    for at in range(len(KILLS) + 1):
        stops = KILLS[at] if at < len(KILLS) else ()
        killed, ended = DAYS_OF_RUNS[at], DAYS_OF_RUNS[at - 1 : at] if at else []
        asked = {"tables": PLACES, "ended": ended, "killed": killed, "parts": [stop.asked() for stop in stops]}
        (place.folder / "asked.json").write_text(json.dumps(asked))
        with open(place.folder / "said.txt", "w", encoding="utf-8") as said:
            ended = subprocess.run(
                command, cwd=place.folder, env=given, stdout=said, stderr=said, timeout=900, start_new_session=True
            )
        assert ended.returncode == (-9 if stops else 0), (place.folder / "said.txt").read_text()[-4000:]
        reached = list(place.folder.glob("reached-*"))
        assert len(reached) == len(stops), [file.read_text() or file.name for file in reached]
        there, done = (json.loads((place.folder / f"{name}.json").read_text()) for name in ("there", "done"))
        for name in PLACES:
            before, after = expected[max(at - 1, 0)][name], expected[at][name]
            assert told(there[name]) == (after if name in made else before), f"{name} as kill {at} left it"
            assert told(done[name]) == after, f"{name} after the run that was killed, run again"
        made = {name for stop in stops for name in stop.done}
        for file in (*reached, *place.folder.glob("held.txt")):
            file.unlink()

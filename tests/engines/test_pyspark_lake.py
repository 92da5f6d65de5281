"""Tables of Delta Lake, of Iceberg and of a catalog: written, replaced and read by modules on a real Spark."""

import json
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import jars
import pytest
import sparks

import oftra

CONNECTIONS = """\
contract row {
  id     int            not null,
  price  decimal(10, 2),
  at     timestamp,
  local  datetime,
  words  array<string>,
  part   struct<name: string, size: int>,
}
connection data    = files { root: 'data' }
connection out     = files { root: 'out' }
connection folders = delta { root: 'delta' }
connection named   = delta {}
connection ice     = iceberg { catalog: 'ice', type: hadoop, warehouse: env('WAREHOUSE', 'ice'), schema: 'db' }
connection known   = catalog { format: parquet }
connection own     = catalog { format: delta, schema: 'default' }
"""

PLACES = ("folders", "named", "ice", "known", "own")

WRITER = f"""{CONNECTIONS}
param least int = 0
source rows: row from data {{ path: 'rows.parquet' }}
view wanted = from rows |> where id >= least
""" + "".join(
    f"table in_{place} in {place} = from wanted\ntable from_{place} in out = from in_{place}\n" for place in PLACES
)

READER = CONNECTIONS + "".join(
    f"source {place}_rows: row from {place} {{ table: 'in_{place}' }}\n"
    f"table read_{place} in out = from {place}_rows |> extend id + 1 as next\n"
    for place in PLACES
).replace("{ table: 'in_folders' }", "{ path: 'in_folders' }")

DRIVER = """\
import argparse, json
from datetime import datetime, timezone
import reader, writer

always = datetime(1, 1, 1, tzinfo=timezone.utc), datetime.now(timezone.utc)
reports = []
for module, least in ((writer, 0), (writer, 2), (reader, 0)):
    reports.append({})
    param = {"least": str(least)}
    args = argparse.Namespace(start=always[0], end=always[1], only=list(module.OUTPUTS), param=param, root=".")
    module.main(module.session(), args, reports[-1])
print(json.dumps([{name: one["rows"] for name, one in told.items()} for told in reports]))
"""

ROWS = """
copy (
  select n::int as id, (n * 1.25)::decimal(10, 2) as price,
    timestamptz '2026-01-01 10:00:00.000001Z' + n * interval 1 second as at,
    timestamp '2026-03-29 02:30:00' as local, ['a', null, 'c' || n] as words, {'name': 'x', 'size': n::int} as part
  from range(1, 4) as r (n)
) to '$FOLDER/data/rows.parquet'
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, int]]]:
    """A folder that three runs wrote to, and the rows of each relation in each run."""
    folder = tmp_path_factory.mktemp("lake")
    (folder / "data").mkdir()
    duckdb.execute("set timezone = 'UTC'")
    duckdb.execute(ROWS.replace("$FOLDER", str(folder)))
    for name, text in (("writer", WRITER), ("reader", READER)):
        (folder / f"{name}.oftra").write_text(text)
        (folder / f"{name}.py").write_text(oftra.load(folder / f"{name}.oftra").compile("pyspark")[f"{name}.py"])
    (folder / "driver.py").write_text(DRIVER)
    python = sparks.python_of(sparks.INSTALLED)
    given = {**sparks.environment("--jars", ",".join(map(str, jars.lake_jars()))), "WAREHOUSE": str(folder / "ice")}
    words = [str(python), "driver.py"]
    done = subprocess.run(words, cwd=folder, env=given, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    reports: list[dict[str, int]] = json.loads(done.stdout.splitlines()[-1])
    return folder, reports


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    found = duckdb.sql(f"from read_parquet('{folder}/out/{table}.parquet/*.parquet') order by id").to_arrow_table()
    return list(found.to_pylist())


@pytest.mark.parametrize("place", PLACES)
def test_a_table_is_written_and_replaced(place: str, lake: tuple[Path, list[dict[str, int]]]) -> None:
    folder, (first, second, _) = lake
    assert (first[f"in_{place}"], second[f"in_{place}"], second[f"from_{place}"]) == (3, 2, 2)
    wanted = duckdb.sql(f"from read_parquet('{folder}/data/rows.parquet') where id >= 2 order by id").to_arrow_table()
    assert rows(folder, f"from_{place}") == wanted.to_pylist()


@pytest.mark.parametrize("place", PLACES)
def test_a_source_reads_such_a_table(place: str, lake: tuple[Path, list[dict[str, int]]]) -> None:
    folder, (*_, last) = lake
    assert last[f"read_{place}"] == 2
    wanted = [{**row, "next": row["id"] + 1} for row in rows(folder, f"from_{place}")]
    assert rows(folder, f"read_{place}") == wanted


def test_they_are_what_they_are_called(lake: tuple[Path, list[dict[str, int]]]) -> None:
    folder, _ = lake
    logs = {path.parent.parent.name for path in folder.glob("**/_delta_log/*1.json")}
    assert logs == {"in_folders", "in_named", "in_own"}
    assert (folder / "ice" / "db" / "in_ice" / "metadata" / "v2.metadata.json").exists()
    assert list((folder / "spark-warehouse" / "in_known").glob("*.parquet"))

"""Tables hold values of every type: of DuckDB's own database, of Delta Lake, of Iceberg, and of Spark's own catalog."""

import subprocess
from pathlib import Path
from typing import Any

import duckdb
import jars
import pytest
import sparks
from places import Place, engine_of
from stored_values import STORED, columns_of, differences, rows_of

import oftra
from oftra.datatypes import Decimal, Integer, show

LAKE = {"delta": "delta { root: 'delta' }", "ice": "iceberg { catalog: 'ice', type: hadoop, warehouse: env('WAREHOUSE',"
        " 'ice'), schema: 'db' }", "known": "catalog { format: parquet }"}  # fmt: skip
"""Connections of Spark, each by a name."""

CONNECTIONS = f"contract row {{ {columns_of(STORED)} }}\nconnection out = files {{ root: 'out' }}\n" + "".join(
    f"connection {name} = {said}\n" for name, said in LAKE.items()
)
WRITER = f"{CONNECTIONS}view wanted = {rows_of(STORED)}\n" + "".join(
    f"table in_{name}: row in {name} = from wanted\ntable from_{name} in out = from in_{name}\n" for name in LAKE
)
READER = CONNECTIONS + "".join(
    f"source {name}_rows: row from {name} {{ {'path' if name == 'delta' else 'table'}: 'in_{name}' }}\n"
    f"table read_{name} in out = from {name}_rows\n"
    for name in LAKE
)
READ = {"by_its_writer": "from", "by_a_source": "read"}
"""Where the rows were put that were read of a table, by who read them."""

DRIVER = """\
import argparse
from datetime import datetime, timezone
import reader, writer

always = datetime(1, 1, 1, tzinfo=timezone.utc), datetime.now(timezone.utc)
for module in (writer, reader):
    args = argparse.Namespace(start=always[0], end=always[1], only=list(module.OUTPUTS), param={}, root=".")
    module.main(module.session(), args, {})
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that a real Spark wrote tables to, and what it read of them."""
    folder = tmp_path_factory.mktemp("lake")
    for name, text in (("writer", WRITER), ("reader", READER)):
        (folder / f"{name}.oftra").write_text(text)
        (folder / f"{name}.py").write_text(oftra.load(folder / f"{name}.oftra").compile("pyspark")[f"{name}.py"])
    (folder / "driver.py").write_text(DRIVER)
    given = {**sparks.environment("--jars", ",".join(map(str, jars.lake_jars()))), "WAREHOUSE": str(folder / "ice")}
    words = [str(sparks.python_of(sparks.INSTALLED)), "driver.py"]
    done = subprocess.run(words, cwd=folder, env=given, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize("name", LAKE)
def test_tables_of_a_lake(name: str, lake: Path) -> None:
    sources = "".join(
        f"source {how}: row from out {{ path: '{file}_{name}.parquet/*.parquet' }}\n" for how, file in READ.items()
    )
    (lake / "answer.oftra").write_text(f"{CONNECTIONS}view wanted = {rows_of(STORED)}\n{sources}")
    program = oftra.load(lake / "answer.oftra")
    wanted: Any = program.query("from wanted |> order by id")
    found: Any = {how: program.query(f"from {how} |> order by id") for how in READ}
    assert {how: differences(rows, wanted, STORED) for how, rows in found.items()} == {how: [] for how in READ}


@pytest.mark.parametrize("name", LAKE)
def test_what_is_read_keeps_its_type(name: str, lake: Path) -> None:
    for file in READ.values():
        found = duckdb.sql(f"from read_parquet('{lake}/out/{file}_{name}.parquet/*.parquet')").types[1:]
        for type_, came in zip(STORED, found):
            if isinstance(type_, Integer | Decimal):
                assert came == duckdb.sqltype(show(type_)), file


def test_tables_of_a_database(tmp_path: Path) -> None:
    place = Place(tmp_path, engine_of("duckdb"))
    place.load(
        f"contract row {{ {columns_of(STORED)} }}\nconnection base = duckdb {{ path: 'data/base.duckdb' }}\n"
        f"table written: row in base = {rows_of(STORED)}\nsource read: row from base {{ table: 'written' }}"
    )
    wanted: Any = place.program.query("from written |> order by id")
    place.run()
    itself: Any = place.session().read(place.program.ir, "written").sort_by("id")
    read: Any = place.program.query("from read |> order by id")
    assert (differences(itself, wanted, STORED), differences(read, wanted, STORED)) == ([], [])

"""Conditions on the folders of a source (`region=north`) reach its reader: what doesn't fit is never opened."""

from types import ModuleType

import duckdb
import pytest

import oftra
from oftra.targets.pyspark.local import started

PROGRAM = """\
contract sale { id int, amount decimal(10, 2), region string, day date }
connection lake = files { root: 'data', format: parquet }
source sales: sale from lake { path: 'sales/*/*/*.parquet', hive_partitioned: true }
view recent = from sales |> where day >= date '2026-01-02'
table north in lake = from recent |> extend amount * 2 as twice |> where region = 'north' |> select id, twice
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> oftra.Program:
    """The program, and six folders of data: of two regions and three days."""
    folder = tmp_path_factory.mktemp("partitions")
    (folder / "data").mkdir()
    (folder / "program.oftra").write_text(PROGRAM)
    duckdb.sql(
        "copy (select i as id, 1.5::decimal(10, 2) as amount, if(i % 2 = 0, 'north', 'south') as region, "
        "date '2026-01-01' + (i % 3)::integer as day from range(30) as numbers (i)) "
        f"to '{folder}/data/sales' (format parquet, partition_by (region, day))"
    )
    return oftra.load(folder)


def test_duckdb_opens_the_files_that_fit(project: oftra.Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)
    (script,) = [text for name, text in project.compile("duckdb").items() if name.endswith(".sql")]
    connection = duckdb.connect()
    plans = []
    for statement in connection.extract_statements(script):
        if statement.query.strip().startswith("copy"):
            plans.append(connection.execute(f"explain {statement.query}").fetchall()[0][1])
        connection.execute(statement)
    assert ["Scanning Files: 2/6" in plan for plan in plans] == [True], plans


def test_spark_opens_the_folders_that_fit(project: oftra.Program) -> None:
    (text,) = [text for name, text in project.compile("pyspark").items() if name.endswith(".py")]
    module = ModuleType("generated")
    exec(compile(text, "generated.py", "exec"), module.__dict__)
    rows = module.north(module.read_sales(started(), f"{project.root}/data"))
    files = rows._jdf.queryExecution().executedPlan().toString()
    (filters,) = [line for line in files.splitlines() if "PartitionFilters" in line]
    told = filters.partition("PartitionFilters: [")[2].partition("]")[0]
    assert "region" in told and "day" in told, files
    assert rows.count() == 10

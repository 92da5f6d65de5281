"""Conditions on the folders of a source (`region=north`) reach its reader: what doesn't fit is never opened."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import duckdb
import pytest
from click.testing import CliRunner

import oftra
from oftra.cli.app import app
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


STORED = """\
connection lake = files { root: 'lake', format: parquet }
connection texts = files { root: 'lake', format: csv }
connection records = files { root: 'lake', format: json }
view rows = from values
  ('001', true, date '2026-01-02', 1.50, timestamp '2026-01-01 00:00:00Z', 5), (null, null, null, null, null, 7)
  as t (code, flag, day, price, at, n)
table a in lake { partition_by: [code, flag, day, price, at] } = from rows
table b in texts { partition_by: [code, flag, day, price, at] } = from rows
table c in records { partition_by: [code, flag, day, price, at] } = from rows
table all_three in lake =
  from a
  |> union all (from b), (from c)
  |> select code || '!' as code, not flag as flag, day, price, at, n
sink out from a into texts { path: 'out.csv' }
pipeline write { build: [a, b, c] }
pipeline read { build: [all_three, out] }
"""


@pytest.mark.parametrize("writer", ["duckdb", "spark"])
@pytest.mark.parametrize("reader", ["duckdb", "spark"])
def test_columns_that_are_folders_keep_their_types_and_their_places(writer: str, reader: str, tmp_path: Path) -> None:
    (tmp_path / "program.oftra").write_text(STORED)
    for engine, pipeline in ((writer, "write"), (reader, "read")):
        words = ["run", "--project", str(tmp_path), "--engine", engine, "--pipeline", pipeline]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
    place = tmp_path / "lake/all_three.parquet"
    files = f"{place}/*.parquet" if place.is_dir() else str(place)
    rows = duckdb.sql(f"""select * replace ("at"::varchar as "at") from read_parquet('{files}')""")
    assert rows.columns == ["code", "flag", "day", "price", "at", "n"]
    known = ("001!", False, date(2026, 1, 2), Decimal("1.50"), "2026-01-01 00:00:00+00", 5)
    assert sorted(rows.fetchall(), key=lambda row: row[-1]) == [known] * 3 + [(None, None, None, None, None, 7)] * 3
    out = tmp_path / "lake/out.csv"
    (head, *_) = (out if out.is_file() else min(out.glob("*.csv"))).read_text().splitlines()
    assert head == "code,flag,day,price,at,n"

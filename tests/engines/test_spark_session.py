"""Spark as a user meets it: the same rows beside DuckDB's, one session a process, and no word of its own."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

import oftra
from oftra.targets.pyspark.local import started

PROGRAM = """
contract order_line {
  order_id int not null,
  customer string not null,
  amount   decimal(10, 2) check (amount > 0) on violation warn,
}
connection inbox     = files { root: 'data', format: parquet }
connection warehouse = files { root: 'out', format: parquet }
connection elsewhere = duckdb { path: 'shop.duckdb' }

source orders: order_line from inbox { path: 'orders.parquet' }
table best in warehouse = from orders |> aggregate sum(amount) as total group by customer
table counted in elsewhere = from orders |> aggregate count(*) as orders

test 'totals' {
  given orders
    | customer | amount |
    | 'Ada'    | 1.50   |
    | 'Ada'    | 2.50   |
  expect best
    | customer | total |
    | 'Ada'    | 4.00  |
}
"""

ORDERS = {
    "order_id": pa.array([1, 2, 3], pa.int32()),
    "customer": ["Ada", "Bela", "Ada"],
    "amount": pa.array([Decimal("19.90"), Decimal("-5.00"), Decimal("100.00")], pa.decimal128(10, 2)),
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "oftra.toml").write_text('[project]\nname = "shop"\n')
    (tmp_path / "shop.oftra").write_text(PROGRAM)
    (tmp_path / "data").mkdir()
    (tmp_path / "out").mkdir()
    place = tmp_path / "data" / "orders.parquet"
    # As bytes, which is how Arrow writes them otherwise, Flink reads no decimals of up to 18 digits.
    pyarrow.parquet.write_table(pa.table(ORDERS), place, store_decimal_as_integer=True)
    return tmp_path


def test_one_session_answers_all_that_is_asked(shop: Path) -> None:
    program = oftra.load(shop)
    outcome = program.run("best", engine="spark")
    assert {run.name: run.rows for run in outcome.relations} == {"orders": 3, "best": 2}
    assert [verdict.passed for verdict in program.test(engine="spark")] == [True]
    for query in ("from best |> order by total desc", "from counted"):
        assert program.query(query, engine="spark").to_pylist() == program.query(query).to_pylist()
    assert started.cache_info().misses == 1
    with pytest.raises(oftra.RunError, match="can't reach `elsewhere`"):
        program.run("counted", engine="spark")
    with pytest.raises(oftra.RunError, match=r"^\[CAST_INVALID_INPUT\] .* SQLSTATE: 22018$"):
        program.query("from orders |> select cast(customer as int) as x", engine="spark")


COMMANDS = """
import sys
from oftra.cli.app import run
for command in (
    ["run", "best", "--engine", "spark", "--format", "json"],
    ["query", "from best |> order by total desc", "--engine", "all"],
    ["query", "from values (7, 0) as t (x, y) |> select x / y as q", "--engine", "all", "--raw", "--format", "json"],
    ["query", "from orders |> select cast(customer as int) as x", "--engine", "spark"],
):
    print(run(command), flush=True)
"""


def test_a_terminal_shows_what_was_asked_for_alone(shop: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS], cwd=shop, capture_output=True, text=True, timeout=300, check=True
    )
    ran, *side_by_side, raw, raw_status, failed = done.stdout.splitlines()
    rows = [{"customer": "Ada", "total": 119.9}, {"customer": "Bela", "total": -5.0}]
    assert sorted(json.loads(ran)["best"], key=str) == rows
    assert side_by_side == [
        "0",
        "duckdb.customer  duckdb.total  flink.customer  flink.total  spark.customer  spark.total",
        "---------------  ------------  --------------  -----------  --------------  -----------",
        "Ada                    119.90  Ada                  119.90  Ada                  119.90",
        "Bela                    -5.00  Bela                  -5.00  Bela                  -5.00",
        "same rows",
        "0",
    ]
    said = json.loads(raw)
    assert [said[engine]["rows"] for engine in ("duckdb", "spark")] == [[{"q": None}], [{"q": None}]]
    assert said["duckdb"]["raw"] == [{"q": "Infinity"}]
    assert said["spark"]["raw"]["error"].startswith("[DIVIDE_BY_ZERO]")
    assert (raw_status, failed) == ("0", "3")
    warning, error = done.stderr.splitlines()
    assert warning == "warning: 1 row of `orders` breaks `amount > 0`"
    assert error.startswith("error: the query failed: [CAST_INVALID_INPUT] ")
    assert sorted(path.name for path in shop.iterdir()) == ["data", "oftra.toml", "out", "shop.oftra"]

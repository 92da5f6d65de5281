"""The orders example: its own tests pass, and its tables and what it refuses are the same on both engines."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import oftra
from oftra.cli.app import run
from oftra.diagnostics import Report
from oftra.driver import optimized
from oftra.project import installed

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "orders"
TABLES = ("order_lines", "customer_history", "customers", "monthly_sales", "tiers", "coupons", "refused", "rejected")

Tables = dict[str, pa.Table]


def built(engine: str, folder: Path) -> tuple[Tables, Any]:
    """What a run of the example leaves, and what it reports."""
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("build", ".oftra"))
    program = optimized(oftra.load(folder).ir)
    opener: Any = installed.find_engine(engine, Report())
    session = opener.open(str(folder))
    report = session.run(program, None, {}, lambda _: None).report(program)
    tables = {name: session.read(program, name) for name in TABLES}
    session.close()
    return tables, report


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[tuple[Tables, Any], tuple[Tables, Any]]]:
    """DuckDB's and Spark's."""
    folder = tmp_path_factory.mktemp("orders")
    yield built("duckdb", folder / "duckdb"), built("spark", folder / "spark")


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_the_same(table: str, both: tuple[tuple[Tables, Any], tuple[Tables, Any]]) -> None:
    ours, theirs = (tables[table] for tables, _ in both)
    assert ours.schema.equals(theirs.schema)
    assert ours.num_rows > 0
    assert rows_of(ours) == rows_of(theirs)


def rows_of(table: pa.Table) -> list[str]:
    """All rows as texts, in any order; but for when they were read."""
    return sorted(str({name: cell for name, cell in row.items() if name != "read_at"}) for row in table.to_pylist())


def test_what_is_refused_is_counted(both: tuple[tuple[Tables, Any], tuple[Tables, Any]]) -> None:
    counts = [
        {one["name"]: (one["read"], one["quarantined"]) for one in report["relations"] if one["quarantined"]}
        for _, report in both
    ]
    assert counts[0] == counts[1]
    assert counts[0] == {"bazaar_orders": (125, 5), "plaza_lines": (208, 4), "customer_changes": (41, 1)}


def test_a_version_ends_where_the_next_begins(both: tuple[tuple[Tables, Any], tuple[Tables, Any]]) -> None:
    history = both[0][0]["customer_history"].to_pylist()
    begins = {(row["customer_id"], row["version"]): row["valid_from"] for row in history}
    assert any(row["version"] > 1 for row in history)
    for row in history:
        assert row["valid_to"] == begins.get((row["customer_id"], row["version"] + 1))


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_its_own_tests_pass(engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(EXAMPLE, tmp_path, ignore=shutil.ignore_patterns("build", ".oftra"), dirs_exist_ok=True)
    assert run(["test", "--project", str(tmp_path), "--engine", engine]) == 0
    assert "4 passed" in capsys.readouterr().out


def test_the_data_is_what_the_script_makes(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / "make_data.py", tmp_path)
    assert os.spawnlp(os.P_WAIT, "python3", "python3", str(tmp_path / "make_data.py")) == 0
    made = {path.relative_to(tmp_path): path.read_bytes() for path in (tmp_path / "data").rglob("*.*")}
    assert made == {path.relative_to(EXAMPLE): path.read_bytes() for path in (EXAMPLE / "data").rglob("*.*")}

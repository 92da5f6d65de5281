"""The flights example on Spark: table by table the rows and types that DuckDB gives, and the same run report."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import oftra
from oftra.diagnostics import Report
from oftra.driver import optimized
from oftra.ir.program import Program
from oftra.project import installed
from oftra.target import Outcome, Session

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "flights"
TABLES = ("dirt", "delays_by_hour", "worst_days", "league")


class Run:
    """What a run of the example did on one engine, and what it left."""

    def __init__(self, engine: str, folder: Path) -> None:
        folder.mkdir()
        for entry in EXAMPLE.iterdir():
            if entry.name not in ("build", ".oftra", "data"):
                shutil.copy(entry, folder)
        os.symlink(EXAMPLE / "data", folder / "data")
        self.folder = folder
        self.program: Program = optimized(oftra.load(folder).ir)
        found: Any = installed.find_engine(engine, Report())
        self.session: Session = found.open(str(folder))
        self.outcome: Outcome = self.session.run(self.program, None, {}, lambda _: None)

    def report(self) -> dict[str, Any]:
        """The run report, rules by their names, without what a clock said."""
        report: Any = self.outcome.report(self.program)
        for relation in report["relations"]:
            relation["rules"].sort(key=lambda rule: rule["rule"])
            del relation["seconds"]
        return dict(report)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Run, Run]]:
    """The example as DuckDB and as Spark runs it."""
    folder = tmp_path_factory.mktemp("flights")
    both = Run("duckdb", folder / "duckdb"), Run("spark", folder / "spark")
    yield both
    for run in both:
        run.session.close()


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_the_same(table: str, runs: tuple[Run, Run]) -> None:
    ours, theirs = (run.session.read(run.program, table) for run in runs)
    assert ours.schema.equals(theirs.schema)
    order = [(name, "ascending") for name in ours.column_names]
    assert ours.num_rows > 0
    assert ours.sort_by(order).to_pylist() == theirs.sort_by(order).to_pylist()


def test_dirt_is_counted(runs: tuple[Run, Run]) -> None:
    for run in runs:
        found = run.session.read(run.program, "dirt").to_pylist()
        assert [row["records"] for row in found] == [8_255, 2_512, 50_094, 7_602, 1_556, 3]


def test_the_report_is_the_same(runs: tuple[Run, Run]) -> None:
    ours, theirs = (run.report() for run in runs)
    assert ours == theirs
    assert {one["name"] for one in ours["relations"]} > set(TABLES)

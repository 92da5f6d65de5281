"""The TPC-H example: each of its reports has the rows that the standard's query gives, on every engine."""

import re
import shutil
from pathlib import Path

import duckdb
import pytest
from standard_queries import STANDARD, same

import oftra

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "tpch"
REPORTS = {
    path.name[:3]: re.findall(r"^table (\w+)", path.read_text(), re.MULTILINE)[0]
    for path in sorted((EXAMPLE / "reports").glob("q*.oftra"))
}


@pytest.fixture(scope="module", params=["duckdb", "spark"])
def stored(request: pytest.FixtureRequest, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tables that a run on an engine leaves."""
    project = tmp_path_factory.mktemp("project")
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("build", "data", ".oftra"), dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TPCH", str(data))
        oftra.load(project).run(engine=request.param)
    return project / "build" / "tables"


def test_every_query_is_there() -> None:
    assert list(REPORTS) == list(STANDARD) == [f"q{number:02}" for number in range(1, 23)]


@pytest.mark.parametrize("number", STANDARD)
def test_a_report_has_the_rows_of_the_standard_query(
    number: str, stored: Path, tables: duckdb.DuckDBPyConnection
) -> None:
    (place,) = stored.rglob(f"{REPORTS[number]}.parquet")
    files = str(place / "*.parquet") if place.is_dir() else str(place)
    wanted = tables.execute(STANDARD[number]).fetchall()
    assert wanted
    same(duckdb.read_parquet(files).fetchall(), wanted)

"""The standard's queries, imported as they stand: programs that check, with the rows that DuckDB gives for the SQL."""

import shutil
from pathlib import Path

import duckdb
import pytest
from standard_queries import STANDARD, same

import oftra
from oftra.cli.app import run

HERE = Path(__file__).parent
EXAMPLE = HERE.parent.parent / "examples" / "tpch"


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's tables with what `oftra import sql` makes of the queries."""
    project = tmp_path_factory.mktemp("imported")
    for name in ("oftra.toml", "sources.oftra", "contracts.oftra"):
        shutil.copy(EXAMPLE / name, project)
    for number in STANDARD:
        query = str(HERE / "standard" / f"{number}.sql")
        assert run(["import", "sql", query, "-o", str(project / f"{number}.oftra")]) == 0
        assert run(["fmt", "--check", str(project / f"{number}.oftra")]) == 0
    assert run(["check", str(project)]) == 0
    return project


@pytest.fixture(scope="module", params=["duckdb", "spark"])
def stored(
    request: pytest.FixtureRequest, imported: Path, data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of what a run on an engine leaves of them, once each is a table."""
    project = tmp_path_factory.mktemp("stored")
    shutil.copytree(imported, project, dirs_exist_ok=True)
    for number in STANDARD:
        program = project / f"{number}.oftra"
        view = program.read_text()
        assert f"view {number} =" in view
        program.write_text(view.replace(f"view {number} =", f"table {number} ="))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TPCH", str(data))
        oftra.load(project).run(engine=request.param)
    return project / "build" / "tables"


@pytest.mark.parametrize("number", STANDARD)
def test_an_imported_query_has_the_same_rows(number: str, stored: Path, tables: duckdb.DuckDBPyConnection) -> None:
    place = stored / f"{number}.parquet"
    files = str(place / "*.parquet") if place.is_dir() else str(place)
    same(duckdb.read_parquet(files).fetchall(), tables.execute(STANDARD[number]).fetchall())

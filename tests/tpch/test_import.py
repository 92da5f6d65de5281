"""The standard's queries, imported as they stand: programs that check, with the rows that DuckDB gives for the SQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from standard_queries import STANDARD, same

import oftra
from oftra.cli.app import run

HERE = Path(__file__).parent
EXAMPLE = HERE.parent.parent / "examples" / "tpch"


@pytest.fixture(scope="module")
def imported(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[oftra.Program]:
    """The example's tables with what `oftra import sql` makes of the queries."""
    project = tmp_path_factory.mktemp("imported")
    for name in ("oftra.toml", "sources.oftra", "contracts.oftra"):
        shutil.copy(EXAMPLE / name, project)
    for number in STANDARD:
        query = str(HERE / "standard" / f"{number}.sql")
        assert run(["import", "sql", query, "-o", str(project / f"{number}.oftra")]) == 0
        assert run(["fmt", "--check", str(project / f"{number}.oftra")]) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TPCH", str(data))
        yield oftra.load(project)


@pytest.mark.parametrize("number", STANDARD)
def test_an_imported_query_has_the_same_rows(
    number: str, imported: oftra.Program, tables: duckdb.DuckDBPyConnection
) -> None:
    rows = imported.query(f"from {number}").to_pylist()
    same([tuple(row.values()) for row in rows], tables.execute(STANDARD[number]).fetchall())

"""TPC-H's data, made once a run, and what DuckDB answers to the standard's own queries over it."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from standard_queries import SCALE, TABLES


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the eight tables as parquet files."""
    folder = tmp_path_factory.mktemp("tpch")
    generator = Path(sys.executable).with_name("tpchgen-cli")
    subprocess.run([generator, "parquet", "-s", SCALE, f"--output-dir={folder}", "--quiet"], check=True)
    return folder


@pytest.fixture(scope="session")
def tables(data: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB with the eight tables."""
    connection = duckdb.connect()
    for name in TABLES:
        connection.execute(f"create view {name} as from read_parquet('{data / name}.parquet')")
    return connection

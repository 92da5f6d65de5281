"""The vendors example: days of an API, one by one and one of them again, come to what one run over all days gives."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from places import ENGINES, engine_of
from test_repeatable_runs import in_order

import oftra

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "vendors"


def test_days_one_by_one_are_one_run_over_all(tmp_path: Path) -> None:
    given = {**os.environ, "TMPDIR": str(tmp_path)}
    words = [sys.executable, str(EXAMPLE / "demo.py")]
    done = subprocess.run(words, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    *said, last = done.stdout.splitlines()
    assert "fetch: north 2026-03-04: 10 shipments (page 1: 200, page 2: 503)" in done.stderr
    assert "fetch: south 2026-03-03: 0 shipments (page 1: 200)" in done.stderr
    closed = "stop: `rows(north) >= 10 and fetch.failed = 0` does not hold: rows(north) is 10, fetch.failed is 1"
    assert f"{closed} (pipeline.oftra:25)" in done.stderr
    assert said.count("run of 2026-03-04: exit 4") == said.count("run of 2026-03-04: exit 0") == 1
    assert "alert: `rows(south) >= 10` does not hold: rows(south) is 0 (pipeline.oftra:26)" in done.stderr
    assert last == (
        "duckdb: 179 parcels in 27 rows of daily costs; the gate stopped the run of 2026-03-04, repeated since; "
        "as one run over all days: yes"
    )


FETCH = """
import os, subprocess, sys
sys.path.insert(0, ".")
import api
with api.served() as address:
    tokens = {f"{name.upper()}_TOKEN": token for name, token in api.TOKENS.items()}
    given = {**os.environ, **tokens, "API": address, "START": "2026-03-01", "END": "2026-03-06", "COUNTS": os.devnull}
    for _ in range(2):  # what failed is there the second time
        subprocess.run([sys.executable, "fetch.py"], env=given, check=True)
"""
WINDOWS = [
    ("2026-03-04", "2026-03-06"), ("2026-03-02", "2026-03-02T15:00:00"), ("2026-03-01", "2026-03-02"),
    ("2026-03-02T15:00:00", "2026-03-04"), ("2026-03-05", "2026-03-06"), ("2026-03-01", "2026-03-02"),
]  # fmt: skip
TABLES = ("shipments", "daily_costs", "answers")


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with five days of the API, and its tables as one run over all of them makes them on DuckDB."""
    folder = tmp_path_factory.mktemp("vendors") / "whole"
    # The pipeline's task and gates are the demo's: here its tables are.
    left_out = shutil.ignore_patterns("build", ".oftra", "data", "__pycache__", "pipeline.oftra")
    shutil.copytree(EXAMPLE, folder, ignore=left_out)
    subprocess.run([sys.executable, "-c", FETCH], cwd=folder, check=True, capture_output=True)
    oftra.load(folder).run()
    return folder


def rows(folder: Path, engine: str) -> dict[str, list[str]]:
    """What is stored in the tables that aren't made whole."""
    session = engine_of(engine).open(str(folder))
    try:
        return {name: in_order(session.read(oftra.load(folder).ir, name)) for name in TABLES}
    finally:
        session.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_windows_in_any_order_and_again_are_one_run_over_all(engine: str, fetched: Path) -> None:
    folder = fetched.parent / engine
    shutil.copytree(fetched, folder, ignore=shutil.ignore_patterns("build", ".oftra"))
    for start, end in WINDOWS:
        oftra.load(folder).run(engine=engine, start=start, end=end)
    expected = rows(fetched, "duckdb")
    assert all(len(found) > 5 for found in expected.values())
    assert rows(folder, engine) == expected


def test_its_own_tests_pass() -> None:
    oftra = Path(sys.executable).with_name("oftra")
    done = subprocess.run([oftra, "test", "--project", EXAMPLE], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout + done.stderr

"""The vendors example: days of an API, one by one and one of them again, come to what one run over all days gives."""

import os
import subprocess
import sys
from pathlib import Path

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


def test_its_own_tests_pass() -> None:
    oftra = Path(sys.executable).with_name("oftra")
    done = subprocess.run([oftra, "test", "--project", EXAMPLE], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout + done.stderr

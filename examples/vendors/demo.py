"""Five days of the carrier's API, run day by day, with a page that fails and a day without parcels.

`python examples/vendors/demo.py [ENGINE]` works in a copy of the example. Each run fetches its day. That of a day whose
page failed is stopped by its gate; it is run again when the others are done, and the tables are those of one run over
all days.
"""

import os
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from shutil import copytree, ignore_patterns

import duckdb
from api import TOKENS, served

EXAMPLE = Path(__file__).resolve().parent
FIRST, DAYS = date(2026, 3, 1), 5


def run(folder: Path, engine: str, api: str, first: date, last: date) -> int:
    """Run the pipeline over some days; gives its exit status."""
    oftra = Path(sys.executable).with_name("oftra")
    window = ["--start", str(first), "--end", str(last + timedelta(days=1))]
    words = [oftra, "run", "--engine", engine, "--pipeline", "nightly", *window, "--param", f"api={api}"]
    tokens = {f"{name.upper()}_TOKEN": token for name, token in TOKENS.items()}
    given = {**os.environ, **tokens}
    done = subprocess.run(
        [*words, "--report", "report.json"], cwd=folder, env=given, stdout=subprocess.DEVNULL, check=False
    )
    days = str(first) if first == last else f"{first} to {last}"
    print(f"run of {days}: exit {done.returncode}", flush=True)
    return done.returncode


def daily(folder: Path) -> list[tuple[object, ...]]:
    """The rows of `daily_costs`."""
    place = folder / "build" / "tables" / "daily_costs.parquet"
    with duckdb.connect() as connection:
        return sorted(connection.sql(f"from '{place}{'/*.parquet' if place.is_dir() else ''}'").fetchall())


def main(engine: str) -> int:
    """All days one by one, then at once elsewhere; whether both leave the same."""
    last = FIRST + timedelta(days=DAYS - 1)
    with tempfile.TemporaryDirectory() as place, served() as api:
        folder, other = Path(place) / "vendors", Path(place) / "whole"
        copytree(EXAMPLE, folder, ignore=ignore_patterns("build", ".oftra", "data", "__pycache__"))
        days = [FIRST + timedelta(days=at) for at in range(DAYS)]
        stopped = [day for day in days if run(folder, engine, api, day, day) == 4]
        for day in stopped:
            run(folder, engine, api, day, day)
        copytree(folder, other, ignore=ignore_patterns("build", ".oftra", "data"))
        run(other, engine, api, FIRST, last)
        by_day, at_once = daily(folder), daily(other)
    parcels = sum([int(str(row[3])) for row in by_day])
    is_same = by_day == at_once and len(stopped) == 1
    print(
        f"{engine}: {parcels} parcels in {len(by_day)} rows of daily costs; the gate stopped the run of "
        f"{' and '.join(map(str, stopped))}, repeated since; as one run over all days: {'yes' if is_same else 'NO'}"
    )
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:] or ["duckdb"]))

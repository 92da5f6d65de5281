"""Notebooks that make parts of tables: of all at once, of windows in any order, and going on where tables end."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

import oftra

PARTS = (Path(__file__).parent.parent / "golden" / "parts_deployed" / "program.oftra").read_text(encoding="utf-8")
RIDES = """
copy (
  select n::int as id, 'abc'[1 + n % 3] as zone, timestamptz '2026-03-01' + n * interval 47 minutes as at,
    (n % 7)::decimal(10, 2) as fare, n % 5 = 4 as voided
  from range($FIRST, $LAST) as r (n)
) to '$FOLDER/raw/rides.parquet'
"""
DAYS = ("02", "01", "02")
"""Windows in the order in which they are run."""

SCHEMAS = ("rides_whole", "rides_parts", "rides_grown")

SAME = """
import json
def rows(place):
    tables = [spark.read.table(f"rides_{place}.{name}") for name in ("hours", "latest")]
    tables.append(spark.read.parquet(f"{dbutils.widgets.get(place)}/files/days.parquet"))
    return [sorted([str(sorted(row.asDict().items())) for row in one.collect()]) for one in tables]
dbutils.widgets.text("whole", "", "")
dbutils.widgets.text("parts", "", "")
dbutils.widgets.text("grown", "", "")
dbutils.notebook.exit(json.dumps({place: rows(place) for place in ("whole", "parts", "grown")}))
"""


def calls(place: Path) -> Iterator[str]:
    """Write the notebooks, and what they read, into a folder: what is run there, one after the other."""
    for at in ("whole", "parts", "grown"):
        text = PARTS.replace("'/Volumes/main/rides/files'", f"'{place}/{at}/files'").replace(
            "'rides' }", f"'rides_{at}' }}"
        )
        (place / f"{at}.oftra").write_text(text, encoding="utf-8")
        found = oftra.load(str(place / f"{at}.oftra")).compile("databricks")
        for path in (path for path in found if path.startswith("notebooks/")):
            (place / at / path).parent.mkdir(parents=True, exist_ok=True)
            (place / at / path).write_text(found[path], encoding="utf-8")
    duckdb.execute("set timezone = 'UTC'")
    # What a run without a window need not read again is gone from what it is given.
    for at, first, last in (("whole", 0, 60), ("parts", 0, 60), ("grown", 0, 45), ("grown/later", 28, 60)):
        (place / at / "raw").mkdir(parents=True)
        written = RIDES.replace("$FIRST", str(first)).replace("$LAST", str(last))
        duckdb.execute(written.replace("$FOLDER", f"{place}/{at}"))
    (place / "same.py").write_text(SAME, encoding="utf-8")
    yield f"{place}/whole/notebooks/daily.py|root={place}/whole|show=no"
    for day in DAYS:
        window = f"start=2026-03-{day}|end=2026-03-{int(day) + 1:02}"
        yield f"{place}/parts/notebooks/daily.py|root={place}/parts|{window}"
    yield f"{place}/grown/notebooks/daily.py|root={place}/grown|end=2026-03-09|show=no"
    yield f"{place}/grown/notebooks/daily.py|root={place}/grown/later|end=2026-03-10|show=no"
    yield f"{place}/same.py|whole={place}/whole|parts={place}/parts|grown={place}/grown"

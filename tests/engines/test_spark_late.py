"""Rows that come late to a stream on a real Spark: told from others once, also by batches that come again."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import duckdb
from test_structured_streaming import compiled, run

CLICKS = """\
contract click {
  id   int       not null,
  page string    not null,
  at   timestamp not null  event time watermark 10 minutes on late into tardy in lake,
}
connection inbox = files { root: 'data' }
connection lake  = files { root: 'out', format: parquet }
source clicks: click from inbox { path: 'clicks', format: json, unbounded: true, files_per_batch: 1 }
  on invalid quarantine into rejected in lake
source views: click from inbox { path: 'views', format: json, unbounded: true, files_per_batch: 1 }

table visits in lake = from clicks |> where page <> '/health' |> select id, page

table busy in lake =
  from clicks
  |> call tumble(at, interval 1 hour)
  |> aggregate count(*) as clicks
     group by page, window_start, window_end

pipeline all_day { build: [visits, busy], mode: streaming }
"""

LATE = [(7, "/a", "10:35"), (8, "/a", "10:49"), (9, "/health", "10:10"), (9, "/health", "10:10")]
"""Behind the watermark, which the first file moves to 10:49, though their hour is not over."""

VIEW = (23, "/v", "10:00")

FILES: list[list[tuple[Any, ...]]] = [
    [(1, "/a", "10:01"), (2, "/b", "10:59")],
    [(3, "/a", "10:30"), (4, "/a", "10:58")],
    [*LATE, (5, "/a", "10:50"), (5, "/a", "10:50"), ("none", "/a", "10:51")],
    [(6, "/a", "15:00")],
]
"""Spark moves the watermark when a batch is done, and goes by it from the batch after the next on."""


def put(folder: Path, source: str, files: list[list[tuple[Any, ...]]]) -> None:
    """Files of clicks, one after the other."""
    inbox = folder / "data" / source
    inbox.mkdir(parents=True)
    for at, rows in enumerate(files):
        lines = [json.dumps({"id": id_, "page": page, "at": f"2026-01-01T{time}:00Z"}) for id_, page, time in rows]
        (inbox / f"{at}.jsonl").write_text("\n".join(lines))
        os.utime(inbox / f"{at}.jsonl", (at, at))  # older ones come first


def rows(folder: Path, table: str, columns: str) -> list[tuple[Any, ...]]:
    """What a table holds, whichever batches it came in."""
    files = f"read_parquet('{folder}/out/{table}.parquet/*/*.parquet')"
    return duckdb.sql(f"select {columns} from {files} order by all").fetchall()


def test_late_rows_go_to_their_table_and_nowhere_else(tmp_path: Path) -> None:
    compiled(tmp_path, CLICKS)
    put(tmp_path, "clicks", FILES)
    put(tmp_path, "views", [[(20, "/v", "10:59")], [(21, "/v", "10:58")], [(22, "/v", "15:00"), VIEW]])
    told = run(tmp_path, [])

    def check() -> None:
        at = "strftime(\"at\" at time zone 'UTC', '%H:%M')"
        late = [*[(*row, "clicks") for row in sorted(LATE)], (*VIEW, "views")]
        assert rows(tmp_path, "tardy", f"id, page, {at}, source") == late
        assert rows(tmp_path, "visits", "id") == [(1,), (2,), (3,), (4,), (5,), (5,), (6,)]
        assert rows(tmp_path, "busy", "page, clicks") == [("/a", 5), ("/b", 1)]
        assert rows(tmp_path, "rejected", "source") == [("clicks",)]

    check()
    clicks = told["clicks"]
    counts = ("read", "passed", "dropped", "quarantined", "late")
    assert [clicks[count] for count in counts] == [12, 7, 0, 1, 4]
    assert [told["views"][count] for count in counts] == [4, 3, 0, 0, 1]
    # As if it had been killed before it was done with the batch of late rows.
    checkpoint = tmp_path / ".checkpoints" / "program" / "clicks"
    for log, first in (("offsets", 3), ("commits", 2)):
        for batch in range(first, 10):
            for name in (str(batch), f".{batch}.crc"):
                (checkpoint / log / name).unlink(missing_ok=True)
    for table in ("tardy", "visits"):
        shutil.rmtree(tmp_path / "out" / f"{table}.parquet" / "batch=2")
    again = run(tmp_path, [])["clicks"]
    check()
    assert (again["late"], again["passed"]) == (4, 3)

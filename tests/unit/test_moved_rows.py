"""OF0542: which tables made in parts may hold rows of a merged table that have left the part."""

from pathlib import Path

import duckdb
import pytest
from programs import project_of

import oftra
from oftra.diagnostics import Report
from oftra.diagnostics.runs import LeavesMoved
from oftra.driver import check_all, parse_all

HEAD = """
connection lake = files { root: 'data', format: parquet }
contract parcel { id int not null, zone string, cost int, changed_at timestamp not null event time, gone boolean }
source parcels: parcel from lake { path: 'parcels.parquet' }
view moved = from latest |> where cost > 0 |> select id, zone, changed_at as at
"""
LATEST = (
    "table latest in lake { refresh: merge, key: [%s], order_by: [changed_at], window: changed_at%s } = from parcels\n"
)
DAYS = "|> aggregate count(*) as n group by cast(%s as date) as day\n"


def warned(latest: str, table: str) -> list[str]:
    """The tables that are warned of."""
    report = Report()
    checked = check_all(parse_all(project_of({"p.oftra": HEAD + latest + table}), None, report), report)
    assert checked is not None, [one.title for one in report]
    return [one.table for one in report if isinstance(one, LeavesMoved)]


BY_ID, BY_ID_AND_TIME = LATEST % ("id", ""), LATEST % ("id, changed_at", "")
DELETING = LATEST % ("id, changed_at", ", delete when gone")
OTHERS = LATEST.replace("window: changed_at", "window: at") % ("id, changed_at", ", delete when gone")
OTHERS = OTHERS.replace("from parcels", "from parcels |> extend changed_at as at")


@pytest.mark.parametrize(
    ("latest", "table", "is_warned"),
    [
        (BY_ID, "table t in lake { refresh: partitions, window: day } = from latest " + DAYS % "changed_at", True),
        (BY_ID, "table t in lake { refresh: append, window: day } = from moved " + DAYS % "at", True),
        (BY_ID, "table t in lake { refresh: partitions, window: at } = from moved", True),
        (
            BY_ID,
            "table t in lake { refresh: append, window: day } = from latest "
            "|> call tumble(changed_at, interval 1 hour) " + DAYS % "window_start",
            True,
        ),
        (BY_ID, "table t in lake = from latest " + DAYS % "changed_at", False),
        (
            BY_ID,
            "table t in lake { refresh: append, window: day, lookback: interval 9 days } = from latest "
            + DAYS % "changed_at",
            False,
        ),
        (BY_ID, "table t in lake { refresh: append, window: day } = from parcels " + DAYS % "changed_at", False),
        (
            BY_ID,
            "table t in lake { refresh: append, window: at } = "
            "from parcels |> join latest using (id) |> select id, parcels.changed_at as at",
            False,
        ),
        (
            BY_ID_AND_TIME,
            "table t in lake { refresh: append, window: day } = from latest " + DAYS % "changed_at",
            False,
        ),
        (DELETING, "table t in lake { refresh: append, window: day } = from latest " + DAYS % "changed_at", False),
        (OTHERS, "table t in lake { refresh: append, window: day } = from latest " + DAYS % "changed_at", True),
        # A row that has moved is put in its own place.
        (BY_ID, "table t in lake { refresh: merge, key: [id], order_by: [at], window: at } = from moved", False),
        (BY_ID, "table t in lake { refresh: merge, key: [zone], order_by: [at], window: at } = from moved", True),
        (
            LATEST % ("id", ", delete when gone"),
            "table t in lake { refresh: merge, key: [id], order_by: [at], window: at } = from moved",
            True,
        ),
    ],
)
def test_of_which_tables_is_warned(latest: str, table: str, is_warned: bool) -> None:
    assert warned(latest, table) == (["t"] if is_warned else [])


def test_what_is_warned_of_does_happen(tmp_path: Path) -> None:
    """A parcel moves from the first to the second day, whose run leaves it in the first one too."""
    table = "table t in lake { refresh: partitions, window: day%s } = from latest " + DAYS % "changed_at"

    def rows(options: str, folder: Path) -> list[tuple[object, ...]]:
        (folder / "data").mkdir(parents=True)
        (folder / "program.oftra").write_text(HEAD + BY_ID + table % options, encoding="utf-8")
        duckdb.sql(
            "copy (select * from (values (1::int, 'a', 1::int, timestamptz '2026-03-01 10:00Z', false),"
            " (1, 'a', 1, timestamptz '2026-03-02 10:00Z', false)) as t (id, zone, cost, changed_at, gone))"
            f" to '{folder}/data/parcels.parquet'"
        )
        for day in (1, 2):
            oftra.load(folder).run(start=f"2026-03-0{day}T00:00:00Z", end=f"2026-03-0{day + 1}T00:00:00Z")
        return duckdb.sql(f"select day::varchar, n from '{folder}/data/t.parquet' order by all").fetchall()

    assert rows("", tmp_path / "moved") == [("2026-03-01", 1), ("2026-03-02", 1)]
    assert rows(", lookback: interval 9 days", tmp_path / "back") == [("2026-03-02", 1)]

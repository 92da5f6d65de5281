"""Tables of which a run makes a part: windows in any order and more than once give the table of one run over all."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from places import engine_of

import oftra

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
HOURS = 96
PLACES = ["store", "lake", "folders"]
HEAD = """
contract ride {
  id int not null, zone string, at timestamp not null event time watermark 10 minutes,
  read_at timestamp not null, fare decimal(10, 2), left_out boolean not null,
}
contract zone { zone string primary key, borough string not null }
connection store = duckdb { path: 'store.duckdb' }
connection lake = files { root: 'data', format: parquet }
connection folders = files { root: 'folders', format: parquet }
source rides: ride from lake { path: 'rides.parquet' }
source zones: zone from lake { path: 'zones.parquet' }
"""


class Query(NamedTuple):
    """The rows of a table, the column that a run's window is cut from, one to part files by, and a key."""

    text: str
    window: str
    part: str
    key: tuple[str, ...]
    order: str | None = None


def queries(chance: random.Random) -> Query:
    """A query over the rides."""
    view = chance.choice(["rides", "rides |> where fare > 2", "rides |> join zones using (zone)"])
    by = chance.choice(["zone", "left_out", "borough" if "zones" in view else "zone"])
    size = chance.choice([1, 2, 5, 24, 36])
    match chance.randrange(7):
        case 0:
            shifted = f"tumble(at, interval {size} hours, interval 30 minutes)"
            hop = f"hop(at, interval {size} hours, interval {2 * size} hours)"
            call = chance.choice([f"tumble(at, interval {size} hours)", shifted, hop])
            column = chance.choice(["window_start", "window_end"])
            text = f"from {view} |> call {call} |> aggregate count(*) as n, sum(fare) as fares group by {by}, {column}"
            return Query(text, column, by, (by, column))
        case 1:
            call = f"cumulate(at, interval {size} hours, interval {size * 3} hours)"
            column = chance.choice(["window_start", "window_end"])
            text = f"from {view} |> call {call} |> aggregate count(*) as n group by {by}, window_start, window_end"
            return Query(text, column, by, (by, "window_start", "window_end"))
        case 2:
            day = chance.choice(["cast(at as date)", "date_trunc('day', at)", "date_trunc('month', cast(at as date))"])
            text = f"from {view} |> aggregate count(*) as n, max(fare) as most group by {day} as day, {by}"
            return Query(text, "day", chance.choice(["day", by]) if day == "cast(at as date)" else by, ("day", by))
        case 3:
            text = f"from {view} |> select id, at, {by}, fare, row_number() over (partition by {by} order by id) as nth"
            return Query(text, "at", by, ("id",))
        case 4:
            text = f"from {view} |> select id, cast(at as datetime) as at_utc, {by} |> where id % 3 > 0"
            return Query(text, "at_utc", by, ("id",))
        case 5:
            column = chance.choice(["window_start", "window_end"])
            day = chance.choice(
                [f"cast({column} as date)", *(f"date_trunc('{part}', {column})" for part in ("day", "hour", "month"))]
            )
            time = chance.choice(["at", "cast(at as datetime)"])
            tumble = f"tumble({time}, interval {size} hours, interval {chance.choice([0, 30])} minutes)"
            hop = f"hop({time}, interval {size} hours, interval {2 * size} hours)"
            call = chance.choice([tumble, tumble, hop])
            text = (
                f"from {view} |> call {call} |> aggregate count(*) as n, sum(fare) as fares group by {day} as day, {by}"
            )
            return Query(text, "day", by, ("day", by))
        case _:
            text = f"from {view} |> select {by}, id, fare, read_at, at, left_out"
            text = text.replace("left_out, id", "left_out as part, id") if by == "left_out" else text
            return Query(text, "at", "part" if by == "left_out" else by, ("id",), "read_at")


def table(chance: random.Random, name: str, place: str) -> str:
    """A table that isn't made whole."""
    query = queries(chance)
    refresh = chance.choice(["append", "partitions", "merge"])
    options = [f"refresh: {refresh}", f"window: {query.window}"]
    if refresh == "merge":
        options.append(f"key: [{', '.join(query.key)}]")
        if query.key == ("id",) and query.order is None:
            options.append("order_by: [id]")
        if query.order is not None:
            options[-1] = f"key: [{query.part}]"
            options.append(f"order_by: [{query.order}, id]")
            if chance.random() < 0.7:
                options.append("delete when left_out")
    if chance.random() < 0.4:
        options.append(f"lookback: interval {chance.choice(['90 minutes', '1 day', '1 month'])}")
    if place == "folders":
        options.append(f"partition_by: [{query.part}]")
    return f"table {name} in {place} {{ {', '.join(options)} }} = {query.text}\n"


def program(chance: random.Random, tables: int, places: Sequence[str] = PLACES) -> str:
    """A program with so many such tables, in these places by turns."""
    return HEAD + "".join([table(chance, f"t{at}", places[at % len(places)]) for at in range(tables)])


def rides(chance: random.Random) -> list[dict[str, Any]]:
    rows = []
    for id_ in range(150):
        at = FIRST + timedelta(minutes=chance.choice([chance.randrange(HOURS * 60), 60 * chance.randrange(HOURS)]))
        zone = chance.choice(["a", "b", "01", "é 9", None])
        read = at + timedelta(minutes=chance.randrange(600))
        fare = None if chance.random() < 0.1 else chance.randrange(900)
        rows.append(
            {"id": id_, "zone": zone, "at": at, "read_at": read, "fare": fare, "left_out": chance.random() < 0.2}
        )
    return rows


SCHEMA = pa.schema(
    [("id", pa.int32()), ("zone", pa.string()), ("at", pa.timestamp("us", "UTC")),
     ("read_at", pa.timestamp("us", "UTC")), ("fare", pa.decimal128(10, 2)), ("left_out", pa.bool_())]
)  # fmt: skip


def windows(chance: random.Random) -> list[tuple[str, str]]:
    """Windows that together cover all of the time, some more than once, in any order."""
    cuts = sorted({0, HOURS, *[chance.choice([chance.randrange(HOURS), 24 * chance.randrange(4)]) for _ in range(3)]})
    found = [(str(FIRST + timedelta(hours=a)), str(FIRST + timedelta(hours=b))) for a, b in pairwise(cuts)]
    again = chance.sample(found, 1)
    chance.shuffle(found)
    return found + again


class Place:
    """A project in a folder."""

    def __init__(self, folder: Path, program: str, engine: str = "duckdb") -> None:
        (folder / "data").mkdir(parents=True)
        (folder / "program.oftra").write_text(program, encoding="utf-8")
        self.folder, self.engine = folder, engine
        zones = [{"zone": "a", "borough": "Queens"}, {"zone": "01", "borough": "Bronx"}]
        pq.write_table(pa.Table.from_pylist(zones), folder / "data" / "zones.parquet")
        self.program = oftra.load(folder)

    def fill(self, rows: list[dict[str, Any]]) -> "Place":
        made = [{**row, "fare": None if row["fare"] is None else Decimal(row["fare"]) / 100} for row in rows]
        pq.write_table(pa.Table.from_pylist(made, SCHEMA), self.folder / "data" / "rides.parquet")
        return self

    def run(self, start: str | None = None, end: str | None = None) -> None:
        self.program.run(engine=self.engine, start=start, end=end)

    def rows(self, *tables: str) -> dict[str, list[str]]:
        """The rows that are stored, in an order of their own."""
        session = engine_of(self.engine).open(str(self.folder))
        try:
            return {one: in_order(session.read(self.program.ir, one)) for one in tables}
        finally:
            session.close()

    def asked(self, table: str) -> list[str]:
        """The rows that a query makes of what comes in, in the same order."""
        return in_order(self.program.query(f"from {table}", engine=self.engine))


def in_order(rows: pa.Table) -> list[str]:
    """Rows as texts, sorted."""
    return sorted([str(sorted(row.items())) for row in rows.to_pylist()])


@pytest.mark.parametrize("seed", range(10))
def test_windows_in_any_order_give_the_table_of_one_full_build(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    text, rows = program(chance, 10), rides(chance)
    tables = [f"t{at}" for at in range(10)]
    whole = Place(tmp_path / "whole", text).fill(rows)
    whole.run()
    parts = Place(tmp_path / "parts", text).fill(rows)
    for start, end in windows(chance):
        parts.run(start, end)
    made, expected = parts.rows(*tables), whole.rows(*tables)
    for one in tables:
        line = next(line for line in text.splitlines() if line.startswith(f"table {one} "))
        assert made[one] == expected[one], line
        if "refresh: merge" in line:
            assert whole.asked(one) == expected[one], line


def test_sessions_go_on_after_a_run(tmp_path: Path) -> None:
    query = "from rides |> call session(at, interval 10 minutes) |> aggregate count(*) as n group by window_start"
    table = "table visits in store { refresh: append, window: window_start%s } = " + query
    (tmp_path / "program.oftra").write_text(HEAD + table % "")
    with pytest.raises(oftra.ProgramError, match="can't refresh `visits` by `append`"):
        oftra.load(tmp_path).compile("duckdb")
    (tmp_path / "program.oftra").write_text(HEAD + table % ", lookback: interval 1 day")
    assert "visits" in oftra.load(tmp_path).compile("duckdb")["program.sql"]

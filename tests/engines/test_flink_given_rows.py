"""Test blocks on Flink: rows that stand in the program, and streams whose time goes as the test says."""

from pathlib import Path

import pytest

import oftra

EXAMPLES = Path(__file__).parent.parent.parent / "examples"

CLICKS = """
connection lake = files { root: 'data', format: parquet }
connection bus = kafka { bootstrap_servers: 'localhost:9092' }
contract click {
  page    string not null check (page <> '/bad'),
  user_id int,
  at      timestamp not null event time watermark 10 minutes on late into tardy in lake,
}
contract account { user_id int primary key, name string not null }
contract sale { user_id int, amount int, sold_at timestamp event time watermark 10 minutes }
source clicks: click from bus { topic: 'clicks' } on invalid drop
source sales: sale from bus { topic: 'sales' }
source accounts: account from lake { path: 'accounts.parquet' }
table hourly in lake =
  from clicks |> call tumble(at, interval 1 hour) |> aggregate count(*) as n group by window_start, window_end
table by_name in lake =
  from clicks as c |> join accounts as a on c.user_id = a.user_id |> select c.at, a.name
  |> call tumble(at, interval 1 hour)
  |> aggregate count(*) as n group by name, window_start, window_end
view bought =
  from clicks as c
  |> join sales as s on c.user_id = s.user_id and s.sold_at between c.at and c.at + interval 1 hour
  |> select c.page, s.amount
table by_user in lake { refresh: merge, key: [user_id] } = from sales |> aggregate sum(amount) as total group by user_id
view sorted = from clicks |> order by page
"""
LATE = """
test 'a click that the watermark has passed counts nowhere' {
  given accounts
    | user_id | name  |
    | 1       | 'Ada' |
  given clicks
    | page   | user_id | at                     |
    | '/a'   | 1       | '2026-01-01 10:30:00Z' |
    | '/a'   | 2       | '2026-01-01 11:30:00Z' |
    | '/a'   | 1       | '2026-01-01 10:10:00Z' |
    | '/bad' | 1       | '2026-01-01 10:10:00Z' |
  advance clicks to '2026-01-01 11:00:00Z'
    | '/b' | 1 | '2026-01-01 10:59:59Z' |
    | '/c' | 1 | '2026-01-01 11:00:00Z' |
  advance clicks to '2026-01-01 13:00:00Z'
    | '/d' | 1 | '2026-01-01 12:59:00Z' |
  expect hourly
    | window_start           | n |
    | '2026-01-01 10:00:00Z' | 2 |
    | '2026-01-01 11:00:00Z' | 2 |
  expect by_name
    | name  | window_start           | n |
    | 'Ada' | '2026-01-01 10:00:00Z' | 2 |
    | 'Ada' | '2026-01-01 11:00:00Z' | 1 |
  expect tardy
    | page | source   |
    | '/b' | 'clicks' |
    | '/d' | 'clicks' |
}
"""
TWO = """
test 'clicks and sales come in turns' {
  given clicks
    | page | user_id | at                     |
    | '/a' | 1       | '2026-01-01 10:00:00Z' |
  given sales
    | user_id | amount | sold_at                |
    | 1       | 5      | '2026-01-01 10:30:00Z' |
    | 1       | 6      | '2026-01-01 11:30:00Z' |
    | 1       | 7      | null                   |
  advance clicks to '2026-01-01 10:30:00Z'
    | '/b'    | 1       | '2026-01-01 10:45:00Z' |
    | '/late' | 1       | '2026-01-01 10:29:59Z' |
  advance sales to '2026-01-01 11:00:00Z'
    | 1       | 8      | '2026-01-01 11:40:00Z' |
  expect bought
    | page | amount |
    | '/a' | 5      |
    | '/b' | 6      |
    | '/b' | 8      |
  expect by_user
    | user_id | total |
    | 1       | 26    |
}
"""
UNORDERED = """
test 'what never ends has no order' {
  given clicks
    | page | user_id | at                     |
    | '/a' | 1       | '2026-01-01 10:00:00Z' |
  advance clicks to '2026-01-01 10:30:00Z'
  expect sorted
    | page |
    | '/b' |
}
"""


@pytest.mark.parametrize("engine", ["duckdb", "flink"])
def test_time_advances(engine: str, tmp_path: Path) -> None:
    (tmp_path / "program.oftra").write_text(CLICKS + LATE + TWO)
    for verdict in oftra.load(tmp_path / "program.oftra").test(engine):
        assert verdict.passed, verdict


def test_what_a_stream_gives_otherwise_is_told(tmp_path: Path) -> None:
    (tmp_path / "program.oftra").write_text(CLICKS + LATE.replace("| 'Ada' | '2026-01-01 11:00:00Z' | 1 |", ""))
    (verdict,) = oftra.load(tmp_path / "program.oftra").test("flink")
    (difference,) = verdict.differences
    assert difference.expected.relation == "by_name"
    assert (len(difference.missing), len(difference.unexpected)) == (0, 1)


def test_what_flink_cant_do_is_said(tmp_path: Path) -> None:
    (tmp_path / "program.oftra").write_text(CLICKS + UNORDERED)
    (verdict,) = oftra.load(tmp_path / "program.oftra").test("flink")
    assert verdict.error is not None and "Sort on a non-time-attribute field is not supported" in verdict.error


def test_the_tests_of_examples() -> None:
    """What can't be run says what Flink lacks."""
    told = [
        verdict.error or verdict.passed
        for example in ("flights", "orders")
        for verdict in oftra.load(EXAMPLES / example).test("flink")
    ]
    assert [one if one is True else str(one)[:22] for one in told] == [
        *[True] * 3,
        "flink can't compute `a",
        "flink can't compute `l",
        True,
        "flink can't compute `a",
    ]

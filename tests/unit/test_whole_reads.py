"""What is said where a run of a table's part reads all that there is: which operator is in the way, and only then."""

import pytest
from programs import project_of

from oftra.diagnostics import Report
from oftra.diagnostics.pipelines import ReadsWhole
from oftra.driver import check_all, parse_all

HEAD = """
connection lake = files { root: 'data', format: parquet }
contract ride { id int not null, zone string, at timestamp not null event time, stops array<timestamp> }
contract zone { zone string primary key, borough string not null }
source rides: ride from lake { path: 'rides.parquet' }
source zones: zone from lake { path: 'zones.parquet' }
view some = from rides |> where id > 2
view hourly = from rides |> call tumble(at, interval 1 hour) |> aggregate count(*) as n group by zone, window_start
table others in lake = from hourly |> where n > 2
table more in lake = from some |> limit 1
"""

CUT = {
    "all that a run covers": ("at", "from rides |> where zone = 'a' |> select id, at"),
    "windows": ("window_start", "from hourly"),
    "windows that others see": ("window_start", "from hourly |> where n > 1"),
    "windows in longer ones": (
        "window_end",
        "from rides |> call hop(at, interval 1 hour, interval 3 hours) |> aggregate count(*) as n group by window_end",
    ),
    "days of windows": (
        "day",
        "from rides |> call tumble(at, interval 1 hour)"
        " |> aggregate count(*) as n group by cast(window_start as date) as day",
    ),
    "days, with what another source knows": (
        "day",
        "from rides |> left join zones using (zone)"
        " |> aggregate count(*) as n group by borough, cast(at as date) as day",
    ),
    "days by a clock in a zone": (
        "day",
        "from rides |> extend cast(to_datetime(at, 'America/New_York') as date) as day"
        " |> aggregate count(*) as n group by zone, day",
    ),
    "both sides of a union": ("at", "from rides |> select id, at |> union (from some |> select id, at)"),
    "the one side that has the time": ("at", "from rides as a |> join zones as b on a.zone = b.zone |> select id, at"),
    "numbers that start anew each day": (
        "day",
        "from rides |> extend cast(at as date) as day"
        " |> extend row_number() over (partition by day order by at, id) as nth",
    ),
    "what the program cuts by itself": (
        "at",
        "from rides |> where at >= run.start - interval 30 days"
        " |> extend row_number() over (partition by zone order by at, id) as nth",
    ),
    "a stored table": ("window_start", "from others"),
}

WHOLE = {
    "numbers": (
        "at",
        "from rides |> extend row_number() over (order by at, id) as nth",
        "row_number() over (order by at, id)",
    ),
    "the last time": (
        "last",
        "from some |> aggregate max(at) as last group by zone",
        "aggregate max(at) as last group by zone",
    ),
    "some rows": ("at", "from rides |> where id > 1 |> limit 5", "limit 5"),
    "sessions": (
        "window_start",
        "from some |> call session(at, interval 1 hour) |> aggregate count(*) as n group by window_start",
        "call session(at, interval 1 hour)",
    ),
    "days of windows by a clock in a zone": (
        "day",
        "from rides |> call tumble(at, interval 1 hour)"
        " |> extend cast(to_datetime(window_start, 'America/New_York') as date) as day"
        " |> aggregate count(*) as n group by day",
        "call tumble(at, interval 1 hour)",
    ),
    "times in lists": (
        "stop",
        "from rides |> select id, stops |> cross join unnest(stops) as stop |> select id, stop",
        "unnest(stops) as stop",
    ),
    "a time that is missing where nothing matches": (
        "at",
        "from zones |> left join rides using (zone) |> select borough, at",
        "left join rides using (zone)",
    ),
}


def found(window: str, query: str) -> tuple[str, list[ReadsWhole]]:
    """A program with one table that isn't made whole, and what is said of it."""
    text = f"{HEAD}table part in lake {{ refresh: append, window: {window}, lookback: interval 2 days }} =\n  {query}\n"
    report = Report()
    assert check_all(parse_all(project_of({"p.oftra": text}), None, report), report) is not None, list(report)
    return text, [one for one in report if isinstance(one, ReadsWhole)]


@pytest.mark.parametrize("name", CUT)
def test_a_source_that_is_cut(name: str) -> None:
    assert found(*CUT[name])[1] == []


@pytest.mark.parametrize("name", WHOLE)
def test_an_operator_that_is_in_the_way(name: str) -> None:
    window, query, place = WHOLE[name]
    text, (one,) = found(window, query)
    assert one.table == "part" and text[one.span.start : one.span.end] == place
    assert one.labels[0].text and one.severity == "warning"


def test_each_operator_has_words_of_its_own() -> None:
    said = {found(window, query)[1][0].labels[0].text for window, query, _ in WHOLE.values()}
    assert len(said) == len(WHOLE)

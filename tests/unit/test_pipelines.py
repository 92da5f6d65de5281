"""Pipelines are checked: when they run, what they wait for, who writes what, and what their gates ask."""

import pytest
from programs import program_of

from oftra.check.schedule import wrong_in
from oftra.diagnostics import Diagnostic
from oftra.diagnostics.runs import OnlyAlone

PROGRAM = """\
connection lake = files { root: 'data', format: parquet }
contract ride { started_at timestamp event time, fare decimal(10, 2), freshness: interval 2 hours }
contract walk { steps int }
source rides: ride from lake { path: 'rides.parquet' }
source walks: walk from lake { path: 'walks.parquet' }
source unused: ride from lake { path: 'unused.parquet' }
view long_rides = from rides |> where fare > 10
table orders in lake = from long_rides |> aggregate count(*) as n
table revenue in lake = from orders |> select n * 2 as revenue
table counts in lake = from orders |> join walks on steps > n |> aggregate count(*) as n
sink out from revenue into lake { path: 'out' }
"""


def found(more: str) -> list[Diagnostic]:
    """What is said of the program with more in it."""
    _, report = program_of(PROGRAM + more)
    return list(report)


@pytest.mark.parametrize(
    "schedule",
    [
        "0 * * * *",
        "*/15 0-6,22-23 1,15 jan-mar mon-FRI",
        "5/10 0 * 12 7",
        "0 0 * * 0",
        "  59 23 31 12 6 ",
    ],
)
def test_a_cron_expression(schedule: str) -> None:
    assert wrong_in(schedule) is None


@pytest.mark.parametrize(
    ("schedule", "wrong"),
    [
        ("", "0 fields"),
        ("@daily", "1 field "),
        ("0 0 * * * *", "6 fields"),
        ("60 0 * * *", "`60` is no minute"),
        ("0 24 * * *", "`24` is no hour"),
        ("0 0 0 * *", "`0` is no day of the month"),
        ("0 0 * 13 *", "`13` is no month"),
        ("0 0 * * 8", "`8` is no day of the week"),
        ("0 0 * mon *", "`mon` is no month"),
        ("0 5-1 * * *", "ends before it begins"),
        ("*/0 * * * *", "steps of 0"),
        ("0,,1 * * * *", "`` is no minute"),
        ("0 0 ? * *", "`?` is no day of the month"),
        ("٣ 0 * * *", "is no minute"),
    ],
)
def test_no_cron_expression(schedule: str, wrong: str) -> None:
    assert wrong in (wrong_in(schedule) or "")


@pytest.mark.parametrize(
    ("pipelines", "codes"),
    [
        ("pipeline p { build: [out], schedule: '0 6 * * *', timezone: 'America/New_York' }", []),
        ("pipeline p { build: [out], schedule: 'daily' }", ["OF0520"]),
        ("pipeline p { build: [out], timezone: 'america/newyork' }", ["OF0521"]),
        ("pipeline p { build: [out], timezone: 'UTC' }", []),
        ("pipeline p { build: [out], on_update_of: [rides] }", []),
        ("pipeline p { build: [out], on_update_of: [rides], wait_for: all }", []),
        ("pipeline p { build: [out], on_update_of: [walk] }", ["OF0201"]),
        ("pipeline p { build: [out], wait_for: any }", ["OF0541"]),
        ("pipeline p { build: [out], on_update_of: [revenue] }", ["OF0523"]),
        (
            "pipeline a { build: [orders], on_update_of: [counts] }\n"
            "pipeline b { build: [out], on_update_of: [orders] }\n"
            "pipeline c { build: [counts], on_update_of: [revenue] }",
            ["OF0523"],
        ),
        (
            "pipeline a { build: [orders], schedule: '0 * * * *' }\n"
            "pipeline b { build: [out], on_update_of: [orders] }\n"
            "pipeline c { build: [counts], on_update_of: [revenue] }",
            [],
        ),
        ("pipeline p { build: [out], timeout: interval 1 hour, deadline: interval 90 minutes }", ["OF0524"]),
        ("pipeline p { build: [out], timeout: interval 2 hours, deadline: interval 90 minutes }", []),
        (
            "pipeline p { build: [out], retries: 2, retry_delay: interval 5 minutes, deadline: interval 10 minutes }",
            ["OF0524"],
        ),
        ("pipeline p { build: [out] }\npipeline q { build: [counts] }", ["OF0525"]),
        ("pipeline p { build: [out, orders] }\npipeline q { build: [counts] }", []),
        ("pipeline p { build: [revenue] }\npipeline q { build: [revenue] }", ["OF0525", "OF0525"]),
    ],
)
def test_what_pipelines_say_of_time_and_each_other(pipelines: str, codes: list[str]) -> None:
    assert [one.code for one in found(pipelines)] == codes


@pytest.mark.parametrize(
    ("condition", "codes"),
    [
        ("rows(rides) >= 100", []),
        ("rows(rides) > rows(long_rides) and fresh(rides)", []),
        ("(from revenue |> aggregate sum(revenue)) > 0", []),
        ("rows(out) > 0", []),
        ("rows(rides)", ["OF0302"]),
        ("fresh(rides) + 1", ["OF0301"]),
        ("rows(ridez) > 0", ["OF0201"]),
        ("rows() > 0", ["OF0527"]),
        ("rows(rides, walks) > 0", ["OF0527"]),
        ("rows(`rides`) > 0", []),
        ("rows(walks) > 0", ["OF0522"]),
        ("not exists (from unused)", ["OF0522"]),
        ("(from nowhere |> aggregate count(*)) > 0", ["OF0201"]),
        ("fresh(long_rides)", ["OF0526"]),
        ("fresh(orders)", ["OF0526"]),
    ],
)
def test_what_gates_ask(condition: str, codes: list[str]) -> None:
    assert [one.code for one in found("pipeline p { build: [out], require " + condition + " else stop }")] == codes


PARTS = """\
contract trip { at timestamp not null event time, id int not null, fare int not null }
source trips: trip from lake { path: 'trips.parquet' }
view now = from trips |> where at >= run.start
table part in lake { refresh: append, window: at } = from now
table sums in lake = from part |> aggregate sum(fare) as fares
table mine in lake = from now
table took in lake = from mine |> aggregate count(*) as n
table last in lake { refresh: merge, window: at, key: [id] } = from trips
table newest in lake { refresh: merge, window: at, key: [id], order_by: [at] } = from trips
sink added from part into lake { path: 'added', mode: append }
sink only from part into lake { path: 'only', mode: overwrite }
task score { reads: [part] } = shell $$ score $$
"""


@pytest.mark.parametrize(
    ("build", "outputs"),
    [
        ("part", []),
        ("sums", []),
        ("newest", []),
        ("added", []),
        ("mine", ["mine"]),
        ("took", ["mine", "took"]),
        ("last", ["last"]),
        ("only", ["only"]),
        ("score", ["score"]),
    ],
)
def test_runs_at_once_only_where_none_is_in_the_way_of_another(build: str, outputs: list[str]) -> None:
    said = found(PARTS + f"pipeline p {{ build: [{build}], concurrency: 2 }}")
    assert [one.output for one in said if isinstance(one, OnlyAlone)] == outputs
    assert not [
        one for one in found(PARTS + f"pipeline p {{ build: [{build}], concurrency: 1 }}") if one.code == "OF0540"
    ]


def test_measures_stand_in_gates_alone() -> None:
    first, *_ = found("view v = from rides |> where rows(rides) > 1")
    assert first.title == "unknown function `rows`"

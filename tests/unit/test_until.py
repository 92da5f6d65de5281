"""Until when tables are made: what tells their queries from others, and which tables say where a run begins."""

from pathlib import Path

import pytest

import oftra
from oftra.ir.show import show_expr
from oftra.ir.until import starting
from oftra.optimize import optimize

HEAD = """
contract ride { id int, zone string, at timestamp not null event time watermark 10 minutes, fare decimal(10, 2) }
connection lake = files { root: 'data', format: parquet }
source rides: ride from lake { path: 'rides.parquet' }
param least decimal(10, 2) = 0
function worth(fare decimal(10, 2)) = fare * 2
view dear = from rides |> where fare > least
"""
DAYS = """
table days in lake { refresh: append, window: day } =
  from dear |> aggregate count(*) as n, sum(worth(fare)) as w group by cast(at as date) as day, zone
"""


def load(folder: Path, text: str) -> oftra.Program:
    folder.mkdir(exist_ok=True)
    (folder / "program.oftra").write_text(text, encoding="utf-8")
    return oftra.load(folder)


def hash_of(folder: Path, text: str, name: str = "days") -> str:
    return load(folder, text).ir.by_name[name].made_of


SAME = [
    ("-- about rides\n" + HEAD, DAYS),
    (HEAD, DAYS.replace("|> aggregate", "\n    |>   aggregate").replace("table days", "/// Of each day.\ntable days")),
    (HEAD.replace("root: 'data'", "root: '/mnt/lake'"), DAYS),
    (HEAD, DAYS.replace("refresh: append", "refresh: append, lookback: interval 1 day")),
    (HEAD + "param other int = 1\n", DAYS + "table ids in lake = from rides |> select id\n"),
]
OTHER = [
    (HEAD.replace("> least", ">= least"), DAYS),
    (HEAD.replace("fare * 2", "fare * 3"), DAYS),
    (HEAD.replace("decimal(10, 2) = 0", "decimal(10, 2) = 1"), DAYS),
    (HEAD.replace("zone string", "zone string check (zone <> '')"), DAYS),
    (HEAD, DAYS.replace("append", "partitions")),
    (HEAD, DAYS.replace("count(*)", "count(id)")),
]


@pytest.mark.parametrize("parts", SAME)
def test_what_tells_a_query_from_others_is_what_it_means(parts: tuple[str, str], tmp_path: Path) -> None:
    assert hash_of(tmp_path / "other", "".join(parts)) == hash_of(tmp_path / "first", HEAD + DAYS)


@pytest.mark.parametrize("parts", OTHER)
def test_another_query_is_told_from_it(parts: tuple[str, str], tmp_path: Path) -> None:
    assert hash_of(tmp_path / "other", "".join(parts)) != hash_of(tmp_path / "first", HEAD + DAYS)


def test_a_table_below_is_part_of_a_query_in_a_job_of_its_own_too(tmp_path: Path) -> None:
    """A job knows of the tables of others no more than their columns."""
    from oftra.ir.jobs import jobs_of

    weeks = "table weeks in lake { refresh: append, window: week } =\n  from days |> aggregate sum(n) as n group by "
    weeks += "date_trunc('week', day) as week\n"
    pipeline = "pipeline all { build: [days, weeks], granularity: table }\n"
    found = []
    for at, days in enumerate([DAYS, DAYS.replace("count(*)", "count(id)")]):
        program = load(tmp_path / str(at), HEAD + days + weeks + pipeline).ir
        *_, last = jobs_of(program, "all")
        assert last.program.by_name["weeks"].made_of == program.by_name["weeks"].made_of
        assert not last.program.by_name["days"].made_of
        found.append(program.by_name["weeks"].made_of)
    assert found[0] != found[1]


def begins(folder: Path, text: str) -> list[tuple[str, str]]:
    program = optimize(load(folder, text).ir)
    names = {*program.by_name, *[sink.name for sink in program.sinks]}
    return [(one.name, show_expr(one.refresh.newest)) for one in starting(program, names) if one.refresh.newest]


HOURS = "table hours in lake { refresh: append, window: %s } =\n  from rides |> call tumble(at, interval 1 hour)\n"
HOURS += "  |> aggregate count(*) as n group by window_start, window_end\n"


def test_where_a_run_begins_that_has_no_window(tmp_path: Path) -> None:
    latest = "table latest in lake { refresh: merge, key: [id], order_by: [at] } = from rides |> where id is not null\n"
    assert begins(tmp_path, HEAD + DAYS + latest + "table ids in lake = from rides |> select id\n") == [
        ("days", "cast(day#5{date not null} as timestamp)")
    ]
    assert begins(tmp_path, HEAD + HOURS % "window_start") == [("hours", "window_start#5{timestamp not null}")]
    # What is in an hour has come an hour before its end, or later.
    ((_, newest),) = begins(tmp_path, HEAD + HOURS % "window_end")
    assert newest.startswith("subtract(window_end#") and "1 hour" in newest


ASKS = [
    "table now in lake = from rides |> where at >= run.start\n",
    "view recent = from rides |> where at >= run.start\ntable now in lake = from recent |> select id\n",
    "view recent = from rides |> where at >= run.start\nsink out from recent into lake { path: 'out.parquet' }\n",
    "table latest in lake { refresh: merge, key: [id], order_by: [at] } =\n"
    "  from rides |> where id is not null and at >= run.start\n",
]


@pytest.mark.parametrize("text", ASKS)
def test_what_keeps_no_mark_and_asks_for_the_start_is_given_all(text: str, tmp_path: Path) -> None:
    assert begins(tmp_path, HEAD + DAYS + text) == []


def test_a_table_may_ask_for_the_start_in_its_query(tmp_path: Path) -> None:
    text = DAYS.replace("from dear", "from dear |> where at >= run.start - interval 1 day")
    assert [name for name, _ in begins(tmp_path, HEAD + text)] == ["days"]

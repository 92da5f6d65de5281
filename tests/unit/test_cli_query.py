"""`oftra query` on several engines, and in the words of one."""

import json

import pyarrow as pa
import pytest
from cli_runs import Cli, process

from oftra.cli.comparison import Answer, print_side_by_side

ONE = "from values (7, 0) as t (x, y) |> select x / y as q"


def answer(engine: str, **columns: list[object]) -> Answer:
    return Answer(engine, pa.table(columns))


# --- side by side -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "ordered", "status", "shown"),
    [
        pytest.param(
            [answer("one", x=[1, 2]), answer("two", x=[2, 1])],
            False,
            0,
            ["one.x  two.x", "-----  -----", "    1      1", "    2      2", "same rows"],
            id="the order that nobody asked for",
        ),
        pytest.param(
            [answer("one", x=[1, 2]), answer("two", x=[2, 1])],
            True,
            3,
            ["   one.x  two.x", "-  -----  -----", "!      1      2", "!      2      1", "2 rows differ"],
            id="an order that was asked for",
        ),
        pytest.param(
            [answer("one", x=[1, 2, 3]), answer("two", x=[3, 1])],
            False,
            3,
            ["   one.x  two.x", "-  -----  -----", "       1      1", "!      2", "       3      3", "1 row differs"],
            id="a row too few",
        ),
        pytest.param(
            [answer("one", x=["a"]), answer("two", x=["a", "b", None])],
            False,
            3,
            ["   one.x  two.x", "-  -----  -----", "   a      a", "!         b", "!         null", "2 rows differ"],
            id="rows too many",
        ),
        pytest.param(
            [answer("one", x=[0.1 + 0.2, float("nan")]), answer("two", x=[0.3, float("nan")])],
            False,
            0,
            [
                "              one.x  two.x",
                "-------------------  -----",
                "0.30000000000000004    0.3",
                "                NaN    NaN",
                "same rows",
            ],
            id="doubles",
        ),
        pytest.param(
            [answer("one", x=[]), answer("two", x=[])],
            False,
            0,
            ["one.x  two.x", "-----  -----", "same rows"],
            id="no rows",
        ),
        pytest.param(
            [answer("one", x=[1]), Answer("two", None, "no such thing")],
            False,
            3,
            ["one.x", "-----", "    1", "two: error: no such thing", "not all engines could answer"],
            id="one fails",
        ),
        pytest.param(
            [Answer("one", None, "not here"), Answer("two", None, "nor here")],
            False,
            3,
            ["one: error: not here", "two: error: nor here", "no engine could answer"],
            id="all fail",
        ),
        pytest.param(
            [answer("one", x=[1])],
            False,
            0,
            ["one.x", "-----", "    1", "one engine alone: nothing to compare"],
            id="one alone",
        ),
    ],
)
def test_side_by_side(
    answers: list[Answer], ordered: bool, status: int, shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert print_side_by_side(answers, ordered, "table") == status
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == shown


def test_side_by_side_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_side_by_side([answer("one", x=[1]), Answer("two", None, 'not "so"')], False, "json") == 3
    assert json.loads(capsys.readouterr().out) == {"one": [{"x": 1}], "two": {"error": 'not "so"'}}


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ({"PYTHONPATH": "without"}, "Spark is not installed: `pip install 'oftra[spark]'`"),
        (
            {"JAVA_HOME": "/nowhere"},
            "Spark did not start: it needs Java 17 or newer, which was not found (is JAVA_HOME set?)",
        ),
    ],
    ids=["Spark", "Java"],
)
def test_what_spark_needs_is_not_there(cli: Cli, missing: dict[str, str], said: str) -> None:
    cli.put({"without/pyspark/__init__.py": "raise ImportError('no pyspark')\n"})
    alone = process(cli.folder, "query", ONE, "--engine", "spark", **missing)
    assert (alone.status, alone.out, alone.err) == (3, "", f"error: the query failed: {said}\n")
    both = process(cli.folder, "query", ONE, "--engine", "all", **missing)
    assert (both.status, both.err) == (3, "")
    assert both.out.endswith(f"spark: error: {said}\nnot all engines could answer\n")


def test_an_engine_that_nobody_has(cli: Cli) -> None:
    result = cli("query", ONE, "--engine", "sparkk", "--raw")
    assert (result.status, result.out) == (2, "")
    assert "did you mean `spark`?" in result.err


# --- in its own words ---------------------------------------------------------------------------------------


def test_raw_shows_both_wordings_and_both_answers(cli: Cli) -> None:
    result = cli("query", ONE, "--raw")
    assert (result.status, result.err) == (0, "")
    assert result.out == (
        "duckdb, as Oftra asks it:\n\n"
        "    select x / nullif(y, 0) as q\n"
        "    from (values (7, 0)) as t (x, y)\n\n"
        "q\n----\nnull\n\n"
        "duckdb by itself:\n\n"
        "    select x / y as q from (values (7, 0)) as t (x, y)\n\n"
        "       q\n--------\nInfinity\n\n"
    )
    said = json.loads(cli("query", ONE, "--raw", "--format", "json").out)["duckdb"]
    assert (said["rows"], said["raw"]) == ([{"q": None}], [{"q": "Infinity"}])
    assert said["raw_wording"] == "select x / y as q from (values (7, 0)) as t (x, y)"


def test_raw_shows_the_wording_of_what_fails(cli: Cli) -> None:
    result = cli("query", "from values ('x') as t (x) |> select cast(x as int) as y", "--raw")
    assert result.status == 3
    assert "::integer as y" in result.out
    assert "    select cast(x as int) as y from (values ('x')) as t (x)\n\nerror: " in result.out


T = "from values (1, 'a'), (2, null) as t (x, y)"
FRAME = "(values (1, 'a'), (2, null)) as t (x, y)"


@pytest.mark.parametrize(
    ("query", "plain"),
    [
        (T, f"select * from {FRAME}"),
        (f"{T} |> where x > 1 |> where y = '|>'", f"select * from {FRAME} where (x > 1) and (y = '|>')"),
        (f"{T} |> select x + 1 -- one\n as z", f"select x + 1 as z from {FRAME}"),
        (
            f"{T} |> extend x + 1 as z |> where t.x > 0",
            f"select * from (select *, x + 1 as z from {FRAME}) as t where (t.x > 0)",
        ),
        (f"{T} |> order by x desc |> limit 1", f"select * from {FRAME} order by x desc limit 1"),
        (f"{T} |> aggregate count(*) as n", f"select count(*) as n from {FRAME}"),
        (
            f"{T} |> aggregate count(*) as n group by y |> where n > 0",
            f"select * from (select y, count(*) as n from {FRAME} group by y) as rows_so_far where (n > 0)",
        ),
        (f"{T} |> select `x` as `a b`", f'select x as "a b" from {FRAME}'),
        (
            f"{T} |> join ({T}) as u using (x)",
            f"select * from {FRAME} inner join (select * from {FRAME}) as u using (x)",
        ),
        (f"{T} |> distinct |> union all ({T})", None),
        (f"with a as ({T}) select x from a", f"with a as (select * from {FRAME}) select x from a"),
        (
            "from values (1), (2) as t (x bigint) |> select x",
            "select x from (select cast(x as bigint) as x from (values (1), (2)) as t (x)) as t",
        ),
    ],
)
def test_the_querys_own_words(cli: Cli, query: str, plain: str | None) -> None:
    said = json.loads(cli("query", query, "--raw", "--format", "json").out)["duckdb"]
    if plain is not None:
        assert said["raw_wording"] == plain
    assert sorted(map(str, said["raw"])) == sorted(map(str, said["rows"]))  # groups come in any order


@pytest.mark.parametrize(
    ("query", "why"),
    [
        (f"{T} |> set x = x + 1", "it uses `set`"),
        (f"{T} |> select exists (from values (1) as u (z) |> where z = x) as e", "a query with `|>` inside"),
        (f"{T} |> where x > 0 |> join ({T}) as u using (x)", "it joins after `where`"),
        ("from unnest([1, 2]) as x", "it uses `unnest`"),
        ("from numbers", "an engine by itself knows no relation `numbers`"),
    ],
)
def test_what_has_no_own_words(cli: Cli, query: str, why: str) -> None:
    cli.put({"a.oftra": "view numbers = from values (1) as t (x)"})
    result = cli("query", query, "--raw")
    assert (result.status, result.out) == (2, "")
    assert why in result.err


def test_csv_is_of_one_engine(cli: Cli) -> None:
    for more in (["--engine", "all"], ["--raw"]):
        result = cli("query", ONE, "--format", "csv", *more)
        assert (result.status, result.out) == (2, "")
        assert "--format json holds them all" in result.err

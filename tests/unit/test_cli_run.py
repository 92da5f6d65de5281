"""`oftra run`, `query` and `test`, on DuckDB."""

import csv
import io
import json
import re
import signal
import time
from xml.etree import ElementTree

import pytest
from cli_runs import Cli, started

PROGRAM = """
contract sale {
  id    int           primary key,
  shop  string        not null,
  price decimal(6, 2) not null,
  check (price < 100) as plausible on violation warn,
}
connection data = files { root: 'data', format: csv }
connection out  = files { root: 'out', format: parquet }
param least decimal(6, 2) = 0
source sales: sale from data { path: 'sales.csv' }
view dear = from sales |> where price >= least
table takings in out = from dear |> aggregate sum(price) as total group by shop |> order by shop
table shops in out = from sales |> select distinct shop
sink report from takings into out { path: 'takings.csv', format: csv }

test 'takings are by shop' {
  given sales
    | id | shop | price |
    | 1  | 'a'  | 1.50  |
    | 2  | 'a'  | 1.50  |
    | 3  | 'b'  | 2.00  |
  expect takings
    | shop | total |
    | 'a'  | 3.00  |
    | 'b'  | 2.00  |
}
"""
SALES = "id,shop,price\n1,a,1.50\n2,b,120.00\n3,a,2.25\n"


@pytest.fixture
def shop(cli: Cli) -> Cli:
    cli.put({"shop.oftra": PROGRAM, "data/sales.csv": SALES})
    return cli


def test_a_run_builds_and_shows_the_tables(shop: Cli) -> None:
    result = shop("run")
    assert result.status == 0
    assert "a       3.75\nb     120.00\n" in result.out
    assert "1 row of `sales` breaks `plausible`" in result.err
    assert (shop.folder / "out" / "takings.csv").read_text() == "shop,total\na,3.75\nb,120.00\n"


def test_a_run_for_machines(shop: Cli) -> None:
    result = shop("run", "--format", "json")
    rows = json.loads(result.out)
    assert rows["takings"] == [{"shop": "a", "total": 3.75}, {"shop": "b", "total": 120.00}]
    assert set(rows) == {"takings", "shops"}
    assert '"total": 120.00' in result.out, "a decimal keeps its digits"


def test_a_run_of_some_with_a_param(shop: Cli) -> None:
    result = shop("run", "takings", "shop.oftra", "--param", "least=100", "--format", "json")
    assert json.loads(result.out) == {"takings": [{"shop": "b", "total": 120.0}]}
    assert not (shop.folder / "out" / "shops.parquet").exists()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "sales.csv"),
        ("id,shop\n1,a\n", "price"),
        ("id,shop,price\nx,a,1\n", "sales"),
        ("id,shop,price\n1,,1\n", "shop"),
        ("id,shop,price\n1,a,1\n1,b,1\n", "primary key (id)"),
    ],
    ids=["no file", "no column", "mistyped", "null", "twice"],
)
def test_bad_data_fails_the_run_with_a_message(shop: Cli, data: str | None, said: str) -> None:
    if data is None:
        (shop.folder / "data" / "sales.csv").unlink()
    else:
        shop.put({"data/sales.csv": data})
    result = shop("run")
    assert result.status == 3
    assert result.err.startswith("error: the run failed")
    assert said in result.err
    assert re.search(r"\n *--> shop.oftra:\d+:\d+\n(.*\n)* *\d+ \| (source|table) ", result.err)
    assert "Traceback" not in result.err
    assert not (shop.folder / "out" / "takings.csv").exists()


def test_a_mistyped_parquet_file(shop: Cli) -> None:
    shop.put({"shop.oftra": PROGRAM.replace("sales.csv", "sales.parquet"), "data/sales.parquet": "no parquet at all"})
    result = shop("run")
    assert result.status == 3
    assert "sales" in result.err


QUERY = "from sales |> order by id |> select id, shop |> limit 2"


def test_a_query_in_every_format(shop: Cli) -> None:
    assert shop("query", QUERY, "--format", "json").out == '[{"id": 1, "shop": "a"}, {"id": 2, "shop": "b"}]\n'
    assert list(csv.reader(io.StringIO(shop("query", QUERY, "--format", "csv").out)))[1] == ["1", "a"]
    assert shop("query", QUERY).out == "id  shop\n--  ----\n 1  a\n 2  b\n"
    assert shop("query", "from dear |> select id", "--param", "least=100", "--format", "csv").out == "id\n2\n"


def test_a_query_needs_no_project(cli: Cli) -> None:
    query = "from values (1, 'a'), (2, null) as t (x, y) |> where y is not null |> select x + 1 as z"
    assert cli("query", query, "--format", "json").out == '[{"z": 2}]\n'
    assert cli.files() == {}


def test_a_query_may_have_columns_alike_and_without_a_name(cli: Cli) -> None:
    result = cli("query", "from values (1) as t (x) |> select x, x, x + 1", "--format", "json")
    assert result.status == 0, result.err
    assert list(json.loads(result.out)[0].values()) == [1, 1, 2]


def test_a_query_that_fails(cli: Cli) -> None:
    result = cli("query", "from values ('x') as t (x) |> select cast(x as int) as y")
    assert result.status == 3
    assert result.err.startswith("error: the query failed")


def test_an_interrupted_query(cli: Cli) -> None:
    many = "unnest(sequence(1, 1000000))"
    slow = f"from {many} as a |> cross join {many} as b |> aggregate sum(a + b) as n"
    with started(cli.folder, "query", slow) as running:
        time.sleep(3)
        assert running.poll() is None, running.communicate()
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
    assert running.returncode == 130
    assert said == "\ninterrupted: nothing is left half written\n"


def test_tests_pass(shop: Cli) -> None:
    result = shop("test")
    assert (result.status, result.out) == (0, "ok     takings are by shop\n1 passed\n")
    assert not (shop.folder / "out").exists()


FAILING = """
test 'this is wrong' {
  given sales
    | id | shop | price |
    | 1  | 'a'  | 1.50  |
  expect takings
    | shop | total |
    | 'a'  | 1.25  |
    | 'b'  | 0.00  |
}
test 'this cannot be done' {
  given sales
    | id | shop | price |
    | 1  | 'a'  | 1.50  |
  expect broken
    | n |
    | 1 |
}
view broken = from sales |> select cast(shop as int) as n
"""


def test_tests_that_fail_show_the_rows(shop: Cli) -> None:
    shop.put({"failing.oftra": FAILING})
    result = shop("test")
    assert result.status == 3
    lines = [line.rstrip() for line in result.out.splitlines()]
    assert "FAILED this is wrong" in lines
    assert "  failing.oftra:6: `takings` differs: 2 missing and 1 unexpected" in lines
    assert "    -  missing     8     a     1.25" in lines
    assert "    -  missing     9     b     0.00" in lines
    assert "    +  unexpected        a     1.50" in lines
    assert "FAILED this cannot be done" in lines
    assert lines[-1] == "1 passed, 2 failed"


def test_some_tests(shop: Cli) -> None:
    shop.put({"failing.oftra": FAILING})
    assert shop("test", "BY SHOP").status == 0
    assert shop("test", "broken").out.splitlines()[-1] == "0 passed, 1 failed"


def test_junit(shop: Cli) -> None:
    shop.put({"failing.oftra": FAILING.replace("this is wrong", "this <is> \"wrong\" & ''odd''")})
    result = shop("test", "--format", "junit")
    assert result.status == 3
    suite = ElementTree.fromstring(result.out)[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    cases = {case.get("name"): case for case in suite}
    failure = cases["this <is> \"wrong\" & 'odd'"][0]
    assert failure.tag == "failure"
    assert "missing" in (failure.text or "")
    assert cases["this cannot be done"][0].tag == "error"
    assert len(cases["takings are by shop"]) == 0

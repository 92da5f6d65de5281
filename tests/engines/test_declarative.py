"""Declarative pipelines, checked and run by open-source Spark's own command: their rows are those of DuckDB."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sparks

import oftra

HERE = Path(__file__).parent
RUNNER = HERE / "run_pipelines.py"
CASE = HERE.parent / "golden" / "declared"
FLIGHTS = HERE.parent.parent / "examples" / "flights"

ORDERS = """\
{"order_id": "a", "ordered": "2026-01-01T10:00:00Z", "country": "DE", "amount": 12.50}
{"order_id": "b", "ordered": "2026-01-01T11:00:00Z", "country": "DE", "amount": 20000}
{"order_id": "c", "ordered": "2026-01-02T00:00:00Z", "country": "FR", "amount": 9.99}
{"order_id": "d", "ordered": "2026-01-02T00:00:00Z", "country": "FR", "amount": -1}
{"order_id": "e", "ordered": "2026-01-02T00:00:00Z", "country": "XX", "amount": 7}
{"order_id": "f", "ordered": "2026-01-02T00:00:00Z", "country": "QQ", "amount": 7}
{"order_id": "g", "ordered": "2026-01-02T00:00:00Z", "country": "NL", "amount": 11}
{"order_id": "g", "ordered": "2026-01-02T00:00:00Z", "country": "NL", "amount": 12}
{"order_id": "h", "ordered": "some day"
{"order_id": "i", "ordered": "2026-01-03T00:00:00Z", "country": "AT", "amount": 30}
"""
COUNTRIES = "code,name\nDE,Germany\nFR,France\nXX,Nowhere\nNL,Netherlands\nAT,Austria\nBE,Belgium\n"

SHAPES = """
contract one { n int not null check (n > 0) as positive, s string }
connection lake = files { root: 'data', format: json }
connection shop = catalog { schema: 'shapes' }
source ones: one from lake { path: 'ones.jsonl' }
source twos: one from lake { path: 'twos.jsonl' }
view pairs = from ones |> select distinct s
table all_pairs in shop { partition_by: [s] } =
  from pairs |> join pairs as p on p.s <> pairs.s |> select p.s as other, pairs.s as s
table either in shop = from ones |> select s |> union distinct (from values ('x'), ('a'), (null) as t (s))
table counted in shop =
  from ones |> aggregate count(*) as rows, max(n) as top group by rollup (s)
table first_of_each in shop =
  from ones |> extend row_number() over (partition by s order by n) as place |> where place = 1 |> drop place
table over_the_mean in shop = from ones |> where n > (from ones |> aggregate avg(n))
table with_lines in shop = from ones |> assert n < 100 as small on violation drop |> select n, s
table strict in shop = from twos
table behind in shop = from strict |> aggregate count(*) as rows
pipeline shapes { build: [all_pairs, either, counted, first_of_each, over_the_mean, with_lines] }
pipeline stopped { build: [strict, behind] }
"""


def program(folder: Path, text: str, place: Path) -> oftra.Program:
    """A program in a folder of its own, compiled for open-source Spark; its data is that of `place`."""
    folder.mkdir()
    (folder / "data").symlink_to(place / "data")
    (folder / "program.oftra").write_text(text, encoding="utf-8")
    project = f'[project]\nname = "{folder.name}"\nstore = "shop"\n[targets.databricks]\nform = "declarative"\n'
    settings = f'{project}catalog = "main"\nexpectations = false\nroot = "{place}"\n'
    (folder / "oftra.toml").write_text(settings, encoding="utf-8")
    return oftra.load(str(folder))


def flights(folder: Path) -> oftra.Program:
    """The year of flights, with its tables in a catalog, without what a pipeline can't have."""
    text = "\n".join(
        [(FLIGHTS / name).read_text() for name in ("contracts.oftra", "departures.oftra", "sources.oftra")]
    )
    text = text.replace("files { root: 'build/tables', format: parquet }", "catalog { schema: 'flights' }")
    reports = (FLIGHTS / "reports.oftra").read_text().partition("sink ")[0] + (FLIGHTS / "dirt.oftra").read_text()
    return program(folder, (text + reports).replace("warehouse", "shop"), FLIGHTS)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which pipelines were run, with the warehouse that Spark kept their tables in."""
    place = tmp_path_factory.mktemp("declarative")
    (place / "data" / "orders").mkdir(parents=True)
    (place / "data" / "orders" / "new.jsonl").write_text(ORDERS, encoding="utf-8")
    (place / "data" / "countries.csv").write_text(COUNTRIES, encoding="utf-8")
    (place / "data" / "ones.jsonl").write_text(
        "".join([f'{{"n": {n}, "s": "{s}"}}\n' for n, s in zip(range(1, 8), "abcabca")]), encoding="utf-8"
    )
    (place / "data" / "twos.jsonl").write_text('{"n": 1}\n{"n": 0}\n', encoding="utf-8")
    made = [
        program(place / "shop", (CASE / "program.oftra").read_text(encoding="utf-8"), place),
        program(place / "shapes", SHAPES, place),
        flights(place / "flights"),
    ]
    for one in made:
        for path, text in one.compile("databricks").items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(text, encoding="utf-8")
    names = ("daily", "portions", "shapes", "stopped", "flights")
    calls = [f"run={place}/{name}.spark-pipeline.yml" for name in names]
    calls.insert(0, f"dry-{calls[0]}")
    more = ("--conf", f"spark.sql.warehouse.dir={place}/warehouse")
    done = subprocess.run(
        [sys.executable, str(RUNNER), "sales,audit,shapes,flights", *calls],
        env=sparks.environment(*more), cwd=place, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return place


def stored(ran: Path, table: str) -> list[tuple[Any, ...]]:
    """The rows of a table as Spark left it."""
    return ordered(duckdb.sql(f"select * from read_parquet({files(ran, table)})").fetchall())


def files(ran: Path, table: str) -> str:
    return f"'{ran}/warehouse/{table.replace('.', '.db/')}/**/*.parquet', hive_partitioning = true"


def ordered(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted([tuple([round(one, 9) if isinstance(one, float) else one for one in row]) for row in rows], key=str)


def asked(ran: Path, name: str, query: str) -> list[tuple[Any, ...]]:
    """The rows that DuckDB gives of the same program."""
    found = oftra.load(str(ran / name)).query(query)
    return ordered([tuple(row.values()) for row in found.to_pylist()])


def ended(ran: Path, name: str) -> tuple[str, str]:
    specification = ran / f"{name}.spark-pipeline.yml"
    return specification.with_suffix(".code").read_text(), specification.with_suffix(".log").read_text()


@pytest.mark.parametrize("name", ["daily", "portions", "shapes", "flights"])
def test_it_is_checked_and_run(ran: Path, name: str) -> None:
    how, said = ended(ran, name)
    assert how == ("dry-run 0\nrun 0\n" if name == "daily" else "run 0\n"), said[-3000:]


def test_a_broken_rule_fails_what_is_behind_it(ran: Path) -> None:
    how, said = ended(ran, "stopped")
    assert how == "run 1\n"
    assert "a row of twos breaks positive" in said
    assert "behind' SKIPPED" in said


TABLES = {
    "shop": ("sales.revenue", "audit.unknown", "sales.shares"),
    "shapes": (
        "shapes.all_pairs", "shapes.either", "shapes.counted", "shapes.first_of_each", "shapes.over_the_mean",
        "shapes.with_lines",
    ),
    "flights": ("flights.delays_by_hour", "flights.worst_days", "flights.league", "flights.dirt"),
}  # fmt: skip


@pytest.mark.parametrize("name, table", [(name, table) for name in TABLES for table in TABLES[name]])
def test_rows_are_those_of_duckdb(ran: Path, name: str, table: str) -> None:
    columns = [column for column, *_ in duckdb.sql(f"describe from read_parquet({files(ran, table)})").fetchall()]
    wanted = asked(ran, name, f"from {table.partition('.')[2]} |> select {', '.join(columns)}")
    assert stored(ran, table) == wanted
    assert wanted


def test_what_rules_put_apart_is_a_table(ran: Path) -> None:
    apart = duckdb.sql(f"select rules, source, file, position from read_parquet({files(ran, 'sales.rejected')})")
    assert sorted(apart.fetchall(), key=lambda row: row[3]) == [
        (["no_gifts"], "orders", "orders/new.jsonl", 4),
        (["country references countries (code)"], "orders", "orders/new.jsonl", 6),
        (["primary key (order_id)"], "orders", "orders/new.jsonl", 7),
        (["primary key (order_id)"], "orders", "orders/new.jsonl", 8),
        (["readable"], "orders", "orders/new.jsonl", 9),
    ]


def test_expectations_say_what_rows_break(ran: Path) -> None:
    """What Databricks is told to expect is false of just the rows that break a rule."""
    settings = (ran / "shop" / "oftra.toml").read_text()
    (ran / "told").mkdir()
    (ran / "told" / "program.oftra").write_text((CASE / "program.oftra").read_text())
    (ran / "told" / "oftra.toml").write_text(settings.replace("expectations = false", "expectations = true"))
    text = oftra.load(str(ran / "told")).compile("databricks")["transformations/daily.py"]
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    (rules,) = [
        [ast.literal_eval(rule) for rule in one.args[0].args]  # type: ignore[attr-defined]
        for one in calls
        if ast.unparse(one.func) == "dp.expect_all"
    ]
    helpers: dict[str, Any] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name in ("expected", "literal"):
            exec(compile(ast.Module([node], []), "helpers", "exec"), helpers)
    found = {}
    for rule, condition in helpers["expected"](*rules).items():
        # The function has the other name in DuckDB, which reads the same literals here.
        broken = f"not ({condition.replace('array_contains', 'list_contains')})"
        (found[rule],) = duckdb.sql(
            f"select count(*) from read_parquet({files(ran, 'sales.orders_judged')}) where {broken}"
        ).fetchall()[0]
    assert {rule: count for rule, count in found.items() if count} == {
        "readable": 1, "country references countries (code)": 1, "no_gifts": 1, "primary key (order_id)": 2,
        "plausible": 1, "real": 1,
    }  # fmt: skip

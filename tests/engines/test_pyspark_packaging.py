"""The module that a compile writes, started as people start one: by several Sparks, which have nothing else installed.

What it leaves, and what it reports, is what DuckDB makes of the same program.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
import sparks

PROGRAM = """\
contract order_line {
  order_id   int            primary key,
  ordered_at timestamp      not null,
  amount     decimal(10, 2) check (amount > 0) on violation warn,
  note       string,
}
contract visit { customer string not null, pages int, day date }

/// The least that an order must bring in.
param least decimal(10, 2) = 0
param label string = 'all'

connection inbox = files { root: 'data' }
connection out   = files { root: env('OUT', 'out'), format: parquet }

source orders: order_line from inbox { path: 'orders/*.parquet' }
source returns: order_line from inbox { path: 'returns.parquet' }
source visits: visit from inbox { path: 'visits/*/*.parquet', hive_partitioned: true }

table takings =
  from orders
  |> union all by name (from returns)
  |> where amount >= least and ordered_at >= run.start and ordered_at < run.end
  |> assert amount < 1000 as small
  |> select order_id, ordered_at, amount, note, cast(ordered_at as date) as day, label

table nothing = from takings |> where amount < 0
table pages = from visits |> aggregate sum(pages) as pages group by day

table kept_as_csv { format: csv } = from takings |> extend cast(null as string) as missing
table back_from_csv = from kept_as_csv
table kept_as_json { format: json } = from takings |> extend [note, null] as notes, struct(amount as net, day) as part
table back_from_json = from kept_as_json

sink takings_by_day from takings into out { path: 'by_day', format: parquet, partition_by: [day] }
sink takings_csv from takings into out { path: 'takings.csv', format: csv }
sink takings_json from takings into out { path: 'takings.jsonl', format: json }
"""

DATA = """
copy (
  from (values
    (1, timestamptz '2026-01-01 10:00:00Z', 19.90, 'too early'),
    (2, timestamptz '2026-01-01 12:00:00Z', 1.49, 'too little'),
    (3, timestamptz '2026-01-02 00:00:00Z', -5.00, 'breaks a rule'),
    (4, timestamptz '2026-01-02 23:59:59.999999Z', 100.00, ' said "hi",' || chr(10) || 'and ''\\twice '),
    (5, timestamptz '2026-01-01 23:59:59.5Z', 1.5, null)
  ) as t (order_id, ordered_at, amount, note) select order_id, ordered_at, amount::decimal(10, 2) as amount, note
) to 'data/orders/new.parquet';
copy (
  from (values
    (6, timestamptz '2026-01-02 12:00:00.123456Z', 12.34, ''),
    (7, timestamptz '2026-01-02 12:00:00.1Z', 12.34, 'Ünïcode 🚲')
  ) as t (order_id, ordered_at, amount, note) select order_id, ordered_at, amount::decimal(10, 2) as amount, note
) to 'data/returns.parquet';
copy (
  select 'c' || n as customer, n::int as pages, date '2026-01-01' + (n % 2)::int as day from range(6) as r (n)
) to 'data/visits' (format parquet, partition_by (day));
"""

ARGUMENTS = ("--start", "2026-01-01T12:00:00Z", "--end", "2026-01-03 00:00:00", "--param", "least=1.5")
LABEL = ("--param", 'label=it\'s "this"')
READ = {
    "takings": "takings.parquet",
    "nothing": "nothing.parquet",
    "pages": "pages.parquet",
    "back_from_csv": "back_from_csv.parquet",
    "back_from_json": "back_from_json.parquet",
    "takings_by_day": "by_day",
    "takings_csv": "takings.csv",
    "takings_json": "takings.jsonl",
}
"""Where tables and sinks are: files of DuckDB's, folders of Spark's."""


class Run(NamedTuple):
    """How a process ended, what it said, and the run report that it wrote, without what a clock said."""

    status: int
    said: str
    report: dict[str, Any]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with its data, compiled."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "oftra.toml").write_text('[project]\nname = "shop"\nstore = "out"\n[targets.pyspark]\nspark = "3.5"\n')
    (folder / "shop.oftra").write_text(PROGRAM)
    (folder / "data" / "orders").mkdir(parents=True)
    before = os.getcwd()
    os.chdir(folder)
    try:
        duckdb.execute(DATA)
    finally:
        os.chdir(before)
    oftra(folder, "compile", "--target", "pyspark")
    return folder


@pytest.fixture(scope="module")
def by_duckdb(shop: Path) -> Run:
    """The program's run on DuckDB."""
    os.environ["OUT"] = "duckdb"
    try:
        return oftra(shop, "run", *ARGUMENTS, *LABEL, "--report", str(shop / "duckdb.json"))
    finally:
        del os.environ["OUT"]


def oftra(folder: Path, *words: str) -> Run:
    return started([str(Path(sys.executable).with_name("oftra")), *words], folder, {}, folder / "duckdb.json")


def started(words: list[str], folder: Path, environment: dict[str, str], report: Path) -> Run:
    """A process that has come to its end."""
    given = {**sparks.environment(), **environment}
    done = subprocess.run(words, cwd=folder, env=given, capture_output=True, text=True, timeout=1800, check=False)
    told: dict[str, Any] = json.loads(report.read_text()) if report.exists() else {"relations": []}
    for relation in told["relations"]:
        del relation["seconds"]
        relation["rules"].sort(key=lambda rule: rule["rule"])
    told["relations"].sort(key=lambda relation: relation["name"])
    return Run(done.returncode, done.stdout + done.stderr, told)


def run(shop: Path, way: str, *arguments: str, out: str) -> Run:
    """The compiled module, started one way."""
    module = "build/pyspark/shop.py"
    report = shop / f"{out}.json"
    environment = {"OUT": out}
    match way.partition(" "):
        case ("connect", *_):
            words = [sys.executable, module]
            environment |= {"SPARK_REMOTE": "local[2]", "PYSPARK_SUBMIT_ARGS": "pyspark-shell"}
        case ("spark-submit", *_):
            python = sparks.python_of(sparks.INSTALLED)
            home = next(python.parent.parent.glob("lib/*/site-packages/pyspark"))
            words = [str(home / "bin" / "spark-submit"), *sparks.options(), module]
            environment |= {"PYSPARK_PYTHON": str(python), "SPARK_HOME": str(home)}
        case (_, _, release):
            words = [str(sparks.python_of(release)), module]
        case _:
            raise AssertionError(way)
    return started([*words, *arguments, "--report", str(report)], shop, environment, report)


def rows(shop: Path, out: str, table: str) -> list[tuple[Any, ...]]:
    """The names of a table's columns and its rows in order, as somebody else reads them."""
    place = shop / out / READ[table]
    files = str(place) if place.is_file() else f"{place}/**/*{place.suffix.removesuffix('l') or '.parquet'}"
    match place.suffix:
        case ".csv":
            read = f"read_csv('{files}', allow_quoted_nulls = false)"
        case ".jsonl":
            read = f"read_json('{files}', format = 'newline_delimited')"
        case _:
            read = f"read_parquet('{files}', hive_partitioning = true)"
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        found = connection.sql(f"select * from {read} order by all").to_arrow_table()
        return [tuple(found.column_names), *[tuple(row.values()) for row in found.to_pylist()]]


WAYS = ("python 4.1.4", "python 3.5.9", "python 4.3.0", "spark-submit", "connect")


@pytest.mark.parametrize("way", WAYS)
def test_a_module_does_what_duckdb_does(way: str, shop: Path, by_duckdb: Run) -> None:
    assert by_duckdb.status == 0, by_duckdb.said
    out = way.replace(" ", "-")
    done = run(shop, way, *ARGUMENTS, *LABEL, out=out)
    assert done.status == 0, done.said
    assert done.report == by_duckdb.report
    for table in READ:
        assert rows(shop, out, table) == rows(shop, "duckdb", table), table
    assert [row[0] for row in rows(shop, out, "takings")] == ["order_id", 4, 5, 6, 7]
    assert "relation=takings read=4 written=4 dropped=0 quarantined=0 late=0 seconds=" in done.said


# arguments: the status, what is said, the relations that the report holds
ENDINGS: dict[tuple[str, ...], tuple[int, str, list[str]]] = {
    ("--only", "pages"): (0, "relation=pages read=2 written=2 dropped=0", ["pages", "visits"]),
    ("--end", "2026-02-01", "--param", "least=nothing"): (3, "InvalidOperation", []),
    ("--only", "payments"): (2, "invalid choice: 'payments'", []),
    ("--param", "most=3"): (2, "least, label", []),
    ("--start", "yesterday"): (2, "--start", []),
}


@pytest.mark.parametrize("arguments", ENDINGS)
def test_a_module_ends_as_it_says(arguments: tuple[str, ...], shop: Path) -> None:
    status, said, names = ENDINGS[arguments]
    done = run(shop, f"python {sparks.INSTALLED}", *arguments, out=f"ending-{len(names)}-{status}")
    assert done.status == status, done.said
    assert said in done.said
    assert [relation["name"] for relation in done.report["relations"]] == names


def test_a_broken_rule_stops_it(shop: Path) -> None:
    """The run report says which, and the table stays as it was."""
    (shop / "stopped").mkdir()
    (shop / "stopped" / "takings.parquet").write_text("as it was")
    data = shop / "data" / "returns.parquet"
    before = data.read_bytes()
    try:
        duckdb.execute(
            "copy (select 4 as order_id, timestamptz '2026-01-02 12:00Z' as ordered_at, "
            f"1000::decimal(10, 2) as amount, null::varchar as note) to '{data}'"
        )
        done = run(shop, f"python {sparks.INSTALLED}", "--only", "takings_csv", out="stopped")
    finally:
        data.write_bytes(before)
    assert done.status == 4, done.said
    assert done.report["status"] == "stopped"
    place = {"file": "shop.oftra", "line": 20}
    assert done.report["error"] == {"relation": "takings", **place, "message": "1 row breaks `small`"}
    assert "stopped: in takings (shop.oftra:20), 1 row breaks `small`" in done.said
    assert (shop / "stopped" / "takings.parquet").read_text() == "as it was"


# ------------------------------------------------------------------------------------------------- runs that are killed

KILLED = """
import os, shutil, signal, sys
from typing import Callable
{replaced}
steps = int(sys.argv[1])

def counted(do):
    def wrapped(*arguments, **named):
        global steps
        if not steps:
            os.kill(os.getpid(), signal.SIGKILL)
        steps -= 1
        return do(*arguments, **named)
    return wrapped

def write(path):
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    for part in ("a", "b"):
        counted(lambda: open(os.path.join(path, part), "w").write("new"))()

os.rename, os.unlink, os.rmdir = counted(os.rename), counted(os.unlink), counted(os.rmdir)
replaced(os.path.join(sys.argv[2], "table"), write)
"""


def test_a_table_is_the_old_or_the_new_whenever_a_run_is_killed(shop: Path, tmp_path: Path) -> None:
    """Killed at each step of putting a table in place; the next run ends well, and leaves nothing else."""
    text = (shop / "build/pyspark/shop.py").read_text()
    script = tmp_path / "killed.py"
    script.write_text(KILLED.replace("{replaced}", _functions(text, "replaced", "removed")))

    def replace(steps: int) -> int:
        done = subprocess.run([sys.executable, script, str(steps), str(tmp_path)], capture_output=True, check=False)
        return done.returncode

    def state() -> dict[str, str]:
        return {path.name: path.read_text() for path in sorted((tmp_path / "table").iterdir())}

    old, new = {"a": "old", "b": "old"}, {"a": "new", "b": "new"}
    for steps in range(20):
        (tmp_path / "table").mkdir(exist_ok=True)
        for name in old:
            (tmp_path / "table" / name).write_text("old")
        ended = replace(steps)
        if ended == 0:
            assert steps > 4
            assert state() == new
            return
        assert ended == -signal.SIGKILL
        is_between = not (tmp_path / "table").exists()
        assert is_between or state() in (old, new)
        # The next run is killed as well, before it has written anything: what was put aside is back.
        assert replace(1 if is_between else 0) == -signal.SIGKILL
        assert state() in (old, new)
        assert replace(100) == 0
        assert state() == new
        assert sorted(path.name for path in tmp_path.iterdir()) == ["killed.py", "table"]
    raise AssertionError("it never came to its end")


def _functions(text: str, *names: str) -> str:
    parts = text.split("\n\n\n")
    return "\n\n".join(next(part for part in parts if part.startswith(f"def {name}(")) for name in names)


def test_a_killed_run_leaves_the_old_table(shop: Path) -> None:
    """A real one, killed while Spark writes."""
    table = shop / "killed" / "takings.parquet"
    table.parent.mkdir()
    table.write_text("as it was")
    python = sparks.python_of(sparks.INSTALLED)
    given = {**sparks.environment(), "OUT": "killed"}
    words = [str(python), "build/pyspark/shop.py", "--only", "takings"]
    with subprocess.Popen(words, cwd=shop, env=given, stderr=subprocess.PIPE, text=True, start_new_session=True) as one:
        assert one.stderr is not None
        said = _until(one.stderr.readline, "takings begins")
        os.killpg(one.pid, signal.SIGKILL)
    assert "takings begins" in said, said
    assert table.read_text() == "as it was"
    done = run(shop, f"python {sparks.INSTALLED}", "--only", "takings", out="killed")
    assert done.status == 0, done.said
    assert sorted(path.name for path in table.parent.iterdir()) == ["takings.parquet"]
    assert table.is_dir()


def _until(line: Callable[[], str], wanted: str) -> str:
    said = ""
    while wanted not in said and (more := line()):
        said += more
    return said

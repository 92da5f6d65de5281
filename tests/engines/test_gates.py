"""Gates are judged before anything that waits for them is written: in runs, in scripts, in modules."""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from test_flink_golden import statements

from oftra.cli.app import run
from oftra.targets.flink_sql.local import FlinkError, started
from oftra.targets.flink_sql.values import filled

PROGRAM = """\
connection lake = files {{ root: 'data', format: parquet }}
contract ride {{
  id int not null, started_at timestamp event time, fare decimal(10, 2), freshness: interval 2 hours,
}}
source rides: ride from lake {{ path: 'rides.parquet' }} on invalid quarantine into rejected in lake
view long_rides = from rides |> where fare > 5
view dear_rides = from rides |> where fare > 10
table orders in lake = from long_rides |> aggregate count(*) as n
table revenue in lake = from orders |> select n * 2 as revenue
sink out from revenue into lake {{ path: 'out.parquet' }}
table other in lake = from values (1) as t (x)
pipeline nightly {{ build: [out], retries: 2, {gates} }}
"""
LAST = "2026-01-01 05:00:00Z"
ALL = {"orders", "revenue", "rejected", "out", "other"}

# By gates: the status, what was written, and what is said of gates.
CASES = {
    "require rows(rides) >= 5 else stop": (0, ALL, ""),
    "require rows(rides) >= 6 else stop": (4, {"other"}, "stop: `rows(rides) >= 6` does not hold: rows(rides) is 5"),
    "require rows(rides) >= 6 else skip": (0, {"other"}, "skip: `rows(rides) >= 6` does not hold: rows(rides) is 5"),
    "require rows(rides) >= 6 else alert": (0, ALL, "alert: `rows(rides) >= 6` does not hold: rows(rides) is 5"),
    "require rows(rides) >= 6 else retry": (4, {"other"}, "retry, 1 more time: `rows(rides) >= 6` does not hold"),
    "require fresh(rides) else stop": (0, ALL, ""),
    "require rows(orders) > 1 else skip": (0, {"orders", "rejected", "other"}, "rows(orders) is 1"),
    "require (from orders |> aggregate max(n) as m) = 3 else stop": (0, ALL, ""),
    "require rows(rejected) < 1 else stop": (4, {"rejected", "other"}, "rows(rejected) is 1"),
    "require not exists (from long_rides |> where fare > 10) else stop": (4, {"other"}, "does not hold (program.oftra"),
    "require not exists (from dear_rides) else stop": (4, {"other"}, "`not exists (from dear_rides)` does not hold"),
    "require rows(dear_rides) < 9 else stop": (0, ALL, ""),
    "require rows(revenue) = 1 and rows(rides) > rows(orders) else stop": (0, ALL, ""),
    "require rows(revenue) = 2 else stop": (4, {"orders", "revenue", "rejected", "other"}, "rows(revenue) is 1"),
    "require rows(out) = 2 else stop": (4, ALL, "rows(out) is 1"),
}
ON_SPARK = [gates for gates in CASES if "else stop" in gates or "orders" in gates][:5]
ON_FLINK = [gates for gates in CASES if "6 else alert" in gates or "rows(orders)" in gates]
QUARANTINE = "quarantine into rejected in lake"  # Flink has none of parquet files yet
RUNS = [
    *[("duckdb", gates) for gates in CASES],
    *[("spark", gates) for gates in ON_SPARK],
    *[("flink", gates) for gates in ON_FLINK],
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    rides = "select if(i = 5, null, i)::int as id, timestamptz '2026-01-01 00:00:00Z' + interval (i) hour as started_at"
    duckdb.sql(f"copy ({rides}, (i * 3)::decimal(10, 2) as fare from range(6) t(i)) to 'data/rides.parquet'")
    yield tmp_path


def written(folder: Path) -> set[str]:
    """What lies beside the source."""
    return {path.stem for path in (folder / "data").iterdir() if not path.name.startswith(".")} - {"rides"}


def ran(folder: Path, engine: str, gates: str, *more: str) -> int:
    program = PROGRAM.replace(QUARANTINE, "drop") if engine == "flink" else PROGRAM
    (folder / "program.oftra").write_text(program.format(gates=gates))
    return run(["run", "--engine", engine, "--end", LAST, "--report", "report.json", *more])


@pytest.mark.parametrize(("engine", "gates"), RUNS)
def test_a_run(folder: Path, engine: str, gates: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, there, said = CASES[gates]
    assert ran(folder, engine, gates) == status
    besides = {"other", "rejected"} if engine == "flink" else {"other"}
    assert written(folder) - besides == there - besides
    assert said in capsys.readouterr().err
    report = json.loads((folder / "report.json").read_text())
    assert report["status"] == ("stopped" if status else "well")
    (*_, gate) = report["gates"]
    assert (gate["file"], gate["line"]) == ("program.oftra", 12)
    assert gate["holds"] == (not said)


def test_the_slice_of_a_run(folder: Path) -> None:
    """Rows are counted by event time where the run has a window."""
    gates = "require rows(rides) = 2 else stop"
    assert ran(folder, "duckdb", gates) == 4
    assert ran(folder, "duckdb", gates, "--start", "2026-01-01 03:00:00Z") == 0


def test_a_pipeline_alone(folder: Path) -> None:
    assert ran(folder, "duckdb", "require rows(rides) > 1 else stop", "--pipeline", "nightly") == 0
    assert written(folder) == ALL - {"other"}
    assert ran(folder, "duckdb", "", "--pipeline", "daily") == 2


def test_a_retry_that_helps(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more = "select i::int as id, timestamptz '2026-01-01 04:00:00Z' as started_at, 9::decimal(10, 2) as fare"

    def come(seconds: float) -> None:
        duckdb.sql(f"copy ({more} from range(9) t(i)) to 'data/rides.parquet'")

    monkeypatch.setattr("oftra.cli.jobs.sleep", come)
    assert ran(folder, "duckdb", "require rows(rides) >= 6 else retry") == 0
    gates = json.loads((folder / "report.json").read_text())["gates"]
    assert [gate["measured"] for gate in gates] == [{"rows(rides)": 9}]


def test_a_script_of_duckdb(folder: Path) -> None:
    for gates, stops in (
        ("require rows(rides) >= 5 else stop", False),
        ("require rows(rides) >= 6 else stop", True),
        ("require rows(rides) >= 6 else retry", True),
        ("require rows(rides) >= 6 else alert", False),
    ):
        (folder / "program.oftra").write_text(PROGRAM.format(gates=gates))
        assert run(["compile", "--target", "duckdb"]) == 0
        for path in (folder / "data").glob("o*.parquet"):
            path.unlink()
        script = (folder / "build" / "duckdb" / "program.sql").read_text()
        with duckdb.connect() as connection:
            if stops:
                with pytest.raises(duckdb.Error, match=r"the gate `rows\(rides\) >= 6` \(program.oftra:12\) does not"):
                    connection.execute(script)
                assert "orders" not in written(folder)
            else:
                connection.execute(script).fetchall()
                holds = connection.sql("select holds, measured from run_gates").fetchall()
                assert holds == [("alert" not in gates, '{"rows(rides)":5}')]
    (folder / "program.oftra").write_text(PROGRAM.format(gates="require rows(rides) >= 6 else skip"))
    assert run(["compile", "--target", "duckdb"]) == 1


def test_a_script_of_flink(folder: Path) -> None:
    """Where a gate stops it a job fails and says why: a client goes no further."""
    program = PROGRAM.replace(QUARANTINE, "drop")
    for gates, there, said in (
        ("rows(rides) > 5 else retry", set(), "`rows(rides) > 5` (program.oftra:12) does not hold: rows(rides) is 5"),
        ("rows(orders) > 1 else stop", {"orders"}, "does not hold: rows(orders) is 1"),
        ("rows(orders) > 1 else alert", {"orders", "revenue", "out"}, ""),
    ):
        (folder / "program.oftra").write_text(program.format(gates=f"require {gates}"))
        assert run(["compile", "--target", "flink_sql"]) == 0
        script = (folder / "build" / "flink_sql" / "program.sql").read_text().replace("'data", f"'{folder}/data")
        script = filled(script, {"run.start": "2026-01-01 00:00:00", "run.end": "2026-01-02 00:00:00"})
        assert ("set 'table.dml-sync' = 'true';" in script) == bool(said)
        with closing(started().open("batch")) as connection:
            try:
                for statement in statements(script):
                    if not re.search(r"^set\b", statement, re.MULTILINE):
                        connection.execute(statement.rstrip().removesuffix(";"))
            except FlinkError as error:
                assert said and said in str(error)
            else:
                assert not said
        assert {path.parent.stem for path in folder.glob("data/*/part-*")} - {"other"} == there
        for name in written(folder):
            shutil.rmtree(folder / "data" / f"{name}.parquet")
    (folder / "program.oftra").write_text(program.format(gates="require rows(rides) >= 6 else skip"))
    assert run(["compile", "--target", "flink_sql"]) == 1


@pytest.mark.parametrize(("action", "status"), [("stop", 4), ("skip", 0)])
def test_a_module_of_pyspark(folder: Path, action: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "program.oftra").write_text(PROGRAM.format(gates=f"require rows(orders) > 1 else {action}"))
    assert run(["compile", "--target", "pyspark"]) == 0
    module: dict[str, object] = {"__name__": "program"}
    path = folder / "build" / "pyspark" / "program.py"
    exec(compile(path.read_text(), str(path), "exec"), module)
    monkeypatch.setattr(sys, "argv", ["program.py", "--root", str(folder), "--report", "report.json"])
    entry = module["run"]
    assert callable(entry)
    assert entry() == status
    assert not {"revenue", "out"} & written(folder)
    report = json.loads((folder / "report.json").read_text())
    place = {"pipeline": "nightly", "file": "program.oftra", "line": 12}
    told = {"gate": "rows(orders) > 1", **place, "action": action, "holds": False, "measured": {"rows(orders)": 1}}
    assert report["gates"] == [told]
    assert report["status"] == ("stopped" if status else "well")

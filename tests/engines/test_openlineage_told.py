"""What generated code tells OpenLineage of its runs is what `oftra run` tells: scripts on DuckDB, a module on Spark."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sparks
from openlineage_events import Server, events_in, serving, slashed, well_formed

import oftra
from oftra.cli.app import run

GOLDEN = Path(__file__).parent.parent / "golden" / "told"
SALES = {
    "well": "id,region,amount,note\n1,north,20,\n2,north,30,good\n3,south,5,\n4,south,-1,\n",
    "rule": "id,region,amount,note\n1,,20,\n",
}
"""What the sales are, by case: in one a rule stops the run."""
TASK, DAG = (f"etl/{job}/0197a2b0-0000-7000-8000-00000000000{n}" for n, job in enumerate(("days.load", "days")))
JOBS = ("daily_regions", "daily_best")
AWAY = "http://127.0.0.1:9"
"""Nobody answers there."""

# Runs the module of each folder in one Spark, with the words that a file in the folder tells.
RUNNER = """
import importlib.util, json, sys
from pathlib import Path
for folder in map(Path, sys.argv[1:]):
    found = importlib.util.spec_from_file_location("shop", folder / "pyspark" / "shop.py")
    shop = importlib.util.module_from_spec(found)
    found.loader.exec_module(shop)
    sys.argv = ["shop.py", "--root", str(folder), *json.loads((folder / "words.json").read_text())]
    print("begins", folder.name, file=sys.stderr, flush=True)
    try:
        print(shop.run(), flush=True)
    except KeyboardInterrupt:
        print(130, flush=True)
"""


@dataclass(frozen=True)
class Ran:
    """How a run ended, what it said, and the events that it told, each well formed."""

    status: int
    said: str
    events: list[dict[str, Any]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project a case, compiled."""
    place = tmp_path_factory.mktemp("told")
    for case in ("well", "rule", "away", "alone", "cut_off"):
        folder = place / case
        (folder / "data").mkdir(parents=True)
        (folder / "data" / "sales.csv").write_text(SALES.get(case, SALES["well"]))
        for name in ("oftra.toml", "program.oftra"):
            (folder / name).write_text((GOLDEN / name).read_text())
        program = oftra.load(str(folder))
        for target in ("pyspark", "airflow"):
            for path, text in program.compile(target).items():
                file = folder / target / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
    return place


@pytest.fixture(scope="module")
def by_oftra(place: Path) -> Mapping[str, Ran]:
    """What `oftra run` tells."""
    found = {}
    for case in ("well", "rule"):
        told = place / case / "oftra.jsonl"
        status = run(["run", "-p", str(place / case), "--openlineage", str(told)])
        found[case] = Ran(status, "", events_in(told))
    return found


@pytest.fixture(scope="module")
def server() -> Any:
    with serving() as started:
        yield started


@pytest.fixture(scope="module")
def by_spark(place: Path, server: Server) -> Mapping[str, Ran]:
    """What modules tell: one to a server, others to a file, and one to nobody."""
    words = {
        "well": ["--openlineage", f"http://127.0.0.1:{server.server_port}", "--parent", TASK, "--root-parent", DAG],
        "rule": ["--openlineage", str(place / "rule" / "spark.jsonl")],
        "away": ["--openlineage", AWAY],
        "alone": ["--openlineage", str(place / "alone" / "spark.jsonl")],
        "cut_off": ["--openlineage", str(place / "cut_off" / "spark.jsonl")],
    }
    for case, more in words.items():
        (place / case / "words.json").write_text(json.dumps(more))
    (place / "alone" / "pyspark" / "shop.lineage.json").unlink()
    module = place / "cut_off" / "pyspark" / "shop.py"
    before, head, after = module.read_text().partition('    """Build what is asked for."""\n')
    module.write_text(f"{before}{head}    raise KeyboardInterrupt\n{after}")
    command = [sys.executable, "-c", RUNNER, *[str(place / case) for case in words]]
    environment = {**sparks.environment(), "OPENLINEAGE_NAMESPACE": "default"}
    done = subprocess.run(command, env=environment, cwd=place, capture_output=True, text=True, timeout=600)
    statuses = [int(line) for line in done.stdout.split()]
    assert len(statuses) == len(words), done.stderr[-3000:]
    said = dict(part.split("\n", 1) for part in done.stderr.split("begins ")[1:])
    found = {}
    for case, status in zip(words, statuses):
        told = place / case / "spark.jsonl"
        found[case] = Ran(status, said[case], events_in(told) if told.exists() else [])
    events = [event for _, _, event in server.received]
    for event in events:
        well_formed(event)
    return {**found, "well": Ran(found["well"].status, found["well"].said, events)}


def by_script(folder: Path, job: str, *words: str, **environment: str) -> Ran:
    """What the script of a job tells, which runs in another folder than its own."""
    if job == JOBS[0]:  # Spark's tables are folders
        shutil.rmtree(folder / "out", ignore_errors=True)
    jobs = folder / "airflow" / "dags" / "shop_daily_jobs"
    told = folder / f"{job}.jsonl"
    command = [sys.executable, str(jobs / "run_duckdb.py"), job, "--root", str(folder), *words]
    more = {"OPENLINEAGE_URL": str(told), **environment}
    done = subprocess.run(command, env={**os.environ, **more}, cwd=jobs, capture_output=True, text=True, timeout=120)
    return Ran(done.returncode, done.stderr, events_in(told) if told.exists() else [])


def of_tables(ran: Ran) -> list[tuple[Any, ...]]:
    """What was told of tables and sinks: all but when, and by which run."""
    told = [one for one in ran.events if one["job"]["facets"]["jobType"]["jobType"] == "TABLE"]
    return sorted(
        [
            (
                one["eventType"],
                one["job"]["name"],
                json.dumps([one["job"], one["inputs"], one["outputs"]], sort_keys=True),
                one["run"]["facets"].get("errorMessage", {}).get("message"),
            )
            for one in told
        ],
        key=str,
    )


def of_runs(ran: Ran) -> list[tuple[str, str, str | None]]:
    """What was told of the run itself."""
    told = [one for one in ran.events if one["job"]["facets"]["jobType"]["jobType"] == "RUN"]
    return [
        (one["eventType"], one["job"]["name"], one["run"]["facets"].get("errorMessage", {}).get("message"))
        for one in told
    ]


def test_a_module_tells_what_oftra_run_tells(by_oftra: Mapping[str, Ran], by_spark: Mapping[str, Ran]) -> None:
    assert by_spark["well"].status == by_oftra["well"].status == 0
    assert of_tables(by_spark["well"]) == of_tables(by_oftra["well"])
    assert of_runs(by_spark["well"]) == of_runs(by_oftra["well"])
    names = {name for _, name, _, _ in of_tables(by_spark["well"])}
    assert names == {"shop.regions", "shop.refused", "shop.best"}
    first, *_, last = by_spark["well"].events
    for event in (first, last):
        parent = event["run"]["facets"]["parent"]
        assert (slashed(parent), slashed(parent["root"])) == (TASK, DAG)
    times = [event["eventTime"] for event in by_spark["well"].events if event["job"]["name"] == "shop.regions"]
    assert first["eventTime"] < times[0] < times[1] <= last["eventTime"]


def test_a_script_tells_what_oftra_run_tells(place: Path, by_oftra: Mapping[str, Ran]) -> None:
    window = ("--start", "2026-03-01 00:00:00+00:00", "--end", "2026-03-02T00:00:00Z")
    given = {"OPENLINEAGE_PARENT_ID": TASK}
    ran = [by_script(place / "well", job, *window, **given) for job in JOBS]
    assert [one.status for one in ran] == [0, 0]
    events = [event for one in ran for event in one.events]
    assert of_tables(Ran(0, "", events)) == of_tables(by_oftra["well"])
    for job, one in zip(JOBS, ran):
        name = f"shop_daily_jobs/{job}"
        assert of_runs(one) == [("START", name, None), ("COMPLETE", name, None)]
        for event in one.events:
            times = event["run"]["facets"]["nominalTime"]
            assert times["nominalStartTime"] == "2026-03-01T00:00:00+00:00"
            assert times["nominalEndTime"] == "2026-03-02T00:00:00+00:00"
            assert slashed(event["run"]["facets"]["parent"]["root"]) == TASK


def test_what_stops_a_run_is_told(
    place: Path, by_oftra: Mapping[str, Ran], by_spark: Mapping[str, Ran], capsys: pytest.CaptureFixture[str]
) -> None:
    expected = "program.oftra:16: 1 row breaks `region not null`"
    assert of_runs(by_oftra["rule"]) == [("START", "shop", None), ("FAIL", "shop", expected)]
    assert of_runs(by_spark["rule"]) == of_runs(by_oftra["rule"])
    assert of_tables(by_spark["rule"]) == of_tables(by_oftra["rule"])
    ran = by_script(place / "rule", JOBS[0])
    assert (ran.status, by_spark["rule"].status) == (4, 4)
    (_, started, _), (ended, _, why) = of_runs(ran)
    assert (started, ended) == (f"shop_daily_jobs/{JOBS[0]}", "FAIL")
    assert why is not None and why.startswith("program.oftra:16: 1 row")


def test_nobody_to_tell_is_no_reason_to_fail(place: Path, by_spark: Mapping[str, Ran]) -> None:
    line = f"OpenLineage's events could not be sent to {AWAY}: "
    ran = by_script(place / "away", JOBS[0], OPENLINEAGE_URL=AWAY)
    for one in (by_spark["away"], ran):
        assert one.status == 0
        assert one.said.count(line) == 1
    assert by_spark["alone"].status == 0
    assert "OpenLineage is told nothing: " in by_spark["alone"].said
    assert by_spark["alone"].events == []
    told = by_script(place / "away", JOBS[0], OPENLINEAGE_DISABLED="true")
    assert (told.status, told.events) == (0, [])


def test_a_module_that_is_cut_off_says_so(by_spark: Mapping[str, Ran]) -> None:
    assert by_spark["cut_off"].status == 130
    assert of_runs(by_spark["cut_off"]) == [("START", "shop", None), ("ABORT", "shop", None)]

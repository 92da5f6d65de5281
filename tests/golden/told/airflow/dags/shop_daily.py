# Made by oftra from program.oftra: edits belong there.
from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from airflow.sdk import (
    Asset,
    CronDataIntervalTimetable,
    Param,
    TaskGroup,
    dag,
    get_current_context,
    task,
)
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
)

JOBS = Path(__file__).parent / "shop_daily_jobs"
ROOT = "/srv/shop"
COUNTS = ("read", "rows", "dropped", "quarantined", "late", "seconds")

log = logging.getLogger(__name__)


def window(context: dict[str, Any]) -> tuple[Any, Any]:
    """The window of the run: the one that was asked for, else the interval of the run, else all that the runs cover
    whose updates started this one.
    """
    params, run = context["params"], context["dag_run"]
    start, end = run.data_interval_start, run.data_interval_end
    if start is None or start == end:
        events = (context.get("triggering_asset_events") or {}).values()
        runs = [event.source_dag_run for found in events for event in found]
        times = [
            (one.data_interval_start, one.data_interval_end) for one in runs if one
        ]
        known = bool(times) and len(times) == len(runs) and all(map(all, times))
        start = min(times)[0] if known else None
        end = max(last for _, last in times) if known else None
    return params.get("run.start") or start, params.get("run.end") or end


def arguments(context: dict[str, Any]) -> list[str]:
    """The window of the run, and the params, as the jobs take them."""
    words = []
    for word, at in zip(("--start", "--end"), window(context)):
        words += [word, str(at)] if at else []
    for name, value in context["params"].items():
        if value is not None and name not in ("run.start", "run.end"):
            text = str(value).lower() if isinstance(value, bool) else str(value)
            words += ["--param", f"{name}={text}"]
    return [*words, *openlineage_words(context)]


def openlineage_words(context: dict[str, Any]) -> list[str]:
    """Where jobs tell of themselves by OpenLineage, and what they are a part of there: their task, of which
    Airflow's own provider tells.
    """
    url, task = os.environ.get("OPENLINEAGE_URL"), context["ti"]
    words = ["--openlineage", url] if url else []
    try:
        # Heavy, and only a task needs it.
        from airflow.providers.openlineage.plugins import macros

        words += ["--parent", macros.lineage_parent_id(task)]
        words += ["--root-parent", macros.lineage_root_parent_id(task)]
    except Exception as error:
        log.warning("OpenLineage is not told which task its jobs belong to: %s", error)
    return words


def reported(
    context: dict[str, Any], job: str, report: dict[str, Any] | None
) -> dict[str, Any]:
    """What a job did, as its report tells: in the log, and in XCom under `report`.

    A job that failed fails here, as does one whose gate asks for another try.
    """
    if not report:
        raise AirflowException(f"{job} ended without a report")
    with open(JOBS / f"{job}.json", encoding="utf-8") as file:
        gates = json.load(file)["gates"]
    judged = {(gate["gate"], gate["line"]): gate for gate in report["gates"]}
    # Behind a gate that is closed no other one is judged.
    missing = {"holds": None, "measured": {}}
    report["gates"] = [
        judged.get((gate["gate"], gate["line"]), {**gate, **missing}) for gate in gates
    ]
    context["ti"].xcom_push(key="report", value=report)
    for one in report["relations"]:
        counts = " ".join(f"{word}={one[word]}" for word in COUNTS)
        log.info("relation=%s %s", one["name"], counts)
        for rule in one["rules"]:
            if rule["records"]:
                told = (one["name"], rule["records"], rule["rule"], rule["action"])
                log.warning("%s: %s rows break `%s` (%s)", *told)
    failed = [gate for gate in report["gates"] if gate["holds"] is False]
    closed = [gate["action"] for gate in failed if gate["action"] != "alert"]
    if report["status"] != "well" and not closed:
        error = report["error"]
        where = f"in `{error['relation']}`" if error["relation"] else ""
        place = f" ({error['file']}:{error['line']}), " if error["file"] else ""
        text = f"{job} {report['status']}: {where}{place}{error['message']}"
        if report["status"] == "stopped":
            raise AirflowFailException(text)
        raise AirflowException(text)
    for gate in failed:
        if gate["action"] == "retry":
            raise AirflowException(said(gate))
    return report


def read(path: str) -> dict[str, Any] | None:
    """The report in a file, if there is one."""
    if not os.path.exists(path) or not os.path.getsize(path):
        return None
    with open(path, encoding="utf-8") as file:
        report: dict[str, Any] = json.load(file)
    return report


def said(gate: dict[str, Any]) -> str:
    """A gate in words: its text, what was measured, and where it stands in the program."""
    found = [f"{text} = {value}" for text, value in gate["measured"].items()]
    word = {True: "holds", False: "does not hold", None: "is not judged"}[gate["holds"]]
    place = f"{gate['file']}:{gate['line']}"
    words = [f"`require {gate['gate']}` ({place}) {word}", ", ".join(found)]
    return ": ".join(filter(None, words))


@task(multiple_outputs=False)
def run_job(job: str) -> dict[str, Any]:
    """Run a job on this machine, and give its report."""
    context = get_current_context()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "report.json")
        command = [sys.executable, str(JOBS / "run_duckdb.py"), job, "--root", ROOT]
        command += [*arguments(context), "--report", path]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                for line in process.stdout or ():
                    log.info("%s", line.rstrip())
            except BaseException:
                process.kill()
                raise
        return reported(context, job, read(path))


@task(retries=0, multiple_outputs=False)
def judge(report: dict[str, Any], number: int) -> dict[str, Any]:
    """Go on, fail, skip what follows, or tell, as a gate asks: it was measured by the job before."""
    gate = report["gates"][number]
    get_current_context()["ti"].xcom_push(key="gate", value=gate)
    if gate["holds"]:
        log.info("%s", said(gate))
    elif gate["holds"] is None or gate["action"] == "skip":
        raise AirflowSkipException(said(gate))
    elif gate["action"] == "alert":
        log.warning("%s", said(gate))
    else:
        raise AirflowFailException(said(gate))
    return gate


@dag(
    dag_id="shop.daily",
    schedule=CronDataIntervalTimetable("0 3 * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args={"max_active_tis_per_dag": 1},
    params={
        "run.start": Param(
            None,
            type=["null", "string"],
            format="date-time",
            description="Where the run's window begins; that of the schedule unless given.",
        ),
        "run.end": Param(
            None,
            type=["null", "string"],
            format="date-time",
            description="Where the run's window ends; that of the schedule unless given.",
        ),
        "least": Param("10", type="string"),
    },
)
def shop_daily() -> None:
    with TaskGroup("daily_regions"):
        daily_regions = run_job.override(
            task_id="run",
            inlets=[Asset("shop.sales")],
            outlets=[Asset("shop.regions"), Asset("shop.refused")],
        )("daily_regions")
        rows_regions_0 = judge.override(task_id="rows_regions_0")(daily_regions, 0)
    daily_best = run_job.override(
        task_id="daily_best",
        inlets=[Asset("shop.regions")],
        outlets=[Asset("shop.best")],
    )("daily_best")
    rows_regions_0 >> daily_best


shop_daily()

"""Imports the DAGs of a folder, and runs some: `run_dags.py DAGS RUNS TOLD`, in an environment that has Airflow.

RUNS is a JSON list of `{"dag": …, "date": …, "conf": …, "appears": [from, to], "timeout": …, "poll": …}`. The file
`from` is copied to `to` once a job has failed twice. No task may take longer than `timeout` seconds, and tasks that
ask what has become of a job elsewhere do so every `poll` seconds. What was found is written to TOLD as JSON: of each
DAG how long its import took, and of each run its state, those of its tasks, and what they told in XCom. The log goes
to standard output, and a line before each run.
"""

import importlib.util
import json
import logging
import shutil
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.models.xcom import XComModel
from airflow.providers.apache.spark.operators import spark_submit  # noqa: F401  (DAGs import it: it is Airflow's own)
from airflow.serialization.serialized_objects import DagSerialization
from airflow.utils.session import create_session

RUN_BEGINS = "==== a run begins ===="


class Appearing(logging.Handler):
    """Lets a file appear after the second failure."""

    def __init__(self, appears: list[str]) -> None:
        super().__init__()
        self.failures = 0
        self.appears = appears

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith("failed:"):
            self.failures += 1
            if self.failures == 2:
                shutil.copy(*self.appears)


def imported(path: Path) -> float:
    """How many seconds it takes to import a file, once all that it needs of Airflow is there: the best of five."""
    best = float("inf")
    for _ in range(5):
        begin = time.perf_counter()
        spec = importlib.util.spec_from_file_location("timed", path)
        assert spec is not None and spec.loader is not None
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
        best = min(best, time.perf_counter() - begin)
    return best


def ran(dag: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """A run from its start to its end."""
    appearing = Appearing(wanted["appears"]) if "appears" in wanted else logging.NullHandler()
    logging.getLogger().addHandler(appearing)
    for task in dag.tasks:
        if "timeout" in wanted:
            task.execution_timeout = timedelta(seconds=wanted["timeout"])
        if "poll" in wanted and hasattr(task, "polling_period_seconds"):
            task.polling_period_seconds = wanted["poll"]
    print(RUN_BEGINS, flush=True)
    try:
        date = datetime.fromisoformat(wanted["date"])
        run = dag.test(logical_date=date, run_conf=wanted.get("conf"))
    finally:
        logging.getLogger().removeHandler(appearing)
    tasks = {one.task_id: [str(one.state), one.try_number] for one in run.get_task_instances()}
    with create_session() as session:
        found = session.query(XComModel).filter_by(dag_id=dag.dag_id, run_id=run.run_id).all()
        told = [(one.task_id, one.key, XComModel.deserialize_value(one)) for one in found]
    xcom: dict[str, Any] = {}
    for task, key, value in told:
        xcom.setdefault(task, {})[key] = unpacked(value)
    return {"state": str(run.state), "tasks": tasks, "xcom": xcom}


def unpacked(value: Any) -> Any:
    """What was told in XCom, which may be JSON once more."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def main(folder: str, runs: str, told: str) -> None:
    bag = DagBag(dag_folder=folder)
    seconds = {path.name: imported(path) for path in sorted(Path(folder).glob("*.py"))}
    serialized = {name: json.dumps(DagSerialization.to_dict(dag), default=str) for name, dag in bag.dags.items()}
    found: dict[str, Any] = {"errors": bag.import_errors, "seconds": seconds, "serialized": serialized, "runs": []}
    for wanted in json.loads(runs):
        found["runs"].append(ran(bag.dags[wanted["dag"]], wanted))
    Path(told).write_text(json.dumps(found, default=str), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

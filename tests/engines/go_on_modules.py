"""Runs generated modules that go on where their tables end: `go_on_modules.py`, beside modules and `asked.json`.

That lists steps: a `run` of a module (of a window, or of none), `source` rows to lie where the module reads them, `sql`
that somebody else runs, and the last may be a run that is killed. What each run began at, and where tables are said to
end afterwards, is told in `told.json`, with the rows that are there then.
"""

import argparse
import importlib
import json
import os
import shutil
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import stop_modules

FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


def arguments(window: list[str] | None, outputs: list[str]) -> argparse.Namespace:
    """What the command line gives for a window; without one a run goes on."""
    start, end = (datetime.fromisoformat(text) for text in window) if window else (None, datetime.now(UTC))
    return argparse.Namespace(start=start, end=end, until=end if window else LAST, only=outputs, param={}, root=".")


def run(spark: Any, name: str, window: list[str] | None, only: list[str] | None) -> str:
    """A run of a module: where it began."""
    module = importlib.import_module(name)
    args = arguments(window, only or list(module.OUTPUTS))
    module.main(spark, args, {})
    return str(args.start)


def kill(spark: Any, parts: list[dict[str, Any]]) -> None:
    """Run parts of the module side by side, each up to a line, and kill all of it."""
    for part in parts:
        given = (spark.newSession(), arguments(None, part["outputs"]), *part["line"])
        threading.Thread(target=stop_modules.run_until, args=given, daemon=True).start()
    until = time.monotonic() + stop_modules.PATIENCE
    while len(list(Path().glob("reached-*"))) < len(parts) and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(0, signal.SIGKILL)


def set_back(spark: Any, table: str) -> None:
    """Set a table of Iceberg back to where the first run left it."""
    known = spark.table(f"{table}.snapshots").where("summary['made_of'] is not null").orderBy("committed_at")
    spark.sql(f"call ice.system.rollback_to_snapshot('{table[4:]}', {known.first()['snapshot_id']})").collect()


def main() -> None:
    """What is asked for."""
    asked = json.loads(Path("asked.json").read_text())
    spark = importlib.import_module("program").session()
    spark.conf.set("spark.sql.sources.partitionColumnTypeInference.enabled", False)
    told: list[dict[str, Any]] = []
    for step in asked["steps"]:
        if "source" in step:
            shutil.copy(step["source"], "data/rides.parquet")
        for text in step.get("sql", ()):
            spark.sql(text).collect()
        if "back" in step:
            set_back(spark, step["back"])
        if "kill" in step:
            kill(spark, step["kill"])
        if "run" in step:
            began = run(spark, step["run"], step.get("window"), step.get("only"))
            stop_modules.tell(spark, asked["tables"], "rows.json")
            told.append({"began": began, "rows": json.loads(Path("rows.json").read_text())})
            Path("told.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main()

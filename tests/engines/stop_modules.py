"""Runs a generated module for windows, and until it is killed: `stop_modules.py`, beside a `program.py`.

What is asked is in `asked.json`: the tables, windows to run to their ends, and one that is killed. Of that several
parts run side by side, each some of the outputs, up to a line of the module or to a step with files that `Held` waits
at. When all of them have come there, this process and all that it started kill themselves. What stands in tables at the
start, and after the windows that ended, is told in `there.json` and `done.json`.
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import program  # type: ignore[import-not-found]

PATIENCE = 500
"""How many seconds the parts have to come where they stop. Who started this sees which ones did."""

TRACED = os.path.abspath(program.__file__)


def arguments(window: list[str], outputs: list[str]) -> argparse.Namespace:
    """What the command line gives for a window."""
    start, end = (datetime.fromisoformat(text) for text in window)
    return argparse.Namespace(start=start, end=end, until=end, only=outputs, param={}, root=".")


def tell(spark: Any, tables: dict[str, list[str]], file: str) -> None:
    """Write down the rows of the tables that are there."""
    told = {}
    for name, (format_, place) in tables.items():
        folder, _, last = place.rpartition("/")
        put_aside = f"{folder}/.{last}.old"
        if format_ == "iceberg":
            rows = spark.table(place) if spark.catalog.tableExists(place) else None
        elif os.path.exists(f"{place}/_delta_log" if format_ == "delta" else place):
            rows = spark.read.format(format_).load(place)
        else:
            rows = spark.read.format(format_).load(put_aside) if os.path.exists(put_aside) else None
        told[name] = None if rows is None else [row.asDict() for row in rows.collect()]
    Path(file).write_text(json.dumps(told, default=str))


def run_until(spark: Any, args: argparse.Namespace, function: str, line: str) -> None:
    """A run of the module, up to a line of a function of the module: its first one if it begins with nothing else."""
    lines = Path(TRACED).read_text().splitlines()

    def watch(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != TRACED or frame.f_code.co_name != function:
            return watch if event == "call" and frame.f_code.co_filename == TRACED else None
        if event == "line" and lines[frame.f_lineno - 1].strip().startswith(line):
            Path(f"reached-{function}-{'-'.join(args.only)}.txt").touch()
            time.sleep(3600)
        return watch

    sys.settrace(watch)
    program.main(spark, args, {})


def main() -> None:
    """What is asked for."""
    asked = json.loads(Path("asked.json").read_text())
    spark = program.session()
    spark.conf.set("spark.sql.sources.partitionColumnTypeInference.enabled", False)
    tell(spark, asked["tables"], "there.json")
    for window in asked["ended"]:
        program.main(spark, arguments(window, list(program.OUTPUTS)), {})
    tell(spark, asked["tables"], "done.json")
    if not asked["parts"]:
        return
    Path("held.txt").write_text("\n".join(part["held"] for part in asked["parts"] if "held" in part))
    for part in asked["parts"]:
        given = (spark.newSession(), arguments(asked["killed"], part["outputs"]))
        if "held" in part:
            threading.Thread(target=program.main, args=(*given, {}), daemon=True).start()
        else:
            threading.Thread(target=run_until, args=(*given, *part["line"]), daemon=True).start()
    until = time.monotonic() + PATIENCE
    while len(list(Path().glob("reached-*"))) < len(asked["parts"]) and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()

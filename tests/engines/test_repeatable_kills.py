"""A run that is killed while it makes parts of tables leaves each as it was or as it will be; and may be run again."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from test_repeatable_runs import FIRST, HEAD, Place, rides

from oftra.leftovers import abandoned

TABLES = """
table days in store { refresh: append, window: day } =
  from rides |> aggregate count(*) as n group by cast(at as date) as day, zone
table latest in store { refresh: merge, key: [zone], order_by: [at], delete when left_out, window: at } =
  from rides |> where zone is not null |> select zone, at, id, left_out
table hours in lake { refresh: append, window: window_start } =
  from rides |> call tumble(at, interval 1 hour) |> aggregate count(*) as n group by zone, window_start
table zones_of_days in folders { refresh: partitions, window: day, partition_by: [day] } =
  from rides |> aggregate sum(fare) as fares group by cast(at as date) as day, zone
"""
NAMES = ("days", "latest", "hours", "zones_of_days")
KILLS = 8
"""How often a run is killed, each time somewhat later."""

FIRST_DAY, SECOND_DAY = "2026-03-01 00:00:00Z", "2026-03-02 00:00:00Z"


def run(folder: Path, seconds: float | None = None) -> float:
    """The second day as people run it, killed after so many seconds; gives how many it took."""
    command = [sys.executable, "-c", "import sys; from oftra.cli import main; sys.exit(main())"]
    command += ["run", "-p", str(folder), "--start", SECOND_DAY, "--end", "2026-03-03 00:00:00Z"]
    begin = time.monotonic()
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    try:
        _, said = running.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
    else:
        assert running.returncode == 0, said.decode()
    return time.monotonic() - begin


def test_a_run_that_is_killed(tmp_path: Path) -> None:
    assert FIRST_DAY.startswith(f"{FIRST:%Y-%m-%d}")
    place = Place(tmp_path / "project", HEAD + TABLES).fill(rides(random.Random(5)))
    place.run(FIRST_DAY, SECOND_DAY)
    before, kept = place.rows(*NAMES), tmp_path / "kept"
    shutil.copytree(place.folder, kept)
    whole = run(place.folder)
    after = place.rows(*NAMES)
    assert all(before[name] != after[name] for name in NAMES)
    seen = set()
    for at in range(KILLS):
        shutil.rmtree(place.folder)
        shutil.copytree(kept, place.folder)
        run(place.folder, whole * (0.2 + 0.8 * at / KILLS))
        for name, rows in place.rows(*NAMES).items():
            assert rows in (before[name], after[name]), name
            seen.add((name, rows == after[name]))
        run(place.folder)
        assert place.rows(*NAMES) == after
    assert {done for _, done in seen} == {False, True}, "all kills came before anything was written, or none"
    assert not abandoned(str(place.folder / "folders"), ".oftra-")

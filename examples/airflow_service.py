"""An Airflow at work, for tests: its scheduler and what its tasks report to, told what to do by its own commands."""

import json
import secrets
import socket
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from airflow_environment import Home, python

COMMANDS = """\
import json, sys
from airflow.__main__ import main
for words in json.loads(sys.argv[1]):
    sys.argv = ["airflow", *words]
    main()
"""


class Tried(NamedTuple):
    """When a task was at work, in the run of which day and in which pool, and what came of it."""

    start: str
    end: str
    task: str
    day: str
    state: str
    pool: str


@dataclass(frozen=True)
class Service:
    """A scheduler that works on the DAGs of `home`."""

    home: Home
    processes: Sequence["subprocess.Popen[bytes]"]

    def ask(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """What stands in Airflow's database."""
        path = self.home.folder / "airflow.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)) as connection:
            return connection.execute(query, values).fetchall()

    def runs(self) -> list[tuple[str, str, str]]:
        """All runs: of which DAG, of which kind, and in which state."""
        return self.ask("select dag_id, run_type, state from dag_run")

    def tasks(self, dag: str) -> list[Tried]:
        """When the tasks of a DAG were at work, in runs that were asked for."""
        query = """
            select task.start_date, task.end_date, task.task_id, substr(run.data_interval_start, 1, 10), task.state,
              task.pool
            from task_instance as task
            join dag_run as run on run.dag_id = task.dag_id and run.run_id = task.run_id
            where task.dag_id = ? and run.run_type <> 'scheduled'
        """
        return [Tried(*found) for found in self.ask(query, dag)]

    def wait(self, wanted: Mapping[str, int], seconds: float) -> None:
        """Wait until each DAG has had as many runs as are wanted at least, and none is at work."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and all(process.poll() is None for process in self.processes):
            runs = self.runs()
            found = Counter([dag for dag, _, _ in runs])
            is_over = all(state in ("success", "failed") for _, _, state in runs)
            if is_over and all(found[dag] >= count for dag, count in wanted.items()):
                return
            time.sleep(0.5)
        raise RuntimeError(f"the runs came to no end: {self.runs()}; {self.said()}")

    def said(self) -> str:
        """The end of what its processes said."""
        return "".join([path.read_text(errors="replace")[-4000:] for path in sorted(self.home.folder.glob("*.out"))])

    def log(self, dag: str) -> str:
        """What the tasks of a DAG said, one after the other."""
        return "".join(
            [path.read_text() for path in sorted((self.home.folder / "logs").glob(f"dag_id={dag}/*/*/*.log"))]
        )


@contextmanager
def service(home: Home, commands: Sequence[Sequence[str]]) -> Iterator[Service]:
    """Airflow at work in `home`, once it was told `commands`. Its processes end with this."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = home.environment(
        {
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
            "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
            "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "60",
            "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        }
    )
    airflow = [str(python()), "-m", "airflow"]
    told = [str(python()), "-c", COMMANDS, json.dumps([list(words) for words in commands])]
    done = subprocess.run(told, env=environment, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"Airflow can't be told: {done.stdout[-4000:]}{done.stderr[-4000:]}")
    processes: list[subprocess.Popen[bytes]] = []
    server = ["api-server", "--apps", "execution", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    try:
        for words in (server, ["scheduler", "--skip-serve-logs"]):
            with open(home.folder / f"{words[0]}.out", "wb") as out:
                processes.append(subprocess.Popen([*airflow, *words], env=environment, stdout=out, stderr=out))
            if words is server:
                _listening(port, processes[0])
        yield Service(home, processes)
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            try:
                process.wait(120)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _listening(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the process takes connections, or has ended."""
    for _ in range(600):
        with socket.socket() as connection:
            if process.poll() is not None or connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)

"""Airflow for tests and demos: a virtual environment of its own, made once a machine, and what runs DAGs in it.

It lies in the user's cache, holds Airflow 3 with the providers that DAGs import and DuckDB, all of the releases that
`airflow-constraints.txt` names, and is used again by every later run. Where packages come from is pip's own business.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CONSTRAINTS = HERE / "airflow-constraints.txt"
WANTED = (
    "apache-airflow==3.3.2",
    "apache-airflow-providers-apache-spark",
    "apache-airflow-providers-cncf-kubernetes",
    "apache-airflow-providers-databricks",
    "apache-airflow-providers-openlineage",
    "apache-airflow-providers-standard",
    "databricks-sdk",
    "duckdb==2.0.0",
)


def python() -> Path:
    """The interpreter that has Airflow."""
    given = os.environ.get("XDG_CACHE_HOME")
    cache = (Path(given) if given else Path.home() / ".cache") / "oftra"
    cache.mkdir(parents=True, exist_ok=True)
    # Another Python, other packages: another environment.
    of = f"{sys.version_info.major}.{sys.version_info.minor} {WANTED} {CONSTRAINTS.read_text(encoding='utf-8')}"
    place = cache / f"airflow-{hashlib.sha256(of.encode()).hexdigest()[:12]}"
    found = place / "bin" / "python"
    with open(cache / "airflow.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / ".ready").exists() or not found.exists():
            shutil.rmtree(place, ignore_errors=True)
            venv.create(place, symlinks=True)
            install = [sys.executable, "-m", "pip", "--python", str(found), "install", "--quiet"]
            command = [*install, "--constraint", str(CONSTRAINTS), *WANTED]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise RuntimeError(f"Airflow can't be installed: {done.stdout}{done.stderr}")
            (place / ".ready").touch()
    return found


RUN_BEGINS = "==== a run begins ====\n"
"""The line that stands before the log of a run."""


@dataclass(frozen=True)
class Home:
    """An Airflow that knows the DAGs in `dags`, with its database and logs in `folder`."""

    folder: Path
    dags: Path
    more: Mapping[str, str] = field(default_factory=dict)
    """Variables of its processes besides."""

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """Where its processes run; nothing of what this one is told about Airflow."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHON"))}
        return {
            **kept,
            "AIRFLOW_HOME": str(self.folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
            "NO_COLOR": "1",
            **self.more,
            **more,
        }

    def make(self) -> None:
        """Make its database."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [str(python()), "-m", "airflow", "db", "migrate"]
        done = subprocess.run(command, env=self.environment({}), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"the database of Airflow can't be made: {done.stdout}{done.stderr}")

    def run(self, runs: Sequence[Mapping[str, Any]], more: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What `run_dags.py` tells of the DAGs and of `runs` of them, all in one process; and of each run its log."""
        told = self.folder / "told.json"
        told.unlink(missing_ok=True)
        command = [str(python()), str(HERE / "run_dags.py"), str(self.dags), json.dumps(list(runs)), str(told)]
        environment = self.environment(more or {})
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
        if not told.exists():
            raise RuntimeError(f"Airflow came to no end: {done.stdout[-4000:]}{done.stderr[-4000:]}")
        found: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
        _, *logs = done.stdout.split(RUN_BEGINS)
        for one, log in zip(found["runs"], logs, strict=True):
            one["log"] = log
        return found

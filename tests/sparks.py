"""Sparks to run generated modules in: environments that hold one release of pyspark and nothing else.

They are made when a test first asks for one, in the user's cache, and used again by every later run. Where packages
come from is pip's own business (`pip config`, `PIP_INDEX_URL`).
"""

import fcntl
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALLED = "4.1.4"
"""The release that Oftra's own tests run in."""

OPTIONS = {
    "spark.master": "local[2]",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.databricks.delta.snapshotPartitions": "2",
}
"""What is enough for a few rows."""

JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""For a Java that runs for seconds: it doesn't polish its code meanwhile."""


def options(*more: str) -> list[str]:
    """The same as options of `spark-submit`, with more of them."""
    return [*[word for name, value in OPTIONS.items() for word in ("--conf", f"{name}={value}")], *more]


def environment(*more: str) -> dict[str, str]:
    """Where a script that starts Spark by itself runs, with more options of `spark-submit`."""
    said = " ".join([*options(*more), "pyspark-shell"])
    return {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "JDK_JAVA_OPTIONS": JAVA, "PYSPARK_SUBMIT_ARGS": said}


def cache() -> Path:
    """Where things are kept that are too large to fetch for every run."""
    given = os.environ.get("XDG_CACHE_HOME")
    return (Path(given) if given else Path.home() / ".cache") / "oftra-tests"


@contextmanager
def alone(place: Path) -> Iterator[None]:
    """Nobody else makes `place` meanwhile."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place.parent / f"{place.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def python_of(release: str) -> Path:
    """The interpreter of an environment that holds only this release of pyspark."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    place = cache() / f"pyspark-{release}-python-{version}"
    python = place / "bin" / "python"
    with alone(place):
        if not (place / ".ready").exists() or not python.exists():
            shutil.rmtree(place, ignore_errors=True)
            venv.create(place, symlinks=True)
            install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-compile"]
            done = subprocess.run([*install, f"pyspark=={release}"], capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"pyspark {release} can't be installed: {done.stdout}{done.stderr}"
            (place / ".ready").touch()
    return python

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

RELEASES = ("3.5.9", INSTALLED, "4.3.0")


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

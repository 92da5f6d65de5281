"""Generated streams as jobs of a small Flink: started, stopped with a savepoint, and resumed from where they were."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from test_flink_golden import is_query, statements

import oftra
from oftra.targets.flink_sql.local import Connection, started
from oftra.targets.flink_sql.values import filled

QUICK = {"execution.checkpointing.interval": "1 s", "table.exec.mini-batch.allow-latency": "500 ms"}
"""What a test has no patience for: all else is as the script says."""


class Job:
    """The stream that a program's script describes; it runs, or doesn't."""

    def __init__(self, project: Path, values: Mapping[str, str], folder: Path) -> None:
        written = oftra.load(project, mode="streaming").compile("flink_sql")
        (script,) = [text for name, text in written.items() if name.endswith(".sql")]
        self.script = filled(script, values)
        self.settings = dict(re.findall(r"^set '(.*)' = '(.*)';$", self.script, re.MULTILINE))
        self.folder = folder
        self.session: Connection | None = None
        self.id = ""

    def start(self, since: str | None = None) -> None:
        """Submit it, from a savepoint if one is given."""
        resumed = {} if since is None else {"execution.state-recovery.path": since}
        checkpoints = {"execution.checkpointing.dir": (self.folder / "checkpoints").as_uri()}
        self.session = started().open("streaming", {**self.settings, **QUICK, **checkpoints, **resumed})
        for statement in statements(self.script):
            text = statement.rstrip().removesuffix(";")
            if is_query(text):
                self.id = self.session.submit(text)
            elif not re.search(r"^set\b", text, re.MULTILINE):
                self.session.execute(text)

    def status(self) -> str:
        """What has become of it."""
        assert self.session is not None
        return self.session.status(self.id)

    def stop(self) -> str:
        """Stop it with a savepoint: where it lies."""
        assert self.session is not None
        place = self.session.stop(self.id, (self.folder / "savepoints").as_uri())
        self.session.close()
        self.session = None
        return place

    def cancel(self) -> str:
        """Take it down as it is: where it was saved last."""
        self.end()
        saved = (self.folder / "checkpoints").glob(f"{self.id}/chk-*/_metadata")
        return max(saved, key=lambda one: one.stat().st_mtime).parent.as_uri()

    def end(self) -> None:
        """Leave nothing of it running."""
        if self.session is not None:
            if self.status() not in ("FAILED", "FINISHED", "CANCELED"):
                self.session.cancel(self.id)
            self.session.close()
            self.session = None


@contextmanager
def stream(project: Path, values: Mapping[str, str], folder: Path) -> Iterator[Job]:
    """A job that has not been started yet, and is ended with the test."""
    job = Job(project, values, folder)
    try:
        yield job
    finally:
        job.end()


def until(job: Job, holds: Callable[[], bool], seconds: float = 90) -> None:
    """Wait until something holds, while the job runs."""
    end = time.monotonic() + seconds
    while not holds():
        assert job.status() in ("CREATED", "INITIALIZING", "RUNNING"), job.status()
        assert time.monotonic() < end, "nothing came in time"
        time.sleep(0.3)

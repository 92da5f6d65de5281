"""A Flink as there is in production, on this machine: a JobManager, a TaskManager and a SQL gateway, each a process."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oftra.targets.flink_sql.jars import flink_jars, folder
from oftra.targets.flink_sql.local import JAVA
from oftra.targets.maven import jars

GATEWAY = {
    "org/apache/flink/flink-sql-gateway/2.3.0": "aad296a152dc367ddd70727f5a57dd61958cff3d8dceb1f947bf8d9705c8d724",
    "org/apache/flink/flink-sql-gateway-api/2.3.0": "85658df5d4fc689cd9a5d45b6841dbdbae4a92942b9c3e561cec396fb4e910ff",
}
SIZES = {
    "cpu.cores": "2.0",
    "memory.framework.heap.size": "64m",
    "memory.framework.off-heap.size": "64m",
    "memory.task.heap.size": "256m",
    "memory.task.off-heap.size": "0m",
    "memory.network.min": "64m",
    "memory.network.max": "64m",
    "memory.managed.size": "128m",
    "memory.jvm-metaspace.size": "256m",
    "memory.jvm-overhead.min": "64m",
    "memory.jvm-overhead.max": "64m",
}
"""What Flink's own scripts work out for a TaskManager before they start it."""
START_SECONDS = 120


@dataclass(frozen=True)
class Cluster:
    """Where its JobManager and its gateway listen, on this machine."""

    port: int
    gateway: int

    def jobs(self) -> list[tuple[str, str]]:
        """What each job was called first, and what has become of it, in the order in which they began."""
        found = asked(f"http://127.0.0.1:{self.port}/jobs/overview")["jobs"]
        return [(one["name"].split()[0], one["state"]) for one in sorted(found, key=lambda one: int(one["start-time"]))]


def asked(url: str) -> dict[str, Any]:
    """What an address answers."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


@contextmanager
def cluster(place: Path) -> Iterator[Cluster]:
    """A cluster whose settings and logs are in `place`."""
    rpc, rest, gateway = _ports(3)
    settings = {
        "jobmanager.rpc.address": "127.0.0.1",
        "jobmanager.rpc.port": str(rpc),
        "jobmanager.bind-host": "127.0.0.1",
        "jobmanager.memory.process.size": "1g",
        "taskmanager.host": "127.0.0.1",
        "taskmanager.bind-host": "127.0.0.1",
        "taskmanager.numberOfTaskSlots": "4",
        "rest.address": "127.0.0.1",
        "rest.bind-address": "127.0.0.1",
        "rest.port": str(rest),
        "execution.target": "remote",
        "parallelism.default": "1",
        "sql-gateway.endpoint.rest.address": "127.0.0.1",
        "sql-gateway.endpoint.rest.port": str(gateway),
        "io.tmp.dirs": str(place / "tmp"),
        **{f"taskmanager.{name}": size for name, size in SIZES.items()},
    }
    (place / "tmp").mkdir(parents=True)
    (place / "config.yaml").write_text("".join([f"{name}: {json.dumps(value)}\n" for name, value in settings.items()]))
    own = ["--configDir", str(place)]
    runtime = "org.apache.flink.runtime"
    with ExitStack() as stack:
        stack.enter_context(_started(place, "350m", f"{runtime}.entrypoint.StandaloneSessionClusterEntrypoint", *own))
        stack.enter_context(_started(place, "500m", f"{runtime}.taskexecutor.TaskManagerRunner", *own))
        stack.enter_context(_started(place, "350m", "org.apache.flink.table.gateway.SqlGateway"))
        _wait(f"http://127.0.0.1:{gateway}/v1/info", {}, place)
        _wait(f"http://127.0.0.1:{rest}/overview", {"taskmanagers": 1}, place)
        yield Cluster(rest, gateway)


@contextmanager
def _started(place: Path, heap: str, main: str, *words: str) -> Iterator[None]:
    java = shutil.which("java", path=os.path.join(os.environ.get("JAVA_HOME", ""), "bin")) or "java"
    found = [*flink_jars(), *jars(folder() / "gateway", GATEWAY)]
    command = [java, *JAVA, f"-Xmx{heap}", "-XX:TieredStopAtLevel=1", "-cp", os.pathsep.join(map(str, found))]
    environment = {**os.environ, "FLINK_CONF_DIR": str(place)}
    with open(place / f"{main.rpartition('.')[2]}.log", "w") as log:
        process = subprocess.Popen([*command, main, *words], env=environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.kill()
            process.wait()


def _wait(url: str, wanted: Mapping[str, object], place: Path) -> None:
    """Until the address answers, with what is `wanted` in it."""
    patience = time.monotonic() + START_SECONDS
    while time.monotonic() < patience:
        try:
            if wanted.items() <= asked(url).items():
                return
        except OSError:
            pass
        time.sleep(0.5)
    raise RuntimeError("".join([log.read_text()[-2000:] for log in place.glob("*.log")]))


def _ports(count: int) -> list[int]:
    """Ports that are free now."""
    with ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in found:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in found]

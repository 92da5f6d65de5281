"""The broker that tests and examples use: it answers, keeps what it has while it is away, and leaves nothing behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from broker import Broker, BrokerFailed
from topics import SILENT, Message, new_topic, received, send

from oftra.ir.program import Program
from oftra.targets.duckdb import topics

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_what_was_sent_is_there_after_it_was_away() -> None:
    with Broker() as broker:
        topic = new_topic(broker, partitions=2)
        send(broker, topic, [Message(b"a", b"k", 1, (("h", b"v"),), 1000), Message(None, b"k", 1), b"b"])
        broker.stop()
        broker.start()
        assert [(one.value, one.partition) for one in received(broker, topic)] == [(b"b", 0), (b"a", 1), (None, 1)]
    assert not broker.folder.exists()


def test_it_ends_with_a_process_that_was_killed() -> None:
    with subprocess.Popen([sys.executable, str(EXAMPLES / "broker.py")], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("localhost:")
        (java,) = _children_of(process.pid, "java")
        process.kill()
    end = time.monotonic() + 30
    while os.path.exists(f"/proc/{java}/exe") and time.monotonic() < end:
        time.sleep(0.1)
    assert not os.path.exists(f"/proc/{java}/exe")


def _children_of(pid: int, program: str) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(pid)], capture_output=True, text=True, check=True)
    return [int(number) for number, name in map(str.split, found.stdout.splitlines()) if name == program]


def test_a_broker_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Broker()
    settings = broker.folder / "server.properties"
    settings.write_text(settings.read_text().replace("process.roles=broker,controller", "process.roles=cook"))
    with pytest.raises(BrokerFailed, match="cook"):
        broker.start()
    assert not broker.folder.exists()


def test_reading_goes_on_when_it_is_back(broker: Broker) -> None:
    topic = new_topic(broker)
    send(broker, topic, [b"%d" % number for number in range(50_000)])
    # So little is fetched ahead that the rest is still to come.
    few = {"queued.min.messages": 100, "queued.max.messages.kbytes": 16, "fetch.message.max.bytes": 10_000}
    client = {"bootstrap.servers": broker.address, **few, **SILENT}
    reader = topics.Reader({"topic": topic}, topics.Settled(Program("p", "1", ()), {}), client)
    found: list[bytes] = []
    for at, batch in enumerate(reader.batches()):
        if at == 0:
            assert len(batch) < 50_000
            broker.stop()
            broker.start()
        found += batch.column("value").to_pylist()
    assert found == [b"%d" % number for number in range(50_000)]

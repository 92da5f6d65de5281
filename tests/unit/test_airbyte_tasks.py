"""Tasks that are syncs of Airbyte, by a server that speaks its API: how they are begun, waited for and cancelled."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator

import black
import pytest
from airbyte_server import CONNECTION, Airbyte, serving
from cli_runs import Cli, command
from programs import program_of

PROGRAM = """\
connection lake = files { root: 'data', format: parquet }
table t in lake = from values (1) as t (x)
pipeline nightly { build: [t, sync], require sync.rows > 5 and sync.bytes is not null else stop }
"""
SYNC = """\
task sync { counts: [rows, bytes], MORE } = airbyte {
  url: 'URL', connection: 'CONNECTION', poll: interval 10 milliseconds,
  client_id: env('AIRBYTE_CLIENT'), client_secret: secret('airbyte/secret'),
}
"""


@pytest.fixture
def airbyte(monkeypatch: pytest.MonkeyPatch) -> Iterator[Airbyte]:
    monkeypatch.setenv("AIRBYTE_CLIENT", "me")
    monkeypatch.setenv("AIRBYTE_SECRET", "hush")
    with serving() as found:
        yield found


def program(airbyte: Airbyte, more: str = "", connection: str = CONNECTION) -> str:
    sync = SYNC.replace("URL", airbyte.url).replace("CONNECTION", connection).replace(", MORE", more and f", {more}")
    return PROGRAM + sync


def test_a_sync_is_waited_for_and_counted(cli: Cli, airbyte: Airbyte) -> None:
    airbyte.states, airbyte.lasts = ["pending", "running", 503, "incomplete", "running", "succeeded"], 4
    cli.put({"p.oftra": program(airbyte)})
    done = cli("run", "--pipeline", "nightly", "--report", "report.json")
    assert done.status == 0, done.err
    assert airbyte.begun == [{"connectionId": CONNECTION, "jobType": "sync"}]
    assert not airbyte.cancelled and airbyte.tokens > 1
    said = [line for line in done.err.splitlines() if " is " in line]
    assert said == [f"sync: job 1 of Airbyte is {word}" for word in SEEN], done.err
    assert "does not answer: 503" in done.err and "does not answer: 401" in done.err
    (task,) = json.loads((cli.folder / "report.json").read_text())["tasks"]
    assert task["counts"] == {"rows": 7, "bytes": 1234}


SEEN = ("pending", "running", "incomplete", "running", "succeeded")


@pytest.mark.parametrize(
    ("states", "said", "cancelled"),
    [
        (["running", "failed"], "job 1 of Airbyte ended as failed", []),
        (["cancelled"], "job 1 of Airbyte ended as cancelled", []),
        ([500], "does not answer: 500", [1]),
    ],
    ids=str,
)
def test_a_sync_that_fails(
    cli: Cli, airbyte: Airbyte, states: list[str | int], said: str, cancelled: list[int]
) -> None:
    airbyte.states = states
    cli.put({"p.oftra": program(airbyte)})
    done = cli("run", "sync")
    assert done.status == 3 and said in done.err, done.err
    assert airbyte.cancelled == cancelled


def test_a_sync_that_is_not_taken(cli: Cli, airbyte: Airbyte, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.put({"p.oftra": program(airbyte, connection=CONNECTION.replace("0", "1"))})
    done = cli("run", "sync")
    assert done.status == 3 and "Airbyte did not take the job: 404: " in done.err and "Traceback" not in done.err
    monkeypatch.setenv("AIRBYTE_SECRET", "wrong")
    done = cli("run", "sync")
    assert done.status == 3 and "did not take the job: 403" in done.err and "wrong" not in done.err


def test_a_sync_is_cancelled_at_its_limit(cli: Cli, airbyte: Airbyte) -> None:
    airbyte.states = ["running"]
    cli.put({"p.oftra": program(airbyte, "timeout: interval 4 seconds")})
    done = cli("run", "sync")
    assert done.status == 3 and "it was stopped after 4 s" in done.err
    assert airbyte.cancelled == [1] and "job 1 of Airbyte was cancelled" in done.err


def test_a_sync_is_cancelled_with_its_run(cli: Cli, airbyte: Airbyte) -> None:
    airbyte.states = ["running"]
    cli.put({"p.oftra": program(airbyte)})
    with subprocess.Popen(command("run", "sync"), cwd=cli.folder, stderr=subprocess.PIPE) as running:
        limit = time.monotonic() + 60
        while not airbyte.asked and time.monotonic() < limit:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
    assert airbyte.asked and airbyte.cancelled == [1]


WRONG = {
    "no address": (f"connection: '{CONNECTION}'", "OF0703"),
    "an address of another kind": (f"url: 'file:///etc', connection: '{CONNECTION}'", "OF0704"),
    "a name for an id": ("url: 'https://a.example', connection: 'orders'", "OF0704"),
    "a token as text": (f"url: 'https://a.example', connection: '{CONNECTION}', token: 'abc'", "OF0533"),
    "half of a client": (f"url: 'https://a.example', connection: '{CONNECTION}', client_id: 'abc'", "OF0703"),
    "a pause of months": (
        f"url: 'https://a.example', connection: '{CONNECTION}', poll: interval 1 month",
        "OF0704",
    ),
    "another job": (f"url: 'https://a.example', connection: '{CONNECTION}', job: copy", "OF0705"),
}


@pytest.mark.parametrize(("options", "code"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_said(options: str, code: str) -> None:
    _, report = program_of(f"task sync = airbyte {{ {options} }}\n")
    assert [one.code for one in report] == [code]


def test_it_counts_rows_and_bytes_alone(airbyte: Airbyte) -> None:
    _, report = program_of(program(airbyte).replace("[rows, bytes]", "[rows, bytes, records]"))
    assert [one.code for one in report] == ["OF0539"]


def test_the_python_is_well_formatted(airbyte: Airbyte) -> None:
    found, report = program_of(program(airbyte))
    assert not list(report)
    (task,) = found.tasks
    assert task.text is not None and black.format_str(task.text, mode=black.Mode()) == task.text

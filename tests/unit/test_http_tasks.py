"""Tasks that are requests: what is sent, what comes back, and what can't be said."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import black
import pytest
from cli_runs import Cli
from programs import program_of

PROGRAM = """\
connection lake = files { root: 'data', format: parquet }
param city string = 'Zürich'
param least int = 3
param path boolean = true
table t in lake = from values (1) as t (x)
"""

Asked = list[dict[str, Any]]


@pytest.fixture
def service() -> Iterator[tuple[str, Asked]]:
    """The address of a server, and what it was asked. Its paths are the statuses that it answers with."""
    asked: Asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            asked.append({"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body})
            self.send_response(int(self.path.removeprefix("/").partition("?")[0]))
            self.end_headers()
            self.wfile.write(b"that is why")

        do_GET = do_PUT = do_DELETE = do_POST

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()


def test_what_is_sent(cli: Cli, service: tuple[str, Asked], monkeypatch: pytest.MonkeyPatch) -> None:
    address, asked = service
    monkeypatch.setenv("HOOK_TOKEN", "hush")
    cli.put(
        {
            "p.oftra": f"""{PROGRAM}
pipeline nightly {{ build: [t], on_success: [ask] }}
task ask = http {{
  url: '{address}/200?a=1',
  query: {{ city: city, `of`: 'a b' }},
  headers: {{ Authorization: 'Bearer ' || secret('hook/token'), `X-Of`: 'all' }},
  json: {{ text: 'it "is" done', least: least, until: run.end, path: path, inner: {{ a: 1.5, b: null }} }},
}}
"""
        }
    )
    done = cli("run", "--pipeline", "nightly", "--end", "2026-01-02", "--param", "least=7")
    assert done.status == 0, done.err
    (one,) = asked
    assert (one["method"], one["path"]) == ("POST", "/200?a=1&city=Z%C3%BCrich&of=a+b")
    assert one["headers"]["Authorization"] == "Bearer hush" and one["headers"]["X-Of"] == "all"
    assert one["headers"]["Content-Type"] == "application/json"
    assert json.loads(one["body"]) == {
        "text": 'it "is" done',
        "least": 7,
        "until": "2026-01-02 00:00:00Z",
        "path": True,
        "inner": {"a": 1.5, "b": None},
    }
    assert f"POST {address}/200?a=1&city=Z%C3%BCrich&of=a+b: 200" in done.err and "hush" not in done.err


@pytest.mark.parametrize(
    ("path", "more", "said"),
    [
        ("204", "", ": 204"),
        ("500", "", "that is why"),
        ("200", ", status: 204", "that is why"),
        ("418", ", status: 418, method: delete", "DELETE"),
    ],
)
def test_what_comes_back(cli: Cli, service: tuple[str, Asked], path: str, more: str, said: str) -> None:
    address, asked = service
    cli.put({"p.oftra": f"{PROGRAM}task ask = http {{ url: '{address}/{path}'{more} }}\n"})
    done = cli("run", "ask")
    fails = said == "that is why"
    assert done.status == (3 if fails else 0), done.err
    assert said in done.err and len(asked) == 1
    assert ("the task `ask` failed: it ended with status 1" in done.err) == fails


def test_nobody_answers(cli: Cli, service: tuple[str, Asked]) -> None:
    cli.put({"p.oftra": f"{PROGRAM}task ask = http {{ url: 'http://127.0.0.1:1/' }}\n"})
    done = cli("run", "ask")
    assert done.status == 3 and "GET http://127.0.0.1:1/: " in done.err and "Traceback" not in done.err


WRONG = {
    "no address": ("http { method: get }", "OF0703"),
    "an address of another kind": ("http { url: 'file:///etc/passwd' }", "OF0704"),
    "a method that isn't there": ("http { url: 'https://a.example', method: head }", "OF0705"),
    "a secret as text": ("http { url: 'https://a.example', headers: { Authorization: 'Bearer abc' } }", "OF0533"),
    "a secret in what is asked": ("http { url: 'https://a.example', query: { api_key: 'abc' } }", "OF0533"),
    "a value that is computed": ("http { url: 'https://a.example', json: { a: upper('x' || city) } }", "OF0704"),
    "an address that is computed": ("http { url: upper(city) }", "OF0704"),
    "a text": ("http $$ get $$", "OF0535"),
}


@pytest.mark.parametrize(("work", "code"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_said(work: str, code: str) -> None:
    _, report = program_of(f"{PROGRAM}task ask = {work}\n")
    assert [one.code for one in report] == [code]


def test_requests_count_nothing() -> None:
    _, report = program_of(f"{PROGRAM}task ask {{ counts: [a] }} = http {{ url: 'https://a.example' }}\n")
    assert "OF0538" in [one.code for one in report]


def test_the_python_is_well_formatted_and_takes_no_variable_of_others() -> None:
    program, report = program_of(
        PROGRAM + "task ask { env: { CITY: 'Bern' } } = http {\n"
        "  url: env('HOOK', 'https://a.example'), query: { city: city, path: path }, json: { home: env('HOME') } }\n"
    )
    assert not list(report)
    (task,) = program.tasks
    assert task.kind == "python" and task.text is not None
    assert black.format_str(task.text, mode=black.Mode(line_length=120)) == task.text
    env = task.options["env"]
    assert isinstance(env, dict)
    assert list(env) == ["CITY", "HOOK", "CITY_2", "PATH_2", "HOME"] and env["CITY"] == "Bern"

"""A sync of Airbyte as the Python that asks for it and waits, so that whatever runs a task in Python runs this one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from oftra.check.http_task import address_of
from oftra.check.work_values import Values, Work, counting, listed
from oftra.diagnostics.project import MissingOption
from oftra.ir.expr import Duration
from oftra.ir.options import word
from oftra.ir.program import Option, Options

COUNTS = {"rows": "rowsSynced", "bytes": "bytesSynced"}
"""What a sync can count, and what the API calls that."""

_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CREDENTIALS = ("token", "client_id", "client_secret")

_HEAD = """\
import contextlib
import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request

"""

_ASK = '''

def ask(method, path, body=None):
    """What the API answers."""
    headers = {"Content-Type": "application/json"}
    if authorized:
        headers["Authorization"] = f"Bearer {authorized['token']}"
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, sent, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
'''

_LOGIN = '''

def log_in():
    """Ask for a token, which is valid for minutes."""
    authorized.clear()
    client = {"client_id": client_id, "client_secret": client_secret}
    client["grant-type"] = "client_credentials"
    answer = ask("POST", "/applications/token", client)
    authorized["token"] = answer["access_token"]
'''

_STOP = '''

def stop(number, frame):
    """End when the task is stopped, and have the job cancelled."""
    sys.exit(f"stopped by signal {number}")


def why(error):
    """What is said of a request that failed."""
    if isinstance(error, urllib.error.HTTPError):
        return f"{error.code}: {error.read().decode(errors='replace')[:2000]}"
    return error


signal.signal(signal.SIGTERM, stop)
try:
'''

_WAIT = """\
except (OSError, ValueError, LookupError) as error:
    sys.exit(f"Airbyte did not take the job: {why(error)}")
number, failures = job["jobId"], 0
print(f"job {number} of Airbyte is {job['status']}", flush=True)
try:
    while job["status"] in ("pending", "running", "incomplete"):
        before = job["status"]
        time.sleep(POLL)
        try:
            job, failures = ask("GET", f"/jobs/{number}"), 0
        except (OSError, ValueError) as error:
            failures += 1
            print(f"job {number} of Airbyte does not answer: {why(error)}", flush=True)
            if failures == 5:
                sys.exit(1)
RENEW
        if job["status"] != before:
            print(f"job {number} of Airbyte is {job['status']}", flush=True)
except BaseException:
    with contextlib.suppress(OSError, ValueError):
        ask("DELETE", f"/jobs/{number}")
        print(f"job {number} of Airbyte was cancelled", flush=True)
    raise
"""

_RENEW = """\
            if getattr(error, "code", None) == 401:
                with contextlib.suppress(OSError, ValueError):
                    log_in()
"""


def sync_of(options: Options, counts: tuple[str, ...], values: Values) -> Work:
    """The sync that the work of a task says, with what it counts of `counts`."""
    given_url = options.get("url")
    url = address_of("url", given_url.rstrip("/") if isinstance(given_url, str) else given_url, values)
    connection = options.get("connection")
    if isinstance(connection, str) and not _ID.fullmatch(connection):
        wanted = "the id of a connection, such as '03d6a5f3-8d4b-4a8e-9a5f-0c1d2e3f4a5b'"
        values.mistyped("connection", wanted)
    for name in ("token", "client_secret"):
        values.keep_secret(name, options.get(name))
    given = {name: values.said(name, options[name]) for name in _CREDENTIALS if name in options}
    if ("client_id" in given) != ("client_secret" in given):
        missing = "client_secret" if "client_id" in given else "client_id"
        values.wrong.append(MissingOption(missing, f"task `{values.task}`", "a string", span=values.span))
    pause = _seconds(options.get("poll"), values)
    asked = listed(
        [
            f'"connectionId": {values.said("connection", connection)}',
            f'"jobType": "{word(options.get("job"), "sync")}"',
        ],
        "{}",
    )
    return Work("".join(_parts(url, asked, pause, given, counts)), values.variables)


def _seconds(poll: Option, values: Values) -> str:
    if not isinstance(poll, Duration) or poll.months:
        if poll is not None:
            values.mistyped("poll", "an interval of hours, minutes or seconds")
        return "10"
    return f"{poll.micros / 1_000_000:g}"


def _parts(url: str, job: str, pause: str, given: Mapping[str, str], counts: tuple[str, ...]) -> Iterator[str]:
    logs_in = "client_id" in given
    yield _HEAD if "os.environ[" in "".join([url, job, *given.values()]) or counts else _HEAD.replace("import os\n", "")
    yield f"url = {url}\n"
    yield from [f"{name} = {value}\n" for name, value in given.items() if name != "token"]
    yield f'authorized = {{"token": {given["token"]}}}\n' if "token" in given else "authorized = {}\n"
    yield f"job = {job}\n"
    yield _ASK
    if logs_in:
        yield _LOGIN
    yield _STOP
    yield "    log_in()\n" if logs_in and "token" not in given else ""
    yield '    job = ask("POST", "/jobs", job)\n'
    yield _WAIT.replace("POLL", pause).replace("RENEW\n", _RENEW if logs_in else "")
    if counts:
        entries = [f'"{name}": job.get("{COUNTS[name]}")' for name in counts if name in COUNTS]
        yield from [f"{line}\n" for line in counting(entries)]
    yield 'if job["status"] != "succeeded":\n'
    yield "    sys.exit(f\"job {number} of Airbyte ended as {job['status']}\")\n"


__all__ = ["COUNTS", "sync_of"]

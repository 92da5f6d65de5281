"""A server that speaks as much of Airbyte's API as a sync takes: jobs are begun, asked for and cancelled."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

CONNECTION = "03d6a5f3-8d4b-4a8e-9a5f-0c1d2e3f4a5b"
CLIENT = {"client_id": "me", "client_secret": "hush", "grant-type": "client_credentials"}


@dataclass
class Airbyte:
    """The jobs that a server has, each with the states that it goes through as it is asked for; the last one stays.

    A state may be a status of HTTP: then asking fails so. Tokens are good for `lasts` requests.
    """

    url: str = ""
    states: list[str | int] = field(default_factory=lambda: ["succeeded"])
    lasts: int = 100
    begun: list[dict[str, Any]] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    tokens: int = 0
    used: int = 0
    asked: int = 0

    def answer(self, method: str, path: str, body: Any, token: str) -> tuple[int, Any]:
        """The status and the answer of a request."""
        if (method, path) == ("POST", "/v1/applications/token"):
            if body != CLIENT:
                return 403, {"message": "who are you?"}
            self.tokens, self.used = self.tokens + 1, 0
            return 200, {"access_token": f"token {self.tokens}", "token_type": "Bearer", "expires_in": 180}
        self.used += 1
        if token != f"Bearer token {self.tokens}" or self.used > self.lasts:
            return 401, {"message": "Unauthorized"}
        if (method, path) == ("POST", "/v1/jobs"):
            if body["connectionId"] != CONNECTION:
                return 404, {"message": "no such connection"}
            self.begun.append(body)
            return 200, self._job("pending")
        if path != f"/v1/jobs/{len(self.begun)}":
            return 404, {"message": "no such job"}
        if method == "DELETE":
            self.cancelled.append(len(self.begun))
            return 200, self._job("cancelled")
        state = self.states[min(self.asked, len(self.states) - 1)]
        self.asked += 1
        return (state, {"message": "not now"}) if isinstance(state, int) else (200, self._job(state))

    def _job(self, status: str) -> dict[str, Any]:
        job = {"jobId": len(self.begun), "status": status, "jobType": "sync", "connectionId": CONNECTION}
        return job | ({"rowsSynced": 7, "bytesSynced": 1234} if status == "succeeded" else {})


@contextmanager
def serving() -> Iterator[Airbyte]:
    """A server of its own."""
    airbyte = Airbyte()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.loads(text) if text else None
            status, answer = airbyte.answer(self.command, self.path, body, self.headers.get("Authorization", ""))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_GET = do_DELETE = do_POST

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        airbyte.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        yield airbyte
        server.shutdown()
        thread.join()

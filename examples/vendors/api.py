"""A parcel carrier's API, on this machine: two accounts, pages, a day without parcels, and a page that fails at first.

    python api.py 8045

`GET /v1/accounts/ACCOUNT/shipments?day=2026-03-02&page=1` with the header `Authorization: Bearer TOKEN` answers with
`{"shipments": […], "next": 2}`; `next` is null on the last page. What it gives is made up, and the same each time.
"""

import json
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKENS = {"north": "north-token", "south": "south-token"}
PAGE = 10
EMPTY = {("south", date(2026, 3, 3))}
FAILS = {("north", date(2026, 3, 4), 2): 1}
"""How often a page fails before it is there."""


def shipments(account: str, day: date) -> list[dict[str, Any]]:
    """What an account sent on a day. One parcel of thirty has no zone, and one of fifty a weight below nothing."""
    if (account, day) in EMPTY:
        return []
    chance = random.Random(f"{account} {day}")
    sent = []
    for number in range(chance.randint(14, 28)):
        at = datetime.combine(day, time(), UTC) + timedelta(seconds=chance.randrange(86_400))
        weight = chance.randint(100, 20_000)
        sent.append(
            {
                "id": f"{account[0].upper()}{day:%m%d}-{number:03}",
                "zone": None if chance.random() < 1 / 30 else chance.choice(["home", "near", "far"]),
                "weight_g": -weight if chance.random() < 1 / 50 else weight,
                "cost": f"{chance.randint(290, 3900) / 100:.2f}",
                "shipped_at": at.isoformat(),
            }
        )
    return sent


class Api(ThreadingHTTPServer):
    """The server, which remembers how often a page has failed."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Answer)
        self.failures = dict(FAILS)


class Answer(BaseHTTPRequestHandler):
    """An answer to a request."""

    server: Api

    def do_GET(self) -> None:
        """A page of an account's shipments of a day."""
        status, answer = self._answer()
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self) -> tuple[HTTPStatus, dict[str, Any]]:
        asked = urlsplit(self.path)
        words, given = asked.path.strip("/").split("/"), parse_qs(asked.query)
        if len(words) != 4 or (words[0], words[1], words[3]) != ("v1", "accounts", "shipments"):
            return HTTPStatus.NOT_FOUND, {"error": "no such place"}
        account = words[2]
        if self.headers.get("Authorization") != f"Bearer {TOKENS.get(account)}":
            return HTTPStatus.UNAUTHORIZED, {"error": "no such account, or not its token"}
        day, page = date.fromisoformat(given["day"][0]), int(given.get("page", ["1"])[0])
        if self.server.failures.get((account, day, page), 0):
            self.server.failures[account, day, page] -= 1
            return HTTPStatus.SERVICE_UNAVAILABLE, {"error": "come back later"}
        found = shipments(account, day)
        records = found[(page - 1) * PAGE : page * PAGE]
        return HTTPStatus.OK, {"shipments": records, "next": page + 1 if page * PAGE < len(found) else None}

    def log_message(self, *_: object) -> None:
        """Nothing: who asks tells what it got."""


@contextmanager
def served() -> Iterator[str]:
    """The API at a port that is free, until the end of a `with`; its address."""
    with Api() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


if __name__ == "__main__":
    Api(int(sys.argv[1])).serve_forever()

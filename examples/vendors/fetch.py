"""Bring the shipments of a run's days into the raw zone, as they come: the task `fetch` of the pipeline.

The days are those from START up to END, the API is at API, and an account's token in NORTH_TOKEN or SOUTH_TOKEN.

Each day is a folder of parquet, `data/raw/shipments/account=north/day=2026-03-01/`, which takes the place of what an
earlier run brought. `data/raw/responses/` says of each request what came of it: a page that can't be had is no reason
to stop here. How many there were is left in the file COUNTS, and a gate of the pipeline says what becomes of it.
"""

import json
import os
import shutil
import urllib.error
import urllib.request
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ACCOUNTS = ("north", "south")
RAW = Path(os.environ.get("VENDORS", "data/raw"))
SHIPMENT = pa.schema(
    [
        ("id", pa.string()),
        ("zone", pa.string()),
        ("weight_g", pa.int32()),
        ("cost", pa.decimal128(10, 2)),
        ("shipped_at", pa.timestamp("us", "UTC")),
    ]
)
RESPONSE = pa.schema([("page", pa.int32()), ("status", pa.int32()), ("records", pa.int32())])


def days(start: str, end: str) -> list[date]:
    """The days from a moment up to another one; where the first isn't known, the day before the other."""
    last = datetime.fromisoformat(end)
    first = datetime.fromisoformat(start) if start else last - timedelta(days=1)
    after = (last - timedelta(microseconds=1)).date()
    return [first.date() + timedelta(days=at) for at in range((after - first.date()).days + 1)]


def asked(address: str, token: str) -> tuple[int, dict[str, Any]]:
    """What the API answers: the status, and what came with it."""
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, {}


def fetched(api: str, account: str, token: str, day: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The records of a day, page by page until the last or one that fails, and what came of each request."""
    records: list[dict[str, Any]] = []
    responses = []
    page: int | None = 1
    while page is not None:
        status, answer = asked(f"{api}/v1/accounts/{account}/shipments?day={day}&page={page}", token)
        found = answer.get("shipments", [])
        records += found
        responses.append({"page": page, "status": status, "records": len(found)})
        page = answer.get("next")
    return records, responses


def typed(record: dict[str, Any]) -> dict[str, Any]:
    """A record of the API, its amount and its time as what they are."""
    shipped_at = datetime.fromisoformat(record["shipped_at"])
    return {**record, "cost": Decimal(record["cost"]), "shipped_at": shipped_at}


def replace(folder: Path, table: pa.Table) -> None:
    """Put a table in the place of a folder."""
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    pq.write_table(table, new / "part-0.parquet")
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)


def fetch(api: str, account: str, day: date) -> tuple[int, int]:
    """Bring a day of an account, and say how many records it has; gives how many requests there were, and failed."""
    records, responses = fetched(api, account, os.environ[f"{account.upper()}_TOKEN"], day)
    place = Path(f"account={account}") / f"day={day}"
    replace(RAW / "shipments" / place, pa.Table.from_pylist([typed(one) for one in records], SHIPMENT))
    replace(RAW / "responses" / place, pa.Table.from_pylist(responses, RESPONSE))
    said = ", ".join([f"page {one['page']}: {one['status']}" for one in responses])
    print(f"{account} {day}: {len(records)} shipments ({said})", flush=True)
    return len(responses), sum([one["status"] != 200 for one in responses])


def main() -> None:
    """Bring all accounts' days of the run, and tell what came of the requests."""
    wanted = days(os.environ["START"], os.environ["END"])
    found = [fetch(os.environ["API"], account, day) for account in ACCOUNTS for day in wanted]
    counts = {"responses": sum([made for made, _ in found]), "failed": sum([failed for _, failed in found])}
    Path(os.environ["COUNTS"]).write_text(json.dumps(counts), encoding="utf-8")


if __name__ == "__main__":
    main()

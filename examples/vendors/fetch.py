"""Bring an account's shipments of some days into the raw zone, as they come.

    NORTH_TOKEN=north-token python fetch.py http://127.0.0.1:8045 north 2026-03-01 2026-03-02

Each day is a folder of parquet, `data/raw/shipments/account=north/day=2026-03-01/`, which takes the place of what an
earlier run brought. `data/raw/responses/` says of each request what came of it: a page that can't be had is no reason
to stop here, a gate of the pipeline says what becomes of it.
"""

import json
import os
import shutil
import sys
import urllib.error
import urllib.request
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

RAW = Path(os.environ.get("VENDORS", Path(__file__).parent / "data" / "raw"))
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


def days(first: date, last: date) -> list[date]:
    """The days from the first to the last, both of them too."""
    return [first + timedelta(days=at) for at in range((last - first).days + 1)]


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


def fetch(api: str, account: str, first: date, last: date) -> None:
    """Bring the days of an account, and say how many records each has."""
    token = os.environ[f"{account.upper()}_TOKEN"]
    for day in days(first, last):
        records, responses = fetched(api, account, token, day)
        place = Path(f"account={account}") / f"day={day}"
        replace(RAW / "shipments" / place, pa.Table.from_pylist([typed(one) for one in records], SHIPMENT))
        replace(RAW / "responses" / place, pa.Table.from_pylist(responses, RESPONSE))
        said = ", ".join([f"page {one['page']}: {one['status']}" for one in responses])
        print(f"{account} {day}: {len(records)} shipments ({said})")


if __name__ == "__main__":
    api, account, first, *last = sys.argv[1:]
    fetch(api, account, date.fromisoformat(first), date.fromisoformat(last[0] if last else first))

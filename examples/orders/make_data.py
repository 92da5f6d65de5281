"""Makes the example's data: what two shop accounts, a CRM and a buyer would give, some of it broken.

    python make_data.py [ORDERS]

writes `data` anew, the same each time. What is broken in it is in `BROKEN_ORDERS` and `BROKEN_LINES` below.
"""

import csv
import json
import random
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
BEGIN = datetime(2026, 1, 1)
DAYS = 90
COUNTRIES = ("DE", "DE", "DE", "AT", "FR", "NL")
TIERS = ("basic", "plus", "pro")
COUPONS = ("WINTER", "winter", "Welcome5", "WELCOME5")
GOODS = {"tea-100": 890, "tea-500": 3490, "pot-1": 2450, "cup-2": 1200, "tin-3": 650, "gift": 0}
"""What a piece of each article costs, in cents."""

BROKEN_ORDERS = (
    '{"order_id": "B-9001", "placed_at": "2026-01-09T08:00:00Z", "buyer": {"id": "c07"}, "lines": []}',
    '{"order_id": "B-9002", "placed_at": "2026-01-17T08:00:00Z", "buyer": {"country": "DE"}, '
    '"lines": [{"sku": "pot-1", "quantity": 1, "price": 24.50}]}',
    '{"order_id": "B-9003", "placed_at": "2026-02-03T08:00:00Z", "buyer": {"id": "c11", "country": "AT"}, '
    '"lines": [{"sku": "tin-3", "quantity": 2, "price": 6.495}]}',
    '{"order_id": "B-9004", "placed_at": "2026-02-20T08:00:00Z", "buyer": {"id": "c12"}, "lines": [{"sku"',
    '{"order_id": "B-9005", "placed_at": "2026-03-01T08:00:00Z", "buyer": {"id": "c13", "country": "FR"}, '
    '"lines": [{"sku": "cup-2", "quantity": -1, "price": 12.00}]}',
)
"""No line at all; nobody who bought; a price finer than a cent; the end of a message lost; a piece given back."""

BROKEN_LINES = (
    ("P-9001", 1, "2026-01-12 09:30:00", "c03", "tea-100", "two", 890, "{}"),
    ("P-9002", 1, "2026-02-02 09:30:00", "c04", "pot-1", 1, -2450, "{}"),
    ("P-9003", 1, "2026-02-29 09:30:00", "c05", "cup-2", 1, 1200, "{}"),
    ("P-9004", 1, "2026-03-03 09:30:00", "c06", "tin-3", 0, -650, "{}"),
)
"""A number in words; money back; a day that there was not; two rules at once."""

Rows = Iterable[Sequence[Any]]


def moment(chance: random.Random) -> datetime:
    """Some time in the quarter, to the minute."""
    return BEGIN + timedelta(minutes=chance.randrange(DAYS * 24 * 60))


def customers(count: int) -> list[str]:
    return [f"c{number:02}" for number in range(1, count + 1)]


def bazaar_order(number: int, chance: random.Random, known: list[str]) -> dict[str, Any]:
    """An order with its lines, and now and then what a plugin adds."""
    skus = chance.sample(list(GOODS), k=chance.choice((1, 1, 2, 3)))
    order: dict[str, Any] = {
        "order_id": f"B-{number}",
        "placed_at": f"{moment(chance).isoformat()}Z",
        "buyer": {"id": chance.choice(known), "country": chance.choice(COUNTRIES)},
        "lines": [
            {"sku": sku, "quantity": chance.randint(1, 4), "price": GOODS[sku] * chance.choice((90, 100)) // 10 / 1000}
            for sku in skus
        ],
    }
    if chance.random() < 0.3:
        order["attributes"] = {"coupon": chance.choice(COUPONS), "theme": "dark"}
    return order


def plaza_lines(number: int, chance: random.Random, known: list[str]) -> Rows:
    """The lines of an order, each with the document that its details are in."""
    ordered, customer = moment(chance), chance.choice(known)
    details: dict[str, Any] = {"ship_to": {"country": chance.choice(COUNTRIES), "lines": ["Main road 1"]}}
    if chance.random() < 0.25:
        details["promotions"] = [{"code": chance.choice(COUPONS), "percent": 5}]
    for line, sku in enumerate(chance.sample(list(GOODS), k=chance.choice((1, 2, 2))), 1):
        text = json.dumps(details)
        yield f"P-{number}", line, ordered, customer, sku, chance.randint(1, 3), GOODS[sku], text


def customer_changes(known: list[str], chance: random.Random) -> list[str]:
    """What the CRM tells: each customer's beginning, later changes, and some of it twice."""
    told: list[str] = []
    for customer in known:
        at = BEGIN - timedelta(days=chance.randint(1, 40))
        record = {"customer_id": customer, "tier": "basic", "country": chance.choice(COUNTRIES)}
        for _ in range(chance.choice((1, 2, 2, 3))):
            told.append(json.dumps({**record, "changed_at": f"{at.isoformat()}Z"}))
            told += told[-1:] if chance.random() < 0.2 else []
            at += timedelta(days=chance.randint(20, 60), hours=chance.randrange(24))
            record["tier"] = chance.choice(TIERS)
    return [*told, '{"customer_id": "c01", "tier": "gold", "country": "DE", "changed_at": "2026-02-01T00:00:00Z"}']


def costs(chance: random.Random) -> Rows:
    """What a piece costs, from the first of a month on."""
    for sku, price in GOODS.items():
        for month in (1, 2, 3) if price else ():
            yield sku, f"2026-{month:02}-01 00:00:00Z", f"{price * chance.randint(40, 60) // 100 / 100:.2f}"


def write_csv(name: str, header: Sequence[str], rows: Rows) -> None:
    with (DATA / name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def write_lines(name: str, lines: Iterable[str]) -> None:
    (DATA / name).write_text("".join([f"{line}\n" for line in lines]), encoding="utf-8")


def main(orders: int = 120) -> None:
    chance = random.Random(7)
    known = customers(max(15, orders // 8))
    (DATA / "bazaar").mkdir(parents=True, exist_ok=True)
    placed = sorted([bazaar_order(n, chance, known) for n in range(1, orders + 1)], key=lambda one: one["placed_at"])
    for month in ("2026-01", "2026-02", "2026-03"):
        broken = [line for line in BROKEN_ORDERS if f'"placed_at": "{month}' in line]
        good = [json.dumps(order) for order in placed if order["placed_at"].startswith(month)]
        write_lines(f"bazaar/orders-{month}.jsonl", [*good, *broken])
    lines = [line for number in range(1, orders + 1) for line in plaza_lines(number, chance, known)]
    header = ("order_ref", "line_no", "ordered", "customer", "article", "qty", "cents", "details")
    write_csv("plaza.csv", header, [*lines, *BROKEN_LINES])
    write_lines("customer_changes.jsonl", customer_changes(known, chance))
    write_csv("costs.csv", ("sku", "since", "cost"), costs(chance))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

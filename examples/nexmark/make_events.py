"""Events of an auction house, by the benchmark's shares: of fifty, one is a person, three are auctions, the rest bids.

    python make_events.py 10000 --out data

writes `people.jsonl`, `auctions.jsonl`, `bids.jsonl` and `hints.csv`. The same number gives the same files. Times are
in order within a file but for a few bids, each of which comes less than four seconds after one that was made later.
"""

import argparse
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

BEGIN = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
STATES = {"OR": "Portland", "ID": "Boise", "CA": "Los Angeles", "WA": "Seattle", "AZ": "Phoenix", "WY": "Cheyenne"}
CHANNELS = ("Google", "Facebook", "Baidu", "Apple", "channel-7", "channel-42")
LATE = 0.02
"""The share of bids that come after later ones."""


class Events(NamedTuple):
    """What happened, as it is written down."""

    people: list[dict[str, Any]]
    auctions: list[dict[str, Any]]
    bids: list[dict[str, Any]]


def events(number: int, seed: int = 7) -> Events:
    """`number` events, one about every fifty milliseconds, none of them at the same time as another."""
    chance = random.Random(seed)
    found = Events([], [], [])
    at = BEGIN
    for serial in range(number):
        at += timedelta(milliseconds=chance.randint(10, 90))
        place = serial % 50
        if place == 0 or (not found.auctions and place != 1):
            found.people.append(_person(len(found.people), at, chance))
        elif place <= 3:
            found.auctions.append(_auction(len(found.auctions), found.people, at, chance))
        else:
            found.bids.append(_bid(found, at, chance))
    return found._replace(bids=_shaken(found.bids, chance))


def _person(serial: int, at: datetime, chance: random.Random) -> dict[str, Any]:
    state = chance.choice(list(STATES))
    name = f"{chance.choice(('Ada', 'Kwame', 'Mei', 'Olga', 'Paulo'))} {chance.choice(('Abe', 'Diaz', 'Łuk', 'Ngo'))}"
    return {
        "id": 1000 + serial,
        "name": name,
        "email_address": f"p{serial}@example.com",
        "city": STATES[state],
        "state": state,
        "date_time": _said(at),
        "extra": _extra(chance),
    }


def _auction(serial: int, people: list[dict[str, Any]], at: datetime, chance: random.Random) -> dict[str, Any]:
    first = chance.randint(100, 100_000)
    return {
        "id": 1000 + serial,
        "item_name": f"item {chance.randint(1, 500)}",
        "initial_bid": first,
        "reserve": first + chance.randint(0, 50_000),
        "seller": chance.choice(people[-20:])["id"],
        "category": chance.randint(10, 14),
        "date_time": _said(at),
        "expires": _said(at + timedelta(seconds=chance.randint(5, 120))),
        "extra": _extra(chance),
    }


def _bid(found: Events, at: datetime, chance: random.Random) -> dict[str, Any]:
    channel = chance.choice(CHANNELS)
    folders = "/".join(f"{chance.choice('abc')}{chance.randint(1, 9)}" for _ in range(3))
    query = f"?query=1&channel_id={chance.randint(1, 99)}" if chance.random() < 0.5 else "?query=1"
    return {
        "auction": chance.choice(found.auctions[-30:])["id"],
        "bidder": chance.choice(found.people[-40:])["id"],
        "price": int(10 ** chance.uniform(2, 8)),
        "channel": channel,
        "url": f"https://auction.example.com/{folders}/item.htm{query}",
        "date_time": _said(at),
        "extra": _extra(chance),
    }


def _shaken(bids: list[dict[str, Any]], chance: random.Random) -> list[dict[str, Any]]:
    """A few bids some places further back; ten places take less than four seconds."""
    places = [(at + (chance.randint(1, 10) if chance.random() < LATE else 0), at) for at in range(len(bids))]
    return [bids[at] for _, at in sorted(places)]


def _extra(chance: random.Random) -> str:
    return "".join(chance.choices("abcdef ", k=chance.randint(0, 12)))


def _said(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}Z"


def write(found: Events, folder: Path) -> None:
    """The events as lines of JSON, and the hints that stand beside some auctions."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in found._asdict().items():
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    hints = "".join(f"{1000 + key},hint {key}\n" for key in range(0, 200, 3))
    (folder / "hints.csv").write_text("key,value\n" + hints, encoding="utf-8")


def main() -> None:
    """Make what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("number", type=int, help="how many events")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("data"))
    args = parser.parse_args()
    found = events(args.number)
    write(found, args.out)
    print(", ".join(f"{len(rows):,} {name}" for name, rows in found._asdict().items()))


if __name__ == "__main__":
    main()

"""Clicks made up, the same for the same seed: most are as agreed, some late, sent twice or broken.

`python events.py 10000` prints them, a message a line; `python events.py 10000 --to localhost:9092` sends them to the
topic `clicks`. What was made is counted on stderr.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

TOPIC = "clicks"
BEGIN = datetime(2026, 1, 31, 8, tzinfo=UTC)
PAGES = ("/", "/search", "/boots", "/coats", "/hats", "/basket", "/pay", "/help", "/sale")  # nobody knows /sale
FAULTS = ("malformed", "wrong type", "missing field", "null field", "broken rule", "no value")


class Event(NamedTuple):
    """A message, and what it is: `good`, `late`, `twice` (what was sent before, again) or one of the faults."""

    kind: str
    key: bytes | None
    value: bytes | None
    click: dict[str, Any] | None = None
    """What a click that is as agreed says."""


def events(count: int, seed: int = 0) -> Iterator[Event]:
    """`count` messages: 5 of 100 are broken, 3 are sent twice, 2 come hours late.

    The last one comes the next morning: by then all windows before it are over.
    """
    choose = random.Random(seed)
    now, sent = BEGIN, list[Event]()
    for number in range(count - 1):
        now += timedelta(milliseconds=choose.randrange(200))
        chance = choose.random()
        if chance < 0.05:
            yield broken(choose.choice(FAULTS), clicked(number, now, choose), choose)
        elif chance < 0.08 and sent:
            yield choose.choice(sent[-100:])._replace(kind="twice")
        else:
            is_late = chance >= 0.98
            moment = now - timedelta(minutes=choose.randrange(180, 300)) if is_late else now
            event = as_event("late" if is_late else "good", clicked(number, moment, choose))
            if not is_late:
                sent.append(event)
            yield event
    yield as_event("good", clicked(count, now + timedelta(days=1), choose))


def clicked(number: int, moment: datetime, choose: random.Random) -> dict[str, Any]:
    """A click as agreed."""
    basket = Decimal(choose.randrange(100_000)) / 100 if choose.random() < 0.7 else None
    return {
        "click_id": f"c{number}",
        "visitor": f"v{choose.randrange(500)}",
        "page": choose.choice(PAGES),
        "clicked_at": moment.isoformat(sep=" ").replace("+00:00", "Z"),
        "open_for": choose.randrange(600),
        "basket": basket,
    }


def as_event(kind: str, click: dict[str, Any]) -> Event:
    """The message that says so; its key is the visitor, so that one visitor's clicks stay in their order."""
    return Event(kind, str(click["visitor"]).encode(), as_json(click), click)


def as_json(click: dict[str, Any]) -> bytes:
    """JSON, with decimals as they are."""
    return json.dumps(click, default=float).encode()


def broken(fault: str, click: dict[str, Any], choose: random.Random) -> Event:
    """A message with a fault that its contract doesn't let pass."""
    key = str(click["visitor"]).encode()
    match fault:
        case "malformed":
            value: bytes | None = as_json(click)[: choose.randrange(1, 40)]
        case "wrong type":
            value = as_json({**click, "open_for": choose.choice(["long", 1.5, [1], 3_000_000_000])})
        case "missing field":
            del click["page"]
            value = as_json(click)
        case "null field":
            value, key = as_json({**click, "visitor": None}), None
        case "broken rule":
            value = as_json({**click, "page": "boots", "open_for": -1})
        case _:
            value = None
    return Event(fault, key if fault != "null field" else None, value)


def send(made: Iterator[Event] | list[Event], brokers: str) -> None:
    """Put them into the topic."""
    from confluent_kafka import Producer  # printing does without it

    producer = Producer({"bootstrap.servers": brokers, "enable.idempotence": True, "linger.ms": 20, "log_level": 0})
    for event in made:
        while True:
            try:
                producer.produce(TOPIC, event.value, event.key)
                break
            except BufferError:
                producer.poll(1)
        producer.poll(0)
    if left := producer.flush(60):
        raise SystemExit(f"{left} messages could not be sent to {brokers}")


def main() -> None:
    """Print or send events."""
    about = argparse.ArgumentParser(description="Make up clicks.")
    about.add_argument("count", type=int, nargs="?", default=1000)
    about.add_argument("--seed", type=int, default=0)
    about.add_argument("--to", metavar="BROKERS", help="send them to the topic `clicks` there")
    given = about.parse_args()
    made = list(events(given.count, given.seed))
    if given.to:
        send(made, given.to)
    else:
        for event in made:
            print((event.value or b"").decode())
    kinds = Counter(event.kind for event in made)
    print(
        f"{len(made)} events: " + ", ".join(f"{number} {kind}" for kind, number in kinds.most_common()), file=sys.stderr
    )


if __name__ == "__main__":
    main()

"""Tables of Iceberg that Flink makes: whole, by key and row by row, in batch and by a stream that is resumed."""

import json
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from broker import Broker
from flink_jobs import stream, until
from places import Place, engine_of
from topics import Message, new_topic, send

from oftra.target import RunError

CATALOG = "connection ice = iceberg {{ catalog: 'ice', type: hadoop, warehouse: '{}', schema: 'db' }}\n"
SALE = "contract sale { id int not null, shop string, amount decimal(10, 2) check (amount >= 0) as owed_to_us }\n"
WRITTEN = (
    SALE
    + """\
connection data = files { root: 'data' }
source sales: sale from data { path: 'sales.csv' } on invalid quarantine into rejected in ice
table kept in ice = from sales
view by_shop = from kept |> aggregate sum(amount) as amount group by shop
sink totals from by_shop into ice { mode: upsert, key: [shop] }
sink added  from by_shop into ice { schema: 'more', table: 'all of them' }
sink latest from by_shop into ice { mode: overwrite }
"""
)
READ = """\
contract amounts { amount decimal(20, 2), shop string }
source totals: amounts from ice
source added:  amounts from ice { schema: 'more', table: 'all of them' }
source latest: amounts from ice
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, engine_of("flink"))


def load(place: Place, program: str) -> None:
    place.load(CATALOG.format(place.folder / "lake") + program)


def amounts(place: Place, name: str) -> list[tuple[Any, str]]:
    return sorted([(row["shop"], str(row["amount"])) for row in place.query(f"from {name}")])


def test_runs_replace_add_and_merge(place: Place) -> None:
    load(place, WRITTEN)
    place.write({"sales.csv": ["id,shop,amount", "1,tea,1.50", "2,milk,2.00", "3,tea,0.25", "x,tea,1", "4,tea,-1"]})
    first = place.run()
    assert {one.name: one.rows for one in first.relations if one.name in ("kept", "latest")} == {"kept": 3, "latest": 2}
    assert sorted([row["record"] for row in place.rows("rejected")]) == ["4,tea,-1", "x,tea,1"]
    place.write({"sales.csv": ["id,shop,amount", "1,tea,9.00", "5,ham,1.00"]})
    place.run()
    assert sorted([(row["id"], row["shop"]) for row in place.rows("kept")]) == [(1, "tea"), (5, "ham")]
    assert place.rows("rejected") == []

    place.write({"sales.csv": ["id,shop,amount"]})
    with pytest.raises(RunError, match="Iceberg can't be replaced by no rows"):
        place.run("kept")
    assert len(place.rows("kept")) == 2
    load(place, WRITTEN.replace("on invalid quarantine into rejected in ice", "on invalid fail"))
    place.write({"sales.csv": ["id,shop,amount", "7,tea,1.00", "8,tea,-1"]})
    with pytest.raises(RunError):
        place.run("kept")
    assert sorted([row["id"] for row in place.rows("kept")]) == [1, 5]

    load(place, READ)
    assert amounts(place, "totals") == [("ham", "1.00"), ("milk", "2.00"), ("tea", "9.00")]
    assert amounts(place, "latest") == [("ham", "1.00"), ("tea", "9.00")]
    assert amounts(place, "added") == [("ham", "1.00"), ("milk", "2.00"), ("tea", "1.75"), ("tea", "9.00")]


def test_what_is_not_there_is_not_made(place: Place) -> None:
    load(place, READ)
    with pytest.raises(RunError, match="totals"):
        place.query("from totals")
    assert not (place.folder / "lake" / "db" / "totals").exists()


STREAM = """\
contract sale {{
  id int not null, shop string not null, amount int not null, version int not null,
  at timestamp not null event time watermark 0 seconds
}}
contract shop {{ shop string primary key, town string }}
connection bus = kafka {{ bootstrap_servers: env('BUS') }}
source sales: sale from bus {{ topic: '{topic}' }} on invalid quarantine into rejected in ice
source shops: shop from ice
table arrived in ice {{ partition_by: [shop] }} =
  from sales |> left join shops using (shop) |> select id, version, shop, town, at
table current in ice {{ refresh: merge, key: [id], order_by: [version] }} =
  from sales |> select id, shop, version
view by_shop = from sales |> aggregate sum(amount) as amount group by shop
sink totals from by_shop into ice {{ mode: upsert }}
"""
STREAMED = """\
contract arrival { id int, version int, shop string, town string }
contract total { shop string, amount bigint }
contract record { record string }
contract row { id int, shop string, version int }
source arrived:  arrival from ice
source current:  row from ice
source totals:   total from ice
source rejected: record from ice
"""
SALES = 60
SHOPS = {id_: ("tea", "milk", "ham")[id_ % 3] for id_ in range(SALES)}
"""Where each sale is made."""
TOLD = 10
"""How often each is told of, in pairs; of every second sale the later word comes first."""


def test_a_stream_is_stopped_and_resumed(broker: Broker, place: Place) -> None:
    towns = "('tea', 'Jena'), ('milk', 'Ulm')"
    load(place, f"table shops in ice = from values {towns} as t (shop, town)")
    place.run()
    topic = new_topic(broker, partitions=2)
    load(place, STREAM.format(topic=topic))
    with stream(place.folder / "program.oftra", {"env.BUS": broker.address}, place.folder) as job:
        job.start()
        for version, take_down in ((0, job.stop), (4, job.cancel)):
            told(broker, topic, version)
            until(job, partial(more_than, SALES * version, place))
            told(broker, topic, version + 2)
            job.start(take_down())
        told(broker, topic, 8)
        until(job, partial(more_than, SALES * TOLD - 1, place))
        job.stop()
    load(place, STREAMED)
    assert [row["record"] for row in place.query("from rejected")] == ["no sale"] * (TOLD // 2)
    town = {"tea": "Jena", "milk": "Ulm", "ham": None}
    rows = Counter([tuple(row.values()) for row in place.query("from arrived")])
    assert rows == Counter([(id_, said, shop, town[shop]) for id_, shop in SHOPS.items() for said in range(TOLD)])
    rows = Counter([tuple(row.values()) for row in place.query("from current")])
    assert rows == Counter([(id_, shop, TOLD - 1) for id_, shop in SHOPS.items()])
    amounts = {shop: sum([id_ + said for id_ in SHOPS if SHOPS[id_] == shop for said in range(TOLD)]) for shop in town}
    assert Counter([tuple(row.values()) for row in place.query("from totals")]) == Counter(amounts.items())


def told(broker: Broker, topic: str, version: int) -> None:
    """Send two versions of all sales, the last one first of every second of them, and one that is none.

    The last sale is a second later, in both partitions: the watermark has passed all others then.
    """
    sales = [
        {"id": id_, "shop": shop, "amount": id_ + said, "version": said, "at": f"2026-01-01T00:00:0{at}Z"}
        for id_, shop in SHOPS.items()
        for at in (version + (id_ == SALES - 1),)
        for said in ((version + 1, version) if id_ % 2 else (version, version + 1))
    ]
    texts = [*[json.dumps(one) for one in sales], "no sale"]
    send(broker, topic, [Message(text.encode(), partition=nth % 2) for nth, text in enumerate(texts)])


def more_than(rows: int, place: Place) -> bool:
    return arrived(place) > rows


def arrived(place: Place) -> int:
    """How many rows the last commit says there are."""
    folder = place.folder / "lake" / "db" / "arrived" / "metadata"
    if not (folder / "version-hint.text").exists():
        return 0
    last = json.loads((folder / f"v{(folder / 'version-hint.text').read_text()}.metadata.json").read_text())
    current = [one for one in last["snapshots"] if one["snapshot-id"] == last["current-snapshot-id"]]
    return int(current[0]["summary"]["total-records"]) if current else 0

"""Tables of a real Postgres: what is read of them and what can't be, and what sinks leave in them, on each engine."""

import json
import re
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from broker import Broker
from databases import PASSWORD, USER, Postgres
from flink_jobs import stream, until
from places import Place, engine_of
from test_structured_streaming import compiled, run
from topics import new_topic, send

from oftra.target import RunError
from oftra.targets.pyspark.jars import driver_jars

ENGINES = ["duckdb", "spark", "flink"]

CONNECTION = f"connection shop = jdbc {{ url: env('SHOP'), user: '{USER}', password: secret('shop/password') }}\n"

ORDERS = """
drop table if exists orders, totals, sizes, latest, "Kept Copies" cascade;
create table orders (
  id bigint primary key, customer varchar(20) not null, amount numeric not null, size smallint, paid_at timestamptz
);
insert into orders values
  (1, 'ada', 10.50, 1, '2026-01-01 01:30:00.123456+01'), (2, 'ada', 0.5, 2, null), (3, 'grace', 7, null, '2026-01-02Z');
create table totals (
  customer text primary key, orders bigint, total numeric(12, 2), first_paid timestamptz, seen int default 7
);
insert into totals values ('ada', 99, 99, null, 1), ('edsger', 1, 5.00, null, 1);
create table sizes (size smallint, orders bigint);
create table latest (id bigint, customer text, amount numeric);
insert into latest values (77);
"""

CHANGED = """
update orders set amount = 20.25 where id = 2;
delete from orders where id = 3;
insert into orders values (4, 'linus', 3, 2, '2026-01-03Z');
"""

PROGRAM = """
contract order_ {
  id bigint primary key, customer string not null, amount decimal(12, 2) not null, size smallint, paid_at timestamp
}
source orders: order_ from shop

view by_customer =
  from orders
  |> aggregate count(*) as orders, cast(sum(amount) as decimal(12, 2)) as total, min(paid_at) as first_paid
     group by customer
view by_size = from orders |> aggregate count(*) as orders group by size

sink totals from by_customer into shop { mode: upsert, key: customer }
sink sizes  from by_size     into shop
"""

TOTALS = "select customer, orders, total, first_paid at time zone 'UTC' || '', seen from totals order by customer"


class Shop(Place):
    """A project whose data is in a database."""

    def uses(self, program: str) -> None:
        self.load(CONNECTION + program)


@pytest.fixture
def shop(tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Shop:
    monkeypatch.setenv("SHOP", postgres.url)
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    return Shop(tmp_path, engine_of(getattr(request, "param", "duckdb")))


each_engine = pytest.mark.parametrize("shop", ENGINES, indirect=True)


@each_engine
def test_one_program_leaves_the_same_rows(shop: Shop, postgres: Postgres) -> None:
    postgres.execute(ORDERS)
    shop.uses(PROGRAM)
    shop.run()
    edsger = ("edsger", 1, Decimal("5.00"), None, 1)
    assert postgres.rows(TOTALS) == [
        ("ada", 2, Decimal("11.00"), "2026-01-01 00:30:00.123456", 1),
        edsger,
        ("grace", 1, Decimal("7.00"), "2026-01-02 00:00:00", 7),
    ]
    postgres.execute(CHANGED)
    shop.run()
    assert postgres.rows(TOTALS) == [
        ("ada", 2, Decimal("30.75"), "2026-01-01 00:30:00.123456", 1),
        edsger,
        ("grace", 1, Decimal("7.00"), "2026-01-02 00:00:00", 7),
        ("linus", 1, Decimal("3.00"), "2026-01-03 00:00:00", 7),
    ]
    sizes = [(None, 1), (1, 1), (2, 1)], [(1, 1), (2, 2)]
    assert sorted(postgres.rows("table sizes"), key=str) == sorted(sizes[0] + sizes[1], key=str)


# -------------------------------------------------------------------------------------------------- what columns hold

HELD = """
drop table if exists held, copies;
create type mood as enum ('happy', 'sad');
create table held (
  id int primary key, "Flag" boolean, small smallint, whole bigint, amount numeric(38, 10), half real, double_ float8,
  said varchar(40), u uuid, m mood, raw bytea, day date, at timestamptz, wall timestamp, doc jsonb, words text[],
  numbers int[], halves float8[], flags boolean[]
);
insert into held values
  (1, true, -32768, -9223372036854775808, 1234567890123456789012345678.0123456789, 1.5, 1e300, 'ä''"\\ ',
   'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'sad', '\\x00ff', '0001-01-01', '2026-03-29 02:30:00.123456Z',
   '2026-03-29 02:30:00.123456', '{"a": [1, null]}', array['a', null, ''], array[1, null], array[1.5], array[true]),
  (2, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
  (3, false, 32767, 9223372036854775807, -0.0000000001, 'NaN', '-Infinity', '', null, 'happy', '', '9999-12-31',
   '9999-12-31 23:59:59.999999Z', '0001-01-01 00:00:00', '[]', '{}', '{}', '{}', '{}');
create table copies (like held including all);
"""

COLUMNS = {
    "id": "int", "Flag": "boolean", "small": "smallint", "whole": "bigint", "amount": "decimal(38, 10)",
    "half": "float", "double_": "double", "said": "string", "u": "string", "m": "string", "raw": "binary",
    "day": "date", "at": "timestamp", "wall": "datetime", "doc": "json", "words": "array<string>",
    "numbers": "array<int>", "halves": "array<double>", "flags": "array<boolean>",
}  # fmt: skip

UNWRITTEN = ("Flag", "words", "numbers", "halves", "flags")
"""Columns that Flink can't write."""


@each_engine
def test_values_of_every_type_come_and_go_as_they_are(shop: Shop, postgres: Postgres) -> None:
    postgres.execute("drop type if exists mood cascade", HELD)
    kept = [name for name in COLUMNS if shop.engine.name != "flink" or name not in UNWRITTEN]
    listed = ", ".join(f"{name} {COLUMNS[name]}" for name in COLUMNS)
    shop.uses(
        f"contract held {{ {listed} }}\nsource held: held from shop\n"
        f"view some = from held |> select {', '.join(kept)}\n"
        "sink copies from some into shop { mode: upsert, key: id }"
    )
    shop.run()
    columns = ", ".join(f'"{name}"::text' for name in kept)
    assert postgres.rows(f"select {columns} from copies order by id") == postgres.rows(
        f"select {columns} from held order by id"
    )
    (read,) = shop.query("from held |> where id = 1 |> select Flag, words, numbers, halves, wall, m")
    wall = datetime(2026, 3, 29, 2, 30, 0, 123456)
    assert tuple(read.values()) == (True, ["a", None, ""], [1, None], [1.5], wall, "sad")


# ------------------------------------------------------------------------------------------------------------ streams

RIDES = """
connection bus = kafka { bootstrap_servers: env('BUS') }
contract ride { ride_id int not null, zone_id int, at timestamp not null event time watermark 1 minute }
contract zone { zone_id int primary key, borough string not null, opened timestamp }
source rides: ride from bus { topic: 'TOPIC' }
-- oftra: allow OF0762
source zones: zone from shop { lookup: true }

view placed =
  from rides
  |> left join zones using (zone_id)
  |> select ride_id, at, coalesce(borough, 'nowhere') as borough, opened

table boroughs in shop { refresh: merge, key: borough } =
  from placed |> aggregate count(*) as rides, max(opened) as opened group by borough
sink placed_rides from placed into shop { table: 'placed', mode: upsert, key: ride_id }
"""

ZONES = """
drop table if exists zones, boroughs, placed cascade;
create table zones (zone_id int primary key, borough text not null, opened timestamptz);
insert into zones values (1, 'Queens', '1970-01-01Z'), (2, 'Bronx', null);
create table boroughs (borough text primary key, rides bigint, opened timestamptz);
create table placed (ride_id int primary key, at timestamptz, borough text, opened timestamptz);
"""


def test_a_stream_looks_up_what_it_needs(shop: Shop, postgres: Postgres, broker: Broker, tmp_path: Path) -> None:
    postgres.execute(ZONES)
    topic = new_topic(broker)
    shop.uses(RIDES.replace("TOPIC", topic))
    values = {"env.BUS": broker.address, "env.SHOP": postgres.url, "secret.shop/password": PASSWORD}

    def come(**zones: int) -> None:
        send(broker, topic, [
            json.dumps({"ride_id": int(ride[1:]), "zone_id": zone, "at": f"2026-03-29 02:30:00.{ride[1:]}Z"}).encode()
            for ride, zone in zones.items()
        ])  # fmt: skip

    def rides() -> dict[str, int]:
        return dict(postgres.rows("select borough, rides from boroughs"))

    with stream(shop.folder, values, tmp_path / "states") as job:
        job.start()
        come(r1=1, r2=2, r3=1, r4=9)
        until(job, lambda: rides() == {"Queens": 2, "Bronx": 1, "nowhere": 1} and count_of(postgres, "placed") == 4)
        postgres.execute("update zones set borough = 'Kings' where zone_id = 2")
        come(r5=2, r1=1)
        until(job, lambda: rides() == {"Queens": 3, "Bronx": 1, "nowhere": 1, "Kings": 1})
        until(job, lambda: count_of(postgres, "placed") == 5)
    assert postgres.rows("select ride_id, at at time zone 'UTC' || '', borough from placed order by 1")[2:] == [
        (3, "2026-03-29 02:30:00.3", "Queens"),
        (4, "2026-03-29 02:30:00.4", "nowhere"),
        (5, "2026-03-29 02:30:00.5", "Kings"),
    ]
    assert postgres.rows("select extract(epoch from opened)::int from boroughs where borough = 'Queens'") == [(0,)]


def count_of(postgres: Postgres, table: str) -> int:
    """How many rows a table has."""
    ((found,),) = postgres.rows(f"select count(*) from {table}")
    return int(found)


USERS = """
connection inbox = files { root: 'data' }
contract change { user_id int primary key, name string, op string, version bigint }
source users: change from inbox {
  path: 'users', format: json, unbounded: true, files_per_batch: 1, changes: cdc, op: op, order_by: [version]
}
view named = from users |> select user_id, name, version
sink known_users from named into shop { mode: upsert, key: user_id }
"""


def test_a_stream_of_changes_on_spark_leaves_the_last_state(shop: Shop, postgres: Postgres) -> None:
    postgres.execute(
        "drop table if exists known_users",
        "create table known_users (user_id int primary key, name text not null, version bigint)",
        "insert into known_users values (7, 'Kay', 0)",
    )
    changes = [[(1, "Ada", "c", 1), (2, "Grace", "c", 2), (3, "Al", "c", 1)], [(1, "Eve", "u", 3), (2, None, "d", 4)]]
    for at, batch in enumerate(changes):
        lines = [json.dumps(dict(zip(("user_id", "name", "op", "version"), one))) for one in batch]
        shop.write({f"users/{at}.jsonl": lines})
    compiled(shop.folder, CONNECTION + USERS, mode="streaming")
    told = run(shop.folder, driver_jars())
    assert told["known_users"]["stored"]
    assert postgres.rows("table known_users order by 1") == [(1, "Eve", 3), (3, "Al", 1), (7, "Kay", 0)]


# -------------------------------------------------------------------------------------- tables, and what goes into them

KEPT = """
contract order_ { id bigint primary key, customer string, amount decimal(12, 2) }
source orders: order_ from shop { fetch_size: 2, split_by: id, splits: 2, split_from: 1, split_to: 4 }
table Large in shop { partition_by: [] } = from orders |> where amount > 5
table by_customer in shop = from Large |> aggregate count(*) as orders group by customer
sink latest from Large into shop { mode: overwrite }
"""


@pytest.mark.parametrize("shop", ["duckdb", "spark"], indirect=True)
def test_tables_are_made_anew(shop: Shop, postgres: Postgres) -> None:
    postgres.execute(ORDERS, 'drop table if exists "Large", by_customer')
    shop.uses(KEPT.replace(" { partition_by: [] }", ""))
    for change, wanted in ((None, {"ada": 1, "grace": 1}), (CHANGED, {"ada": 2})):
        if change is not None:
            postgres.execute(change)
        told = {run.name: run.rows for run in shop.run().relations}
        assert dict(postgres.rows("table by_customer")) == wanted
        assert Counter(row["customer"] for row in shop.rows("Large")) == wanted
        assert told["Large"] == told["latest"] == sum(wanted.values()) == count_of(postgres, "latest")


# ------------------------------------------------------------------------------------------------------ what goes wrong

ONE = """
contract order_ { id bigint primary key, customer string, amount decimal(12, 1) }
source orders: order_ from shop { table: 'TABLE' }
sink unkeyed from orders into shop { mode: upsert, key: id }
sink latest from orders into shop { mode: overwrite }
"""

WRONG: dict[str, tuple[str, dict[str, str], str]] = {
    "a value that would be rounded": ("orders", {}, "10.25 is no decimal of 1 digits behind the point"),
    "a table that isn't there": ("no_orders", {}, 'relation "no_orders" does not exist'),
    "a column that isn't there": ("sizes", {}, 'column "id" does not exist'),
    "a column of another type": ("wordy", {}, "column `id` is string in the table, the contract says bigint"),
    "no constraint on the key": ("fine", {}, "no unique or exclusion constraint matching the ON CONFLICT"),
    "a password that is wrong": ("fine", {"SHOP_PASSWORD": "x"}, "password authentication failed"),
    "a database that isn't there": ("fine", {"SHOP": "jdbc:postgresql://localhost:1/x"}, "onnect"),
    "another kind of database": ("fine", {"SHOP": "jdbc:mysql://localhost:1/x"}, "`shop` is no database of Postgres"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_goes_wrong_is_said_and_leaves_all_as_it_was(
    case: str, shop: Shop, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, values, wanted = WRONG[case]
    postgres.execute(
        ORDERS, "update orders set amount = 10.25 where id = 1", "drop table if exists wordy, fine, unkeyed"
    )
    postgres.execute("create table fine as select id, customer, round(amount, 1) as amount from orders")
    postgres.execute("create table unkeyed as table fine with no data")
    postgres.execute("create table wordy as select id::text, customer, amount from fine")
    before = postgres.rows("table latest")
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    shop.uses(ONE.replace("TABLE", table))
    with pytest.raises(RunError, match=re.escape(wanted)):
        shop.run()
    assert postgres.rows("table latest") == before


@each_engine
def test_no_engine_rounds(shop: Shop, postgres: Postgres) -> None:
    postgres.execute(ORDERS)
    shop.uses(ONE.replace("TABLE", "orders").replace("12, 1", "12, 0").partition("sink unkeyed")[0])
    # A Spark that was there before the driver doesn't know what the driver says.
    with pytest.raises(RunError, match=r"10\.50 is no decimal of 0 digits|UnknownReason"):
        shop.query("from orders |> aggregate sum(amount) as total")


def test_a_rule_that_stops_a_run_lets_nothing_be_written(shop: Shop, postgres: Postgres) -> None:
    postgres.execute(ORDERS)
    shop.uses(PROGRAM.replace("not null, size", "not null check (amount > 5), size"))
    before = postgres.rows(TOTALS)
    with pytest.raises(RunError, match="amount > 5"):
        shop.run()
    assert postgres.rows(TOTALS) == before
    assert count_of(postgres, "sizes") == 0

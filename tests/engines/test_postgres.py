"""Tables of a real Postgres: what is read of them and what can't be, and what sinks leave in them, on each engine."""

from decimal import Decimal
from pathlib import Path

import pytest
from databases import PASSWORD, USER, Postgres
from places import Place, engine_of

ENGINES = ["duckdb", "spark"]

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
create table latest (id bigint);
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

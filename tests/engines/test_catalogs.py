"""Tables that are there already: read under a contract and written by name, in a catalog of each engine."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from places import ENGINES, Place, engine_of

from oftra.target import RunError
from oftra.targets.pyspark.local import started

CONNECTION = """\
connection shop = catalog { catalog: 'spark_catalog', schema: 'sales', attach: 'shop.duckdb' }
contract order { id bigint not null, price decimal(10, 2), at timestamp, note string }
"""
PROGRAM = (
    CONNECTION
    + """\
contract shelf { id int primary key, name string }
source orders: order from shop
source places: shelf from shop { table: 'shelves_1', schema: 'stock' }
table paid in shop = from orders |> where price > 0 |> left join places using (id) |> select id, price, at, name
table totals in shop = from paid |> aggregate sum(price) as price, count(*) as n
sink report from totals into shop { table: 'report', mode: overwrite }
"""
)

SETUP = {
    "duckdb": (
        "create schema sales; create schema stock",
        "create table sales.orders as from (values (1::int, 1.5::decimal(6, 2), timestamptz '2026-01-01 10:00:00Z',"
        " null), (2, -1::decimal(6, 2), null, 'it''s')) as t (id, price, \"at\", note)",
        "create table stock.shelves_1 as from (values (1, 'top')) as t (id, name)",
    ),
    "spark": (
        "create table sales.orders using parquet as select * from values (1, 1.5bd, timestamp'2026-01-01 10:00:00Z',"
        " null), (2, -1.0bd, null, 'it\\'s') as t (id, price, at, note)",
        "create table stock.shelves_1 using parquet as select * from values (1, 'top') as t (id, name)",
    ),
}


@pytest.fixture(params=ENGINES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place with a catalog that has tables."""
    place = Place(tmp_path, engine_of(request.param))
    if request.param == "duckdb":
        with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
            connection.execute("set timezone = 'UTC'")
            for statement in SETUP["duckdb"]:
                connection.execute(statement)
        yield place
        return
    spark = started()
    try:
        for schema in ("sales", "stock"):
            spark.sql(f"create schema {schema} location '{tmp_path}/{schema}'")
        for statement in SETUP["spark"]:
            spark.sql(statement)
        yield place
    finally:
        for schema in ("sales", "stock"):
            spark.sql(f"drop schema if exists {schema} cascade")


def test_tables_are_read_and_written_by_name(shop: Place) -> None:
    shop.load(PROGRAM)
    for _ in range(2):
        shop.run()
    at = datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert shop.rows("paid") == [{"id": 1, "price": Decimal("1.50"), "at": at, "name": "top"}]
    assert shop.rows("totals") == [{"price": Decimal("1.50"), "n": 1}]
    shop.load(CONNECTION + "contract r { n bigint }\nsource report: r from shop\ntable again in shop = from report\n")
    shop.run()
    assert shop.rows("again") == [{"n": 1}]


# what is read of them: the source, what stops the run
WRONG = {
    "id bigint, more int": ("orders", r"no column `?more`?"),
    "id bigint, note int": ("orders", r"column `?note`? .*(varchar|string).* int"),
    "id string": ("orders", r"column `?id`? .*int.* string"),
    "id bigint, price decimal(2, 2)": ("orders", r"column `?price`? .*decimal\(\d, ?\d\).* decimal\(2, ?2\)"),
    "id bigint, price decimal(10, 2), at timestamp": ("orders", r"columns that .* `?note`?"),
    "id bigint ": ("nowhere", r"nowhere"),
}


@pytest.mark.parametrize("columns", WRONG)
def test_a_table_that_is_not_what_its_contract_says_stops_the_run(columns: str, shop: Place) -> None:
    source, said = WRONG[columns]
    options = "{ extra: fail }" if "at " in columns else ""
    connection, _ = CONNECTION.splitlines()
    shop.load(
        f"{connection}\ncontract wanted {{ {columns} }}\n"
        f"source {source}: wanted from shop {options}\ntable copy in shop = from {source}\n"
    )
    with pytest.raises(RunError) as stopped:
        shop.run()
    assert re.search(said, str(stopped.value)), stopped.value
    assert stopped.value.relation == source


def test_duckdb_is_told_which_file_a_catalog_is(tmp_path: Path) -> None:
    place = Place(tmp_path, engine_of("duckdb"))
    place.load(PROGRAM.replace(", attach: 'shop.duckdb'", ""))
    with pytest.raises(RunError, match="which file the catalog `shop` is"):
        place.run()
    place.load(PROGRAM)
    with pytest.raises(RunError, match="orders"):
        place.run()

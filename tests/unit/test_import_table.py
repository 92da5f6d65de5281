"""`oftra import table`: contracts drafted from data hold for that data."""

import duckdb
from cli_runs import Cli

SALES = """
select 10 + i as sale_id, i % 3 as shop, date '2026-01-01' + (i // 3)::int as day, i::decimal(10, 2) as price,
  case when i <> 4 then 'x' end as note, [i] as xs, {'a': i} as s, now() as at
from range(6) as r (i)
"""

DRAFTED = """
connection data = files { root: '.', format: parquet }

contract sales {
  sale_id bigint         primary key,
  shop    bigint         not null,
  day     date           not null,
  price   decimal(10, 2) not null,
  note    string,
  xs      array<bigint>  not null,
  s       struct<a: bigint> not null,
  at      timestamp      not null,
}

source sales: sales from data { path: 'sales.parquet' }
"""


def test_a_contract_of_a_file_holds_for_its_rows(cli: Cli) -> None:
    duckdb.sql(SALES).write_parquet(str(cli.folder / "sales.parquet"))
    done = cli("import", "table", "sales.parquet")
    assert (done.status, done.err) == (0, "")
    written = (cli.folder / "sales.oftra").read_text()
    assert written.split() == DRAFTED.split()
    asked = cli("query", "from sales |> aggregate count(*) as n", "--project", "sales.oftra", "--format", "json")
    assert '"n": 6' in asked.out, asked.err
    assert cli("import", "table", "sales.parquet").status == 2


def test_a_key_may_take_two_columns_and_a_database_has_many_tables(cli: Cli) -> None:
    with duckdb.connect(str(cli.folder / "shop.duckdb")) as database:
        database.execute(f"create table sales as select shop, day, price * 0 as price from ({SALES})")
        database.execute("create table odd as select time '10:00' as t, 1 as x")
    done = cli("import", "table", "shop.duckdb", "-o", "-")
    assert done.status == 1
    assert "not imported: the column `t`: the type `time` of `odd`" in done.err
    assert "primary key (shop, day)" in done.out
    assert "connection database = duckdb { path: 'shop.duckdb' }" in done.out
    assert "source sales: sales from database { table: 'sales' }" in done.out


PROGRAM = """\
connection lake = files { root: env('LAKE', 'data'), format: parquet }
connection shop = duckdb { path: 'shop.duckdb' }
connection stock = catalog { schema: 'stock', attach: 'shop.duckdb' }
connection bus = kafka { bootstrap_servers: 'localhost:9092' }
contract known { id int }
source known: known from lake { path: 'known.parquet' }
"""


def test_a_connection_of_the_program_holds_many(cli: Cli) -> None:
    cli.put({"program.oftra": PROGRAM, "data/notes.txt": "words", "data/visits.csv": "day,pages\n2026-01-01,3\n"})
    for name in ("known", "sales"):
        duckdb.sql(SALES).write_parquet(str(cli.folder / "data" / f"{name}.parquet"))
    with duckdb.connect(str(cli.folder / "shop.duckdb")) as database:
        database.execute("create schema stock; create table stock.shelves as select 1 as id")
        database.execute("create table shops as select 1 as id")
    done = cli("import", "table", "lake")
    assert (done.status, done.out, done.err) == (0, "wrote lake.oftra: 2 contracts, 2 sources\n", "")
    written = (cli.folder / "lake.oftra").read_text()
    assert "source sales: sales from lake { path: 'sales.parquet' }" in written
    assert "source visits: visits from lake { path: 'visits.csv', format: csv }" in written
    for name, sources in (("stock", "{ table: 'shelves' }"), ("shop", "{ table: 'shops' }")):
        assert cli("import", "table", name).status == 0
        assert f"from {name} {sources}" in (cli.folder / f"{name}.oftra").read_text()
    for query in ("from visits", "from sales |> limit 1", "from shelves", "from shops"):
        assert cli("query", query).status == 0, query


def test_what_a_connection_does_not_hold_is_told(cli: Cli) -> None:
    cli.put({"program.oftra": PROGRAM, "data/notes.txt": "words"})
    for name, said in (
        ("lak", "did you mean `lake`?"),
        ("lake", "`lake` holds nothing that the program has no relation for"),
        ("bus", "`bus` can't be read as rows: a `kafka` connection"),
        ("shop", "`shop` can't be read as rows: "),
    ):
        done = cli("import", "table", name)
        assert done.status in (1, 2) and said in done.err, done.err


def test_what_is_no_data_is_told(cli: Cli) -> None:
    cli.put({"notes.txt": "words", "broken.parquet": "words"})
    for name in ("notes.txt", "broken.parquet", "none.csv"):
        done = cli("import", "table", name)
        assert done.status == 1
        assert f"`{name}` can't be read as rows" in done.err
    assert list(cli.files()) == ["broken.parquet", "notes.txt"]

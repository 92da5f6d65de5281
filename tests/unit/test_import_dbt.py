"""`oftra import dbt`: a project as dbt 1.11 compiled it, as a program with the rows that dbt's own SQL gives.

`dbt_shop` is the project; `target` is what dbt left there, of each entry what is read: `remake_dbt_shop.py` makes it.
"""

import json
import shutil
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from cli_runs import Cli

import oftra

SHOP = Path(__file__).parent / "dbt_shop"
MANIFEST = json.loads((SHOP / "target" / "manifest.json").read_text())
MODELS = ("customers", "daily_sales", "members", "orders_by_country")

PEOPLE = """
select * from (values (1, 'Ada', timestamp '2025-11-03 08:00:00'), (2, 'Cleo', null)) as t (person_id, name, joined)
"""
"""What the project's hook puts into the database."""

LEFT = (
    "the test `no_negative_orders`",
    "the source `untyped`: its columns' types are not known",
    "the snapshot `countries_as_they_were`",
    "the operation `shop-on-run-start-0`",
    "the exposure `weekly_mail`",
)

CONTRACTS = """
contract people { person_id int primary key, name string, joined datetime }

/// What each customer has paid.
contract customers { customer string primary key, total decimal(38, 2), orders bigint }

contract countries { code string primary key, country string }

/// Orders as the shop has them.
contract raw_orders {
  /// Counts up.
  order_id     bigint         primary key,
  customer     string,
  country_code string         not null  references countries (code),
  amount       decimal(10, 2),
  status       string         check (status in ('open', 'paid')),
  ordered_on   date,
}
"""


@pytest.fixture(scope="module")
def built() -> dict[str, pa.Table]:
    """By model, what DuckDB gives for the SQL that dbt compiled."""
    nodes: dict[str, Any] = {**MANIFEST["nodes"], **MANIFEST["sources"]}
    needs = {key: node.get("depends_on", {}).get("nodes", ()) for key, node in nodes.items()}
    made: dict[str, pa.Table] = {}
    with duckdb.connect() as database:
        database.execute("attach ':memory:' as shop; use shop; create schema crm")
        database.execute(f"create table crm.people as {PEOPLE}")
        for key in TopologicalSorter(needs).static_order():
            node = nodes[key]
            name = node["name"]
            match node["resource_type"], node["config"].get("materialized"):
                case "seed", _:
                    types = node["config"]["column_types"]
                    file = str(SHOP / node["original_file_path"])
                    database.read_csv(file, dtype=types).create(name)
                case "model", "table" | "view" | "incremental":
                    database.execute(f"create table {name} as {node['compiled_code']}")
                    made[name] = database.table(name).to_arrow_table()
    return made


@pytest.fixture
def imported(cli: Cli) -> str:
    """The program that is made of the project, and what its source has."""
    shutil.copytree(SHOP, cli.folder / "shop")
    done = cli("import", "dbt", "shop")
    assert done.status == 1
    assert [left for left in LEFT if f"not imported: {left}" not in done.err] == []
    (cli.folder / "data").mkdir()
    with duckdb.connect() as database:
        database.sql(PEOPLE).write_parquet(str(cli.folder / "data" / "people.parquet"))
    return (cli.folder / "shop.oftra").read_text()


def test_a_project_becomes_a_program(cli: Cli, imported: str) -> None:
    assert [one for one in CONTRACTS.split("\n\n") if one.strip() not in imported] == []
    assert "__dbt__cte__" not in imported
    assert cli("fmt", "--check", "shop.oftra").status == 0
    checked = cli("check", "shop.oftra")
    assert checked.status == 0, checked.err


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_it_has_the_rows_of_the_sql_that_dbt_compiled(
    engine: str, cli: Cli, imported: str, built: dict[str, pa.Table]
) -> None:
    program = oftra.load("shop.oftra")
    assert set(built) == set(MODELS)
    for model, wanted in built.items():
        rows = program.query(f"from {model}", engine=engine).to_pylist()
        assert sorted(map(str, rows)) == sorted(map(str, wanted.to_pylist())), model


def test_sql_of_a_later_run_is_told(cli: Cli) -> None:
    shutil.copytree(SHOP, cli.folder / "shop")
    place = cli.folder / "shop" / "target" / "manifest.json"
    manifest = json.loads(place.read_text())
    node = manifest["nodes"]["model.shop.daily_sales"]
    node["compiled_code"] += ' having max(ordered_on) > (select max(ordered_on) from "shop"."main"."daily_sales")'
    place.write_text(json.dumps(manifest))
    done = cli("import", "dbt", "shop")
    assert "not imported: the model `daily_sales`: its SQL is that of a later run" in done.err


def test_a_folder_that_dbt_has_not_compiled_is_told(cli: Cli) -> None:
    cli.put({"shop/dbt_project.yml": "name: shop\n", "odd/target/manifest.json": "[]"})
    for folder in ("shop", "odd"):
        done = cli("import", "dbt", folder)
        assert done.status == 1
        assert f"`{folder}/target/manifest.json` can't be read" in done.err
        assert "dbt docs generate" in done.err
    assert not (cli.folder / "shop.oftra").exists()

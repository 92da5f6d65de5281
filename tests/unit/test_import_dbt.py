"""`oftra import dbt`: a project as dbt 1.11 compiled it, as a program with the rows that dbt's own build has.

`dbt_shop` is the project; `target` is what `dbt build` and `dbt docs generate` left there, of each entry what is read.
"""

import json
import shutil
from pathlib import Path

from cli_runs import Cli

SHOP = Path(__file__).parent / "dbt_shop"

# What dbt's own tables hold.
BUILT = {
    "customers": [
        {"customer": "Ada", "total": None, "orders": 1},
        {"customer": "Bela", "total": 4.25, "orders": 1},
        {"customer": "Cleo", "total": 7.0, "orders": 1},
    ],
    "orders_by_country": [
        {"country": "France", "orders": 2, "amount": 11.25},
        {"country": "Germany", "orders": 1, "amount": None},
    ],
}

CONTRACTS = """
contract people { person_id int primary key, joined datetime }

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
}
"""


def test_a_project_becomes_a_program_with_its_rows(cli: Cli) -> None:
    shutil.copytree(SHOP, cli.folder / "shop")
    done = cli("import", "dbt", "shop")
    assert done.status == 1
    for left in ("the test `no_negative_orders`", "the source `untyped`: its columns' types are not known"):
        assert f"not imported: {left}" in done.err
    written = (cli.folder / "shop.oftra").read_text()
    assert [one for one in CONTRACTS.split("\n\n") if one.strip() not in written] == []
    assert "__dbt__cte__" not in written
    assert cli("fmt", "--check", "shop.oftra").status == 0
    checked = cli("check", "shop.oftra")
    assert checked.status == 0, checked.err
    for relation, rows in BUILT.items():
        query = f"from {relation} |> order by {next(iter(rows[0]))}"
        asked = cli("query", query, "--project", "shop.oftra", "--format", "json")
        assert json.loads(asked.out) == rows, asked.err


def test_a_folder_that_dbt_has_not_compiled_is_told(cli: Cli) -> None:
    cli.put({"shop/dbt_project.yml": "name: shop\n", "odd/target/manifest.json": "[]"})
    for folder in ("shop", "odd"):
        done = cli("import", "dbt", folder)
        assert done.status == 1
        assert f"`{folder}/target/manifest.json` can't be read" in done.err
        assert "dbt docs generate" in done.err
    assert not (cli.folder / "shop.oftra").exists()

"""Tables of Iceberg that Flink makes: whole, row by row and by key."""

from pathlib import Path
from typing import Any

import pytest
from places import Place, engine_of

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
contract amounts { shop string, amount decimal(20, 2) }
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

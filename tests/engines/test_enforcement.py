"""Rules do what the program says of them, on every engine: each record is judged once, none is lost without a count."""

import sys
from json import loads
from pathlib import Path
from typing import Any

import pytest
from places import ENGINES, Place, broken, engine_of, ids, judged, timeless

from oftra.target import RunError
from oftra.targets.pyspark.local import started

RULES = """\
contract sale {{
  id     int     primary key,
  shop   string  references shops (id),
  amount double  not null  check (amount > 0)  check (amount < 100) as plausible on violation warn,
  note   string  unique,
  check (note <> 'odd') as sane on violation drop,
}}
contract shop {{ id string primary key }}
connection lake = files {{ root: 'data', format: parquet }}
source shops: shop from lake {{ path: 'shops.csv' }}
source sales: sale from lake {{ path: '{path}' }} on invalid quarantine into rejected in lake
table copy in lake = from sales
"""

SALES = [
    '{"id": 1, "shop": "a", "amount": 1.0, "note": "p"}',
    '{"id": 2, "shop": "z", "amount": 2.0}',
    '{"id": 3, "amount": 300.0, "note": "q"}',
    '{"id": 4, "shop": "a", "amount": -1.0}',
    '{"id": 5, "shop": "a"}',
    '{"id": 6, "shop": "a", "amount": 1.0, "note": "twice"}',
    '{"id": 6, "shop": "b", "amount": 1.0, "note": "twice"}',
    '{"id": 7, "shop": "a", "amount": 1.0, "note": "odd"}',
    '{"id": 8, "shop": "y", "amount": 1.0, "note": "odd"}',
    '{"shop": "a", "amount": 1.0}',
    '{"id": 9, "shop": "a", "amount": 1.0, "note": "odd"}',
]
"""A null refers to nothing, is like no other and passes a check; a key that repeats breaks its rule in all its rows."""

REFERS, KEY = "shop references shops (id)", "primary key (id)"
REJECTED = {
    2: [REFERS],
    4: ["amount > 0"],
    5: ["amount not null"],
    6: ["note unique", KEY],
    8: [REFERS, "note unique", "sane"],
    None: ["id not null"],
}
"""By id, the rules that the quarantined records break, in the contract's order. 7 and 9 break `note unique` too."""


@pytest.mark.parametrize("format_", ["jsonl", "parquet"])
def test_rules_of_a_contract(format_: str, place: Place) -> None:
    place.write({"sales.jsonl": SALES, "shops.csv": ["id", "a", "b"]})
    if format_ == "parquet":
        import duckdb  # writes the file, whatever engine reads it

        columns = "{'id': 'int', 'shop': 'varchar', 'amount': 'double', 'note': 'varchar'}"
        records = (
            f"from read_json('{place.folder}/data/sales.jsonl', format = 'newline_delimited', columns = {columns})"
        )
        duckdb.sql(f"copy ({records}) to '{place.folder}/data/sales.parquet'")
    place.load(RULES.format(path=f"sales.{format_}"))
    found = judged(place.run(), "sales")
    assert (found.read, found.dropped, found.quarantined) == (11, 0, 9)
    assert broken(found) == {
        "id not null": 1,
        REFERS: 2,
        "amount not null": 1,
        "amount > 0": 1,
        "plausible": 1,
        "note unique": 5,
        KEY: 2,
        "sane": 3,
    }
    assert ids(place.rows("copy")) == [1, 3]
    rejected = place.rows("rejected")
    assert len(rejected) == 9
    if format_ == "jsonl":
        by_record = {row["record"]: row for row in rejected}
        expected = {SALES[at]: rules for at, rules in ((1, REJECTED[2]), (3, REJECTED[4]), (5, REJECTED[6]))}
        assert {record: by_record[record]["rules"] for record in expected} == expected
        assert by_record[SALES[8]]["rules"] == REJECTED[8]
        assert (by_record[SALES[8]]["file"], by_record[SALES[8]]["position"]) == ("sales.jsonl", 9)
    else:
        assert {row["file"] for row in rejected} == {None}
        assert any('"shop":"z"' in row["record"] and row["rules"] == REJECTED[2] for row in rejected)
    assert len({row["read_at"] for row in rejected}) == 1


def test_a_quarantine_that_two_sources_share_is_a_relation(place: Place) -> None:
    place.write(
        {"one.jsonl": ['{"id": 1, "price": 1.50}', "{"], "two.csv": ["id,price,name", "x,1,a", "2,1,b", "3,,c"]}
    )
    place.load(
        "contract item { id int not null, price decimal(10, 2) not null, name string }\n"
        "connection lake = files { root: 'data', format: parquet }\n"
        "source one: item from lake { path: 'one.jsonl' } on invalid quarantine into rejected in lake\n"
        "source two: item from lake { path: 'two.csv' } on invalid quarantine into rejected\n"
        "table rows in lake = from one |> union all (from two)\n"
        "table counts in lake = from rejected |> aggregate count(*) as records group by source\n"
    )
    place.run()
    assert ids(place.rows("rows")) == [1, 2]
    assert sorted((row["source"], row["record"]) for row in place.rows("rejected")) == [
        ("one", "{"),
        ("two", "3,,c"),
        ("two", "x,1,a"),
    ]
    assert {row["source"]: row["records"] for row in place.rows("counts")} == {"one": 1, "two": 2}
    asked = place.query("from rejected |> where array_contains(rules, 'readable') |> select file, position")
    assert sorted((row["file"], row["position"]) for row in asked) == [("one.jsonl", 2), ("two.csv", 1)]


INNER = """\
contract whole {{ x int not null check (x < 3) on violation {action}, unique (x) }}
connection lake = files {{ root: 'data', format: parquet }}
table plain in lake = from values (1), (2), (5), (null) as t (x)
{relation}
"""

INSIDE = {
    "a table under a contract": "table judged: whole in lake = from plain |> where x is not null |> select x",
    "a view under a contract": "view v: whole = from plain |> where x is not null |> select x\n"
    "table judged in lake = from v |> select x",
    "an assertion": "table judged in lake = from plain |> where x is not null\n"
    "  |> assert x < 3 as `x < 3` on violation {action} |> select x",
}


@pytest.mark.parametrize("action", ["fail", "drop", "warn"])
@pytest.mark.parametrize("relation", INSIDE.values(), ids=INSIDE.keys())
def test_rules_over_queries(relation: str, action: str, place: Place) -> None:
    place.load(INNER.format(action=action, relation=relation.format(action=action)))
    if action == "fail":
        with pytest.raises(RunError, match="1 row breaks `x < 3`"):
            place.run()
        assert not (place.folder / "data" / "judged.parquet").exists()
        with pytest.raises(RunError, match="1 row breaks `x < 3`"):
            place.query("from judged")
        return
    outcome = place.run()
    found = [
        run.judged or next(iter(run.assertions.values())) for run in outcome.relations if run.judged or run.assertions
    ]
    assert [(one.read, one.dropped, broken(one)) for one in found] == [(3, int(action == "drop"), {"x < 3": 1})]
    expected = [1, 2] if action == "drop" else [1, 2, 5]
    assert sorted(row["x"] for row in place.rows("judged")) == expected
    assert sorted(row["x"] for row in place.query("from judged")) == expected


TOLD = (
    RULES.format(path="sales.jsonl")
    + """\
contract total {{ shop string unique, amount double check (amount < 2) as small on violation {action} }}
table totals: total in lake =
  from sales
  |> assert id < 3 as low on violation warn
  |> aggregate sum(amount) as amount group by shop
sink sold from totals into lake {{ path: 'sold.jsonl', format: json }}
""".replace("{{", "{").replace("}}", "}")
)


@pytest.mark.parametrize("action", ["drop", "fail"])
def test_engines_tell_the_same_of_a_run(action: str, tmp_path: Path) -> None:
    told = []
    for name in ENGINES:
        (tmp_path / name).mkdir()
        place = Place(tmp_path / name, engine_of(name))
        place.write({"sales.jsonl": SALES, "shops.csv": ["id", "a", "b"]})
        place.load(TOLD.replace("{action}", action))
        try:
            outcome, error = place.run(), None
        except RunError as stopped:
            outcome, error = stopped.outcome, stopped
        report = outcome.report(place.program.ir, error)
        rows = [] if error else [place.rows(table) for table in ("copy", "totals", "rejected")]
        told.append((timeless(report), [sorted(map(str, map(timeless, table))) for table in rows]))
    assert told[0] == told[1]
    assert told[0][0]["status"] == ("stopped" if action == "fail" else "well")


REFERENCES = """\
contract person { id int primary key, boss int references people (id), pet int references pets (id) }
contract pet { id int primary key, owner int references people (id) }
connection lake = files { root: 'data', format: json }
source people: person from lake { path: 'people.jsonl' } on invalid quarantine into rejected
source pets: pet from lake { path: 'pets.jsonl' } on invalid drop
table staff in lake = from people
table animals in lake = from pets
"""


def test_references_in_a_circle_look_among_records_as_read(place: Place) -> None:
    place.write(
        {
            "people.jsonl": [
                '{"id": 1, "boss": 2}',
                '{"id": 2, "boss": 9}',
                '{"id": 3, "pet": 7}',
                '{"id": 4, "pet": 8}',
            ],
            "pets.jsonl": ['{"id": 7, "owner": 6}', '{"id": 9, "owner": 2}'],
        }
    )
    (place.folder / "oftra.toml").write_text('[project]\nname = "p"\nversion = "1.0.0"\nstore = "lake"\n')
    place.load(REFERENCES)
    place.run()
    assert ids(place.rows("staff")) == [1, 3]
    assert ids(place.rows("animals")) == [9]


TESTED = """\
contract sale {
  id int primary key, shop string not null references shops (id), amount double check (amount > 0) on violation drop,
}
contract shop { id string primary key }
connection lake = files { root: 'data', format: json }
source shops: shop from lake { path: 'shops.json' }
source sales: sale from lake { path: 'sales.json' } on invalid quarantine into rejected in lake
view totals = from sales |> aggregate sum(amount) as total, count(*) as sales
test 'rules judge what is given' {
  given shops
    | id  |
    | 'a' |
  given sales
    | id | shop | amount |
    | 1  | 'a'  | 2.5e0  |
    | 2  | 'b'  | 1.0e0  |
    | 3  | 'a'  | -1.0e0 |
    | 4  | null | 1.0e0  |
  expect totals
    | total | sales |
    | 2.5e0 | 1     |
  expect rejected
    | source  | rules                          |
    | 'sales' | ['shop references shops (id)'] |
    | 'sales' | ['shop not null']              |
}
"""


def test_tests_enforce_rules(place: Place) -> None:
    place.load(TESTED)
    (verdict,) = place.program.test(engine=place.engine.name)
    assert verdict.error is None and verdict.differences == ()


def test_a_test_whose_rows_break_a_rule_that_fails_says_so(place: Place) -> None:
    rows = "given sales\n    | id | shop |\n    | 1  | 'b'  |\n  expect totals\n    | sales |\n    | 1     |\n}\n"
    place.load(TESTED.replace(" on invalid quarantine into rejected in lake", "").partition("given sales")[0] + rows)
    (verdict,) = place.program.test(engine=place.engine.name)
    assert verdict.error == "`sales`: 1 row breaks `shop references shops (id)`"


LEFT_OUT = """\
contract row {
  id int primary key, hour int not null check (hour between 5 and 6), place string not null check (place in ('x', 'y')),
  price decimal(4, 2) not null check (price > 10) check (price < 11), day date not null check (day > date '2020-01-01'),
}
connection lake = files { root: 'data', format: json }
source rows: row from lake { path: 'rows.json' }
view found = from rows |> aggregate count(*) as rows
test 'what is left out is what may be there' {
  given rows
    | id |
    | 1  |
    | 2  |
    | 3  |
  expect found
    | rows |
    | 3    |
}
"""


def test_what_a_test_leaves_out_keeps_the_rules(place: Place) -> None:
    place.load(LEFT_OUT)
    (verdict,) = place.program.test(engine=place.engine.name)
    assert verdict.passed, verdict.error


ENDINGS = {"well": (0, "1.0"), "stopped": (4, "-1.0"), "failed": (3, None), "failed behind it": (3, "1e300")}
"""How a generated program ends: its exit status, and the amount that it finds; with none, there is no file at all."""

STOPS = """\
contract sale { id int primary key, amount double not null check (amount > 0) }
connection lake = files { root: 'data', format: parquet }
source sales: sale from lake { path: 'sales.jsonl' }
table copy in lake = from sales |> extend cast(amount as int) as whole
"""


@pytest.mark.parametrize("status, amount", ENDINGS.values(), ids=ENDINGS.keys())
def test_a_generated_program_ends_as_a_run_does(
    status: int, amount: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, engine_of("duckdb"))
    place.load(STOPS)
    if amount is not None:
        place.write({"sales.jsonl": [f'{{"id": 1, "amount": {amount}}}']})
    try:
        expected = place.run().report(place.program.ir)
        (tmp_path / "data" / "copy.parquet").unlink()
    except RunError as error:
        expected = error.outcome.report(place.program.ir, error)
    started()
    module: dict[str, Any] = {"__name__": "program"}
    exec(place.program.compile("pyspark")["program.py"], module)
    report = tmp_path / "report.json"
    monkeypatch.setattr(sys, "argv", ["program.py", "--root", str(tmp_path), "--report", str(report)])
    assert module["run"]() == status
    told = loads(report.read_text(encoding="utf-8"))
    if status == 3:  # each engine has words of its own for what it can't do
        assert told["status"] == "failed"
        assert told["error"]["relation"] == expected["error"]["relation"] == ("copy" if amount else "sales")
        assert amount or "sales.jsonl" in told["error"]["message"]
    else:
        assert timeless(told) == timeless(expected)
    assert (tmp_path / "data" / "copy.parquet").exists() == (status == 0)

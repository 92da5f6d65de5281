"""Bad input does what the program says of it, on every engine: nothing is rounded, guessed or lost without a count."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from json import loads
from pathlib import Path
from typing import Any

import pytest

import oftra
from oftra.diagnostics import Report
from oftra.driver import optimized
from oftra.project import installed
from oftra.target import Judged, Outcome, RunError, Session
from oftra.targets.pyspark.local import started

ENGINES = ["duckdb", "spark"]

CONTRACT = """\
contract item { id int not null, price decimal(10, 2) not null, name string }
connection lake = files { root: 'data', format: parquet }
"""
SOURCE = """\
source {name}: item from lake {{ path: '{path}'{options} }} on invalid {action}
table copy_{name} in lake = from {name}
"""


def json(id_: object, price: object = "1.50", name: object = '"a"') -> str:
    return f'{{"id": {id_}, "price": {price}, "name": {name}}}'


JSON = {
    "malformed": '{"id": 2, "price": ',
    "a list": "[1, 2]",
    "two objects on a line": json(2) + json(2),
    "something behind an object": json(2) + "]",
    "a comma too many": '{"id": 2, "price": 1.50, "name": "a",}',
    "a field twice": '{"id": 2, "id": 4, "price": 1.50}',
    "not a number": json(2, "NaN"),
    "a null message": "null",
    "an empty line": "",
    "12.345 for a decimal(10, 2)": json(2, "12.345"),
    "a decimal that only long digits show to be none": json(2, "1.5000000000000000001"),
    "the same with more digits than any number has": json(2, "1.5" + "0" * 40 + "1"),
    "the same with an exponent": json(2, "1.5000000000000000001e0"),
    "a decimal that overflows": json(2, "123456789.00"),
    "an int that overflows": json("3000000000"),
    "an int with a fraction": json("2.5"),
    "a number as text": json('"2"'),
    "a text for a number": json("true"),
    "a number for a text": json(2, name="12"),
}
"""Records that can't be read, of JSON."""

CSV = {
    "12.345 for a decimal(10, 2)": "2,12.345,b",
    "text for a number": "two,1.50,b",
    "a space before a number": "2, 1.50,b",
    "an int that overflows": "3000000000,1.50,b",
    "an empty line": "",
    "a cell too few": "2,1.50",
    "a cell too many": "2,1.50,b,c",
    "a quote that doesn't end": '2,1.50,"b',
    "a quote in the middle": '2,1.50,b"c',
}
"""The same of csv."""

OTHER = '{"sensor": "x", "level": 3}'
MORE, LESS = '{"id": 2, "price": 1, "colour": "red"}', '{"id": 2, "price": 1}'


@dataclass(frozen=True)
class Bad:
    """Files of records, by name: good ones, and those that can't be read, as they stand in their file from 1."""

    files: dict[str, list[str]]
    unreadable: dict[tuple[str, int], str]
    good: list[int] = field(default_factory=lambda: [1, 3])
    options: str = ""

    @property
    def path(self) -> str:
        """A path that names them all."""
        return "items*." + next(iter(self.files)).rpartition(".")[2]


def between(file: str, records: dict[str, str], first: list[str], last: str) -> Bad:
    """Bad records between good ones."""
    bad = {(file, place): record for place, record in enumerate(records.values(), 2)}
    return Bad({file: [*first, *records.values(), last]}, bad)


SOURCES = {
    "json": between("items.jsonl", JSON, [json(1)], json(3)),
    "json_with_more": Bad({"items.jsonl": [json(1), MORE, json(3)]}, {("items.jsonl", 2): MORE}, options="extra: fail"),
    "json_with_less": Bad(
        {"items.jsonl": [json(1), LESS, json(3)]}, {("items.jsonl", 2): LESS}, options="missing: fail"
    ),
    "json_of_another_schema": Bad(
        {"items1.jsonl": [json(1), json(3)], "items2.jsonl": [OTHER, OTHER]},
        {("items2.jsonl", 1): OTHER, ("items2.jsonl", 2): OTHER},
    ),
    "csv": between("items.csv", CSV, ["id,price,name", "1,1.50,a"], "3,1.50,"),
    "csv_with_more": Bad(
        {"items1.csv": ["id,price,name", "1,1,a", "3,1,a"], "items2.csv": ["id,price,name,colour", "2,1,b,red"]},
        {("items2.csv", 1): "2,1,b,red"},
        options="extra: fail",
    ),
    "csv_with_less": Bad(
        {"items1.csv": ["name,price,id", "a,1,1", "a,1,3"], "items2.csv": ["id,price", "2,1"]},
        {("items2.csv", 1): "2,1"},
        options="missing: fail",
    ),
    "csv_of_another_schema": Bad(
        {"items1.csv": ["id,price,name", "1,1,a", "3,1,a"], "items2.csv": ["sensor,level", "x,3", "y,4"]},
        {("items2.csv", 1): "x,3", ("items2.csv", 2): "y,4"},
    ),
}
"""By the name of a source, a folder of files for it."""


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Any:
    """Each engine there is."""
    found = installed.find_engine(request.param, Report())
    assert found is not None
    return found


class Place:
    """A project in a folder, and its runs on an engine."""

    def __init__(self, folder: Path, engine: Any) -> None:
        self.folder = folder
        self.engine = engine
        (folder / "data").mkdir()

    def write(self, files: dict[str, list[str]]) -> None:
        for name, lines in files.items():
            path = self.folder / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def load(self, program: str) -> None:
        (self.folder / "program.oftra").write_text(program, encoding="utf-8")
        self.program = oftra.load(self.folder)

    def session(self) -> Session:
        session: Session = self.engine.open(str(self.folder))
        return session

    def run(self, *only: str) -> Outcome:
        return self.session().run(optimized(self.program.ir), only or None, {}, lambda _: None)

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.session().read(self.program.ir, table).to_pylist()

    def query(self, text: str) -> list[dict[str, Any]]:
        return self.program.query(text, engine=self.engine.name).to_pylist()


@pytest.fixture
def place(tmp_path: Path, engine: Any) -> Iterator[Place]:
    """A folder to run in."""
    yield Place(tmp_path, engine)


def judged(outcome: Outcome, name: str) -> Judged:
    """What rules found in a relation. Whatever they did, what was read is what became of it."""
    (found,) = [run.judged for run in outcome.relations if run.name == name]
    assert found is not None
    assert found.read == found.passed + found.dropped + found.quarantined
    return found


def broken(found: Judged) -> dict[str, int]:
    """How many records break each rule, of the rules that are broken."""
    return {rule.name: rule.records for rule in found.rules if rule.records}


def ids(rows: list[dict[str, Any]]) -> list[Any]:
    return sorted([row["id"] for row in rows if row["id"] is not None])


def bad_sources(place: Place, action: str) -> None:
    """A program that reads all bad sources."""
    program = CONTRACT
    for name, bad in SOURCES.items():
        place.write({f"{name}/{file}": lines for file, lines in bad.files.items()})
        options = f", {bad.options}" if bad.options else ""
        program += SOURCE.format(name=name, path=f"{name}/{bad.path}", options=options, action=action)
    place.load(program)


def test_unreadable_records_that_fail(place: Place) -> None:
    bad_sources(place, "fail")
    for name, bad in SOURCES.items():
        with pytest.raises(RunError, match=r"breaks? `readable`") as stopped:
            place.run(f"copy_{name}")
        assert (stopped.value.relation, stopped.value.is_rule) == (name, True)
        assert broken(judged(stopped.value.outcome, name)) == {"readable": len(bad.unreadable)}
        assert not (place.folder / "data" / f"copy_{name}.parquet").exists()


@pytest.mark.parametrize("action", ["drop", "warn", "quarantine"])
def test_unreadable_records(action: str, place: Place) -> None:
    bad_sources(place, f"{action} into rejected in lake" if action == "quarantine" else action)
    outcome = place.run()
    for name, bad in SOURCES.items():
        found, count = judged(outcome, name), len(bad.unreadable)
        assert (found.read, broken(found)) == (count + len(bad.good), {"readable": count}), name
        stays = {"drop": (count, 0), "warn": (0, 0), "quarantine": (0, count)}
        assert (found.dropped, found.quarantined) == stays[action]
        kept = place.rows(f"copy_{name}")
        assert len(kept) == found.passed
        assert [id_ for id_ in ids(kept) if id_ in bad.good] == bad.good
    if action == "quarantine":
        rejected = {(row["source"], row["file"], row["position"]): row["record"] for row in place.rows("rejected")}
        assert rejected == {
            (name, f"{name}/{file}", position): record
            for name, bad in SOURCES.items()
            for (file, position), record in bad.unreadable.items()
        }
        assert {tuple(row["rules"]) for row in place.rows("rejected")} == {("readable",)}


def test_what_stays_with_a_warning_has_what_could_be_read(place: Place) -> None:
    place.write({"items.jsonl": ['{"id": "1", "price": 1.5, "name": "a"}', "null"]})
    place.load(CONTRACT + SOURCE.format(name="items", path="items.jsonl", options="", action="warn"))
    place.run()
    rows = [(row["id"], str(row["price"]), row["name"]) for row in place.rows("copy_items")]
    assert sorted(rows, key=str) == [(None, "1.50", "a"), (None, "None", None)]
    place.write({"items.jsonl": [json(7)]})
    place.run()
    assert ids(place.rows("copy_items")) == [7]  # nothing of one run is kept for the next


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
    place.write({"one.jsonl": [json(1), "{"], "two.csv": ["id,price,name", "x,1,a", "2,1,b", "3,,c"]})
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
        place = Place(tmp_path / name, installed.find_engine(name, Report()))
        place.write({"sales.jsonl": SALES, "shops.csv": ["id", "a", "b"]})
        place.load(TOLD.replace("{action}", action))
        try:
            outcome, error = place.run(), None
        except RunError as stopped:
            outcome, error = stopped.outcome, stopped
        report = outcome.report("program", error)
        rows = [] if error else [place.rows(table) for table in ("copy", "totals", "rejected")]
        told.append((timeless(report), [sorted(map(str, map(timeless, table))) for table in rows]))
    assert told[0] == told[1]
    assert told[0][0]["status"] == ("stopped" if action == "fail" else "well")


def timeless(told: Any) -> Any:
    """What is told, without when it was and how long it took."""
    match told:
        case dict():
            return {name: timeless(value) for name, value in told.items() if name not in ("seconds", "read_at")}
        case list():
            return [timeless(value) for value in told]
        case _:
            return told


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


FIELDS = {
    "long decimals": ("decimal(30, 2)", "12345678901234567890.12", "12345678901234567890.12"),
    "a decimal with zeros": ("decimal(10, 2)", "12.3400", "12.34"),
    "an exponent": ("decimal(10, 3)", "1.5e-2", "0.015"),
    "an int with a point": ("int", "12.0", "12"),
    "a double": ("double", "0.1", "0.1"),
    "a small double": ("double", "1.2345678901234e-10", "1.2345678901234e-10"),
    "a boolean": ("boolean", "true", "True"),
    "a text with escapes": ("string", r'"\u0041\n\"b\""', 'A\n"b"'),
    "a day": ("date", '"2026-01-31"', "2026-01-31"),
    "an instant": ("timestamp", '"2026-01-31T10:00:00.5+02:00"', "2026-01-31 08:00:00.500000+00:00"),
    "a clock reading": ("datetime", '"2026-01-31 10:00:00"', "2026-01-31 10:00:00"),
    "a list": ("array<int>", "[1, null, 3]", "[1, None, 3]"),
    "a struct": ("struct<a: int, b: string>", '{"a": 1, "c": 2}', "{'a': 1, 'b': None}"),
    "structs in a list": ("array<struct<a: decimal(4, 1)>>", '[{"a": 1.5}]', "[{'a': Decimal('1.5')}]"),
    "a map": ("map<string, int>", '{"x": 1}', "[('x', 1)]"),
    "a document": ("json", '{"x": [1, 2.5]}', '{"x":[1,2.5]}'),
    "a path": ("int from 'deep.b.c'", None, "3"),
    "a path that ends early": ("int from 'deep.no.c'", None, "None"),
    "null": ("int", "null", "None"),
}
"""Values of a JSON record that are read as they are: the type, what stands there, what is read."""

CELLS = {
    "null": ("int", "", "None"),
    "a quoted cell": ("string", '"a, ""b"""', 'a, "b"'),
    "a boolean": ("boolean", "TRUE", "True"),
    "a double": ("double", "-1.5e3", "-1500.0"),
    "not a number": ("double", "NaN", "nan"),
    "a day": ("date", "2026-01-31", "2026-01-31"),
    "a list": ("array<int>", '"[1, 2]"', "[1, 2]"),
}
"""The same of a row of csv."""


def columns_of(values: dict[str, tuple[str, str | None, str]]) -> str:
    return ", ".join([f"c{at} {type_}" for at, (type_, _, _) in enumerate(values.values())])


def test_values_are_read_as_they_are(place: Place) -> None:
    fields = [f'"c{at}": {value}' for at, (_, value, _) in enumerate(FIELDS.values()) if value is not None]
    header = ",".join([f"c{at}" for at in range(len(CELLS))])
    place.write(
        {
            "rows.json": ["{" + ", ".join([*fields, '"deep": {"b": {"c": 3}, "no": null}']) + "}"],
            "rows.csv": [header, ",".join([str(value) for _, value, _ in CELLS.values()])],
        }
    )
    place.load(
        f"contract record {{ {columns_of(FIELDS)} }}\n"
        f"contract line {{ {columns_of(CELLS)} }}\n"
        "connection lake = files { root: 'data' }\n"
        "source records: record from lake { path: 'rows.json' }\n"
        "source lines: line from lake { path: 'rows.csv' }\n"
    )
    for source, values in (("records", FIELDS), ("lines", CELLS)):
        (row,) = place.query(f"from {source}")
        read = {name: str(value) for name, value in zip(values, row.values(), strict=True)}
        if "a document" in read:
            read["a document"] = read["a document"].replace(" ", "")
        assert read == {name: value for name, (_, _, value) in values.items()}


UNREAD = {
    "a day that there is not": ("date", '"2026-02-30"'),
    "a day with a time": ("date", '"2026-01-31 10:00:00"'),
    "more than microseconds": ("timestamp", '"2026-01-31 10:00:00.1234567Z"'),
    "a zone on a clock reading": ("datetime", '"2026-01-31 10:00:00Z"'),
    "a double that is too large": ("double", "1e400"),
    "a text in a list of numbers": ("array<int>", '[1, "2"]'),
    "a list for a struct": ("struct<a: int>", "[1]"),
    "a number in a struct that is none": ("struct<a: int>", '{"a": "1"}'),
    "a value in a map that is none": ("map<string, int>", '{"x": 1.5}'),
    "a path through a number": ("int from 'deep.b'", None),
}


def test_values_that_are_none(place: Place) -> None:
    """Each in a record of its own, where nothing else is: what can't be read is null, and said to be."""
    given = enumerate([value for _, value in UNREAD.values()])
    place.write({"rows.json": ['{"deep": 5}' if value is None else f'{{"c{at}": {value}}}' for at, value in given]})
    place.load(
        f"contract record {{ {columns_of({name: (type_, None, '') for name, (type_, _) in UNREAD.items()})} }}\n"
        "connection lake = files { root: 'data', format: parquet }\n"
        "source records: record from lake { path: 'rows.json' } on invalid quarantine into rejected in lake\n"
        "table copy in lake = from records\n"
    )
    found = judged(place.run(), "records")
    readable = set(range(len(UNREAD))) - {row["position"] - 1 for row in place.rows("rejected")}
    assert [list(UNREAD)[at] for at in readable] == []
    assert broken(found) == {"readable": len(UNREAD)}


def test_options_of_text_files(place: Place) -> None:
    place.write(
        {
            "odd.csv": [r"1|'a\'|b'|NA", "2|b|3"],
            "day=2026-01-31/part.csv": ["x,more,colour", "1,2,red"],
            "extra.jsonl": ['{"x": 1, "colour": "red", "size": 1.25}', '{"x": 2}'],
        }
    )
    place.load(
        "contract odd { id int, name string, size int }\n"
        "contract dated { x int, day date }\n"
        "contract bare { x int }\n"
        "connection lake = files { root: 'data' }\n"
        "source odds: odd from lake {\n"
        r"  path: 'odd.csv', header: false, delimiter: '|', quote: '''', escape: '\', null_text: 'NA',"
        "\n  metadata: [file, row],\n}\n"
        "source dated: dated from lake { path: '*/part.csv', hive_partitioned: true, extra: ignore }\n"
        "source extra: bare from lake { path: 'extra.jsonl', extra: keep }\n"
    )
    assert place.query("from odds |> order by id") == [
        {"id": 1, "name": "a'|b", "size": None, "file": "odd.csv", "row": 1},
        {"id": 2, "name": "b", "size": 3, "file": "odd.csv", "row": 2},
    ]
    assert [(row["x"], str(row["day"])) for row in place.query("from dated")] == [(1, "2026-01-31")]
    kept = [row["extra"] for row in place.query("from extra |> order by x")]
    assert [None if one is None else one.replace(" ", "") for one in kept] == ['{"colour":"red","size":1.25}', None]


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


ENDINGS = {"well": (0, "1.0"), "stopped": (4, "-1.0"), "failed": (3, None)}
"""How a generated program ends: its exit status, and the amount that it finds; with none, there is no file at all."""

STOPS = """\
contract sale { id int primary key, amount double not null check (amount > 0) }
connection lake = files { root: 'data', format: parquet }
source sales: sale from lake { path: 'sales.jsonl' }
table copy in lake = from sales
"""


@pytest.mark.parametrize("status, amount", ENDINGS.values(), ids=ENDINGS.keys())
def test_a_generated_program_ends_as_a_run_does(
    status: int, amount: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, installed.find_engine("duckdb", Report()))
    place.load(STOPS)
    if amount is not None:
        place.write({"sales.jsonl": [f'{{"id": 1, "amount": {amount}}}']})
    try:
        expected = place.run().report("program")
        (tmp_path / "data" / "copy.parquet").unlink()
    except RunError as error:
        expected = error.outcome.report("program", error)
    started()
    module: dict[str, Any] = {"__name__": "program"}
    exec(place.program.compile("pyspark")["program.py"], module)
    report = tmp_path / "report.json"
    monkeypatch.setattr(sys, "argv", ["program.py", "--root", str(tmp_path), "--report", str(report)])
    assert module["run"]() == status
    told = loads(report.read_text(encoding="utf-8"))
    if status == 3:  # each engine has words of its own for what it doesn't find
        assert told["status"] == "failed" and "sales.jsonl" in told["error"]["message"]
    else:
        assert timeless(told) == timeless(expected)
    assert (tmp_path / "data" / "copy.parquet").exists() == (status == 0)

"""Records of text are decoded exactly, on every engine: nothing is rounded, guessed or lost without a count."""

from dataclasses import dataclass, field

import pytest
from places import Place, broken, ids, judged

from oftra.target import RunError

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

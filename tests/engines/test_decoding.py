"""Records of text are decoded exactly, on every engine: nothing is rounded, guessed or lost without a count."""

import pytest
from bad_records import (
    ACTIONS,
    CELLS,
    CONTRACT,
    CSV,
    FIELDS,
    JSON,
    SOURCE,
    Bad,
    between,
    check_action,
    check_that_runs_fail,
    check_values,
    columns_of,
    json,
)
from places import Place, broken, ids, judged

OTHER = '{"sensor": "x", "level": 3}'
MORE, LESS = '{"id": 2, "price": 1, "colour": "red"}', '{"id": 2, "price": 1}'

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


def test_unreadable_records_that_fail(place: Place) -> None:
    check_that_runs_fail(place, SOURCES)


@pytest.mark.parametrize("action", ACTIONS)
def test_unreadable_records(action: str, place: Place) -> None:
    check_action(place, SOURCES, action)


def test_what_stays_with_a_warning_has_what_could_be_read(place: Place) -> None:
    place.write({"items.jsonl": ['{"id": "1", "price": 1.5, "name": "a"}', "null"]})
    place.load(CONTRACT + SOURCE.format(name="items", path="items.jsonl", options="", action="warn"))
    place.run()
    rows = [(row["id"], str(row["price"]), row["name"]) for row in place.rows("copy_items")]
    assert sorted(rows, key=str) == [(None, "1.50", "a"), (None, "None", None)]
    place.write({"items.jsonl": [json(7)]})
    place.run()
    assert ids(place.rows("copy_items")) == [7]  # nothing of one run is kept for the next


def test_values_are_read_as_they_are(place: Place) -> None:
    check_values(place, FIELDS, CELLS)


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

"""Records of text that can't be read, and values that can: the files, and what is to become of them on an engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import pytest
from places import Place, broken, ids, judged

from oftra.target import RunError

Values: TypeAlias = Mapping[str, tuple[str, str | None, str]]
"""By what a value shows: its type, what stands there, what is read."""

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


def load_sources(place: Place, sources: Mapping[str, Bad], action: str) -> None:
    """A program that reads all bad records."""
    program = CONTRACT
    for name, bad in sources.items():
        place.write({f"{name}/{file}": lines for file, lines in bad.files.items()})
        options = f", {bad.options}" if bad.options else ""
        program += SOURCE.format(name=name, path=f"{name}/{bad.path}", options=options, action=action)
    place.load(program)


def check_that_runs_fail(place: Place, sources: Mapping[str, Bad]) -> None:
    """With `on invalid fail` each source stops its run, which counts its records, and nothing is stored."""
    load_sources(place, sources, "fail")
    for name, bad in sources.items():
        with pytest.raises(RunError, match=r"breaks? `readable`") as stopped:
            place.run(f"copy_{name}")
        assert (stopped.value.relation, stopped.value.is_rule) == (name, True)
        assert broken(judged(stopped.value.outcome, name)) == {"readable": len(bad.unreadable)}
        assert not (place.folder / "data" / f"copy_{name}.parquet").exists()


ACTIONS = ["drop", "warn", "quarantine"]
"""What else may be done about a record."""


def check_action(place: Place, sources: Mapping[str, Bad], action: str, *, are_placed: bool = True) -> None:
    """Each unreadable record is counted, and dropped, kept or put apart; if `are_placed`, with where they stood."""
    load_sources(place, sources, f"{action} into rejected in lake" if action == "quarantine" else action)
    outcome = place.run()
    for name, bad in sources.items():
        found, count = judged(outcome, name), len(bad.unreadable)
        assert (found.read, broken(found)) == (count + len(bad.good), {"readable": count}), name
        stays = {"drop": (count, 0), "warn": (0, 0), "quarantine": (0, count)}
        assert (found.dropped, found.quarantined) == stays[action]
        kept = place.rows(f"copy_{name}")
        assert len(kept) == found.passed
        assert [id_ for id_ in ids(kept) if id_ in bad.good] == bad.good
    if action == "quarantine":
        rows = place.rows("rejected")
        put_apart = [(row["source"], row["file"], row["position"] if are_placed else 0, row["record"]) for row in rows]
        assert sorted(put_apart) == sorted(
            (name, f"{name}/{file}", position if are_placed else 0, record)
            for name, bad in sources.items()
            for (file, position), record in bad.unreadable.items()
        )
        assert {tuple(row["rules"]) for row in rows} == {("readable",)}


FIELDS = {
    "long decimals": ("decimal(30, 2)", "12345678901234567890.12", "12345678901234567890.12"),
    "a decimal with zeros": ("decimal(10, 2)", "12.3400", "12.34"),
    "an exponent": ("decimal(10, 3)", "1.5e-2", "0.015"),
    "an int with a point": ("int", "12.0", "12"),
    "a double": ("double", "0.1", "0.1"),
    "a small double": ("double", "1.2345678901234e-10", "1.2345678901234e-10"),
    "a boolean": ("boolean", "true", "True"),
    "a text with escapes": ("string", r'"\u0041\n\"b\""', 'A\n"b"'),
    "a text like a list": ("string", r'"[\"a\"]\\, \ud83e\udd93\u2028"', '["a"]\\, 🦓\u2028'),
    "a day": ("date", '"2026-01-31"', "2026-01-31"),
    "an instant": ("timestamp", '"2026-01-31T10:00:00.5+02:00"', "2026-01-31 08:00:00.500000+00:00"),
    "an instant to the west": ("timestamp", '"2026-01-31 23:59:59.123456-02:30"', "2026-02-01 02:29:59.123456+00:00"),
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


def columns_of(values: Values) -> str:
    return ", ".join([f"c{at} {type_}" for at, (type_, _, _) in enumerate(values.values())])


def check_values(place: Place, fields: Values, cells: Values) -> None:
    """Each value is read as it is, of JSON and of csv."""
    texts = [f'"c{at}": {value}' for at, (_, value, _) in enumerate(fields.values()) if value is not None]
    header = ",".join([f"c{at}" for at in range(len(cells))])
    place.write(
        {
            "rows.json": ["{" + ", ".join([*texts, '"deep": {"b": {"c": 3}, "no": null}']) + "}"],
            "rows.csv": [header, ",".join([str(value) for _, value, _ in cells.values()])],
        }
    )
    place.load(
        f"contract record {{ {columns_of(fields)} }}\n"
        f"contract line {{ {columns_of(cells)} }}\n"
        "connection lake = files { root: 'data' }\n"
        "source records: record from lake { path: 'rows.json' }\n"
        "source lines: line from lake { path: 'rows.csv' }\n"
    )
    for source, values in (("records", fields), ("lines", cells)):
        (row,) = place.query(f"from {source}")
        read = {name: str(value) for name, value in zip(values, row.values(), strict=True)}
        if "a document" in read:
            read["a document"] = read["a document"].replace(" ", "")
        assert read == {name: value for name, (_, _, value) in values.items()}

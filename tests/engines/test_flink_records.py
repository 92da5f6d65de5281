"""Records of text that Flink reads: decoded as exactly as elsewhere, judged once, and split by that."""

from pathlib import Path

import pytest
from places import Place, broken, engine_of, ids, judged
from test_decoding import CELLS, CONTRACT, CSV, FIELDS, JSON, SOURCE, between, columns_of, json

from oftra.target import RunError

SOURCES = {
    "json": between("items.jsonl", JSON, [json(1)], json(3)),
    "csv": between("items.csv", CSV, ["id,price,name", "1,1.50,a"], "3,1.50,"),
}
LACKING = {"structs in a list", "a map"}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, engine_of("flink"))


def bad_sources(place: Place, action: str) -> None:
    """A program that reads all bad records."""
    program = CONTRACT
    for name, bad in SOURCES.items():
        place.write({f"{name}/{file}": lines for file, lines in bad.files.items()})
        program += SOURCE.format(name=name, path=f"{name}/{bad.path}", options="", action=action)
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
        rows = place.rows("rejected")
        rejected = sorted((row["source"], row["file"], row["record"]) for row in rows)
        assert rejected == sorted(
            (name, f"{name}/{file}", record)
            for name, bad in SOURCES.items()
            for (file, _), record in bad.unreadable.items()
        )
        assert {tuple(row["rules"]) for row in rows} == {("readable",)}


def test_values_are_read_as_they_are(place: Place) -> None:
    known = {name: value for name, value in FIELDS.items() if name not in LACKING}
    cells = {name: value for name, value in CELLS.items() if name != "a list"}
    fields = [f'"c{at}": {value}' for at, (_, value, _) in enumerate(known.values()) if value is not None]
    header = ",".join([f"c{at}" for at in range(len(cells))])
    place.write(
        {
            "rows.json": ["{" + ", ".join([*fields, '"deep": {"b": {"c": 3}, "no": null}']) + "}"],
            "rows.csv": [header, ",".join([str(value) for _, value, _ in cells.values()])],
        }
    )
    place.load(
        f"contract record {{ {columns_of(known)} }}\n"
        f"contract line {{ {columns_of(cells)} }}\n"
        "connection lake = files { root: 'data' }\n"
        "source records: record from lake { path: 'rows.json' }\n"
        "source lines: line from lake { path: 'rows.csv' }\n"
    )
    for source, values in (("records", known), ("lines", cells)):
        (row,) = place.query(f"from {source}")
        read = {name: str(value).replace(" ", "") for name, value in zip(values, row.values(), strict=True)}
        assert read == {name: value.replace(" ", "") for name, (_, _, value) in values.items()}

"""Records of text that Flink reads: decoded as exactly as elsewhere, judged once, and split by that."""

from pathlib import Path

import pytest
from bad_records import (
    ACTIONS,
    CELLS,
    CSV,
    FIELDS,
    JSON,
    between,
    check_action,
    check_that_runs_fail,
    check_values,
    json,
)
from places import Place, engine_of

SOURCES = {
    "json": between("items.jsonl", JSON, [json(1)], json(3)),
    "csv": between("items.csv", CSV, ["id,price,name", "1,1.50,a"], "3,1.50,"),
}
LACKING = {"structs in a list", "a map"}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, engine_of("flink"))


def test_unreadable_records_that_fail(place: Place) -> None:
    check_that_runs_fail(place, SOURCES)


@pytest.mark.parametrize("action", ACTIONS)
def test_unreadable_records(action: str, place: Place) -> None:
    check_action(place, SOURCES, action, are_placed=False)


def test_values_are_read_as_they_are(place: Place) -> None:
    fields = {name: value for name, value in FIELDS.items() if name not in LACKING}
    fields["no seconds"] = ("timestamp", '"2026-01-31T10:30+01"', "2026-01-31 09:30:00+00:00")
    check_values(place, fields, {name: value for name, value in CELLS.items() if name != "a list"})

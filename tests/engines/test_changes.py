"""Sources of changes end in the rows that the last state says, on every engine, in whatever order records come."""

import random
from json import dumps
from typing import Any

import pytest
from places import Place, broken, judged

PROGRAM = """\
contract change {{
  id      int,
  name    string  not null  check (length(name) < 20),
  n       int,
  op      string,
  at      timestamp  not null  event time watermark 10 minutes,
  version int,
  primary key (id),
}}
connection lake = files {{ root: 'data', format: parquet }}
source users: change from lake {{ path: '{path}', changes: {changes}, order_by: [at, version]{more} }}
  on invalid quarantine into rejected in lake
table current in lake = from users |> select id, name, n
table counted in lake = from users |> aggregate count(*) as n, max(name) as last
"""

Change = dict[str, Any]


def history(seed: int, keys: int = 40) -> tuple[list[Change], dict[int, Change]]:
    """Changes of `keys` rows as they came about, and the rows that there are after them."""
    choose, now = random.Random(seed), dict[int, Change]()
    changes: list[Change] = []
    for moment in range(keys * 6):
        id_ = choose.randrange(keys)
        place = {"at": f"2026-01-01T00:{moment // 120:02}:{moment // 2 % 60:02}Z", "version": moment}
        if id_ in now and choose.random() < 0.3:
            changes.append({"id": id_, "op": choose.choice(["d", "DELETE"]), **place})
            del now[id_]
        else:
            now[id_] = row = {"id": id_, "name": f"{'name' * (id_ % 3)}{moment}", "n": choose.choice([None, moment])}
            changes.append({**row, "op": choose.choice(["c", "u", "Insert"]), **place})
    return changes, now


def shuffled(changes: list[Change], seed: int) -> list[Change]:
    """`changes` out of order, some of them repeated."""
    choose = random.Random(seed)
    return sorted([*changes, *choose.sample(changes, len(changes) // 3)], key=lambda _: choose.random())


FAULTS: list[Change] = [
    {"id": 3, "name": "unknown", "op": "zap", "at": "2026-02-01T00:00:00Z", "version": 1},
    {"id": 3, "name": None, "op": "u", "at": "2026-02-01T00:00:00Z", "version": 1},
    {"id": None, "op": "d", "at": "2026-02-01T00:00:00Z", "version": 1},
    {"id": 3, "name": "no operation", "at": "2026-02-01T00:00:00Z", "version": 1},
]
"""Records later than all others that say nothing of a row: each breaks one rule."""


def as_json(changes: list[Change]) -> list[str]:
    return [dumps(change) for change in changes]


def as_csv(changes: list[Change]) -> list[str]:
    names = ("id", "name", "n", "op", "at", "version")
    cells = [["" if change.get(name) is None else str(change[name]) for name in names] for change in changes]
    return [",".join(names), *[",".join(row) for row in cells]]


@pytest.mark.parametrize(("file", "written"), [("users.jsonl", as_json), ("users.csv", as_csv)])
def test_changes_end_in_the_last_state(file: str, written: Any, place: Place) -> None:
    changes, now = history(7)
    records = [*shuffled(changes, 8), *FAULTS]
    place.write({file: written(records)})
    place.load(PROGRAM.format(path=file, changes="cdc", more=", op: op"))
    outcome = place.run()
    found = judged(outcome, "users_changes")
    assert (found.read, found.quarantined) == (len(records), len(FAULTS))
    assert broken(found) == {"op says what happened": 1, "name not null": 1, "id not null": 1, "op not null": 1}
    by_id = sorted(place.rows("current"), key=lambda row: int(row["id"]))
    assert by_id == [now[id_] for id_ in sorted(now)]
    last = max([row["name"] for row in now.values()])
    assert place.rows("counted") == [{"n": len(now), "last": last}]


def test_the_last_row_of_each_key_stays(place: Place) -> None:
    changes, _ = history(9)
    rows = [change for change in changes if "name" in change]
    place.write({"users.jsonl": as_json(shuffled(rows, 10))})
    place.load(PROGRAM.format(path="users.jsonl", changes="upsert", more=", key: [id]"))
    place.run()
    last = {row["id"]: {name: row[name] for name in ("id", "name", "n")} for row in rows}
    assert sorted(place.rows("current"), key=lambda row: int(row["id"])) == [last[id_] for id_ in sorted(last)]


BEFORE_AND_AFTER = """\
contract change { id int primary key, n int not null, what string, version int }
connection lake = files { root: 'data', format: parquet }
source users: change from lake { path: 'users.jsonl', changes: cdc, op: what, order_by: [version] }
table current in lake = from users |> select id, n
test 'a row as it was before says nothing new' {
  given users
    | id | n | what               | version |
    | 1  | 1 | 'insert'           | 1       |
    | 1  | 2 | 'update_postimage' | 2       |
    | 1  | 1 | 'update_preimage'  | 2       |
    | 2  | 5 | '+I'               | 1       |
    | 2  | 5 | '-U'               | 2       |
    | 2  | 5 | '-D'               | 3       |
  expect current
    | id | n |
    | 1  | 2 |
}
"""


def test_tests_give_the_records_of_changes(place: Place) -> None:
    place.load(BEFORE_AND_AFTER)
    (verdict,) = place.program.test(engine=place.engine.name)
    assert verdict.passed, verdict

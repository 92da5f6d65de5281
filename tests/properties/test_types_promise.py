"""Rows keep what the typed program promises of them: types, columns that are not null, keys."""

from collections.abc import Iterator
from random import Random

import pytest
from any_programs import any_program
from promises import broken_promises
from typed_programs import program

from oftra.ir.read import read_rel
from oftra.optimize import optimize_query
from oftra.target import RunError, Session
from oftra.targets.duckdb.engine import DuckDbEngine

PROGRAMS = 50


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    session = DuckDbEngine().open(".")
    yield session
    session.close()


def test_rows_keep_promises(session: Session) -> None:
    kept = 0
    for seed in range(PROGRAMS):
        for made in (program(Random(seed)), any_program(Random(seed))):
            asked = (made.program, made.query)
            for whole, rel in (asked, optimize_query(*asked)):
                try:
                    table = session.query(whole, rel, {})
                except RunError:
                    continue
                assert broken_promises(whole, rel, table) == [], f"seed {seed}\n{made}"
                kept += table.num_rows > 0
    assert kept > PROGRAMS, "too many of them have no rows"


@pytest.mark.parametrize(
    "lie",
    [
        "project b#3 int not null = cast(null:int as int){int not null}",
        "project b#3 int not null = nullif(a#1, 1){int not null}",
    ],
)
def test_lies_are_found(lie: str, session: Session) -> None:
    rel = read_rel(f"values (a#1 int not null) (1) (2) | {lie}")
    whole = program(Random(0)).program
    assert "not null" in "".join(broken_promises(whole, rel, session.query(whole, rel, {})))

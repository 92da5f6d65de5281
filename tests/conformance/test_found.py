"""What random programs found once: queries that an engine answered otherwise, or not at all."""

from collections.abc import Iterator

import pytest
from gaps import ENGINES

from oftra.diagnostics import Report
from oftra.ir.program import Program
from oftra.ir.read import read_rel
from oftra.optimize import optimize_query
from oftra.project import installed
from oftra.target import Session
from oftra.testing.compare import unmatched

TWO = "values (a#1 int, b#2 int) (1, 2) (3, null)"
KEY = "values (k#9 int) (1)"

CASES: dict[str, tuple[str, list[tuple[object, ...]]]] = {
    "a condition of a query is an item twice": (
        f"{TWO} | project c#3 boolean = in (a#1) ({KEY}), b#2 | filter c#3"
        " | project d#4 boolean = c#3, e#5 boolean = c#3",
        [(True, True)],
    ),
    "what a query gave is used beside it": (
        f"{TWO} | project c#3 boolean = in (a#1) ({KEY}) | project c#3, d#4 boolean = not(c#3)",
        [(True, False), (False, True)],
    ),
}


@pytest.fixture(scope="module", params=ENGINES)
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    engine = installed.find_engine(request.param, Report())
    assert engine is not None
    session = engine.open(".")
    yield session
    session.close()


@pytest.mark.parametrize("what", CASES)
def test_found(what: str, session: Session) -> None:
    text, expected = CASES[what]
    query = (Program("found", "1", ()), read_rel(text))
    for program, rel in (query, optimize_query(*query)):
        table = session.query(program, rel, {})
        came = list(zip(*[column.to_pylist() for column in table.columns]))
        assert unmatched(expected, came) == ([], []), came

"""What random programs found once: queries that an engine answered otherwise, or not at all."""

from collections.abc import Iterator

import pytest
from gaps import ENGINES, LACKING

from oftra.diagnostics import Report
from oftra.ir.program import Program
from oftra.ir.read import read_rel
from oftra.optimize import optimize_query
from oftra.project import installed
from oftra.target import RunError, Session
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
    "rows are ordered by what is a constant below": (
        "values (a#1 int) (2) (1) | project b#2 int not null = 7, a#1, c#3 string not null = 'x'"
        " | sort b#2, c#3 desc, a#1",
        [(7, 1, "x"), (7, 2, "x")],
    ),
    "groups by what is a number below zero": (
        "values (a#1 int) (2) (1) | aggregate n#2 bigint not null = count() by b#3 int not null = -3",
        [(-3, 2)],
    ),
    "what can't be computed is tried of aggregates": (
        "values (a#1 int) (2147483647) (1) | aggregate m#2 int = max(a#1)"
        " | project up#3 int = try_add(m#2, 1), down#4 int = try_subtract(m#2, 1)",
        [(None, 2147483646)],
    ),
}

TYPES: dict[str, tuple[str, str]] = {
    "bits of bare numbers": ("bit_and", "bit_and(5:bigint, 12:bigint)"),
    "a bare number rounded": ("round", "round(0:bigint)"),
}
"""Expressions of `bigint`, which an engine may take for an `int`: the numbers are small."""


def mark(request: pytest.FixtureRequest, function: str) -> None:
    """What an engine has no function for, it refuses."""
    gap = LACKING.get((request.node.callspec.params["session"], function))
    if gap is not None:
        request.applymarker(pytest.mark.xfail(reason=gap.reason, raises=RunError, strict=True))


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


@pytest.mark.parametrize("what", TYPES)
def test_type(what: str, session: Session, request: pytest.FixtureRequest) -> None:
    function, call = TYPES[what]
    mark(request, function)
    rel = read_rel(f"values (a#1 int) (1) | project b#2 bigint not null = {call}")
    assert str(session.query(Program("found", "1", ()), rel, {}).schema.types[0]) == "int64"


def test_type_of_aggregates(session: Session, request: pytest.FixtureRequest) -> None:
    mark(request, "bit_or_agg")
    rel = read_rel("values (a#1 int) (1) | aggregate b#2 bigint = bit_or_agg(1:bigint) by a#1")
    assert str(session.query(Program("found", "1", ()), rel, {}).schema.types[1]) == "int64"

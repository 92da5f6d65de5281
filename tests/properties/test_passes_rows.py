"""Optimizing keeps every row: random programs on DuckDB, before and after each pass and all of them."""

from collections.abc import Callable, Iterator, Mapping
from math import isnan
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, event, given, note, settings
from hypothesis import strategies as st
from typed_programs import Made, program

from oftra.ir.columns import free_columns
from oftra.ir.expr import ExistsQuery
from oftra.ir.program import Program
from oftra.ir.rel import Rel
from oftra.ir.walk import every_rel
from oftra.optimize import optimize_query
from oftra.optimize.pipeline import AFTER_PRUNING, PASSES
from oftra.target import RunError, Session
from oftra.targets.duckdb.engine import DuckDbEngine

Way = Callable[[Program, Rel], tuple[Program, Rel]]


def one_pass(name: str) -> Way:
    def run(program: Program, rel: Rel) -> tuple[Program, Rel]:
        interfaces = {relation.name: relation.interface for relation in program.relations}
        return program, SINGLE[name](rel, interfaces)

    return run


SINGLE = dict(PASSES + AFTER_PRUNING)
WAYS: Mapping[str, Way] = {"all of them": optimize_query, **{name: one_pass(name) for name in SINGLE}}


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    session = DuckDbEngine().open(".")
    yield session
    session.close()


def rows(session: Session, program: Program, rel: Rel) -> list[str]:
    table = session.query(program, rel, {})
    columns = [[_plain(value) for value in column.to_pylist()] for column in table.columns]
    return sorted([repr(row) for row in zip(*columns)]) if columns else [f"{table.num_rows} rows"]


def _plain(value: object) -> object:
    """A value as the language tells values apart: NaN is NaN, and zero has no sign."""
    if isinstance(value, float):
        return "NaN" if isnan(value) else value + 0.0
    return value


# A program that fails is told as it is: to make it smaller takes longer than to understand it.
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(random=st.randoms(use_true_random=False))
def test_optimizing_keeps_the_rows(random: Random, session: Session) -> None:
    case = program(random)
    note(f"--- before\n{case}")
    try:
        before = rows(session, case.program, case.query)
    except RunError:
        # What fails may fail on; it may also be that what would fail is not computed any more.
        event("fails as it stands")
        return
    for name, way in WAYS.items():
        whole, after = way(case.program, case.query)
        if after is not case.query:
            note(f"--- {name}\n{Made(whole, after)}")
            try:
                found = rows(session, whole, after)
            except RunError:
                # DuckDB leaves out a side of a join once the other has no rows, which comes down to who is first.
                assert fails_in_part(session, case), name
                event("fails now and then")
            else:
                assert found == before, name


def fails_in_part(session: Session, case: Made) -> bool:
    """Whether some part of a query fails if it is asked for alone: only where none does, a pass has moved it."""
    for part in every_rel(case.query):
        if not free_columns(ExistsQuery(part)):
            try:
                rows(session, case.program, part)
            except RunError:
                return True
    return False

"""Engines give the same rows, of the same types, to random programs of all operators.

The functions in these never fail and never change; `make fuzz` asks for all that there are.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from random import Random

import pytest
from sameness import Asked, ask, disagree, told
from typed_programs import program

from oftra.diagnostics import Report
from oftra.project import installed
from oftra.target import Session

ENGINES = ("duckdb", "spark")
PROGRAMS = 30


@pytest.fixture(scope="module")
def sessions() -> Iterator[Mapping[str, Session]]:
    sessions = {}
    for name in ENGINES:
        engine = installed.find_engine(name, Report())
        assert engine is not None
        sessions[name] = engine.open(".")
    yield sessions
    for session in sessions.values():
        session.close()


def test_engines_agree(sessions: Mapping[str, Session]) -> None:
    answered = 0
    for seed in range(PROGRAMS):
        case = program(Random(seed), careful=True)
        asked = Asked({name: partial(ask, session, case.program) for name, session in sessions.items()})
        answers = asked.answers(case.query)
        assert not disagree(answers, case.query), f"seed {seed}\n{told(case.program, case.query, answers)}"
        answered += all(answer.rows for answer in answers.values())
    assert answered > PROGRAMS // 5, "too many of them have no rows"

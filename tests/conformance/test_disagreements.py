"""Where engines disagree, Oftra has one answer or one error; and what docs/support.md tells of the engines is so."""

from collections.abc import Iterator

import pytest
from answers import Answers, Case, open_engine, same
from disagreements import DISAGREEMENTS, TOLD, Disagreement
from gaps import ENGINES, gap_of
from stages import on_columns
from together import shown

from oftra.target import RunError

CASES = {one: Case(one.matter, one.example) for one in DISAGREEMENTS}


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Answers]]:
    asked = [case for one, case in CASES.items() if not one.is_refused]
    opened = {name: open_engine(name, on_columns, str(tmp_path_factory.mktemp(name)), asked) for name in ENGINES}
    yield opened
    for answers in opened.values():
        answers.session.close()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("one", DISAGREEMENTS, ids=lambda one: one.matter)
def test_one_meaning(
    one: Disagreement, engine: str, engines: dict[str, Answers], request: pytest.FixtureRequest
) -> None:
    gap = None if one.is_refused else gap_of(engine, CASES[one], "on columns")
    if gap is not None:
        request.applymarker(pytest.mark.xfail(reason=f"{gap.kind}: {gap.reason}", strict=True))
    answers, case = engines[engine], CASES[one]
    if one.is_refused:
        with pytest.raises(AssertionError, match=one.example.result):
            answers.run(case)
    elif case.fails:
        with pytest.raises(RunError):
            answers.run(case)
    else:
        answer = answers.of(case)
        assert same(answer.actual, answer.expected), f"{answer.actual!r} is not {answer.expected!r}"
        assert answer.actual_type == answer.expected_type == answer.declared


@pytest.mark.parametrize("engine", TOLD)
def test_what_an_engine_says_by_itself(engine: str, engines: dict[str, Answers]) -> None:
    claimed = {one.matter: getattr(one, engine) for one in DISAGREEMENTS}
    plain = {matter: sql for matter, (sql, said) in claimed.items() if said != "error"}
    asked = ", ".join(f"{sql} as said_{at}" for at, sql in enumerate(plain.values()))
    row = engines[engine].session.raw(f"select {asked}").to_pylist()[0]
    found = dict(zip(plain, map(shown, row.values())))
    assert found == {matter: claimed[matter][1] for matter in plain}
    for matter in claimed.keys() - plain.keys():
        with pytest.raises(RunError):
            engines[engine].session.raw(f"select {claimed[matter][0]}")

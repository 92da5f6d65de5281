"""The language means on every engine what it says: the same value of the same type, or a run that fails."""

from collections.abc import Callable, Iterator

import pytest
from answers import Answers, Case, open_engine, same
from disagreements import DISAGREEMENTS
from gaps import ENGINES, GAPS, LACKING, gap_of
from meaning import MEANING
from stages import STAGES

from oftra import functions
from oftra.target import RunError

FAMILIES: dict[str, list[Case]] = {
    **{
        name: [Case(name, example, function.kind == "window") for example in function.examples]
        for name in functions.names()
        if (function := functions.lookup(name)) is not None
    },
    **{matter: [Case(matter, example) for example in examples] for matter, examples in MEANING.items()},
}
CASES = [case for family in FAMILIES.values() for case in family]

ASKED = [(case, stage) for case in CASES for stage in STAGES if stage != "on columns" or case.shape == "row"]
"""What is made over rows is asked on columns as it is."""

Asked = Callable[[str, str], Answers]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """An engine that is up, asked in one of the forms of `stages`."""
    open_ones: dict[tuple[str, str], Answers] = {}

    def answers_of(engine: str, stage: str) -> Answers:
        if (engine, stage) not in open_ones:
            root = str(tmp_path_factory.mktemp(engine))
            open_ones[engine, stage] = open_engine(engine, STAGES[stage], root, CASES)
        return open_ones[engine, stage]

    yield answers_of
    for answers in open_ones.values():
        answers.session.close()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case, stage", ASKED, ids=str)
def test_example(case: Case, engine: str, stage: str, asked: Asked, request: pytest.FixtureRequest) -> None:
    gap = gap_of(engine, case, stage)
    if gap is not None:
        request.applymarker(pytest.mark.xfail(reason=f"{gap.kind}: {gap.reason}", strict=True))
    answers = asked(engine, stage)
    if case.fails:
        with pytest.raises(RunError):
            answers.run(case)
        return
    answer = answers.of(case)
    assert same(answer.actual, answer.expected), f"{answer.actual!r} is not {answer.expected!r}"
    assert answer.actual_type == answer.expected_type == answer.declared


def test_gaps_are_of_examples() -> None:
    examples = [case.example for case in CASES] + [one.example for one in DISAGREEMENTS]
    calls = {one.call for one in examples} | {f"{one.call} over {one.rows}" for one in examples}
    assert all(engine in ENGINES and call in calls for engine, call in GAPS)
    assert all(engine in ENGINES and subject in FAMILIES for engine, subject in LACKING)

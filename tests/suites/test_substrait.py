"""Substrait's cases of functions, on every engine: the same value, or a listed reason why the language has another."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from math import isclose, isnan
from typing import Any

import pytest
from substrait_cases import DIFFERENT, SUITE, Case, LeftOut, read

from oftra.check import check_query
from oftra.diagnostics import Report
from oftra.diagnostics.render import render_text
from oftra.driver import QUERY, check_all, parse_all
from oftra.project import installed
from oftra.project.find import Project
from oftra.source import SourceFile
from oftra.syntax.parser import parse_query
from oftra.target import RunError, Session

ENGINES = ("duckdb", "spark")
TOGETHER = 60
"""How many calls stand in one question."""

ALL = list(read(SUITE)) if SUITE is not None else []
CASES = [case for case in ALL if isinstance(case, Case)]
SCALARS = [case for case in CASES if not case.over_rows and case.expected is not None]
OVER_ROWS = [case for case in CASES if case.over_rows and case.expected is not None]
FAILING = [case for case in CASES if case.expected is None]


class Asked:
    """An engine that is up, and a program that declares nothing."""

    def __init__(self, engine: str, root: str) -> None:
        report = Report()
        checked = check_all(parse_all(Project(root, None, ()), None, report), report)
        found = installed.find_engine(engine, report)
        assert checked is not None and found is not None
        self.checked = checked
        self.session: Session = found.open(root)

    def rows(self, text: str) -> list[dict[str, Any]]:
        """What comes back for a query."""
        report = Report()
        source = SourceFile(QUERY, text)
        query = parse_query(source, report)
        assert query is not None and not report.has_errors, render_text(report, {QUERY: source})
        rel = check_query(self.checked.resolved, self.checked.program, query, report)
        assert not report.has_errors, render_text(report, {QUERY: source})
        rows: list[dict[str, Any]] = self.session.query(self.checked.program, rel, {}).to_pylist()
        return rows


@pytest.fixture(scope="module", params=ENGINES)
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    engine = Asked(request.param, str(tmp_path_factory.mktemp(request.param)))
    yield engine
    engine.session.close()


def test_every_case_is_read() -> None:
    counts = Counter("asked" if isinstance(case, Case) else case.reason for case in ALL)
    print("\n".join(f"{count:4} {what}" for what, count in counts.most_common()))
    assert SUITE is None or counts["asked"] >= 540
    assert {case.line for case in ALL if isinstance(case, LeftOut)} >= (DIFFERENT.keys() if ALL else set())


def test_calls(asked: Asked) -> None:
    wrong: list[str] = []
    for first in range(0, len(SCALARS), TOGETHER):
        some = SCALARS[first : first + TOGETHER]
        (row,) = asked.rows(_side_by_side(some))
        wrong += [_wrong(case, row[f"a{at}"], row[f"e{at}"]) for at, case in enumerate(some)]
    print(f"{len(SCALARS) - len([one for one in wrong if one])} of {len(SCALARS)} calls right")
    assert not "\n".join(filter(None, wrong))


def test_aggregates(asked: Asked) -> None:
    """One below the other, those that give one type at a time."""
    wrong: list[str] = []
    for type_, alike in groupby(sorted(OVER_ROWS, key=lambda case: case.type_), key=lambda case: case.type_):
        some = list(alike)
        first, *others = [_numbered(at, case, type_) for at, case in enumerate(some)]
        query = first + (f" |> union all {', '.join(f'({other})' for other in others)}" if others else "")
        answers = {row["place"]: row for row in asked.rows(query)}
        wrong += [_wrong(case, answers[at]["actual"], answers[at]["expected"]) for at, case in enumerate(some)]
    print(f"{len(OVER_ROWS) - len([one for one in wrong if one])} of {len(OVER_ROWS)} aggregates right")
    assert not "\n".join(filter(None, wrong))


def test_what_has_to_fail(asked: Asked) -> None:
    for case in FAILING:
        with pytest.raises(RunError):
            asked.rows(_aggregated(case) if case.over_rows else _side_by_side([case]))
            pytest.fail(f"it did not fail: {case.line}")


def _side_by_side(cases: list[Case]) -> str:
    """A row of all arguments, and each call of its own of them beside what is expected."""
    cells = ", ".join(cell for case in cases for cell in case.cells)
    columns = ", ".join(
        f"c{at}_{place} {type_}" for at, case in enumerate(cases) for place, type_ in enumerate(case.types)
    )
    items: list[str] = []
    for at, case in enumerate(cases):
        call = case.call.format(*[f"c{at}_{place}" for place in range(len(case.cells))])
        if case.expected is None:
            items.append(f"{call} as a{at}")
        else:
            items += [f"cast({call} as {case.type_}) as a{at}", f"{case.expected} as e{at}"]
    return f"from values ({cells}) as t ({columns}) |> select {', '.join(items)}"


def _numbered(at: int, case: Case, type_: str) -> str:
    return f"{_aggregated(case)} |> select {at} as place, cast(made as {type_}) as actual, {case.expected} as expected"


def _aggregated(case: Case) -> str:
    rows = ", ".join(f"({cell})" for cell in case.cells)
    nothing = " |> where x is not null" if case.line.startswith("(()) ") or "(()::" in case.line else ""
    return f"from values {rows} as t (x {case.types[0]}){nothing} |> aggregate {case.call}(x) as made"


def _wrong(case: Case, actual: Any, expected: Any) -> str:
    """What is wrong with an answer; nothing if it is right. Of a float as many digits count as one has."""
    if isinstance(actual, float) and isinstance(expected, float):
        near = isclose(actual, expected, rel_tol=1e-6 if case.type_ == "float" else 1e-14)
        if near or actual == expected or (isnan(actual) and isnan(expected)):
            return ""
    return "" if actual == expected else f"{case.line} gives {actual!r}"

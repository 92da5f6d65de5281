"""What an engine answers to examples, many at a time: it is questions that cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import isnan
from typing import Any, Literal, TypeAlias

import pyarrow as pa
from arrow_types import arrow_type

from oftra.check import check_query
from oftra.diagnostics import Report
from oftra.diagnostics.render import render_text
from oftra.driver import QUERY, Checked, check_all, parse_all
from oftra.functions import Example
from oftra.ir.program import Program
from oftra.ir.rel import Rel
from oftra.project import installed
from oftra.project.find import Project
from oftra.source import SourceFile
from oftra.syntax.parser import parse_query
from oftra.target import Session

ONE_ROW = "from values (1) as one_row (one)"

Question: TypeAlias = tuple[Program, Rel]
Change: TypeAlias = Callable[[Program, Rel], Question]
Shape: TypeAlias = Literal["row", "group", "window"]

TOGETHER: dict[Shape, int] = {"row": 48, "group": 16, "window": 8}
"""How many examples stand in one question."""


@dataclass(frozen=True)
class Case:
    """An example of `subject`: a function, or a matter of the language's meaning."""

    subject: str
    example: Example
    over_window: bool = False

    def __str__(self) -> str:
        over = f" over {self.example.rows}" if self.example.rows else ""
        return f"{self.subject}: {self.example.call}{over}"

    @property
    def fails(self) -> bool:
        """Whether the run has to fail."""
        return self.example.result == "error"

    @property
    def shape(self) -> Shape:
        """What a question about it gives rows of: itself, the group of its rows, or each of these."""
        return "window" if self.over_window else "group" if self.example.rows else "row"


@dataclass(frozen=True)
class Answer:
    """What came back for the call and for what is promised, with their types, and the type that was declared."""

    actual: Any
    expected: Any
    actual_type: pa.DataType
    expected_type: pa.DataType
    declared: pa.DataType


Numbered: TypeAlias = list[tuple[int, Case]]


@dataclass
class Answers:
    """An engine that is up, and what it has said so far of `cases`. `change` is what is done to a question before."""

    session: Session
    change: Change
    checked: Checked
    cases: Sequence[Case] = ()
    said: dict[Case, Answer | Exception] = field(default_factory=dict)

    def of(self, case: Case) -> Answer:
        """The engine's answer to one example; others that are still to be asked are asked along with it."""
        if case not in self.said:
            others = [one for one in self.cases if one.shape == case.shape and not one.fails and one not in self.said]
            asked = [case, *[one for one in others if one != case]][: TOGETHER[case.shape]]
            self._ask_all([one for one in asked if self._is_sayable(one)])
        answer = self.said[case]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def run(self, case: Case) -> None:
        """Ask for the call alone, whatever comes back."""
        self.rows(_over(case.example, f"{case.example.call} as actual"))

    def _is_sayable(self, case: Case) -> bool:
        """Whether the engine has words for an example at all; if not, that is its answer."""
        try:
            self.session.wording(*self.change(self.checked.program, self.typed(_question(list(enumerate([case]))))))
        except Exception as error:
            self.said[case] = error
            return False
        return True

    def _ask_all(self, cases: list[Case]) -> None:
        """Examples in one question; half of them at a time if that fails, to know which of them it was."""
        if not cases:
            return
        try:
            self.said.update(zip(cases, self._ask(cases), strict=True))
        except Exception as error:
            if len(cases) == 1:
                self.said[cases[0]] = error
                return
            half = len(cases) // 2
            self._ask_all(cases[:half])
            self._ask_all(cases[half:])

    def _ask(self, cases: list[Case]) -> list[Answer]:
        numbered = list(enumerate(cases))
        rel = self.typed(_question(numbered))
        declared = {column.name: arrow_type(column.type) for column in rel.columns}
        table = self.rows_of(rel)
        answers: list[Answer] = []
        for at, case in numbered:
            actual, expected = f"actual_{at}", f"expected_{at}"
            answers.append(_answer(case, table[actual], table[expected], declared[actual]))
        return answers

    def rows(self, text: str) -> pa.Table:
        """What comes back for a query as text."""
        return self.rows_of(self.typed(text))

    def rows_of(self, rel: Rel) -> pa.Table:
        """What comes back for a query."""
        return self.session.query(*self.change(self.checked.program, rel), {})

    def typed(self, text: str) -> Rel:
        """A query, checked."""
        report = Report()
        source = SourceFile(QUERY, text)
        query = parse_query(source, report)
        assert query is not None and not report.has_errors, render_text(report, {QUERY: source})
        rel = check_query(self.checked.resolved, self.checked.program, query, report)
        assert not report.has_errors, render_text(report, {QUERY: source})
        return rel


def from_rows(example: Example) -> str:
    """The rows that an example is made over, as the start of a query."""
    return f"from values {example.rows} as t ({example.columns})"


def _question(cases: Numbered) -> str:
    """One row of what the examples, all of one shape, call and promise."""
    match cases[0][1].shape:
        case "row":
            return f"{ONE_ROW} |> select {_items(cases)}, {_results(cases)}"
        case "group":
            return _side_by_side([_group(alike) for alike in _over_the_same(cases)])
        case "window":
            return _side_by_side([_collected(at, case) for at, case in cases])


def _over(example: Example, items: str) -> str:
    return f"{from_rows(example)} |> aggregate {items}" if example.rows else f"{ONE_ROW} |> select {items}"


def _items(cases: Numbered) -> str:
    return ", ".join(f"{case.example.call} as actual_{at}" for at, case in cases)


def _results(cases: Numbered) -> str:
    return ", ".join(f"{case.example.result} as expected_{at}" for at, case in cases)


def _group(cases: Numbered) -> str:
    return f"{_over(cases[0][1].example, _items(cases))} |> extend {_results(cases)}"


def _collected(at: int, case: Case) -> str:
    """One row of a window function's values, each with the first column of its row, to know their order."""
    example = case.example
    place = example.columns.split()[0]
    values = f"{from_rows(example)} |> select {place} as place, {example.call} as value"
    return (
        f"{values} |> aggregate array_agg(struct(place as place, value as value)) as actual_{at} "
        f"|> extend {example.result} as expected_{at}"
    )


def _side_by_side(queries: list[str]) -> str:
    """The one row that each of the queries gives, as one row."""
    return "from " + ", ".join(f"({query})" for query in queries)


def _over_the_same(cases: Numbered) -> list[Numbered]:
    def rows(one: tuple[int, Case]) -> tuple[str, str]:
        return one[1].example.columns, one[1].example.rows

    return [list(alike) for _, alike in groupby(sorted(cases, key=rows), key=rows)]


def _answer(case: Case, actual: pa.ChunkedArray, expected: pa.ChunkedArray, declared: pa.DataType) -> Answer:
    value, promised = actual[0].as_py(), expected[0].as_py()
    if case.shape != "window":
        return Answer(value, promised, actual.type, expected.type, declared)
    rows = sorted(value, key=lambda row: (row["place"] is not None, row["place"]))
    found, wanted = [type_.value_type.field("value").type for type_ in (actual.type, declared)]
    return Answer([row["value"] for row in rows], promised, found, expected.type.value_type, wanted)


def open_engine(name: str, change: Change, root: str, cases: Sequence[Case] = ()) -> Answers:
    """An engine with a program that declares nothing."""
    report = Report()
    checked = check_all(parse_all(Project(root, None, ()), None, report), report)
    engine = installed.find_engine(name, report)
    assert checked is not None and engine is not None, render_text(report, {})
    return Answers(engine.open(root), change, checked, cases)


def same(left: Any, right: Any) -> bool:
    """Whether two values are one: NaN is itself."""
    match left, right:
        case float(), float():
            return left == right or (isnan(left) and isnan(right))
        case list(), list():
            return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right))
        case _:
            return bool(left == right)

"""What an engine answers to examples, asked a family of them at a time: it is questions that cost."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import isnan
from typing import Any, TypeAlias

import pyarrow as pa

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


@dataclass(frozen=True)
class Answer:
    """What came back for the call and for the result that is promised, each with its type."""

    actual: Any
    expected: Any
    actual_type: pa.DataType
    expected_type: pa.DataType


@dataclass
class Answers:
    """An engine that is up, and what it has said so far. `change` is what is done to a question before it is asked."""

    session: Session
    change: Change
    checked: Checked
    said: dict[Case, Answer | Exception] = field(default_factory=dict)

    def of(self, case: Case, family: Sequence[Case]) -> Answer:
        """The engine's answer to one example; those of its family are asked along with it."""
        if case not in self.said:
            answered = [one for one in family if not one.fails]
            for _, alike in groupby(answered, key=lambda one: (one.example.rows, one.example.columns)):
                self._ask_all(list(alike))
        answer = self.said[case]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def run(self, case: Case) -> None:
        """Ask for the call alone, whatever comes back."""
        self.rows(_over(case.example, f"{case.example.call} as actual"))

    def _ask_all(self, cases: list[Case]) -> None:
        """Examples over the same rows in one question; one by one if that fails, to know which of them it was."""
        ask = self._ask_window if cases[0].over_window else self._ask
        try:
            self.said.update(zip(cases, ask(cases), strict=True))
        except Exception as error:
            if len(cases) == 1:
                self.said[cases[0]] = error
                return
            for case in cases:
                self._ask_all([case])

    def _ask(self, cases: list[Case]) -> Iterator[Answer]:
        calls = ", ".join(f"{case.example.call} as actual_{at}" for at, case in enumerate(cases))
        results = ", ".join(f"{case.example.result} as expected_{at}" for at, case in enumerate(cases))
        table = self.rows(f"{_over(cases[0].example, calls)} |> extend {results}")
        for at in range(len(cases)):
            actual, expected = table[f"actual_{at}"], table[f"expected_{at}"]
            yield Answer(actual[0].as_py(), expected[0].as_py(), actual.type, expected.type)

    def _ask_window(self, cases: list[Case]) -> Iterator[Answer]:
        """The values of a window function row by row, against the promised array."""
        for case in cases:
            column = case.example.columns.split()[0]
            table = self.rows(f"{from_rows(case.example)} |> select {column} as place, {case.example.call} as actual")
            rows = sorted(table.to_pylist(), key=lambda row: (row["place"] is not None, row["place"]))
            values = [row["actual"] for row in rows]
            promised = self.rows(f"{ONE_ROW} |> select {case.example.result} as expected")["expected"]
            yield Answer(values, promised[0].as_py(), table["actual"].type, promised.type.value_type)

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


def _over(example: Example, items: str) -> str:
    return f"{from_rows(example)} |> aggregate {items}" if example.rows else f"{ONE_ROW} |> select {items}"


def open_engine(name: str, change: Change, root: str) -> Answers:
    """An engine with a program that declares nothing."""
    report = Report()
    checked = check_all(parse_all(Project(root, None, ()), None, report), report)
    engine = installed.find_engine(name, report)
    assert checked is not None and engine is not None, render_text(report, {})
    return Answers(engine.open(root), change, checked)


def same(left: Any, right: Any) -> bool:
    """Whether two values are one: NaN is itself."""
    match left, right:
        case float(), float():
            return left == right or (isnan(left) and isnan(right))
        case list(), list():
            return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right))
        case _:
            return bool(left == right)

"""What an engine answers to the examples of the registry, asked a function at a time: it is questions that cost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from math import isnan
from typing import Any, TypeAlias

import pyarrow as pa

from oftra.check import check_query
from oftra.diagnostics import Report
from oftra.diagnostics.render import render_text
from oftra.driver import QUERY, Checked, check_all, parse_all
from oftra.functions import Example, Function
from oftra.ir.rel import Rel
from oftra.project import installed
from oftra.project.find import Project
from oftra.source import SourceFile
from oftra.syntax import parse_query
from oftra.target import Session

ONE_ROW = "from values (1) as one_row (one)"


Change: TypeAlias = Callable[[Checked, Rel], Rel]


@dataclass(frozen=True)
class Case:
    """One example of one function."""

    function: Function
    example: Example

    def __str__(self) -> str:
        over = f" over {self.example.rows}" if self.example.rows else ""
        return f"{self.example.call}{over}"


@dataclass(frozen=True)
class Answer:
    """What came back for the call and for the result that the registry promises, each with its type."""

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

    def of(self, case: Case) -> Answer:
        """The engine's answer to one example."""
        if case not in self.said:
            cases = [Case(case.function, example) for example in case.function.examples]
            for _, alike in groupby(cases, key=lambda one: (one.example.rows, one.example.columns)):
                self._ask_all(list(alike))
        answer = self.said[case]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _ask_all(self, cases: list[Case]) -> None:
        """Examples over the same rows in one question; one by one if that fails, to know which of them it was."""
        ask = self._ask_window if cases[0].function.kind == "window" else self._ask
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
        first = cases[0].example
        if first.rows:
            table = self._rows(f"from {_values(first)} |> aggregate {calls} |> extend {results}")
        else:
            table = self._rows(f"{ONE_ROW} |> select {calls}, {results}")
        for at in range(len(cases)):
            actual, expected = table[f"actual_{at}"], table[f"expected_{at}"]
            yield Answer(actual[0].as_py(), expected[0].as_py(), actual.type, expected.type)

    def _ask_window(self, cases: list[Case]) -> Iterator[Answer]:
        """The values of a window function row by row, against the promised array."""
        for case in cases:
            column = case.example.columns.split()[0]
            over_rows = f"from {_values(case.example)} |> select {column} as place, {case.example.call} as actual"
            table = self._rows(f"{over_rows} |> order by place")
            promised = self._rows(f"{ONE_ROW} |> select {case.example.result} as expected")["expected"]
            yield Answer(
                table["actual"].to_pylist(), promised[0].as_py(), table["actual"].type, promised.type.value_type
            )

    def _rows(self, text: str) -> pa.Table:
        return self.session.query(self.checked.program, self._typed(text), {})

    def _typed(self, text: str) -> Rel:
        report = Report()
        source = SourceFile(QUERY, text)
        query = parse_query(source, report)
        assert query is not None and not report.has_errors, render_text(report, {QUERY: source})
        rel = check_query(self.checked.resolved, self.checked.program, query, report)
        assert not report.has_errors, render_text(report, {QUERY: source})
        return self.change(self.checked, rel)


def _values(example: Example) -> str:
    return f"values {example.rows} as t ({example.columns})"


def open_engine(name: str, change: Change, root: str) -> Answers:
    """An engine with a program that declares nothing."""
    report = Report()
    checked = check_all(parse_all(Project(root, None, ()), None, report), report)
    engine = installed.find_engine(name, report)
    assert checked is not None and engine is not None, render_text(report, {})
    return Answers(engine.open(root), change, checked)


def same(left: Any, right: Any) -> bool:
    """Whether two values are one: NaN is itself, and a map's entries are as they are."""
    match left, right:
        case float(), float():
            return left == right or (isnan(left) and isnan(right))
        case list(), list():
            return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right))
        case _:
            return bool(left == right)

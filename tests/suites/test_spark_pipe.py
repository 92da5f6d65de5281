"""Apache Spark's own cases of pipe syntax: each gives Spark's rows and types, or is refused for a reason that is known.

`OFTRA_SUITES` names the folder that holds `spark_pipe_cases.jsonl`. A line is a case: `id`, `kind` (`pos` gives rows,
`neg` must be refused), `pipe`, `query`, `schema` and `rows` as Spark prints them. What Oftra refuses as it stands is
asked in Oftra's words too, if it has any. In parentheses, `table t` at the beginning of a query is read as `from t`.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from spark_pipe_spelling import SPELLING

from oftra import datatypes
from oftra.check import check_query
from oftra.diagnostics import Report
from oftra.diagnostics.render import render_text
from oftra.driver import QUERY, Checked, check_all, parse_all
from oftra.ir.rel import Rel
from oftra.optimize import optimize_query
from oftra.project import installed
from oftra.project.find import Project, ProjectFile
from oftra.source import SourceFile
from oftra.syntax.parser import parse_query
from oftra.target import Session

FILE = Path(os.environ["OFTRA_SUITES"], "spark_pipe_cases.jsonl")
SETUP = Path(__file__).with_name("spark_pipe.oftra")
PAGE = Path(__file__).parents[2] / "docs" / "suites.md"
ENGINES = ("duckdb", "spark")


@dataclass(frozen=True)
class Case:
    """A case: `rows` is None where Spark refuses it."""

    number: int
    query: str
    schema: str | None
    rows: list[list[str]] | None


def cases() -> dict[int, Case]:
    """The cases of pipe syntax, by number."""
    lines = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    found = [
        Case(int(line["id"].rpartition("-")[2]), line["query"], line["schema"], line["rows"])
        for line in lines
        if line["pipe"]
    ]
    return {case.number: case for case in found}


CASES = cases()


@pytest.fixture(scope="module")
def checked() -> Checked:
    report = Report()
    parsed = parse_all(Project(".", None, (ProjectFile(SETUP.name, "", SETUP.read_bytes()),)), None, report)
    program = check_all(parsed, report)
    assert program is not None, render_text(report, parsed.sources)
    return program


@pytest.fixture(scope="module", params=ENGINES)
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    engine = installed.find_engine(request.param, Report())
    assert engine is not None
    opened = engine.open(str(tmp_path_factory.mktemp("suite")))
    yield opened
    opened.close()


def read(text: str, checked: Checked) -> Rel | None:
    """A query, checked; None if it is refused."""
    report = Report()
    query = parse_query(SourceFile(QUERY, re.sub(r"\((\s*)table\b", r"(\1from", text)), report)
    if query is None or report.has_errors:
        return None
    rel = check_query(checked.resolved, checked.program, query, report)
    return None if report.has_errors else rel


def shown(value: Any) -> str:
    """A value as Spark prints it."""
    match value:
        case None:
            return "NULL"
        case dict():
            return json.dumps(value, separators=(",", ":"))
        case _:
            return str(value)


def rows_of(rel: Rel, checked: Checked, session: Session) -> list[list[str]]:
    """What an engine answers, sorted: of Spark's answers no more is kept."""
    table = session.query(*optimize_query(checked.program, rel), {})
    columns = [[shown(cell) for cell in column.to_pylist()] for column in table.columns]
    return sorted([list(row) for row in zip(*columns, strict=True)])


def types_of(schema: str) -> list[str]:
    """The types in a schema as Spark prints it: the names of what is computed have commas and colons too."""
    return re.findall(r":((?:int|bigint|string|double|struct<[^<>]*>))(?=,|>$)", schema)


def spark_type(type_: datatypes.DataType) -> str:
    """A type as Spark prints it."""
    return re.sub(r"(?<=[:,]) ", "", datatypes.show(type_))


@pytest.mark.parametrize("number", [number for number, case in CASES.items() if case.rows is None])
def test_what_spark_refuses_is_refused(number: int, checked: Checked) -> None:
    assert read(CASES[number].query, checked) is None


@pytest.mark.parametrize("number", [number for number, case in CASES.items() if case.rows is not None])
def test_rows_are_those_of_spark(number: int, checked: Checked, session: Session) -> None:
    case = CASES[number]
    assert case.rows is not None and case.schema is not None
    rel = read(case.query, checked)
    if number in SPELLING:
        assert rel is None, "it is refused no more: take it off the list"
        _, query = SPELLING[number]
        if not query:
            return
        rel = read(query, checked)
    assert rel is not None
    assert rows_of(rel, checked, session) == sorted(case.rows)
    assert [spark_type(column.type) for column in rel.columns] == types_of(case.schema)


def test_counts_are_those_of_the_page() -> None:
    wanted = [number for number, case in CASES.items() if case.rows is not None]
    counts = {
        "right as written: the rows and types that Spark gives, on both engines": len(wanted) - len(SPELLING),
        "refused by both": len(CASES) - len(wanted),
        "refused by Oftra alone": len(SPELLING),
        "of these, right in Oftra's words, on both engines": sum(bool(query) for _, query in SPELLING.values()),
        **Counter(reason.replace("|", "\\|") for reason, _ in SPELLING.values()),
    }
    assert SPELLING.keys() <= set(wanted)
    page = PAGE.read_text(encoding="utf-8")
    for what, count in counts.items():
        assert f"| {what} | {count} |" in page

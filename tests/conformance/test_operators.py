"""Every operator gives the rows that are written beside it, of the types that the checker declares, on each engine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gaps import ENGINES, GAPS
from operators import OPERATORS, PROGRAM
from stages import STAGES
from together import Rows, rows_of

import oftra
from oftra.check import check_query
from oftra.diagnostics import Report
from oftra.diagnostics.render import render_text
from oftra.driver import QUERY
from oftra.ir.rel import Rel
from oftra.project import installed
from oftra.source import SourceFile
from oftra.syntax.parser import parse_query

QUERIES = {query: rows for queries in OPERATORS.values() for query, rows in queries.items()}
FORMS = [("duckdb", "as written"), *[(engine, "after the passes") for engine in ENGINES]]

Asked = Callable[[str, str], dict[str, Rows | Exception]]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The answers of an engine to all queries, by query."""
    file = tmp_path_factory.mktemp("operators") / "program.oftra"
    file.write_text(PROGRAM, encoding="utf-8")
    program = oftra.load(file)
    typed = {query: typed_query(program, query) for query in QUERIES}
    found: dict[tuple[str, str], dict[str, Rows | Exception]] = {}

    def answers(engine: str, stage: str) -> dict[str, Rows | Exception]:
        if (engine, stage) not in found:
            found[engine, stage] = ask(file.parent, program, typed, engine, stage)
        return found[engine, stage]

    yield answers


def ask(
    root: Path, program: oftra.Program, typed: dict[str, Rel], engine: str, stage: str
) -> dict[str, Rows | Exception]:
    """What an engine gives for each query, by its text."""
    opener = installed.find_engine(engine, Report())
    assert opener is not None
    session = opener.open(str(root))
    try:
        return dict(zip(typed, rows_of(session, program.ir, list(typed.values()), STAGES[stage]), strict=True))
    finally:
        session.close()


def typed_query(program: oftra.Program, text: str) -> Rel:
    """A query over the program, checked."""
    report = Report()
    source = SourceFile(QUERY, text)
    query = parse_query(source, report)
    assert query is not None and not report.has_errors, render_text(report, {QUERY: source})
    rel = check_query(program._checked.resolved, program.ir, query, report)
    assert not report.has_errors, render_text(report, {QUERY: source})
    return rel


@pytest.mark.parametrize("engine, stage", FORMS, ids=str)
@pytest.mark.parametrize("query, rows", QUERIES.items(), ids=QUERIES)
def test_operator(query: str, rows: str, engine: str, stage: str, asked: Asked, request: pytest.FixtureRequest) -> None:
    gap = GAPS.get((engine, query))
    if gap is not None:
        request.applymarker(pytest.mark.xfail(reason=f"{gap.kind}: {gap.reason}", strict=True))
    answer = asked(engine, stage)[query]
    if isinstance(answer, Exception):
        raise answer
    assert "  ".join(answer.rows) == rows
    assert answer.types == answer.declared

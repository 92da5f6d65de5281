"""The Nexmark example: its queries are accepted as streams, and give the same rows on every engine in batch."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import oftra
from oftra.cli.app import run
from oftra.diagnostics import Report
from oftra.driver import ask, check_all, parse_all
from oftra.project import installed
from oftra.project.find import find_project

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "nexmark"
QUERIES = [f"q{number}" for number in range(23) if number != 12]

sys.path.insert(0, str(EXAMPLE))
from make_events import events, write  # noqa: E402


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The events of two minutes, as files."""
    folder = tmp_path_factory.mktemp("nexmark")
    write(events(2_500), folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEXMARK", str(folder))
        yield folder


@pytest.fixture(scope="module")
def sessions(data: Path) -> Iterator[dict[str, Any]]:
    """Both engines, up."""
    report = Report()
    opened: dict[str, Any] = {}
    for name in ("duckdb", "spark"):
        engine: Any = installed.find_engine(name, report)
        opened[name] = engine.open(str(EXAMPLE))
    yield opened
    for session in opened.values():
        session.close()


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_gives_the_same_rows(query: str, sessions: dict[str, Any]) -> None:
    ours, theirs = (answer(session, query) for session in sessions.values())
    assert ours.num_rows > 0
    assert ours.schema.equals(theirs.schema)
    assert rows_of(ours) == rows_of(theirs)


def answer(session: Any, query: str) -> pa.Table:
    report = Report()
    project = find_project(str(EXAMPLE), report)
    assert project is not None
    checked = check_all(parse_all(project, "files", report), report)
    assert checked is not None
    asked = ask(checked, f"from {query}", report)
    assert asked is not None and not report.has_errors
    rows: pa.Table = session.query(asked.program, asked.rel, {})
    return rows


def rows_of(table: pa.Table) -> list[str]:
    """All rows as texts, in any order."""
    return sorted(str(row) for row in table.to_pylist())


def test_all_are_accepted_as_streams(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(EXAMPLE), "--mode", "streaming"]) == 0
    program = oftra.load(EXAMPLE).ir
    assert {sink.relation for sink in program.sinks} == {*QUERIES} - {"q6"}


def test_a_mean_over_prices_that_may_rise_is_refused_as_a_stream(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(EXAMPLE, tmp_path, ignore=shutil.ignore_patterns(".oftra", "build", "data"), dirs_exist_ok=True)
    (tmp_path / "more.oftra").write_text("sink q6_out from q6 into bus { topic: 'q6', format: json }\n")
    assert run(["check", str(tmp_path), "--mode", "batch"]) == 0
    assert run(["check", str(tmp_path), "--mode", "streaming"]) == 1
    assert "OF0409" in capsys.readouterr().out

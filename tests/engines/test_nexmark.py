"""The Nexmark example: its queries are accepted as streams, and give the same rows on every engine in batch."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nexmark_queries import EXAMPLE, asked, rows_of, some_events

import oftra
from oftra.cli.app import run
from oftra.diagnostics import Report
from oftra.project import installed

QUERIES = [f"q{number}" for number in range(23) if number != 12]


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Both engines, up."""
    opened: dict[str, Any] = {}
    with some_events(tmp_path_factory.mktemp("nexmark")):
        for name in ("duckdb", "spark"):
            engine: Any = installed.find_engine(name, Report())
            opened[name] = engine.open(str(EXAMPLE))
        yield opened
        for session in opened.values():
            session.close()


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_gives_the_same_rows(query: str, sessions: dict[str, Any]) -> None:
    wanted = asked(query)
    ours, theirs = (session.query(wanted.program, wanted.rel, {}) for session in sessions.values())
    assert ours.num_rows > 0
    assert ours.schema.equals(theirs.schema)
    assert rows_of(ours) == rows_of(theirs)


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

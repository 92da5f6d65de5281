"""Streams on Flink: what is written for a broker is planned, and what comes of files as streams is what batch gives."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from flinks import as_stream, connected
from test_flink_golden import is_query, statements

import oftra
from oftra.diagnostics import Report
from oftra.driver import ask, check_all, parse_all
from oftra.project import installed
from oftra.project.find import find_project

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
EXAMPLE = EXAMPLES / "nexmark"
QUERIES = [f"q{number}" for number in range(23) if number not in (6, 12)]
"""The sixth is refused as a stream."""

sys.path.insert(0, str(EXAMPLE))
from make_events import events, write  # noqa: E402


def test_the_script_of_the_example_is_planned() -> None:
    (script,) = [text for name, text in streams_of("nexmark").items() if name.endswith(".sql")]
    with connected("streaming") as connection:
        for statement in statements(script):
            text = statement.rstrip().removesuffix(";")
            if is_query(text):
                assert connection.explain(text)
            elif not text.lstrip().startswith(("set", "-- Made")):
                connection.execute(text)


def streams_of(example: str) -> dict[str, str]:
    """What is written for all that runs as streams."""
    return dict(oftra.load(EXAMPLES / example, mode="streaming").compile("flink_sql"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The events of two minutes, as files."""
    folder = tmp_path_factory.mktemp("nexmark")
    write(events(2_500), folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEXMARK", str(folder))
        yield folder


@pytest.fixture(scope="module")
def duckdb(data: Path) -> Iterator[Any]:
    engine: Any = installed.find_engine("duckdb", Report())
    session = engine.open(str(EXAMPLE))
    yield session
    session.close()


@pytest.mark.parametrize("query", QUERIES)
def test_a_stream_comes_to_the_rows_of_batch(query: str, duckdb: Any) -> None:
    report = Report()
    project = find_project(str(EXAMPLE), report)
    assert project is not None
    checked = check_all(parse_all(project, "files", report), report)
    assert checked is not None
    asked = ask(checked, f"from {query}", report)
    assert asked is not None and not report.has_errors
    batch: pa.Table = duckdb.query(asked.program, asked.rel, {})
    stream = as_stream(asked.program, asked.rel, str(EXAMPLE))
    assert batch.num_rows > 0
    assert rows_of(stream) == rows_of(batch)


def rows_of(table: pa.Table) -> list[str]:
    """All rows as texts, in any order."""
    return sorted(str(row) for row in table.to_pylist())

"""Streams on Flink: what is written for a broker is planned, and what comes of files as streams is what batch gives."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flinks import as_stream, connected
from nexmark_queries import EXAMPLE, asked, rows_of, some_events
from test_flink_golden import is_query, statements

import oftra
from oftra.diagnostics import Report
from oftra.project import installed

QUERIES = [f"q{number}" for number in range(23) if number not in (6, 12)]
"""The sixth is refused as a stream."""


def test_the_script_of_the_example_is_planned() -> None:
    (script,) = [text for name, text in streams_of(EXAMPLE).items() if name.endswith(".sql")]
    with connected("streaming") as connection:
        for statement in statements(script):
            text = statement.rstrip().removesuffix(";")
            if is_query(text):
                assert connection.explain(text)
            elif not text.lstrip().startswith(("set", "-- Made")):
                connection.execute(text)


def streams_of(example: Path) -> dict[str, str]:
    """What is written for all that runs as streams."""
    return dict(oftra.load(example, mode="streaming").compile("flink_sql"))


@pytest.fixture(scope="module")
def duckdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    engine: Any = installed.find_engine("duckdb", Report())
    with some_events(tmp_path_factory.mktemp("nexmark")):
        session = engine.open(str(EXAMPLE))
        yield session
        session.close()


@pytest.mark.parametrize("query", QUERIES)
def test_a_stream_comes_to_the_rows_of_batch(query: str, duckdb: Any) -> None:
    wanted = asked(query)
    batch = duckdb.query(wanted.program, wanted.rel, {})
    stream = as_stream(wanted.program, wanted.rel, str(EXAMPLE))
    assert batch.num_rows > 0
    assert rows_of(stream) == rows_of(batch)

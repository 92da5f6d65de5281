"""The Nexmark example in tests: its events as files, and its queries asked."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest

from oftra.diagnostics import Report
from oftra.driver import Asked, ask, check_all, parse_all
from oftra.project.find import find_project

EXAMPLE = Path(__file__).parent.parent / "examples" / "nexmark"

sys.path.insert(0, str(EXAMPLE))
from make_events import events, write  # noqa: E402


@contextmanager
def some_events(folder: Path) -> Iterator[None]:
    """The events of two minutes, as files in the folder that the example reads meanwhile."""
    write(events(2_500), folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEXMARK", str(folder))
        yield


def asked(query: str) -> Asked:
    """One of the queries, checked."""
    report = Report()
    project = find_project(str(EXAMPLE), report)
    assert project is not None
    checked = check_all(parse_all(project, "files", report), report)
    assert checked is not None
    found = ask(checked, f"from {query}", report)
    assert found is not None and not report.has_errors
    return found


def rows_of(table: pa.Table) -> list[str]:
    """All rows as texts, in any order."""
    return sorted(str(row) for row in table.to_pylist())

"""A folder to run in, on each engine that there is."""

from pathlib import Path

import pytest
from places import ENGINES, Place, engine_of


@pytest.fixture(params=ENGINES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A folder, and an engine."""
    return Place(tmp_path, engine_of(request.param))

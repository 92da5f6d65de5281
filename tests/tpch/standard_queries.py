"""What TPC-H asks: eight tables, twenty-two queries."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

SCALE = "0.03"
"""The smallest scale, roughly, at which every query finds something."""

TABLES = ("region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem")

STANDARD = {path.stem: path.read_text() for path in sorted((Path(__file__).parent / "standard").glob("*.sql"))}
"""The queries in standard SQL, with the values that the specification gives for validation, by number."""


def same(rows: Sequence[Sequence[Any]], wanted: Sequence[Sequence[Any]]) -> None:
    """Assert that rows are `wanted`, in that order; doubles but for their last digits, decimals of any scale."""
    assert len(rows) == len(wanted)
    for row, other in zip(rows, wanted):
        assert [_comparable(value) for value in row] == [_near(value) for value in other]


def _comparable(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _near(value: Any) -> Any:
    return pytest.approx(float(value), rel=1e-9) if isinstance(value, float | Decimal) else value

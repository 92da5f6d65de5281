"""Rows of a test compared by value."""

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from oftra.datatypes.model import INT
from oftra.ir.expr import Column
from oftra.ir.program import ExpectedRows
from oftra.testing.compare import Difference, Row, compare

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NAN = float("nan")


def difference(wanted: list[Row], came: list[Row], ordered: bool = False) -> Difference | None:
    width = len((wanted or came or [()])[0])
    columns = tuple(Column(at, f"c{at}", INT) for at in range(width))
    return compare(ExpectedRows("r", (), columns, ordered), wanted, came)


@pytest.mark.parametrize(
    ("wanted", "came"),
    [
        (1, 1),
        (None, None),
        (Decimal("9.2"), Decimal("9.20")),
        (NAN, math.nan),
        (-0.0, 0.0),
        (0.3, 0.1 + 0.2),
        (NOON, NOON.astimezone(timezone(timedelta(hours=2)))),
        (date(2026, 1, 1), date(2026, 1, 1)),
        (b"\x00", b"\x00"),
        ([1, None, 0.3], [1, None, 0.1 + 0.2]),
        ({"a": Decimal("1.0"), "b": [NAN]}, {"a": Decimal("1"), "b": [NAN]}),
        ([("k", 1)], [("k", 1)]),
    ],
)
def test_equal_values(wanted: object, came: object) -> None:
    assert difference([(wanted,)], [(came,)]) is None


@pytest.mark.parametrize(
    ("wanted", "came"),
    [
        (1, 2),
        (1, None),
        (True, 1),
        (0.3, 0.3000001),
        (NAN, None),
        ("a", "A"),
        ("", None),
        ([1, 2], [2, 1]),
        ({"a": 1}, {"a": 2}),
        (NOON, NOON + timedelta(microseconds=1)),
    ],
)
def test_different_values(wanted: object, came: object) -> None:
    found = difference([(wanted,)], [(came,)])
    assert found is not None
    assert found.missing == ((0, (wanted,)),)
    assert found.unexpected == ((came,),)


def test_rows_count_as_often_as_they_come() -> None:
    assert difference([(1,), (2,), (1,)], [(2,), (1,), (1,)]) is None
    found = difference([(1,), (1,), (2,)], [(1,), (2,), (2,)])
    assert found is not None
    assert (found.missing, found.unexpected) == (((1, (1,)),), ((2,),))


def test_nothing_is_nothing() -> None:
    assert difference([], []) is None
    found = difference([], [(1,)])
    assert found is not None
    assert (found.missing, found.unexpected) == ((), ((1,),))


def test_order_counts_only_where_there_is_one() -> None:
    wanted: list[Row] = [(1,), (2,), (3,)]
    came: list[Row] = [(1,), (3,), (2,)]
    assert difference(wanted, came) is None
    found = difference(wanted, came, ordered=True)
    assert found is not None
    assert found.swapped
    assert (found.missing, found.unexpected) == (((1, (2,)), (2, (3,))), ((3,), (2,)))
    assert difference(wanted, list(wanted), ordered=True) is None

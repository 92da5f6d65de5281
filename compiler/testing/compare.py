"""Rows that were expected and rows that came, compared by value."""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from oftra.ir.program import ExpectedRows

Row: TypeAlias = tuple[object, ...]

TOLERANCE = 1e-12
"""How far two doubles may lie apart, relatively: an engine may add up in any order, and each rounds its own way."""


@dataclass(frozen=True)
class Difference:
    """How the rows of a relation differ from those expected, in the columns that the test names.

    `missing` are positions in `expected.rows` with their values. `swapped` says that the rows are right and their order
    isn't.
    """

    expected: ExpectedRows
    columns: tuple[str, ...]
    missing: tuple[tuple[int, Row], ...]
    unexpected: tuple[Row, ...]
    swapped: bool = False


def compare(expected: ExpectedRows, wanted: Sequence[Row], came: Sequence[Row]) -> Difference | None:
    """None if `came` are the rows `wanted`: as often each, and in their order if the relation has one."""
    missing, unexpected = unmatched(wanted, came)
    columns = tuple([column.name for column in expected.columns])
    if missing or unexpected:
        return Difference(expected, columns, tuple(missing), tuple(unexpected))
    if expected.ordered:
        moved = [(at, row) for at, (row, other) in enumerate(zip(wanted, came)) if not same(row, other)]
        if moved:
            return Difference(expected, columns, tuple(moved), tuple([came[at] for at, _ in moved]), swapped=True)
    return None


def unmatched(wanted: Sequence[Row], came: Sequence[Row]) -> tuple[list[tuple[int, Row]], list[Row]]:
    """The rows of each side that find no partner: equal ones are paired first, then those that rounding keeps apart."""
    supply = Counter([key_of(row) for row in came])
    missing: list[tuple[int, Row]] = []
    for at, row in enumerate(wanted):
        key = key_of(row)
        if supply[key] > 0:
            supply[key] -= 1
        else:
            missing.append((at, row))
    unexpected: list[Row] = []
    for row in reversed(came):  # of rows alike the last ones are too many
        key = key_of(row)
        if supply[key] > 0:
            supply[key] -= 1
            unexpected.append(row)
    unexpected.reverse()
    return without_close(missing, unexpected)


def without_close(missing: list[tuple[int, Row]], unexpected: list[Row]) -> tuple[list[tuple[int, Row]], list[Row]]:
    """What is left of both sides once rows that are the same but for the last digits of a double are paired."""
    left: list[tuple[int, Row]] = []
    for at, row in missing:
        partner = next((other for other in unexpected if same(row, other)), None)
        if partner is None:
            left.append((at, row))
        else:
            unexpected.remove(partner)
    return left, unexpected


def key_of(value: object) -> Hashable:
    """Something that is equal for values that the language calls equal, and can be counted."""
    match value:
        case float():
            return "NaN" if math.isnan(value) else value + 0.0  # -0.0 becomes 0.0
        case bool():
            return ("boolean", value)  # Python has True == 1
        case datetime() if value.tzinfo is not None:
            return value.astimezone(UTC)
        case dict():
            return tuple([(name, key_of(item)) for name, item in value.items()])
        case list() | tuple():
            return tuple([key_of(item) for item in value])
        case Hashable():
            return value
        case _:
            return repr(value)


def same(one: object, other: object) -> bool:
    """Whether two values are equal, doubles but for rounding."""
    match one, other:
        case (float(), float()):
            return key_of(one) == key_of(other) or math.isclose(one, other, rel_tol=TOLERANCE)
        case (list() | tuple(), list() | tuple()):
            return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other))
        case (dict(), dict()):
            return one.keys() == other.keys() and all(same(item, other[name]) for name, item in one.items())
        case _:
            return key_of(one) == key_of(other)

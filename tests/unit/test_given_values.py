"""Values that a command is given for params: what they say of a type, or that they say nothing of it."""

from decimal import Decimal as Number

import pytest

from oftra.datatypes import Decimal
from oftra.project.values import constant


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("12345678901234567890.123456789012345678", Decimal(38, 18), "12345678901234567890.123456789012345678"),
        ("-12345678901234567890123456789012345678", Decimal(38, 0), "-12345678901234567890123456789012345678"),
        ("-1.5", Decimal(5, 2), "-1.50"),
        ("9.99", Decimal(3, 2), "9.99"),
    ],
)
def test_decimals_keep_all_of_their_digits(text: str, type_: Decimal, value: str) -> None:
    assert constant(text, type_) == Number(value)


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("10", Decimal(3, 2)),
        ("1.005", Decimal(10, 2)),
        ("NaN", Decimal(10, 2)),
        ("Infinity", Decimal(10, 2)),
        ("1e90", Decimal(38, 0)),
    ],
)
def test_what_has_no_room_is_no_decimal(text: str, type_: Decimal) -> None:
    with pytest.raises(ValueError):
        constant(text, type_)

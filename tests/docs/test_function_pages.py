"""docs/functions is what the registry makes of it."""

from blessed import Golden
from blocks import DOCS

from oftra.functions.pages import pages


def test_function_pages_are_up_to_date(golden: Golden) -> None:
    golden.check(DOCS / "functions", pages())

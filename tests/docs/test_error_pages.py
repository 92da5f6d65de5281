"""docs/errors is what the compiler's own texts make of it."""

from pathlib import Path

from blessed import Golden
from programs import outcome_of

from oftra.diagnostics.pages import pages

FOLDER = Path(__file__).parent.parent.parent / "docs" / "errors"


def test_error_pages_are_up_to_date(golden: Golden) -> None:
    golden.check(FOLDER, pages(lambda code, program: outcome_of(program, compile_it=code.startswith("OF06")).text))

"""docs/support.md is what the conformance cases and their gaps make of it."""

from pathlib import Path

import support
from answers import open_engine
from blessed import Golden
from stages import as_written

PAGE = Path(__file__).parent.parent.parent / "docs" / "support.md"


def test_support_page_is_up_to_date(golden: Golden, tmp_path: Path) -> None:
    answers = open_engine("duckdb", as_written, str(tmp_path))
    try:
        golden.check_file(PAGE, support.page(answers))
    finally:
        answers.session.close()

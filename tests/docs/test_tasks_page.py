"""The program of docs/tasks.md is one, laid out as the formatter does."""

from blocks import DOCS, blocks
from programs import checked, formatted


def test_its_program_is_one() -> None:
    (program,) = [block.text for block in blocks(DOCS / "tasks.md") if block.language == "oftra"]
    outcome = checked({"tasks.oftra": program})
    assert not outcome.found, outcome.text
    assert formatted(program) == program

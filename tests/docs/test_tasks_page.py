"""The programs of docs/tasks.md are such, laid out as the formatter does."""

from blocks import DOCS, blocks
from programs import checked, formatted


def test_its_programs_are_such() -> None:
    programs = [block.text for block in blocks(DOCS / "tasks.md") if block.language == "oftra"]
    assert len(programs) > 1
    for program in programs:
        outcome = checked({"tasks.oftra": program})
        assert not outcome.found, outcome.text
        assert formatted(program) == program

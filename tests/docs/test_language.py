"""The examples of the language reference are one program; its queries run over that program."""

import pytest
from blessed import Golden
from blocks import DOCS, Block, blocks
from programs import checked, formatted, is_query

PAGE = DOCS / "language.md"
EXAMPLES = [block for block in blocks(PAGE) if block.language == "oftra" and not block.words]
PROGRAM = {f"language.md:{block.line}": block.text for block in EXAMPLES if not is_query(block.text)}
MANIFEST = '[project]\nname = "language"\nversion = "1.0.0"\nstore = "lake"\n'


def test_declarations_are_a_program_without_errors() -> None:
    outcome = checked({f"{name}.oftra": text for name, text in PROGRAM.items()}, manifest=MANIFEST)
    assert not outcome.found, outcome.text


@pytest.mark.parametrize(
    "block", [block for block in EXAMPLES if is_query(block.text)], ids=lambda block: f"line {block.line}"
)
def test_query_is_well(block: Block) -> None:
    outcome = checked({f"{name}.oftra": text for name, text in PROGRAM.items()}, block.text, MANIFEST)
    assert not outcome.found, outcome.text


def test_examples_are_laid_out_as_the_formatter_does(golden: Golden) -> None:
    page = PAGE.read_text(encoding="utf-8")
    laid_out = page
    for block in EXAMPLES:
        laid_out = laid_out.replace(f"```oftra\n{block.text}```", f"```oftra\n{formatted(block.text)}```")
    golden.check_file(PAGE, laid_out)


def test_there_is_much_to_see() -> None:
    assert len(EXAMPLES) >= 25

"""The README's first screen is true: its program compiles to the SQL beside it, its mistake gives that message."""

from pathlib import Path

import pytest
from blessed import Golden
from blocks import DOCS, Block, blocks
from programs import compiled

import oftra

README = DOCS.parent / "README.md"


@pytest.fixture
def shown() -> dict[str, Block]:
    """The first block of each language."""
    found: dict[str, Block] = {}
    for block in blocks(README):
        found.setdefault(block.language, block)
    return found


def bless(golden: Golden, block: Block, text: str) -> None:
    if golden.bless:
        shown, written = (f"```{block.language}\n{body}```" for body in (block.text, text))
        README.write_text(README.read_text(encoding="utf-8").replace(shown, written), encoding="utf-8")
    else:
        assert block.text == text


def test_program_becomes_the_sql_beside_it(shown: dict[str, Block], tmp_path: Path, golden: Golden) -> None:
    file = tmp_path / "zones.oftra"
    file.write_text(shown["oftra"].text, encoding="utf-8")
    (written,) = [text for name, text in oftra.load(file).compile("duckdb").items() if name.endswith(".sql")]
    bless(golden, shown["sql"], written)


def test_mistake_gives_the_message_shown(shown: dict[str, Block], golden: Golden) -> None:
    wrong = shown["oftra"].text.replace("sum(fare)", "sum(fair)")
    bless(golden, shown["text"], compiled({"zones.oftra": wrong}).text)


def test_figures_are_those_of_the_page_that_was_measured() -> None:
    """Numbers about speed stand in docs/speed.md, as `make bench` printed them; the README quotes that page."""
    table = (DOCS / "speed.md").read_text(encoding="utf-8")
    quoted = [line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("| 1,000 |")]
    assert quoted and all(line in table for line in quoted)

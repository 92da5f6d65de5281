"""docs/kafka.md tells of every option that topics have and of every choice, and its program is one."""

from pathlib import Path

import pytest
from blocks import DOCS, blocks, told_of

import oftra
from oftra import connectors

PAGE = DOCS / "kafka.md"
SECTIONS = {"connection": "The connection", "source": "Sources", "sink": "Sinks"}
ELSEWHERE = ("properties", "extra", "missing", "changes", "key", "op", "order_by")
"""Options whose choices, or that themselves, are those of every source or of all three."""


@pytest.mark.parametrize("part", SECTIONS)
def test_every_option_is_told_of(part: str) -> None:
    rows = told_of(PAGE, SECTIONS[part])
    kafka = connectors.lookup("kafka")
    assert kafka is not None
    for option in getattr(kafka, part):
        told = [text for names, text in rows if f"`{option.name}`" in names]
        assert told or option.name in ELSEWHERE, option.name
        choices = () if option.name in ELSEWHERE else option.choices
        assert not [choice for choice in choices if f"`{choice}`" not in told[0]], option.name


def test_its_program_is_one(tmp_path: Path) -> None:
    (program,) = [block.text for block in blocks(PAGE) if block.language == "oftra"]
    (tmp_path / "page.oftra").write_text(program, encoding="utf-8")
    assert len(oftra.load(tmp_path / "page.oftra").ir.sinks) == 2

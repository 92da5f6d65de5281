"""docs/postgres.md tells of every option that tables of Postgres have and of every mode, and its program is one."""

from pathlib import Path

import pytest
from blocks import DOCS, blocks, told_of

import oftra
from oftra import connectors

PAGE = DOCS / "postgres.md"
SECTIONS = {"connection": "The connection", "source": "Sources", "sink": "Tables and sinks"}


@pytest.mark.parametrize("part", SECTIONS)
def test_every_option_is_told_of(part: str) -> None:
    rows = told_of(PAGE, SECTIONS[part])
    jdbc = connectors.lookup("jdbc")
    assert jdbc is not None
    for option in getattr(jdbc, part):
        told = [text for names, text in rows if f"`{option.name}`" in names]
        assert told, option.name
        choices = option.choices if option.name == "mode" else ()
        assert not [choice for choice in choices if f"`{choice}`" not in told[0]], option.name


def test_its_program_is_one(tmp_path: Path) -> None:
    (program,) = [block.text for block in blocks(PAGE) if block.language == "oftra"]
    (tmp_path / "page.oftra").write_text(program, encoding="utf-8")
    loaded = oftra.load(tmp_path / "page.oftra")
    assert len(loaded.ir.sinks) == 1
    assert loaded.compile("pyspark")

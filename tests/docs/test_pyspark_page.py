"""What the page on PySpark shows of TPC-H is what is generated."""

import pytest
from blocks import DOCS, Block, blocks

import oftra

NOW = [block for block in blocks(DOCS / "pyspark.md") if block.words == ("now",)]


@pytest.fixture(scope="module")
def module() -> str:
    """The module that TPC-H's queries become."""
    return oftra.load(str(DOCS.parent / "examples" / "tpch")).compile("pyspark")["tpch.py"]


@pytest.mark.parametrize("block", NOW, ids=lambda block: str(block.line))
def test_what_is_shown_is_generated(block: Block, module: str) -> None:
    assert block.text in module

"""Generated Python, whatever the program: old Pythons read it, and a team's formatter and linter leave it as it is."""

from pathlib import Path

import pytest
from generated_python import parse, reformatted, ruff

HERE = Path(__file__).parent
MODULES = sorted([*HERE.glob("*/pyspark/*.py"), *HERE.glob("*/databricks/transformations/*.py")])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HERE)))
def test_module(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    parse(text)
    assert reformatted(text) == text


def test_lint() -> None:
    assert MODULES
    assert ruff(MODULES) == ""

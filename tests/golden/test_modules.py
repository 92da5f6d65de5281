"""Generated Python, whatever the program: old Pythons read it, and a team's formatter and linter leave it as it is."""

import json
from pathlib import Path

import pytest
from generated_python import parse, reformatted, ruff

MODULES = sorted(Path(__file__).parent.glob("*/pyspark/*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.parent.parent.name)
def test_module(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    parse(text)
    assert reformatted(text) == text


def test_lint() -> None:
    assert MODULES
    assert ruff(MODULES) == ""


NOTEBOOKS = sorted(Path(__file__).parent.glob("*/notebook/*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.parent.parent.name)
def test_cells(path: Path, tmp_path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    codes = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    for code in codes:
        parse(code)
        assert reformatted(code).rstrip("\n") == code
    whole = tmp_path / "cells.py"
    whole.write_text("\n\n".join(codes) + "\n", encoding="utf-8")
    assert [line for line in ruff([whole]).splitlines() if "E402" not in line] == []

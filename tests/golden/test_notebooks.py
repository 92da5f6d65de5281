"""Notebooks for Spark, the cells of all notebooks, and programs that say little or too much for one."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from blessed import Golden
from generated_python import parse, reformatted, ruff

import oftra
from oftra.diagnostics import Diagnostic, Report
from oftra.driver import compile_for
from oftra.project import installed

HERE = Path(__file__).parent
STORE = "connection here = files { root: 'out', format: parquet }\n"


def compiled(folder: Path, engine: str = "duckdb") -> tuple[Mapping[str, str], tuple[Diagnostic, ...]]:
    """The files of the target `notebook`, and what there is to say."""
    report = Report()
    target = installed.find_target("notebook", report)
    assert target is not None
    made = compile_for(oftra.load(folder).ir, [target], (), True, report, {"engine": engine})
    return ({} if made is None else made.files["notebook"]), tuple(report)


def sources(text: str, kind: str) -> list[str]:
    """What the cells of a kind hold."""
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == kind]


def test_spark(golden: Golden) -> None:
    files, _ = compiled(HERE / "quarantine", "spark")
    golden.check(HERE / "quarantine" / "notebook_on_spark", files)


NOTEBOOKS = sorted(HERE.glob("*/notebook*/*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.parent.name}-{path.parent.name}")
def test_cells(path: Path, tmp_path: Path) -> None:
    """A team's formatter and linter leave cells as they are."""
    codes = sources(path.read_text(encoding="utf-8"), "code")
    for code in codes:
        parse(code)
        assert reformatted(code).rstrip("\n") == code
    whole = tmp_path / "cells.py"
    whole.write_text("\n\n".join(codes) + "\n", encoding="utf-8")
    # A name alone at the end of a cell is what the cell shows.
    found = [line for line in ruff([whole]).splitlines() if "E402" not in line and "B018" not in line]
    assert found == []


def test_a_program_without_relations(tmp_path: Path) -> None:
    (tmp_path / "empty.oftra").write_text(STORE)
    files, found = compiled(tmp_path)
    assert not found
    (notebook,) = [text for name, text in files.items() if name.endswith(".ipynb")]
    assert "The program has no relation yet." in sources(notebook, "markdown")


def test_views_alone_are_told_too(tmp_path: Path) -> None:
    (tmp_path / "views.oftra").write_text("view numbers = from values (1), (2) as t (x)\n")
    files, _ = compiled(tmp_path)
    (notebook,) = [text for name, text in files.items() if name.endswith(".ipynb")]
    assert 'show("numbers")' in sources(notebook, "code")[-1]


def test_a_pipeline_has_a_notebook_of_its_own(tmp_path: Path) -> None:
    program = """
    contract number { n int, at timestamp event time, freshness: interval 1 hour }
    source numbers: number from here { path: 'numbers.parquet' }
    view small = from numbers |> where n < 3
    table one in here = from small
    table two in here { refresh: append, window: at } = from numbers
    table three in here = from values (3) as t (x)
    /// Small ones, each night.
    pipeline nightly { build: [one], schedule: '0 3 * * *', require rows(numbers) >= 10 else stop }
    pipeline hourly { build: [two], schedule: '0 * * * *' }
    """
    (tmp_path / "numbers.oftra").write_text(STORE + program)
    files, found = compiled(tmp_path)
    assert not [one for one in found if one.severity == "error"]
    names = [name for name in files if name.endswith(".ipynb")]
    assert names == ["nightly.ipynb", "hourly.ipynb", "numbers.ipynb"]
    assert {f"{name.removesuffix('.ipynb')}.manifest.json" for name in names} < set(files)
    nightly = "\n".join(sources(files["nightly.ipynb"], "markdown"))
    assert "Small ones, each night." in nightly
    assert "`require rows(numbers) >= 10 else stop`" in nightly and "## two" not in nightly
    assert "keep by `refresh: append`" in "\n".join(sources(files["hourly.ipynb"], "markdown"))
    assert "## three" in "\n".join(sources(files["numbers.ipynb"], "markdown"))


def test_files_stay_in_their_folder(tmp_path: Path) -> None:
    program = """
    table one in here = from values (1) as t (x)
    table two in here = from values (1) as t (x)
    table three in here = from values (1) as t (x)
    pipeline `../odd name` { build: [one] }
    pipeline story { build: [two] }
    """
    (tmp_path / "story.oftra").write_text(STORE + program)
    files, _ = compiled(tmp_path)
    names = [name for name in files if name.endswith(".ipynb")]
    assert names == ["_odd_name.ipynb", "story.ipynb", "story_.ipynb"]


def test_what_nobody_would_read_is_refused(tmp_path: Path) -> None:
    views = "\n".join([f"view v{at} = from values ({at}) as t (x)" for at in range(101)])
    (tmp_path / "many.oftra").write_text(views)
    files, found = compiled(tmp_path)
    assert not files
    assert [one.code for one in found] == ["OF0652"]

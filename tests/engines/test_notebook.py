"""Notebooks, run from top to bottom by Jupyter: their tables are those of a run, their pictures are there."""

import os
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import duckdb
import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from sparks import environment

import oftra

ROOT = Path(__file__).parent.parent.parent

HOSTILE = r'''
connection here = files { root: 'out', format: parquet }

/// !ls and %sql, `{{ x }}`, a "quote", """, $5 or $6,
/// # COMMAND ----------
/// <script>alert(1)</script>
view `!odd %name` =
  from values
      ($$one
!ls
%sql select 1
>>> 2
... \ \n \$$ || '"""', 'it is', '{{ y }}', 7),
      ('# MAGIC %sh', '<i>`', '_hidden $x$', 8)
    as t (`%text`, `!it's`, `a "b" {{c}}`, `back``tick $n$`)

/// ```
table `!table "x"` in here = from `!odd %name`

table `%%sums` in here =
  from `!odd %name`
  |> aggregate sum(`back``tick $n$`) as `$amount$`
     group by `a "b" {{c}}`
'''


def project(folder: Path, engine: str, program: str | None = None, example: Path | None = None) -> Path:
    """A project whose notebook is for `engine`."""
    folder.mkdir()
    if example is not None:
        for entry in example.iterdir():
            if entry.suffix == ".oftra" and entry.name != "pipeline.oftra":  # of which each would have a notebook
                shutil.copy(entry, folder)
        (folder / "data").mkdir()
        for entry in (example / "data").iterdir():
            os.symlink(entry, folder / "data" / entry.name)
    if program is not None:
        (folder / "story.oftra").write_text(program)
    store = 'store = "warehouse"\n' if example is not None and example.name == "flights" else ""
    (folder / "oftra.toml").write_text(
        f'[project]\nname = "story"\nversion = "1.0.0"\n{store}[targets.notebook]\nengine = "{engine}"\n'
    )
    return folder


def notebook_of(folder: Path) -> nbformat.NotebookNode:
    """The notebook of the program in `folder`, the same each time that it is made."""
    files = oftra.load(folder).compile("notebook")
    assert files == oftra.load(folder).compile("notebook")
    found = nbformat.reads(files["story.ipynb"], as_version=4)
    nbformat.validate(found)
    return found


def executed(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """The notebook with its outputs, run where a compile puts it."""
    place = folder / "build" / "notebook"
    place.mkdir(parents=True, exist_ok=True)
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(place)}}).execute()
    return notebook


def pictures(notebook: nbformat.NotebookNode) -> int:
    """How many charts it shows."""
    return sum("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", ()))


def texts(notebook: nbformat.NotebookNode) -> str:
    """All that its cells print and show as tables."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "\n".join([output.get("text") or output.get("data", {}).get("text/html", "") for output in outputs])


def rows(file: str, columns: str = "*") -> tuple[list[str], Counter[str]]:
    """The types and the rows of files of parquet, in no order."""
    types = duckdb.sql(f"select column_name, column_type from (describe select {columns} from '{file}')").fetchall()
    found = duckdb.sql(f"select {columns} from '{file}'").fetchall()
    return [str(one) for one in types], Counter(map(str, found))


def same_as_a_run(
    folder: Path, engine: str, stored: Path, tables: Iterable[tuple[str, str, str]]
) -> nbformat.NotebookNode:
    """Run the notebook, which then stores tables, and `oftra run`.

    Of each table the file that the run leaves, the notebook's name for it, and the columns that must agree.
    """
    notebook = notebook_of(folder)
    beside = folder / "beside"
    beside.mkdir()
    for at, (_, name, _) in enumerate(tables):
        file = str(beside / f"{at}.parquet")
        told = f"copy (select * from {name}) to '{file}' (format parquet)"
        code = f"_ = con.execute({told!r})" if engine == "duckdb" else f"{name}.write.parquet({file!r})"
        notebook.cells.append(nbformat.v4.new_code_cell(code))
    done = executed(notebook, folder)
    oftra.load(folder).run()
    for at, (file, _, columns) in enumerate(tables):
        found = f"{beside}/{at}.parquet" + ("" if engine == "duckdb" else "/*.parquet")
        assert rows(found, columns) == rows(str(stored / file), columns), file
    return done


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)


ENGINES = ["duckdb", "spark"]


@pytest.mark.parametrize("engine", ENGINES)
def test_flights(engine: str, tmp_path: Path) -> None:
    folder = project(tmp_path / "flights", engine, example=ROOT / "examples" / "flights")
    departures = folder / "data" / "flights.parquet"
    whole = departures.resolve()
    departures.unlink()
    duckdb.sql(f"copy (from '{whole}' where month = 12 and day < 8) to '{departures}'")
    names = ("dirt", "delays_by_hour", "worst_days", "league")
    tables = [(f"{name}.parquet", name if engine == "duckdb" else f"{name}_df", "*") for name in names]
    done = same_as_a_run(folder, engine, folder / "build" / "tables", tables)
    assert pictures(done) == 4
    assert "6,552 read, 6,552 passed" in texts(done)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_breaks_rules_is_counted_and_hostile_names_stay_data(engine: str, tmp_path: Path) -> None:
    folder = project(tmp_path / "shop", engine, HOSTILE, ROOT / "tests" / "golden" / "quarantine")
    tables = [
        ("revenue.parquet", "revenue", "*"),
        ("rejected.parquet", "rejected", "* exclude (read_at)"),
        ("refused.parquet", "refused", "*"),
        ('!table "x".parquet', '"!table ""x"""', "*"),
        ("%%sums.parquet", '"%%sums"', "*"),
    ]
    if engine == "spark":
        names = ("revenue_df", "rejected_df", "refused_df", "table_x_df", "sums_df")
        tables = [(file, name, columns) for (file, _, columns), name in zip(tables, names)]
    done = same_as_a_run(folder, engine, folder / "out", tables)
    assert "8 read, 1 dropped, 5 quarantined, 2 passed" in texts(done)
    assert not (folder / "build" / "notebook" / "out").exists()
    assert "<script>" not in texts(done) and "<i>" not in texts(done)
    told = "\n".join([cell.source for cell in done.cells if cell.cell_type == "markdown"])
    assert "<script>" not in told and "\\`\\`\\`" in told


def test_a_broken_rule_ends_it_once_it_was_counted(tmp_path: Path) -> None:
    program = """
    connection here = files { root: 'data', format: json }
    contract number { n int check (n < 3), text string not null }
    source numbers: number from here { path: 'numbers.jsonl' }
    table copies in here = from numbers
    """
    folder = project(tmp_path / "numbers", "duckdb", program)
    (folder / "data").mkdir()
    lines = ['{"n": 3, "text": "a"}', '{"n": 4, "text": "b"}', '{"n": 1, "text": "c"}']
    (folder / "data" / "numbers.jsonl").write_text("\n".join(lines) + "\n")
    notebook = notebook_of(folder)
    with pytest.raises(CellExecutionError, match="2 break `n < 3`"):
        executed(notebook, folder)
    assert "3 read, 3 passed" in texts(notebook)
    assert "<td>n &lt; 3</td><td>fail</td><td>2</td>" in texts(notebook)

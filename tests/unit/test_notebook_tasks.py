"""Tasks that are notebooks: executed by the real Jupyter, given params, counted, and what can't be executed."""

import json
from pathlib import Path
from typing import Any

import pytest
from cli_runs import Cli
from programs import program_of

import oftra

PROGRAM = """\
connection lake = files { root: 'data', format: parquet }
param least int = 3
table t in lake = from values (1) as t (x)
pipeline nightly { build: [t, score], require score.rows > 2 else stop }
/// Scores the rides.
task score { counts: [rows], timeout: interval 5 minutes } = notebook {
  file: 'models/score.ipynb', output: 'runs/score.ipynb',
  params: { day: run.start, city: 'Zürich', least: least, key: secret('a/key') },
}
"""


def cell(text: str, *tags: str, kind: str = "code") -> dict[str, Any]:
    more = {"execution_count": None, "outputs": []} if kind == "code" else {}
    about = {"tags": list(tags)} if tags else {}
    return {"cell_type": kind, "id": f"c{abs(hash(text))}"[:8], "metadata": about, "source": text, **more}


def notebook(*cells: dict[str, Any], language: str = "python", kernel: str = "python3") -> str:
    about = {"kernelspec": {"name": kernel, "display_name": "One", "language": language}}
    return json.dumps({"cells": list(cells), "metadata": about, "nbformat": 4, "nbformat_minor": 5})


SCORE = notebook(
    cell("# Scores", kind="markdown"),
    cell("day, city, least, key = '', 'Bern', 0, ''", "parameters"),
    cell("import json, os\nfrom pathlib import Path\nprint(day, city, least + 1, key)"),
    cell("Path('scored').write_text(city)\njson.dump({'rows': least}, open(os.environ['COUNTS'], 'w'))"),
    cell("if least > 8:\n    raise ValueError('too many')"),
)


@pytest.fixture
def folder(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("A_KEY", "hush")
    cli.put({"p.oftra": PROGRAM, "models/score.ipynb": SCORE})
    return cli


def test_a_notebook_is_executed_with_its_params(folder: Cli) -> None:
    done = folder("run", "--pipeline", "nightly", "--start", "2026-01-31")
    assert done.status == 0, done.err
    assert "score: 2026-01-31 00:00:00Z Zürich 4 ***" in done.err and "hush" not in done.err
    # It runs in the folder of the project, and what it showed is kept without touching it.
    assert (folder.folder / "scored").read_text() == "Zürich"
    assert (folder.folder / "models/score.ipynb").read_text() == SCORE
    cells = json.loads((folder.folder / "runs/score.ipynb").read_text())["cells"]
    tags = [one["metadata"].get("tags") for one in cells if one["cell_type"] == "code"]
    assert tags[:2] == [["parameters"], ["injected-parameters"]]
    assert "".join(cells[3]["outputs"][0]["text"]).startswith("2026-01-31 00:00:00Z Zürich 4")


def test_what_a_notebook_counts_and_how_it_fails(folder: Cli) -> None:
    few = folder("run", "--pipeline", "nightly", "--param", "least=2")
    assert few.status == 4 and "`score.rows > 2` does not hold: score.rows is 2" in few.err
    many = folder("run", "score", "--param", "least=9")
    assert many.status == 3 and "ValueError: too many" in many.err
    assert "the task `score` failed: it ended with status 1 (p.oftra:6)" in many.err
    kept = json.loads((folder.folder / "runs/score.ipynb").read_text())["cells"][-1]
    assert kept["outputs"][0]["ename"] == "ValueError"


def test_a_notebook_without_params_that_hangs_is_stopped(cli: Cli) -> None:
    hangs = cell("import os, time\nfrom pathlib import Path\nPath('pid').write_text(str(os.getpid()))\ntime.sleep(600)")
    cli.put(
        {"n.ipynb": notebook(hangs), "p.oftra": "task n { timeout: interval 6 seconds } = notebook { file: 'n.ipynb' }"}
    )
    done = cli("run")
    assert done.status == 3 and "it was stopped after 6 s" in done.err
    assert not Path(f"/proc/{(cli.folder / 'pid').read_text()}").exists()


@pytest.mark.parametrize(
    ("file", "params", "code"),
    [
        ("print(1)\n", "", "OF0550"),
        ('{"worksheets": [], "nbformat": 3}', "", "OF0550"),
        (notebook(cell("x <- 1"), language="R", kernel="ir"), ", params: { x: 1 }", "OF0550"),
        (None, "", "OF0536"),
    ],
    ids=["a script", "an old notebook", "params of another language", "no file"],
)
def test_what_cannot_be_executed(cli: Cli, file: str | None, params: str, code: str) -> None:
    cli.put({"p.oftra": f"task n = notebook {{ file: 'n.ipynb'{params} }}\n"})
    if file is not None:
        cli.put({"n.ipynb": file})
    done = cli("run")
    assert done.status == 1 and code in done.err, done.err


def test_a_kernel_that_is_not_there(cli: Cli) -> None:
    cli.put({"n.ipynb": notebook(cell("1"), kernel="nobody's"), "p.oftra": "task n = notebook { file: 'n.ipynb' }"})
    done = cli("run")
    assert done.status == 3 and "there is no kernel nobody's" in done.err and "Traceback" not in done.err


WRONG = {
    "no file": ("notebook { params: { a: 1 } }", "OF0703"),
    "a script": ("notebook { file: 'a.py' }", "OF0704"),
    "a file that a run names": ("notebook { file: env('FILE') }", "OF0704"),
    "no name of a variable": ("notebook { file: 'a.ipynb', params: { `a b`: 1 } }", "OF0704"),
    "a word of Python": ("notebook { file: 'a.ipynb', params: { class: 1 } }", "OF0704"),
    "a secret as text": ("notebook { file: 'a.ipynb', params: { api_key: 'abc' } }", "OF0533"),
    "a value that is computed": ("notebook { file: 'a.ipynb', params: { a: upper('x') || lower('y') } }", "OF0704"),
    "an option that there isn't": ("notebook { file: 'a.ipynb', kernel: 'x' }", "OF0702"),
    "a text": ("notebook $$ 1 $$", "OF0535"),
}


@pytest.mark.parametrize(("work", "code"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_said(work: str, code: str) -> None:
    _, report = program_of(f"task n = {work}\n")
    assert [one.code for one in report] == [code]


def test_on_databricks_its_cells_are_a_notebook(folder: Cli) -> None:
    folder.put(
        {
            "models/score.ipynb": notebook(
                cell("%pip install x"), cell("# COMMAND ----------\nx = 1"), cell("%sql\nselect 1")
            )
        }
    )
    files = oftra.load(str(folder.folder)).compile("databricks")
    (path,) = [path for path in files if path.startswith("notebooks/score")]
    assert files[path].count("\n# COMMAND ----------\n") == 9
    assert "# MAGIC %python\n# MAGIC # COMMAND ----------\n# MAGIC x = 1\n" in files[path]
    assert "# MAGIC %sql\n# MAGIC select 1\n" in files[path]
    assert '\n\nday = os.environ["RUN_START"]\ncity = "Zürich"\n' in files[path]

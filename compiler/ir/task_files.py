"""The files that tasks run: whether they are there, what stands in notebooks, and the script that executes those."""

from __future__ import annotations

from json import loads
from typing import NamedTuple

from oftra.diagnostics import Report
from oftra.diagnostics.tasks import NotANotebook, NoTaskFile
from oftra.ir.program import Task

EXECUTE = '''\
"""Executes a notebook: `run_notebook.py FILE [--parameters FILE] [--output FILE]`.

The parameters are Python, which is run behind the cell that is tagged `parameters`, or
before all others. The output is the notebook with all that it shows, also if it fails.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

try:
    import nbformat
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError
except ImportError as error:
    sys.exit(f"notebooks are executed by nbclient and ipykernel: {error}")


class Client(NotebookClient):
    """Executes a notebook, and tells what it prints as it does."""

    def process_message(self, msg: dict[str, Any], *place: Any) -> Any:
        """Take what the kernel says."""
        if msg["msg_type"] == "stream":
            print(msg["content"]["text"], end="", flush=True)
        return super().process_message(msg, *place)


parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("--parameters")
parser.add_argument("--output")
given = parser.parse_args()
notebook = nbformat.read(given.file, as_version=4)
if given.parameters:
    tags = [cell.metadata.get("tags", []) for cell in notebook.cells]
    behind = next((at + 1 for at, one in enumerate(tags) if "parameters" in one), 0)
    text = Path(given.parameters).read_text(encoding="utf-8")
    cell = nbformat.v4.new_code_cell(text, metadata={"tags": ["injected-parameters"]})
    notebook.cells.insert(behind, cell)
try:
    Client(notebook, timeout=None).execute()
except CellExecutionError as error:
    sys.exit(str(error))
except DeadKernelError as error:
    sys.exit(f"the notebook ended early: {error}")
except NoSuchKernel as error:
    sys.exit(f"there is no kernel {error.name} for the notebook")
finally:
    if given.output:
        Path(given.output).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, given.output)
'''
"""The script. What executes notebooks for it has to be there: nbclient, and the kernel of the notebook."""


def refuse_lost_file(task: Task, report: Report) -> None:
    """Report a file that a task runs and that isn't there, so that it can't be brought along, or is no notebook."""
    if task.file is None:
        return
    if task.code is None:
        report.add(NoTaskFile(task.name, task.file, span=task.span))
    elif task.kind == "notebook" and isinstance(lacking := cells_of(task), str):
        report.add(NotANotebook(task.name, task.file, lacking, span=task.span))


class Given(NamedTuple):
    """A cell of a notebook as it is stored: its text, whether that is code, and what it is tagged."""

    text: str
    is_code: bool
    tags: tuple[str, ...]


def cells_of(task: Task) -> tuple[Given, ...] | str:
    """The cells of the notebook that a task executes, or what it lacks."""
    try:
        found = loads(task.code or "")
    except ValueError:
        return "it is no JSON"
    cells = found.get("cells") if isinstance(found, dict) else None
    if not isinstance(cells, list) or found.get("nbformat") != 4 or not all(isinstance(one, dict) for one in cells):
        return "it is no notebook of version 4"
    about = _options(found.get("metadata"))
    language = _options(about.get("kernelspec")).get("language") or _options(about.get("language_info")).get("name")
    language = str(language or "python").lower()
    if task.text and language != "python":
        return f"its cells are {language}, and only Python can be given params"
    return tuple([_cell(one) for one in cells if one.get("cell_type") != "raw"])


def _cell(stored: dict[str, object]) -> Given:
    source, tags = stored.get("source", ""), _options(stored.get("metadata")).get("tags")
    text = "".join([str(line) for line in source]) if isinstance(source, list) else str(source)
    known = tuple([str(tag) for tag in tags]) if isinstance(tags, list) else ()
    return Given(text, stored.get("cell_type") == "code", known)


def _options(found: object) -> dict[str, object]:
    return found if isinstance(found, dict) else {}


__all__ = ["EXECUTE", "Given", "cells_of", "refuse_lost_file"]

"""Runs notebooks as Databricks would, one after the other in one Spark: `run_notebooks.py 'FILE|NAME=VALUE' ...`.

What a workspace has beside Spark is small here: widgets hold what is given on the command line, or else their default,
and what is shown is collected. What a notebook ends with stands beside it in a file `.json`, an error in one `.txt`.
"""

import ast
import json
import sys
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pyspark.sql import DataFrame, SparkSession


class Exit(BaseException):
    """A notebook has ended, with a text."""


def run(spark: SparkSession, path: Path, given: dict[str, str]) -> dict[str, Any]:
    """What a notebook ends with, and how many rows of how many columns it showed."""
    values: dict[str, str] = {}
    shown: list[list[int]] = []

    def text(name: str, default: str, label: str) -> None:
        values[name] = given.get(name, default)

    def dropdown(name: str, default: str, choices: list[str], label: str) -> None:
        assert default in choices
        text(name, default, label)

    def display(rows: DataFrame) -> None:
        shown.append([rows.count(), len(rows.columns)])

    def leave(said: str) -> None:
        raise Exit(said)

    widgets = SimpleNamespace(text=text, dropdown=dropdown, get=values.__getitem__)
    dbutils = SimpleNamespace(widgets=widgets, notebook=SimpleNamespace(exit=leave))
    source = path.read_text(encoding="utf-8")
    try:
        exec(compile(ast.parse(source), str(path), "exec"), {"spark": spark, "dbutils": dbutils, "display": display})
    except Exit as end:
        return {"said": json.loads(str(end)), "shown": shown, "widgets": values}
    raise AssertionError("it has no end")


if __name__ == "__main__":
    session = SparkSession.builder.getOrCreate()
    for argument in sys.argv[1:]:
        path, *words = argument.split("|")
        sys.path.insert(0, str(Path(path).parent))
        try:
            found = run(session, Path(path), dict(word.split("=", 1) for word in words))
            Path(path).with_suffix(".json").write_text(json.dumps(found))
        except Exception:
            Path(path).with_suffix(".txt").write_text(traceback.format_exc())

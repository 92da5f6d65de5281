"""Runs notebooks as Databricks would, one after the other in one Spark: `run_notebooks.py 'FILE|NAME=VALUE' ...`.

What a workspace has beside Spark is small here: widgets hold what is given on the command line, or else their default,
and what is shown is collected. What a notebook ends with stands beside it in a file `.json`, an error in one `.txt`.

A file `.yml` is a job, whose tasks are run as they wait for each other; beside it stands how each of them ended.
"""

import ast
import json
import re
import sys
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from pyspark.sql import DataFrame, SparkSession

VALUE = re.compile(r"\{\{tasks\.(\w+)\.values\.(\w+)\}\}")
FAILED = ("failed", "upstream failed")


UNITY = re.compile(
    r"alter table \S+ (?:add primary key|add constraint \S+ foreign key|set tags|alter column \S+ set not null)|grant "
)
"""What Databricks alone knows: a Delta Lake of one's own keeps no column of a stored table from being null."""


class Exit(BaseException):
    """A notebook has ended, with a text."""


class Catalogue:
    """A session that keeps what only Unity Catalog understands, instead of running it."""

    def __init__(self, spark: SparkSession) -> None:
        self.spark, self.told = spark, list[str]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.spark, name)

    def sql(self, text: str) -> Any:
        return self.told.append(text) if UNITY.match(text) else self.spark.sql(text)


def run(spark: SparkSession, path: Path, given: dict[str, str]) -> dict[str, Any]:
    """What a notebook ends with, and how many rows of how many columns it showed."""
    values: dict[str, str] = {}
    shown: list[list[int]] = []
    passed: dict[str, str] = {}

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
    jobs = SimpleNamespace(taskValues=SimpleNamespace(set=lambda key, value: passed.update({key: value})))
    secrets = SimpleNamespace(get=lambda scope, key: f"secret {scope}/{key}")
    dbutils = SimpleNamespace(widgets=widgets, notebook=SimpleNamespace(exit=leave), jobs=jobs, secrets=secrets)
    source = path.read_text(encoding="utf-8")
    catalogue = Catalogue(spark)
    around = {"spark": catalogue, "dbutils": dbutils, "display": display}
    try:
        exec(compile(ast.parse(source), str(path), "exec"), around)
    except Exit as end:
        text_of = str(end)
        said = json.loads(text_of) if text_of.startswith("{") else text_of
        tables = [one.name for one in spark.catalog.listTables("sales") if not one.isTemporary]
        told = {one: comments(spark, one) for one in tables}
        held = {one: details(spark, one) for one in tables}
        more = {"comments": told, "held": held, "unity": catalogue.told}
        return {"said": said, "shown": shown, "widgets": values, "passed": passed, **more}
    raise AssertionError("it has no end")


def comments(spark: SparkSession, table: str) -> list[str | None]:
    """What is said of a table of the schema `sales`, and of each of its columns."""
    columns = spark.catalog.listColumns(f"sales.{table}")
    return [spark.catalog.getTable(f"sales.{table}").description, *[one.description for one in columns]]


def details(spark: SparkSession, table: str) -> dict[str, Any]:
    """What Delta Lake holds a table of the schema `sales` to."""
    (found,) = spark.sql(f"describe detail sales.{table}").collect()
    return {"properties": found["properties"], "clustered": found["clusteringColumns"]}


def run_job(spark: SparkSession, path: Path, given: dict[str, str]) -> dict[str, list[Any]]:
    """How each task of a job ended: in which way, what it said last, and how often it was begun."""
    (job,) = yaml.safe_load(path.read_text(encoding="utf-8"))["resources"]["jobs"].values()
    parameters = {one["name"]: one["default"] for one in job["parameters"]} | given
    parameters["end"] = given.get("end", "")
    ended: dict[str, list[Any]] = {}
    passed: dict[tuple[str, str], str] = {}

    def settled(text: str) -> str:
        return VALUE.sub(lambda found: passed[found[1], found[2]], text)

    for task in job["tasks"]:
        key, before = task["task_key"], task.get("depends_on", [])
        has_failed = any(ended[one["task_key"]][0] in FAILED for one in before)
        rule = task.get("run_if", "ALL_SUCCESS")
        if rule != "ALL_SUCCESS" and has_failed != (rule == "AT_LEAST_ONE_FAILED"):
            ended[key] = ["excluded", "", 0]
        elif rule == "ALL_SUCCESS" and has_failed:
            ended[key] = ["upstream failed", "", 0]
        elif rule == "ALL_SUCCESS" and any(_is_excluded(ended[one["task_key"]], one.get("outcome")) for one in before):
            ended[key] = ["excluded", "", 0]
        elif "condition_task" in task:
            asked = task["condition_task"]
            assert asked["op"] == "EQUAL_TO"
            ended[key] = ["succeeded", str(settled(asked["left"]) == settled(asked["right"])).lower(), 1]
        else:
            notebook = task["notebook_task"]
            values = {name: settled(value) for name, value in notebook.get("base_parameters", {}).items()} | parameters
            for attempt in range(1, 2 + task.get("max_retries", 0)):
                try:
                    found = run(spark, path.parent / notebook["notebook_path"], values)
                except Exception as error:
                    ended[key] = ["failed", str(error), attempt]
                else:
                    passed |= {(key, name): value for name, value in found["passed"].items()}
                    ended[key] = ["succeeded", found["said"], attempt]
                    break
    return ended


def _is_excluded(ended: list[Any], outcome: str | None) -> bool:
    return ended[0] == "excluded" or outcome not in (None, ended[1])


if __name__ == "__main__":
    session = SparkSession.builder.getOrCreate()
    for argument in sys.argv[1:]:
        path, *words = argument.split("|")
        begin = run_job if path.endswith(".yml") else run
        sys.path.insert(0, str(Path(path).parent.parent / "notebooks"))
        try:
            found = begin(session, Path(path), dict(word.split("=", 1) for word in words))
            Path(path).with_suffix(".json").write_text(json.dumps(found))
        except Exception:
            Path(path).with_suffix(".txt").write_text(traceback.format_exc())

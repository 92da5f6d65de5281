"""Gates as tasks of a job: notebooks measure, and a notebook behind them says what was found, and ends as it says."""

from collections.abc import Iterator, Mapping

from oftra.ir.program import Program
from oftra.targets.cells import Cell, Code, Markdown, plain
from oftra.targets.databricks.as_yaml import Plain
from oftra.targets.databricks.jobs import Task
from oftra.targets.manifest import made_by

CLOSES = ("stop", "retry")

_TITLE = """\
# Gates

A gate of a pipeline, as the notebook before measured it: if it does not hold, this notebook fails, or says so.

"""

_GIVEN = """\
dbutils.widgets.text("gate", "", "What was measured, as the notebook before tells it")
gate = json.loads(dbutils.widgets.get("gate"))
dbutils.jobs.taskValues.set(key="holds", value=str(gate["holds"]).lower())
print(said(gate))
"""

_ENDING = f"""\
if not gate["holds"] and gate["action"] in {CLOSES}:
    raise Closed(None, said(gate))
dbutils.notebook.exit(said(gate))
""".replace("'", '"')

USES = frozenset({"Closed", "log", "said"})
"""What the notebook takes of the module beside it."""


def gate_notebook(program: Program, support: str) -> tuple[Cell, ...]:
    """The notebook that all gates of a bundle are judged by."""
    return (
        Markdown(_TITLE + plain(made_by(program)), "title"),
        Code(f"import json\n\nfrom {support} import Closed, said", "setup"),
        Code(_GIVEN.rstrip("\n"), "gate"),
        Code(_ENDING.rstrip("\n"), "end"),
    )


def gate_tasks(task: Task, notebook: Mapping[str, Plain], told: Mapping[str, Plain]) -> Iterator[dict[str, Plain]]:
    """The tasks behind `task`: each runs the `notebook` of gates, and those in `told` hear of an alert."""
    for judged in task.gates:
        given: dict[str, Plain] = {"gate": f"{{{{tasks.{task.name}.values.{judged.name}}}}}"}
        yield _judging(judged.name, {"task_key": task.name}, notebook, given)
        if judged.holds is not None:
            condition: dict[str, Plain] = {
                "op": "EQUAL_TO",
                "left": f"{{{{tasks.{judged.name}.values.holds}}}}",
                "right": "true",
            }
            yield {
                "task_key": judged.holds,
                "depends_on": [{"task_key": judged.name}],
                "condition_task": condition,
            }
        if judged.alert is not None and judged.holds is not None:
            before: dict[str, Plain] = {"task_key": judged.holds, "outcome": "false"}
            yield {**_judging(judged.alert, before, notebook, given), **told}


def _judging(
    name: str, before: Mapping[str, Plain], notebook: Mapping[str, Plain], given: Mapping[str, Plain]
) -> dict[str, Plain]:
    where = {key: value for key, value in notebook.items() if key != "notebook_path"}
    path = notebook["notebook_path"]
    return {
        "task_key": name,
        "depends_on": [before],
        **where,
        "notebook_task": {"notebook_path": path, "base_parameters": given},
    }

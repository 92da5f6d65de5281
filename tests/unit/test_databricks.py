"""Bundles of Databricks as its own tools read them; what can't be said there is refused; no text gets out of place."""

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import black
import nbformat
import pytest
import yaml
from databricks.bundles.jobs import Job

import oftra
from oftra.targets.databricks.as_yaml import document
from oftra.targets.databricks.quartz import quartz

CASE = Path(__file__).parent.parent / "golden" / "deployed"
HOSTILE = 'it\'s "quoted" ${var.root} {{ job.id }} 100% # no: comment\n- item \\ \x07 \x85 \u2028 ünï 🦆'

START = """
connection lake = files { root: 'data', format: json }
contract order { order_id string not null, ordered timestamp }
source orders: order from lake { path: 'in/*.jsonl' }
table copies in lake = from orders
"""


def compiled(folder: Path, text: str, options: str = "") -> Mapping[str, str]:
    (folder / "program.oftra").write_text(START + text, encoding="utf-8")
    settings = f'[project]\nname = "shop"\n[targets.databricks]\n{options}'
    (folder / "oftra.toml").write_text(settings, encoding="utf-8")
    return oftra.load(str(folder)).compile("databricks")


def resources(files: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, text in files.items():
        if path.startswith("resources/"):
            found |= yaml.safe_load(text)["resources"]["jobs"]
    return found


def code_cells(source: str) -> list[tuple[str, str]]:
    """The cells of a notebook in the form of a source file: what it is, and its text."""
    found = []
    for part in source.removeprefix("# Databricks notebook source\n").split("\n\n# COMMAND ----------\n\n"):
        lines = part.rstrip("\n").split("\n")
        if lines[0] == "# MAGIC %md":
            found.append(
                ("markdown", "\n".join([line.removeprefix("# MAGIC").removeprefix(" ") for line in lines[1:]]))
            )
        else:
            found.append(("code", "\n".join(lines)))
    return found


# ------------------------------------------------------------------------------------------------------------- bundle


def test_databricks_reads_every_job() -> None:
    files = oftra.load(str(CASE)).compile("databricks")
    jobs = resources(files)
    assert list(jobs) == ["daily", "customers_report"]
    for fields in jobs.values():
        job = Job.from_dict(fields)
        for task in job.tasks:
            if task.condition_task is None:  # type: ignore[union-attr]
                path = task.notebook_task.notebook_path  # type: ignore[union-attr]
                assert str(path).replace("..", "notebooks", 1).removeprefix("notebooks/") in files
    daily = Job.from_dict(jobs["daily"])
    assert daily.as_dict() == jobs["daily"]


def test_two_compiles_are_alike() -> None:
    assert oftra.load(str(CASE)).compile("databricks") == oftra.load(str(CASE)).compile("databricks")


def test_both_forms_have_the_same_cells(tmp_path: Path) -> None:
    source = compiled(tmp_path, "")["notebooks/shop.py"]
    stored = compiled(tmp_path, "", 'notebooks = "ipynb"')["notebooks/shop.ipynb"]
    notebook = nbformat.reads(stored, as_version=4)
    nbformat.validate(notebook)
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == code_cells(source)


def test_cells_are_as_black_has_them() -> None:
    files = oftra.load(str(CASE)).compile("databricks")
    for path, text in files.items():
        if path.startswith("notebooks/"):
            cells = [code for kind, code in code_cells(text) if kind == "code"] if "support" not in path else [text]
            for cell in cells:
                assert black.format_str(cell, mode=black.Mode()).rstrip("\n") == cell.rstrip("\n"), path


def test_manifests_lead_to_the_program() -> None:
    files = oftra.load(str(CASE)).compile("databricks")
    told = json.loads(files["manifests/daily.json"])
    lines = files[told["script"]].split("\n")
    (text,) = [(CASE / one["path"]).read_text(encoding="utf-8") for one in told["inputs"]]
    places = {lines[first - 1]: text[start:end] for first, _, _, start, end, _ in told["lines"]}
    assert places["def countries("] == "countries"


# --------------------------------------------------------------------------------------------------------------- jobs


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 * * * *", "0 0 * * * ?"),
        ("*/15 8-18 * * *", "0 */15 8-18 * * ?"),
        ("30 6 * * mon-fri", "0 30 6 ? * MON,TUE,WED,THU,FRI"),
        ("30 6 * * 0", "0 30 6 ? * SUN"),
        ("30 6 * * 5-7", "0 30 6 ? * SUN,FRI,SAT"),
        ("30 6 * * */2", "0 30 6 ? * SUN,TUE,THU,SAT"),
        ("0 0 1,15 jan *", "0 0 0 1,15 JAN ?"),
        ("10/20 0 1 * *", "0 10-59/20 0 1 * ?"),
        ("0 0 1 * mon", None),
    ],
)
def test_cron(cron: str, expected: str | None) -> None:
    assert quartz(cron) == expected


def test_files_that_come_in_start_a_job(tmp_path: Path) -> None:
    files = compiled(tmp_path, "pipeline p { build: [copies], on_update_of: [orders] }", 'root = "/Volumes/a/b/c"')
    trigger = resources(files)["p"]["trigger"]
    assert trigger == {"file_arrival": {"url": "${var.root}/data/in/"}, "pause_status": "UNPAUSED"}
    assert yaml.safe_load(files["databricks.yml"])["variables"]["root"]["default"] == "/Volumes/a/b/c"


@pytest.mark.parametrize(("wanted", "condition"), [("", "ANY_UPDATED"), ("wait_for: all", "ALL_UPDATED")])
def test_tables_that_are_updated_start_a_job(tmp_path: Path, wanted: str, condition: str) -> None:
    text = f"""
      connection c = catalog {{ catalog: 'main', schema: 's' }}
      table t in c = from orders
      table u in c = from orders
      table both in c = from t |> join u using (order_id) |> select order_id
      pipeline first {{ build: [t, u] }}
      pipeline second {{ build: [both], on_update_of: [t, u], {wanted} }}
    """
    job = Job.from_dict(resources(compiled(tmp_path, text))["second"])
    update = job.trigger.table_update  # type: ignore[union-attr]
    assert (update.table_names, update.condition.value) == (["main.s.t", "main.s.u"], condition)  # type: ignore


def test_serverless_has_no_cluster(tmp_path: Path) -> None:
    files = compiled(tmp_path, "", 'compute = "serverless"')
    job = Job.from_dict(resources(files)["shop"])
    assert not job.job_clusters
    assert not job.tasks[0].job_cluster_key  # type: ignore[union-attr]
    assert ".cache()" not in files["notebooks/shop.py"]


def test_gates_are_tasks(tmp_path: Path) -> None:
    gates = "require rows(orders) > 0 else skip, require rows(copies) > 5 else alert"
    text = "table more in lake = from copies table most in lake = from more"
    text += f" pipeline p {{ build: [most], alert: [oncall], {gates}, require rows(more) > 0 else stop }}"
    files = compiled(tmp_path, text)
    job = Job.from_dict(resources(files)["p"])
    after = {
        task.task_key: [(one.task_key, one.outcome) for one in task.depends_on]  # type: ignore[union-attr]
        for task in job.tasks
    }
    assert after == {
        "p_start": [],
        "rows_orders_0": [("p_start", None)],
        "rows_orders_0_holds": [("rows_orders_0", None)],
        "p_copies": [("rows_orders_0_holds", "true")],
        "rows_copies_5": [("p_copies", None)],
        "rows_copies_5_holds": [("rows_copies_5", None)],
        "rows_copies_5_alert": [("rows_copies_5_holds", "false")],
        "p_more": [("rows_orders_0_holds", "true"), ("rows_copies_5", None)],
        "rows_more_0": [("p_more", None)],
        "p_most": [("rows_orders_0_holds", "true"), ("rows_copies_5", None), ("rows_more_0", None)],
    }
    told = next(task for task in job.tasks if task.task_key == "rows_copies_5_alert")
    assert told.webhook_notifications.on_success  # type: ignore[union-attr]
    assert "notebooks/shop_gate.py" in files


TASKS = """
task fetch {
  writes: [orders], counts: [failed], timeout: interval 5 minutes, retries: 3, retry_delay: interval 1 minute,
} = shell $$ ./fetch.sh "$COUNTS" $$
task look = python $$ print('it is "there" \\\\ \\n') $$
task tell = shell $$ ./tell.sh $$
pipeline daily {
  build: [copies], retries: 1, before: [look], after: [look], on_success: [look], on_failure: [tell],
  require fetch.failed = 0 else skip,
}
"""


def test_tasks_are_notebooks(tmp_path: Path) -> None:
    files = compiled(tmp_path, TASKS)
    (fields,) = resources(files).values()
    job = Job.from_dict(fields)
    assert job.as_dict() == fields
    tasks = {one["task_key"]: one for one in fields["tasks"]}
    assert {name: one.get("run_if") for name, one in tasks.items() if "run_if" in one} == {
        "look_3": "NONE_FAILED",
        "tell": "AT_LEAST_ONE_FAILED",
    }
    fetch = tasks["fetch"]
    assert (fetch["timeout_seconds"], fetch["max_retries"], fetch["min_retry_interval_millis"]) == (300, 3, 60_000)
    assert tasks["look"]["max_retries"] == 1 and "max_retries" not in tasks["tell"]
    assert {tasks[name]["notebook_task"]["notebook_path"] for name in ("look", "look_2", "look_3")} == {
        "../notebooks/look.py"
    }
    assert tasks["daily_gate"]["notebook_task"]["base_parameters"]["fetch_failed"] == "{{tasks.fetch.values.failed}}"
    assert all(one["name"] != "fetch_failed" for one in fields["parameters"])
    for name in ("fetch", "look", "tell"):
        for kind, text in code_cells(files[f"notebooks/{name}.py"]):
            assert kind == "markdown" or black.format_str(text, mode=black.Mode()) == f"{text}\n"
    terraform = compiled(tmp_path, TASKS, 'deploy = "terraform"')
    assert 'run_if = "AT_LEAST_ONE_FAILED"' in " ".join(terraform["daily.job.tf"].split())
    assert {path for path in terraform if "notebooks" in path} == {path for path in files if "notebooks" in path}


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ("pipeline p { build: [copies], schedule: '0 0 1 * mon' }", "", "OF0609"),
        ("pipeline p { build: [copies], timeout: interval 1 month }", "", "OF0609"),
        ("pipeline p { build: [copies], tags: ['${x}'] }", "", "OF0609"),
        ("pipeline p { build: [copies], schedule: '0 0 1 * *', on_update_of: [orders] }", "", "OF0609"),
        ("pipeline p { build: [copies], mode: streaming }", "", None),
        ("task t = sql spark $$ select 1 $$ pipeline p { build: [copies], before: [t] }", "", "OF0620"),
        ("task t = python { file: 'no.py' } pipeline p { build: [copies], before: [t] }", "", "OF0536"),
        ("task t = shell $$ true $$ pipeline p { build: [copies], before: [t] }", 'form = "declarative"', "OF0620"),
        ("task t { timeout: interval 1 month } = shell $$ true $$ pipeline p { build: [copies], before: [t] }", "",
         "OF0609"),
        ("", 'runtime = "1.0"', "OF0609"),
        ("", "workers = -1", "OF0609"),
        ("", 'colour = "red"', "OF0609"),
        ("", 'permissions = { CAN_VIEW = ["somebody"] }', "OF0609"),
        ("", 'grants = { SELECT = ["somebody"] }', "OF0609"),
        ("", 'grants = { "CREATE TABLE" = ["group:analysts"] }', "OF0609"),
        ("param p string = '{{ ds }}' table t in lake = from orders |> where order_id = p", "", "OF0660"),
        ("connection c = catalog { schema: 's' } table t in c = from orders table u in lake = from t "
         "pipeline q { build: [t] } pipeline p { build: [u], on_update_of: [t] }", "", "OF0661"),
        ("source more: order from lake { path: 'in/m.jsonl' } table t in lake = from more "
         "pipeline p { build: [t], on_update_of: [orders, more], wait_for: all }", "", "OF0661"),
        ("view v = from values (1) as t (x) table t in lake = from v "
         "pipeline p { build: [t], on_update_of: [v] }", "", "OF0661"),
        ("source more: order from lake { path: 'm.jsonl' } on invalid quarantine into bad table t in lake = from more",
         'compute = "serverless"', "OF0662"),
        ("connection main = catalog { schema: 's' } table t in main { refresh: merge, key: [x] } = "
         "from values (1, 2) as t (x, y) |> aggregate max(y) as y group by x",
         'compute = "serverless"', "OF0662"),
        ("connection main = catalog { schema: 's' } table t in main { refresh: merge, key: [x] } = "
         "from values (1, 2) as t (x, y) |> aggregate max(y) as y group by x", "", None),
        ("connection ice = catalog { schema: 's', format: iceberg } table t in ice { refresh: append, window: x } = "
         "from values (date '2026-01-01') as t (x)", 'runtime = "15.4"', "OF0630"),
    ],
)  # fmt: skip
def test_refused(tmp_path: Path, text: str, options: str, code: str | None) -> None:
    store = "[project]\n" if "quarantine" in text else ""
    text = text.replace("into bad", "into bad in lake") if store else text
    if code is None:
        compiled(tmp_path, text, options)
        return
    with pytest.raises(oftra.ProgramError) as refused:
        compiled(tmp_path, text, options)
    assert code in {one.code for one in refused.value.diagnostics}, refused.value


# ------------------------------------------------------------------------------------------------------ hostile texts


def test_yaml_keeps_every_text() -> None:
    texts = [HOSTILE, "yes", "1", "", "-", "a: b", "null", "~", " a", "a ", "0x1", "1.5", "=", "2026-01-01", "*a", "&a"]
    value: dict[str, Any] = {HOSTILE: [*texts, {"x": [1, True]}], "e": {}, "no": "off"}
    assert yaml.safe_load(document(value, "head")) == value


def test_names_and_texts_stay_where_they_belong(tmp_path: Path) -> None:
    quoted = HOSTILE.replace("'", "''").replace("\n", " ").replace("\x07", "").replace("\x85", "").replace("\u2028", "")
    text = f"""
/// {quoted} '''  \"\"\" # COMMAND ----------
/// # MAGIC %sh ls
param `na"me's` string = 'x'
/// ${{var.root}} {{{{x}}}}
table `t"a'b 🦆` in lake = from orders |> where order_id <> `na"me's` and order_id <> '{quoted}'
/// ${{var.root}} {{{{x}}}} {quoted}
pipeline `p"i'pe` {{ build: [`t"a'b 🦆`], owner: 'it''s "me"' }}
"""
    files = compiled(tmp_path, text)
    jobs = resources(files)
    assert all(Job.from_dict(fields) for fields in jobs.values())
    assert "${" not in files["resources/p_i_pe.job.yml"].replace("${var.root}", "").replace("${var.node_type}", "")
    (description,) = [job["description"] for job in jobs.values() if "description" in job]
    assert "${var.root}" not in description and "$ {var.root}" in description
    for path, source in files.items():
        if path.startswith("notebooks/"):
            ast.parse(source)
            assert not [line for line in source.split("\n") if line.startswith("# MAGIC %") and line != "# MAGIC %md"]

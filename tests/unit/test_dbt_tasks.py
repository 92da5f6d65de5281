"""Tasks that are runs of dbt, by the real dbt on DuckDB: what they are told, what they count, and how they fail."""

import json

import black
import dbts
import duckdb
import pytest
from cli_runs import Cli
from programs import program_of

PROGRAM = """\
connection lake = files {{ root: 'data', format: parquet }}
param least int = 3
contract order_ {{ n int not null, of string }}
connection house = duckdb {{ path: 'house.duckdb' }}
source orders: order_ from house {{ table: 'orders' }}
table t in lake = from orders
pipeline nightly {{ build: [t], require build.failed = 0 else stop }}
task build {{
  writes: [orders], {counts}
  env: {{ DBT_SEND_ANONYMOUS_USAGE_STATS: 'false' }},
}} = dbt {{
  project: 'warehouse', profiles: 'warehouse', executable: '{dbt}', exclude: 'never',
  vars: {{ least: least, of: run.start }},
}}
"""
PROJECT = {
    "warehouse/dbt_project.yml": "{ name: house, version: '1.0.0', profile: house, models: { +materialized: table } }",
    "warehouse/profiles.yml": "house: { target: dev, outputs: { dev: { type: duckdb, path: house.duckdb } } }",
    "warehouse/models/orders.sql": "select {{ var('least') }} as n, '{{ var('of') }}' as of",
    "warehouse/models/later.sql": "select * from {{ ref('orders') }}",
    "warehouse/models/never.sql": "select * from nowhere",
    "warehouse/models/checks.yml": """
models:
  - name: orders
    data_tests: [few]
""",
    "warehouse/tests/generic/few.sql": "{% test few(model) %} select * from {{ model }} where n > 8 {% endtest %}",
}


@pytest.fixture
def project(cli: Cli) -> Cli:
    cli.put(PROJECT)
    return cli


def put(project: Cli, counts: str) -> None:
    project.put({"p.oftra": PROGRAM.format(dbt=dbts.command(), counts=counts)})


def test_dbt_builds_what_is_read(project: Cli) -> None:
    put(project, "counts: [passed, warned, failed, skipped],")
    done = project("run", "--pipeline", "nightly", "--start", "2026-01-31", "--report", "report.json")
    assert done.status == 0, done.err
    assert duckdb.sql(f"from '{project.folder}/data/t.parquet'").fetchall() == [(3, "2026-01-31 00:00:00Z")]
    (task,) = json.loads((project.folder / "report.json").read_text())["tasks"]
    assert task["counts"] == {"passed": 3, "warned": 0, "failed": 0, "skipped": 0}
    # A gate asks for what failed of the same project in the next run.
    few = project("run", "--pipeline", "nightly", "--param", "least=9", "--report", "report.json")
    assert few.status == 4 and "stop: `build.failed = 0` does not hold: build.failed is 1" in few.err
    (task,) = json.loads((project.folder / "report.json").read_text())["tasks"]
    assert (task["well"], task["counts"]) == (True, {"passed": 1, "warned": 0, "failed": 1, "skipped": 1})


def test_what_fails_fails_the_task_where_nothing_counts_it(project: Cli) -> None:
    put(project, "counts: [passed],")
    text = (project.folder / "p.oftra").read_text().replace("require build.failed = 0 else stop", "")
    project.put({"p.oftra": text})
    done = project("run", "--param", "least=9")
    assert done.status == 3 and "the task `build` failed: it ended with status 1 (p.oftra:8)" in done.err
    assert not (project.folder / "data").exists()


def test_a_project_that_is_broken_fails_the_task(project: Cli) -> None:
    put(project, "counts: [failed],")
    results = project.folder / "warehouse" / "target" / "run_results.json"
    project.put({"warehouse/models/later.sql": "from {{ ref('nobody') }}", "warehouse/target/run_results.json": "{}"})
    done = project("run", "--pipeline", "nightly")
    assert done.status == 3 and "ended with status 2" in done.err
    assert not results.exists()


WRONG = {
    "no project": ("dbt { select: 'a' }", "OF0703"),
    "another command": ("dbt { project: 'a', command: docs }", "OF0705"),
    "a value that is computed": ("dbt { project: 'a', vars: { a: upper('x') || lower('y') } }", "OF0704"),
    "an option that there isn't": ("dbt { project: 'a', models: 'b' }", "OF0702"),
    "a text": ("dbt $$ run $$", "OF0535"),
}


@pytest.mark.parametrize(("work", "code"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_said(work: str, code: str) -> None:
    _, report = program_of(f"task build = {work}\n")
    assert [one.code for one in report] == [code]


def test_the_python_is_well_formatted() -> None:
    more = "vars: { a: run.start, b: { c: 1, d: null } }, command: run, full_refresh: true, target: env('TARGET')"
    found, report = program_of(
        f"task one {{ counts: [passed, warned, failed, skipped] }} = dbt {{ project: 'a', {more} }}\n"
        "task two { counts: [failed] } = dbt { project: 'a' }\ntask three = dbt { project: 'a', vars: { a: 1 } }\n"
    )
    assert not list(report)
    for task in found.tasks:
        assert task.text is not None and black.format_str(task.text, mode=black.Mode()) == task.text

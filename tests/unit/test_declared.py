"""Declarative pipelines as Databricks' own models and Terraform's language read them; what can't be said is refused."""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import black
import pytest
import yaml
from databricks.bundles.jobs import Job
from databricks.bundles.pipelines import Pipeline

import oftra

CASE = Path(__file__).parent.parent / "golden" / "declared"
STREAMS = CASE.parent / "declared_streams"

START = """
connection lake = files { root: 'data', format: json }
connection shop = catalog { schema: 'sales' }
contract order { order_id string not null, ordered timestamp }
source orders: order from lake { path: 'in/*.jsonl' }
table copies in shop = from orders
"""


def compiled(folder: Path, text: str = "", options: str = "") -> Mapping[str, str]:
    (folder / "program.oftra").write_text(START + text, encoding="utf-8")
    settings = '[project]\nname = "shop"\n[targets.databricks]\nform = "declarative"\ncatalog = "main"\n'
    (folder / "oftra.toml").write_text(settings + options, encoding="utf-8")
    return oftra.load(str(folder)).compile("databricks")


def resources(files: Mapping[str, str], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, text in files.items():
        if path.startswith("resources/"):
            found |= yaml.safe_load(text)["resources"].get(kind, {})
    return found


def test_databricks_reads_every_pipeline_and_the_jobs_that_start_them() -> None:
    files = oftra.load(str(CASE)).compile("databricks")
    pipelines, jobs = resources(files, "pipelines"), resources(files, "jobs")
    assert list(pipelines) == list(jobs) == ["daily", "portions"]
    for name, fields in pipelines.items():
        assert Pipeline.from_dict(fields).as_dict() == fields
        (library,) = fields["libraries"]
        assert library["file"]["path"].removeprefix("../") in files
        assert Job.from_dict(jobs[name]).as_dict() == jobs[name]
        (task,) = jobs[name]["tasks"]
        assert task["pipeline_task"]["pipeline_id"] == f"${{resources.pipelines.{name}.id}}"


def test_without_a_time_nothing_starts_a_pipeline(tmp_path: Path) -> None:
    files = compiled(tmp_path, "pipeline all { build: [copies] }")
    assert list(resources(files, "pipelines")) == ["all_"]
    assert resources(files, "jobs") == {}


def test_sources_are_as_black_has_them_and_say_where_lines_come_from(tmp_path: Path) -> None:
    cases = [oftra.load(str(case)).compile("databricks") for case in (CASE, STREAMS)]
    for files in (*cases, compiled(tmp_path, options="expectations = false\n")):
        for path, text in files.items():
            if path.startswith("transformations/"):
                assert black.format_str(text, mode=black.Mode()) == text
                (manifest,) = [one for name, one in files.items() if name == f"manifests/{Path(path).stem}.json"]
                assert f'"script": "{path}"' in manifest
                assert '"lines": [\n' in manifest


def test_open_source_spark_gets_no_expectations(tmp_path: Path) -> None:
    assert "dp.expect" in compiled(tmp_path)["transformations/shop.py"]
    text = compiled(tmp_path, options="expectations = false\n")["transformations/shop.py"]
    assert "dp.expect" not in text
    assert "unbroken(" in text


def test_what_several_pipelines_keep_has_names_apart(tmp_path: Path) -> None:
    text = "table more in shop = from orders\npipeline a { build: [copies] }\npipeline b { build: [more] }"
    files = compiled(tmp_path, text)
    first, second = [
        {node.name for node in ast.parse(files[f"transformations/{name}.py"]).body if isinstance(node, ast.FunctionDef)}
        for name in ("a", "b")
    ]
    assert "orders_judged" in first and "orders_judged" in second
    assert '"b_orders_judged"' in files["transformations/b.py"]
    assert '"b_orders_judged"' not in files["transformations/a.py"]


def test_a_stream_that_nothing_starts_goes_on_for_ever(tmp_path: Path) -> None:
    files = oftra.load(str(STREAMS)).compile("databricks")
    (fields,) = resources(files, "pipelines").values()
    assert fields["continuous"] is True
    assert Pipeline.from_dict(fields).as_dict() == fields
    text = (STREAMS / "program.oftra").read_text().replace("mode: streaming", "mode: streaming, schedule: '0 6 * * *'")
    (tmp_path / "program.oftra").write_text(text)
    (tmp_path / "oftra.toml").write_text((STREAMS / "oftra.toml").read_text())
    files = oftra.load(str(tmp_path)).compile("databricks")
    assert "continuous" not in resources(files, "pipelines")["all_day"]
    assert list(resources(files, "jobs")) == ["all_day"]


STREAM = """
contract click { id int not null, at timestamp not null  event time watermark 1 minute LATE }
source clicks: click from lake { path: 'clicks/*.json', unbounded: true }
table all_clicks in shop = from clicks
pipeline p { mode: streaming, build: [MADE] }
"""

STREAMS_REFUSED = {
    ("", "table m in shop { refresh: merge, key: [id] } = from clicks |> aggregate count(*) as n group by id", "m"): (
        "changes none"
    ),
    ("on late drop", "", "all_clicks"): "which rows came late",
    ("", "table m in shop = from clicks |> select distinct id, at", "m"): "told apart",
    ("", "sink m from all_clicks into lake { path: 'm.json', mode: append }", "m"): "topics of Kafka and tables",
}


@pytest.mark.parametrize("case", STREAMS_REFUSED, ids=STREAMS_REFUSED.get)
def test_what_streams_cannot_do_there_is_refused(tmp_path: Path, case: tuple[str, str, str]) -> None:
    late, more, made = case
    with pytest.raises(oftra.ProgramError) as refused:
        compiled(tmp_path, more + STREAM.replace("LATE", late).replace("MADE", made))
    (found,) = [one for one in refused.value.diagnostics if one.code == "OF0663"]
    assert STREAMS_REFUSED[case] in found.title
    assert found.span is not None


def test_a_stream_of_another_pipeline_is_read_as_that_left_it(tmp_path: Path) -> None:
    text = "table later in shop = from all_clicks |> call tumble(at, interval 1 hour)\n"
    text += "  |> aggregate count(*) as n group by window_start, window_end\n"
    files = compiled(tmp_path, text + STREAM.replace("LATE", "").replace("MADE", "all_clicks") + LATER)
    source = files["transformations/q.py"]
    assert "@dp.materialized_view\ndef later()" in source
    assert 'spark.read.table("sales.all_clicks")' in source


LATER = "pipeline q { mode: streaming, build: [later] }"


REFUSED = {
    "table kept in lake = from orders": "`lake` has others",
    "sink out from orders into lake { path: 'x.jsonl' }": "only streams elsewhere",
    "pipeline p { build: [copies], require rows(copies) > 0 else stop }": "wait for a gate",
    "connection ice = catalog { schema: 's', format: iceberg }\ntable kept in ice = from orders": "`ice` has others",
    "view own: order = raw spark (orders) $$ select * from {orders} $$\ntable kept in shop = from own": "own words",
    "table m in shop { refresh: merge, key: [order_id], window: ordered } = from orders": "`refresh: merge`",
    "source apart: order from lake { path: 'b.jsonl' } on invalid quarantine into bad in shop\n"
    "table x in shop = from apart\ntable y in shop = from apart\n"
    "pipeline p { build: [x] }\npipeline q { build: [y] }": "would both make it",
}


@pytest.mark.parametrize("text", REFUSED, ids=REFUSED.get)
def test_what_cannot_be_declared_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(oftra.ProgramError) as refused:
        compiled(tmp_path, text)
    (found,) = [one for one in refused.value.diagnostics if one.code == "OF0663"]
    assert REFUSED[text] in found.title
    assert found.span is not None


def test_constants_are_made_before_queries(tmp_path: Path) -> None:
    text = compiled(tmp_path, "table some in shop = from values (1, 'a'), (2, 'b') as t (n, s)")
    source = ast.parse(text["transformations/shop.py"])
    inside = [ast.unparse(one) for one in source.body if isinstance(one, ast.FunctionDef) and one.name == "some"]
    assert "createDataFrame" not in inside[0]
    assert "spark.createDataFrame" in text["transformations/shop.py"]


def test_pipelines_grant_nothing(tmp_path: Path) -> None:
    with pytest.raises(oftra.ProgramError, match="grants"):
        compiled(tmp_path, options='[targets.databricks.grants]\nSELECT = ["group:analysts"]\n')

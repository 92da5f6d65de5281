"""The jobs of a bundle as Terraform's files: these say the same, in its own layout, and no text gets out of place."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml
from blessed import Golden

import oftra
from oftra.targets.databricks import hcl

CASE = Path(__file__).parent / "deployed"
SEVERAL = {"task": "tasks", "parameter": "parameters", "job_cluster": "job_clusters", "depends_on": "depends_on"}
HOSTILE = 'it\'s "quoted" $${x} ${x} %{if x} {{ job.id }} 100% # no: comment\n\\ \x07 \x85 \u2028 ünï 🦆'


def compiled(folder: Path, program: str, settings: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """What is written for the bundle, and what for Terraform."""
    found = []
    for more in ("", 'deploy = "terraform"\n'):
        (folder / "program.oftra").write_text(program, encoding="utf-8")
        (folder / "oftra.toml").write_text(settings.replace("[targets.databricks]\n", f"[targets.databricks]\n{more}"))
        found.append(oftra.load(str(folder)).compile("databricks"))
    return found[0], found[1]


def deployed(folder: Path) -> tuple[Mapping[str, str], Mapping[str, str]]:
    return compiled(folder, (CASE / "program.oftra").read_text(encoding="utf-8"), (CASE / "oftra.toml").read_text())


def read(files: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """All resources and variables, by kind and name."""
    found: dict[str, dict[str, Any]] = {"variable": {}}
    for path, text in files.items():
        if path.endswith(".tf"):
            told = said(hcl2.loads(text))
            for one in told.get("resource", []):
                for kind, named in one.items():
                    found.setdefault(kind, {}).update(named)
            for one in told.get("variable", []):
                found["variable"].update(one)
    return found


def said(value: Any) -> Any:
    """What a value of HCL says: texts as they are, expressions as `${...}`."""
    match value:
        case dict():
            return {said(key): said(one) for key, one in value.items() if not str(key).startswith("__")}
        case list():
            return [said(one) for one in value]
        case str() if value.startswith('"'):
            wide = re.sub(r"\\U(\w{8})", lambda found: chr(int(found[1], 16)), value)
            return json.loads(wide).replace("$${", "${").replace("%%{", "%{")
        case _:
            return value


def as_bundle(value: Any, name: str = "") -> Any:
    """A job of Terraform as a bundle has it: blocks there are lists or objects here."""
    match value:
        case dict():
            return {SEVERAL.get(key, key): as_bundle(one, key) for key, one in value.items()}
        case [dict() as only] if name not in (*SEVERAL, "rules") and "id" not in only:
            return as_bundle(only)
        case list():
            return [as_bundle(one) for one in value]
        case str() if name == "pause_status":
            return "UNPAUSED"
        case str() if (found := re.fullmatch(r"\$\{databricks_notebook\.(\w+)\.path\}", value)) is not None:
            return f"../notebooks/{found[1]}.py"
        case _:
            return value


def test_files(tmp_path: Path, golden: Golden) -> None:
    _, files = deployed(tmp_path)
    golden.check(CASE / "terraform", {path: text for path, text in files.items() if path.endswith(".tf")})


def test_jobs_are_those_of_the_bundle(tmp_path: Path) -> None:
    bundle, files = deployed(tmp_path)
    found = read(files)
    jobs: dict[str, Any] = {}
    for path, text in bundle.items():
        if path.startswith("resources/"):
            jobs |= yaml.safe_load(text)["resources"]["jobs"]
    for name, job in jobs.items():
        granted = found["databricks_permissions"][name]["access_control"]
        levels = [{**one, "level": one["permission_level"]} for one in granted]
        assert [{key: one[key] for key in one if key != "permission_level"} for one in levels] == job.pop("permissions")
    assert as_bundle(found["databricks_job"]) == jobs
    variables = yaml.safe_load(bundle["databricks.yml"])["variables"]
    assert {
        name: {key: text for key, text in one.items() if key != "type"} for name, one in found["variable"].items()
    } == {
        "folder": {"description": "The folder of the workspace that notebooks go to", "default": "/Shared/shop"},
        "paused": {"description": "Whether schedules and triggers are paused", "default": False},
        **variables,
    }


def test_notebooks_are_those_of_the_bundle(tmp_path: Path) -> None:
    bundle, files = deployed(tmp_path)
    assert {path: files[path] for path in files if "/" in path} == {
        path: text for path, text in bundle.items() if path.startswith(("notebooks/", "manifests/"))
    }
    found = read(files)
    placed = [*found["databricks_notebook"].values(), *found["databricks_workspace_file"].values()]
    sources = {one["source"].removeprefix("${path.module}/") for one in placed}
    assert sources == {path for path in files if path.startswith("notebooks/")}
    assert found["databricks_secret_scope"] == {"crm": {"name": "crm"}}


def test_texts_stay_where_they_belong(tmp_path: Path) -> None:
    program = """
connection lake = files { root: env('version', 'data'), format: json }
contract order { order_id string not null }
/// What the ${var.root} %{if} "says" \\ {{x}}
param `fol"der` string = '%{if x}'
source orders: order from lake { path: 'in/*.jsonl' }
table copies in lake = from orders |> where order_id <> `fol"der`
/// What the ${var.root} %{if} "says" \\ {{x}}
pipeline `p"i'%pe` { build: [copies], owner: 'it''s "%{me}"', tags: ['%{x}'] }
"""
    bundle, files = compiled(tmp_path, program, '[project]\nname = "s"\n[targets.databricks]\n')
    found = read(files)
    jobs: dict[str, Any] = {}
    for path, text in bundle.items():
        if path.startswith("resources/"):
            jobs |= yaml.safe_load(text)["resources"]["jobs"]
    renamed = json.loads(json.dumps(as_bundle(found["databricks_job"])).replace("var.version_2", "var.version"))
    assert renamed == jobs
    assert "version_2" in found["variable"] and "version" not in found["variable"]


@pytest.mark.parametrize("text", [HOSTILE, "", "${x}", "$$${x}", "%%{x}", "$", "a$", "\\${x}"])
def test_hcl_keeps_every_text(text: str) -> None:
    written = hcl.document((("a", text), ("b", {text or "k": [text]})), "head")
    assert said(hcl2.loads(written)) == {"a": text, "b": {text or "k": [text]}}


def test_texts_that_begin_what_has_no_end() -> None:
    assert [hcl.string(text) for text in ("${", "%{x", "$${")] == ['"$${"', '"%%{x"', '"\\u0024$${"']


def test_layout() -> None:
    body: hcl.Body = (
        ("name", "n"),
        ("longer_name", 1),
        ("tags", {"a": "x", "b-c": "y", "d e": hcl.Reference("var.z")}),
        ("on", True),
        ("none", {}),
        hcl.Block("inner", (("one", ["${var.x}", "a${var.y}"]),)),
        hcl.Block("empty", ()),
    )
    assert hcl.document((hcl.Block("resource", body, ("kind", "name")),), "head") == (
        """\
# head

resource "kind" "name" {
  name        = "n"
  longer_name = 1
  tags = {
    a     = "x"
    b-c   = "y"
    "d e" = var.z
  }
  on   = true
  none = {}

  inner {
    one = [var.x, "a${var.y}"]
  }

  empty {}
}
"""
    )


def test_pipelines_are_the_same(tmp_path: Path) -> None:
    declared = CASE.parent / "declared"
    program = (declared / "program.oftra").read_text(encoding="utf-8")
    bundle, files = compiled(tmp_path, program, (declared / "oftra.toml").read_text())
    assert "databricks.yml" not in files
    found = read(files)
    for name in ("daily", "portions"):
        wanted = yaml.safe_load(bundle[f"resources/{name}.pipeline.yml"])["resources"]["pipelines"][name]
        made = found["databricks_pipeline"][name]
        for key in ("name", "schema", "serverless", "tags", "catalog"):
            assert made.get(key) == wanted.get(key), key
        assert made["configuration"] == wanted["configuration"]
        assert made["library"] == [{"file": [{"path": f"${{databricks_workspace_file.{name}.path}}"}]}]
        assert [one["email_recipients"] for one in made.get("notification", [])] == [
            one["email_recipients"] for one in wanted.get("notifications", [])
        ]
        who = found["databricks_permissions"][f"{name}_pipeline"]
        assert [one["permission_level"] for one in who["access_control"]] == ["CAN_VIEW", "CAN_RUN"]
        (task,) = found["databricks_job"][name]["task"]
        assert task["pipeline_task"] == [{"pipeline_id": f"${{databricks_pipeline.{name}.id}}"}]
        assert f"{name}.py" in found["databricks_workspace_file"][name]["source"]


# Terraform is in no registry that a bare machine could take it from, as it takes all else that tests need. Where it is
# installed, it is asked too; what reads the files back above runs everywhere.
if shutil.which("terraform") is not None:

    def test_terraform_would_lay_nothing_out_otherwise(tmp_path: Path) -> None:
        (tmp_path / "terraform.rc").touch()
        for name in ("deployed", "declared"):
            case, folder = CASE.parent / name, tmp_path / name
            folder.mkdir()
            _, files = compiled(folder, (case / "program.oftra").read_text(), (case / "oftra.toml").read_text())
            for path, text in files.items():
                if path.endswith(".tf"):
                    (folder / path).write_text(text, encoding="utf-8")
            environment = {**os.environ, "TF_CLI_CONFIG_FILE": str(tmp_path / "terraform.rc")}
            call = ["terraform", "fmt", "-check", "-diff", str(folder)]
            done = subprocess.run(call, env=environment, capture_output=True, text=True)
            assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr

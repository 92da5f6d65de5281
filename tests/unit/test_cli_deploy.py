"""`oftra deploy`: what would change is said first, then files are copied or the target's own tool is called."""

from pathlib import Path

import pytest
from cli_runs import Cli

PROGRAM = """
connection lake = files { root: 'lake', format: parquet }
table small in lake = from values (1, 2) as t (x, y)
pipeline nightly { build: [small], schedule: '0 3 * * *' }
"""
MANIFEST = '[project]\nname = "numbers"\n\n[env.prod]\nprefix = "prod_"\n'

TOOL = """\
#!/bin/sh
echo "$(pwd): $*" >> "$SAID"
case "$*" in *"$FAILS"*) exit 7 ;; esac
"""


@pytest.fixture
def project(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    cli.put({"oftra.toml": MANIFEST, "a.oftra": PROGRAM})
    for variable in ("AIRFLOW__CORE__DAGS_FOLDER", "AIRFLOW_HOME"):
        monkeypatch.delenv(variable, raising=False)
    return cli


def test_dags_are_copied_beside_those_of_others(project: Cli) -> None:
    project.put({"dags/theirs.py": "theirs"})
    said = project("deploy", "airflow", "--to", "dags", "--dry-run")
    assert said.status == 0 and "+ numbers/numbers_nightly.py" in said.out, said
    assert set(project.files("dags")) == {"theirs.py"}
    assert project("deploy", "airflow", "--to", "dags").status == 0
    made = project.files("dags")
    assert made.pop("theirs.py") == "theirs"
    assert "numbers/numbers_nightly.py" in made
    assert all(path.startswith("numbers/") for path in made)
    assert "0 files changed" in project("deploy", "airflow", "--to", "dags").out


def test_what_is_no_longer_made_goes(project: Cli) -> None:
    project("deploy", "airflow", "--to", "dags")
    project.put({"a.oftra": PROGRAM.replace("nightly", "daily"), "dags/numbers/own.py": "own"})
    said = project("deploy", "airflow", "--to", "dags")
    assert "- numbers/numbers_nightly.py" in said.out and "+ numbers/numbers_daily.py" in said.out
    python = {path for path in project.files("dags") if path.count("/") == 1 and path.endswith(".py")}
    assert python == {"numbers/numbers_daily.py", "numbers/own.py"}


def test_airflow_says_where_its_dags_are(project: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = project("deploy", "airflow")
    assert said.status == 2 and "AIRFLOW_HOME" in said.err
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "home"))
    assert project("deploy", "airflow").status == 0
    assert (tmp_path / "home" / "dags" / "numbers" / "numbers_nightly.py").exists()


@pytest.mark.parametrize(
    ("arguments", "fails", "calls", "status"),
    [
        ((), "never", ["bundle validate", "bundle plan", "bundle deploy"], 0),
        (("--env", "prod", "--dry-run"), "never", ["bundle validate --target prod", "bundle plan --target prod"], 0),
        (("--yes",), "never", ["bundle validate", "bundle plan", "bundle deploy --auto-approve"], 0),
        ((), "plan", ["bundle validate", "bundle plan"], 3),
    ],
)
def test_a_bundle_is_deployed_by_its_own_tool(
    arguments: tuple[str, ...],
    fails: str,
    calls: list[str],
    status: int,
    project: Cli,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    tool = tmp_path / "bin" / "databricks"
    tool.parent.mkdir()
    tool.write_text(TOOL)
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:/usr/bin:/bin")
    monkeypatch.setenv("SAID", str(tmp_path / "said"))
    monkeypatch.setenv("FAILS", fails)
    assert project("deploy", "databricks", *arguments).status == status
    folder = project.folder / "build" / "databricks"
    assert (tmp_path / "said").read_text().splitlines() == [f"{folder}: {call}" for call in calls]
    assert (folder / "databricks.yml").exists()


def test_terraform_takes_its_files(project: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    project.put({"oftra.toml": MANIFEST + '[targets.databricks]\ndeploy = "terraform"\n'})
    tool = tmp_path / "bin" / "terraform"
    tool.parent.mkdir()
    tool.write_text(TOOL)
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:/usr/bin:/bin")
    monkeypatch.setenv("SAID", str(tmp_path / "said"))
    monkeypatch.setenv("FAILS", "never")
    assert project("deploy", "databricks", "--env", "prod", "--yes").status == 0
    folder = project.folder / "build" / "databricks"
    calls = ["init -input=false", "validate", "plan -input=false", "apply -auto-approve"]
    assert (tmp_path / "said").read_text().splitlines() == [f"{folder}: {call}" for call in calls]
    assert (folder / "main.tf").exists() and not (folder / "databricks.yml").exists()


def test_what_cannot_be_deployed_is_said(project: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no way to be deployed" in project("deploy", "duckdb").err
    assert project("deploy", "databricks", "--to", "dags").status == 2
    monkeypatch.setenv("PATH", "/nowhere")
    said = project("deploy", "databricks")
    assert said.status == 2 and "`databricks` is not installed here" in said.err
    assert project("deploy", "airfow").status in (1, 2)

"""What `[targets.airflow]` asks for: pools and pods of jobs, and what it can't ask for."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import oftra

LOCAL = "duckdb { path: 'shop.duckdb' }"
PROGRAM = f"""
connection shop = {LOCAL}
connection lake = files {{ root: 'data', format: parquet }}
contract sale {{ id int not null, price int not null }}
source sales: sale from lake {{ path: 'sales.csv', format: csv }}
table taken in shop = from sales |> where price > 0
table sums in lake = from sales |> aggregate sum(price) as price
pipeline shops {{ build: [taken], require rows(sales) > 0 else stop }}
pipeline sums_of_all {{ build: [sums] }}
"""


def compiled(folder: Path, options: str) -> Mapping[str, str]:
    there = "files { root: 'shop', format: parquet }"  # what no worker has to reach
    is_local = "flink" not in options and "databricks" not in options
    (folder / "program.oftra").write_text(PROGRAM if is_local else PROGRAM.replace(LOCAL, there))
    (folder / "oftra.toml").write_text(f'[project]\nname = "p"\n[targets.airflow]\n{options}')
    return oftra.load(str(folder)).compile("airflow")


def test_jobs_take_slots_of_the_pools_of_their_connections(tmp_path: Path) -> None:
    files = compiled(tmp_path, 'pool = "rest"\npools = { shop = "shop_slots" }')
    shops, sums = files["dags/p_shops.py"], files["dags/p_sums_of_all.py"]
    # The first job of the shops judges a gate over a source in the lake; gates take no slot.
    assert (shops.count('pool="shop_slots"'), shops.count('pool="rest"')) == (1, 1)
    assert (sums.count('pool="shop_slots"'), sums.count('pool="rest"')) == (0, 1)
    assert "pool=" not in "".join(compiled(tmp_path, "").values())


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ('pools = { shop = "a", lake = "b" }', "OF0673"),
        ('pools = { shop = "a", lake = "a" }', None),
        ('pools = { house = "a" }', "OF0609"),
        ("pools = { shop = 1 }", "OF0609"),
        ('pools = "a"', "OF0609"),
        ("pool = ''", "OF0609"),
        ('image = "shop:1"', "OF0609"),
        ('runner = "kubernetes"', "OF0703"),
        ('runner = "kubernetes"\nimage = "shop:1"', None),
        ('runner = ["kubernetes"]', "OF0609"),
        ("openlineage = true", None),
        ('openlineage = "yes"', "OF0609"),
        ("pool = true", "OF0609"),
        ('connection = "spark"', "OF0609"),
        ('runner = "flink_gateway"', None),
        ('runner = "flink_gateway"\njobs = "/jobs"', "OF0609"),
        ('runner = "databricks"', "OF0703 OF0703"),
        ('runner = "databricks"\njobs = "/jobs"', "OF0703"),
        ('runner = "databricks"\njobs = "/jobs"\ncluster = "a"', None),
        ('runner = "databricks"\njobs = "/jobs"\n[targets.databricks]\ncompute = "serverless"', None),
        ('runner = "databricks"\njobs = "/jobs"\nimage = "a"\n[targets.databricks]\nnode_type = "i3"', "OF0609"),
        ('runner = "databricks"\njobs = "/jobs"\n[targets.databricks]\nnode_type = 3', "OF0609 OF0703"),
        ('cluster = "a"', "OF0609"),
        ('runner = "flink_gateway"\nopenlineage = true', "OF0609"),
    ],
)
def test_options_that_mean_nothing_are_refused(tmp_path: Path, options: str, code: str | None) -> None:
    if code is None:
        compiled(tmp_path, options)
        return
    with pytest.raises(oftra.ProgramError) as refused:
        compiled(tmp_path, options)
    assert sorted([found.code for found in refused.value.diagnostics]) == code.split()


@pytest.mark.parametrize(
    "options",
    [
        'runner = "flink_gateway"\nconnection = "gateway"',
        'runner = "databricks"\njobs = "/Workspace/Shared"\n[targets.databricks]\nnode_type = "i3.xlarge"\nworkers = 0',
        'runner = "databricks"\njobs = "/Workspace/Shared"\n[targets.databricks]\ncompute = "serverless"',
    ],
)
def test_dags_of_other_runners_are_as_black_and_ruff_would_have_them(tmp_path: Path, options: str) -> None:
    written = []
    for path, text in compiled(tmp_path, options).items():
        if path.endswith(".py") and (path.count("/") == 1 or path.endswith("run_flink.py")):
            written.append(tmp_path / path.replace("/", "_"))
            written[-1].write_text(text)
    assert len(written) > 1
    for check in (["black", "--quiet", "--check"], ["ruff", "check", "--isolated", "--preview", "--select", "AIR,F,I"]):
        command = [str(Path(sys.executable).parent / check[0]), *check[1:], *map(str, written)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

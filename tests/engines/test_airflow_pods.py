"""DAGs whose jobs run in pods of Kubernetes: the pods, as Airflow's own operator asks for them, and what they run.

There is no cluster here. In its place the command of a pod's container is run on this machine, with the arguments as
Kubernetes hands them on; what it leaves for the sidecar is what the operator would give.
"""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest
from airflow_environment import Home, python
from places import compiled

PROGRAM = """\
connection here = files { root: 'data', format: csv }
contract event { at timestamp not null event time, n int not null check (n < 100), note string }
source events: event from here { path: 'events.csv' }
param note string = 'none'
table counted in here = from events |> where at < run.end |> aggregate count(*) as events, max(note) as `most`
table noted in here = from counted |> extend note as note
pipeline nightly {
  build: [noted],
  schedule: '0 3 * * *',
  require rows(events) >= 1 else stop,
  require rows(events) >= 9 else alert,
}
contract small { n int not null check (n < 3) }
source smalls: small from here { path: 'events.csv' }
table judged in here = from smalls |> aggregate count(*) as n
pipeline breaks { build: [judged] }
"""
EVENTS = "at,n,note\n2026-01-01 01:00:00Z,10,a\n2026-01-02 01:00:00Z,5,b\n"
CLUSTER = """\
apiVersion: v1
kind: Config
clusters: [{ name: none, cluster: { server: "http://127.0.0.1:9" } }]
contexts: [{ name: none, context: { cluster: none, user: none } }]
users: [{ name: none, user: {} }]
current-context: none
"""
NOTE = 'it\'s $(HOME) $$ {{ ds }} "x" $HOME'
TEMPLATE = """\
apiVersion: v1
kind: Pod
spec:
  serviceAccountName: loader
  containers:
    - name: base
      env: [{ name: LAKE, value: there }]
"""
RUNS = [
    {"dag": "pods.nightly", "date": "2026-01-02T03:00:00+00:00", "conf": {"note": NOTE}},
    {"dag": "pods.breaks", "date": "2026-01-02T03:00:00+00:00"},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project, and its DAGs in `dags`: where an image would have their jobs."""
    folder = tmp_path_factory.mktemp("airflow_pods")
    (folder / "data").mkdir()
    (folder / "data" / "events.csv").write_text(EVENTS)
    (folder / "pod.yaml").write_text(TEMPLATE)
    (folder / "cluster.yaml").write_text(CLUSTER)
    (folder / "program.oftra").write_text(PROGRAM)
    (folder / "oftra.toml").write_text(
        f'[project]\nname = "pods"\n\n[targets.airflow]\nroot = "{folder}"\nrunner = "kubernetes"\n'
        f'image = "shop/jobs:3"\nnamespace = "etl"\njobs = "{folder}/dags"\npod_template = "{folder}/pod.yaml"\n'
    )
    compiled(folder, folder)
    return folder


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, Any]:
    """What became of the runs, and the pods that were asked for."""
    home = Home(folder / "home", folder / "dags")
    home.make()
    command = [str(python()), str(Path(__file__).with_name("run_pods.py")), str(folder / "dags"), json.dumps(RUNS)]
    path = f"{python().parent}{os.pathsep}{os.environ['PATH']}"
    environment = home.environment({"PATH": path, "KUBECONFIG": str(folder / "cluster.yaml")})
    told = folder / "told.json"
    done = subprocess.run(
        [*command, str(told)], env=environment, capture_output=True, text=True, timeout=900, check=False
    )
    assert told.exists(), done.stdout[-4000:] + done.stderr[-4000:]
    found: dict[str, Any] = json.loads(told.read_text())
    assert found["errors"] == {}
    return {**found, "log": done.stdout}


def test_a_pod_is_asked_for(told: dict[str, Any], folder: Path) -> None:
    pods = told["pods"]
    assert len(pods) == 3
    assert re.fullmatch("nightly-start-[a-z0-9]+", pods[0]["metadata"]["name"])
    base, sidecar = pods[0]["spec"]["containers"]
    assert (base["image"], pods[0]["metadata"]["namespace"]) == ("shop/jobs:3", "etl")
    assert pods[0]["spec"]["serviceAccountName"] == "loader"
    assert {"name": "LAKE", "value": "there"} in base["env"]
    assert base["command"] == ["sh", "-c", 'python "$@" || test -s /airflow/xcom/return.json', "sh"]
    script = str(folder / "dags" / "pods_nightly_jobs" / "run_duckdb.py")
    assert base["args"][:4] == [script, "nightly_start", "--root", str(folder)]
    assert base["args"][-2:] == ["--report", "/airflow/xcom/return.json"]
    assert base["volumeMounts"][0]["mountPath"] == "/airflow/xcom" and "xcom" in sidecar["name"]


def test_what_stands_in_pods_runs(told: dict[str, Any], folder: Path) -> None:
    run = told["runs"][0]
    assert run["state"] == "success", told["log"]
    (found,) = duckdb.sql(f"from '{folder / 'data' / 'noted.csv'}'").fetchall()
    assert found == (2, "b", NOTE)


def test_the_report_of_a_pod_has_its_gates(told: dict[str, Any]) -> None:
    gates = told["runs"][0]["reports"]["nightly_start.run"]["gates"]
    assert [(one["holds"], one["measured"]) for one in gates] == [
        (True, {"rows(events)": 1}),
        (False, {"rows(events)": 1}),
    ]
    assert "`require rows(events) >= 9` (program.oftra:11) does not hold: rows(events) = 1" in told["log"]


def test_a_pod_that_fails_tells_why(told: dict[str, Any]) -> None:
    run = told["runs"][1]
    assert run["state"] == "failed"
    assert "2 rows break `n < 3`" in told["log"]
    assert run["reports"]["breaks"]["status"] == "stopped"

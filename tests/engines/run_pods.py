"""Runs DAGs whose jobs are pods without a cluster: `run_pods.py DAGS RUNS TOLD`, in an environment with Airflow.

The command of a pod's container is run here, with its arguments as Kubernetes hands them on, and gives what it leaves
for the sidecar. The pods asked for, the states of the runs (a JSON list of `{"dag": …, "date": …, "conf": …}`)
and what their jobs told are written to TOLD.
"""

import json
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.models.xcom import XComModel
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.serialization.serialized_objects import DagSerialization
from airflow.utils.session import create_session
from kubernetes.client import ApiClient

LEFT = "/airflow/xcom/return.json"


def handed_on(word: str, variables: dict[str, str]) -> str:
    """A word of a command as a container is given it: `$$` is a dollar, `$(NAME)` a variable if there is one."""
    return re.sub(
        r"\$\$|\$\(([^)]*)\)", lambda found: "$" if found[0] == "$$" else variables.get(found[1], found[0]), word
    )


def main(dags: str, runs: str, told: str) -> None:
    pods: list[dict[str, Any]] = []

    def execute(operator: KubernetesPodOperator, context: Any) -> Any:
        """Run the container of the pod that is asked for."""
        pod = ApiClient().sanitize_for_serialization(operator.build_pod_request_obj(context))
        pods.append(pod)
        container, left = pod["spec"]["containers"][0], Path(told).with_name("return.json")
        variables = {one["name"]: one["value"] for one in container["env"] if "value" in one}
        words = [handed_on(one, variables) for one in [*container["command"], *container["args"]]]
        words = [one.replace(LEFT, str(left)) for one in words]
        subprocess.run(words, env={**os.environ, **variables}, check=True)
        report = json.loads(left.read_text(encoding="utf-8"))
        left.unlink()
        return report

    KubernetesPodOperator.execute = execute
    bag = DagBag(dag_folder=dags)
    found: dict[str, Any] = {"errors": bag.import_errors, "runs": [], "pods": pods}
    for dag in bag.dags.values():
        DagSerialization.to_dict(dag)
    for wanted in json.loads(runs):
        dag = bag.dags[wanted["dag"]]
        run = dag.test(logical_date=datetime.fromisoformat(wanted["date"]), run_conf=wanted.get("conf"))
        with create_session() as session:
            xcom = session.query(XComModel).filter_by(dag_id=dag.dag_id, run_id=run.run_id, key="report").all()
            reports = {one.task_id: XComModel.deserialize_value(one) for one in xcom}
        states = {one.task_id: str(one.state) for one in run.get_task_instances()}
        found["runs"].append({"state": str(run.state), "tasks": states, "reports": reports})
    Path(told).write_text(json.dumps(found, default=str), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A DAG whose jobs tell OpenLineage of themselves, in a real Airflow whose own provider tells of its tasks."""

from pathlib import Path
from typing import Any

import pytest
from airflow_environment import Home
from openlineage_events import serving, slashed, well_formed
from places import compiled

GOLDEN = Path(__file__).parent.parent / "golden" / "told"
FIRST = "daily_regions"


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What was told of a run."""
    folder = tmp_path_factory.mktemp("airflow_lineage")
    (folder / "data").mkdir()
    (folder / "data" / "sales.csv").write_text("id,region,amount,note\n1,north,20,\n2,north,30,\n3,south,-1,\n")
    (folder / "program.oftra").write_text((GOLDEN / "program.oftra").read_text())
    (folder / "oftra.toml").write_text((GOLDEN / "oftra.toml").read_text().replace("/srv/shop", str(folder)))
    compiled(folder, folder)
    home = Home(folder / "home", folder / "dags")
    home.make()
    with serving() as server:
        place_of = {"OPENLINEAGE_URL": f"http://127.0.0.1:{server.server_port}", "OPENLINEAGE_NAMESPACE": "etl"}
        told = home.run([{"dag": "shop.daily", "date": "2026-01-02T03:00:00+00:00"}], place_of)
    (ran,) = told["runs"]
    assert ran["state"] == "success", ran["log"]
    return [event for _, _, event in server.received]


def test_jobs_are_parts_of_their_tasks(events: list[dict[str, Any]]) -> None:
    ours = [event for event in events if event["job"]["facets"]["jobType"]["integration"] == "OFTRA"]
    theirs = [event for event in events if event not in ours]
    for event in ours:
        well_formed(event)
    tasks = {f"{one['job']['namespace']}/{one['job']['name']}/{one['run']['runId']}" for one in theirs}
    parents = {event["job"]["name"]: slashed(event["run"]["facets"]["parent"]) for event in ours}
    jobs = {name: parent for name, parent in parents.items() if name.startswith("shop_daily_jobs/")}
    assert jobs.keys() == {f"shop_daily_jobs/{FIRST}", "shop_daily_jobs/daily_best"}
    assert set(jobs.values()) <= tasks
    assert jobs[f"shop_daily_jobs/{FIRST}"].startswith(f"etl/shop.daily.{FIRST}.run/")
    roots = {slashed(event["run"]["facets"]["parent"]["root"]) for event in ours}
    assert len(roots) == 1
    assert roots <= tasks
    said = [(event["eventType"], event["job"]["name"]) for event in ours]
    assert said.count(("COMPLETE", "shop.regions")) == said.count(("COMPLETE", "shop.best")) == 1
    assert {event["eventType"] for event in events} == {"START", "COMPLETE"}

"""What a run tells by OpenLineage: received by a server, and held to the classes of OpenLineage's own client."""

import json
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from cli_runs import Cli, started
from openlineage.client import event_v2, facet_v2

PROGRAM = """\
contract sale { id int primary key, region string not null, amount decimal(10, 2) check (amount > 0) on violation drop }
connection inbox = files { root: 'data', format: csv }
connection out = files { root: env('OUT', 'out'), format: parquet }
source sales: sale from inbox { path: 'sales.csv' }

view dear = from sales |> where amount > 10

/// What each region brought in.
table regions in out =
  from dear
  |> aggregate sum(amount) as total, count(*) as sales group by region

sink best from regions into out { path: 'best.csv', format: csv }
"""

FACETS: Mapping[str, type] = {
    "columnLineage": facet_v2.column_lineage_dataset.ColumnLineageDatasetFacet,
    "dataQualityAssertions": facet_v2.data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet,
    "documentation": facet_v2.documentation_dataset.DocumentationDatasetFacet,
    "errorMessage": facet_v2.error_message_run.ErrorMessageRunFacet,
    "inputStatistics": facet_v2.input_statistics_input_dataset.InputStatisticsInputDatasetFacet,
    "jobType": facet_v2.job_type_job.JobTypeJobFacet,
    "nominalTime": facet_v2.nominal_time_run.NominalTimeRunFacet,
    "outputStatistics": facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
    "parent": facet_v2.parent_run.ParentRunFacet,
    "schema": facet_v2.schema_dataset.SchemaDatasetFacet,
}
"""The class of each facet that there is."""


class Server(ThreadingHTTPServer):
    """Keeps what is posted to it: the path, the key, and the event."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: list[tuple[str, str | None, dict[str, Any]]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers["Authorization"], json.loads(text)))
        self.send_response(201)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as started:
        thread = Thread(target=started.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield started
        started.shutdown()
        thread.join()


@pytest.fixture
def shop(cli: Cli) -> Cli:
    rows = "id,region,amount\n1,north,20\n2,north,30\n3,south,5\n4,south,-1\n"
    cli.put({"oftra.toml": '[project]\nname = "shop"\n', "shop.oftra": PROGRAM, "data/sales.csv": rows})
    return cli


def well_formed(event: Mapping[str, Any]) -> None:
    """Hold an event to what the client's own classes take, and where these say that their schemas are."""
    parts = {
        "eventType": event_v2.RunState(event["eventType"]),
        "run": event_v2.Run(**{**event["run"], "facets": facets_of(event["run"]["facets"])}),
        "job": event_v2.Job(**{**event["job"], "facets": facets_of(event["job"]["facets"])}),
        "inputs": [event_v2.InputDataset(**dataset(one, "inputFacets")) for one in event["inputs"]],
        "outputs": [event_v2.OutputDataset(**dataset(one, "outputFacets")) for one in event["outputs"]],
    }
    rest = {name: value for name, value in event.items() if name not in parts and name != "schemaURL"}
    assert event_v2.RunEvent(**parts, **rest).schemaURL == event["schemaURL"]


def dataset(one: Mapping[str, Any], more: str) -> dict[str, Any]:
    assert one.keys() <= {"namespace", "name", "facets", more}
    return {**one, **{key: facets_of(one[key]) for key in ("facets", more) if key in one}}


def facets_of(facets: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, facet in facets.items():
        fields = {key: value for key, value in facet.items() if not key.startswith("_")}
        found[name] = FACETS[name](**fields, producer=facet["_producer"])
        assert found[name]._schemaURL == facet["_schemaURL"]
        for inner, of in INSIDE.get(name, {}).items():
            if inner == "root" and inner not in facet:
                continue
            parts = facet[inner] if isinstance(facet[inner], list) else [facet[inner]]
            for part in parts:
                of(**part)
    return found


INSIDE: Mapping[str, Mapping[str, Callable[..., object]]] = {
    "schema": {"fields": facet_v2.schema_dataset.SchemaDatasetFacetFields},
    "dataQualityAssertions": {"assertions": facet_v2.data_quality_assertions_dataset.Assertion},
    "parent": {
        "run": facet_v2.parent_run.Run,
        "job": facet_v2.parent_run.Job,
        "root": lambda run, job: (facet_v2.parent_run.RootRun(**run), facet_v2.parent_run.RootJob(**job)),
    },
}
"""The classes of what is inside."""


def test_a_run_is_told(shop: Cli, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "sesame")
    monkeypatch.setenv("OPENLINEAGE_NAMESPACE", "nightly")
    monkeypatch.setenv("OUT", "elsewhere")
    url = f"http://127.0.0.1:{server.server_port}"
    window = ("--start", "2026-03-01", "--end", "2026-03-02T00:00:00Z")
    result = shop("run", "--openlineage", url, *window)
    assert (result.status, result.err) == (0, "")
    assert {(path, key) for path, key, _ in server.received} == {("/api/v1/lineage", "Bearer sesame")}
    events = [event for _, _, event in server.received]
    for event in events:
        well_formed(event)
    said = [(event["eventType"], event["job"]["namespace"], event["job"]["name"]) for event in events]
    assert said == [
        ("START", "nightly", "shop"),
        ("START", "nightly", "shop.regions"),
        ("COMPLETE", "nightly", "shop.regions"),
        ("START", "nightly", "shop.best"),
        ("COMPLETE", "nightly", "shop.best"),
        ("COMPLETE", "nightly", "shop"),
    ]
    assert len({event["run"]["runId"] for event in events}) == 3
    assert all(event["run"]["facets"].get("nominalTime") for event in events)
    parents = {event["run"]["facets"]["parent"]["run"]["runId"] for event in events[1:-1]}
    assert parents == {events[0]["run"]["runId"]} == {events[-1]["run"]["runId"]}
    (source,), (made,) = events[2]["inputs"], events[2]["outputs"]
    assert (source["namespace"], source["name"]) == ("file", f"{shop.folder}/data/sales.csv")
    assert source["inputFacets"]["inputStatistics"]["rowCount"] == 4
    rules = {one["assertion"]: one for one in source["inputFacets"]["dataQualityAssertions"]["assertions"]}
    assert (rules["amount > 0"]["success"], rules["amount > 0"]["actual"]) == (False, "1")
    assert rules["region not null"]["success"]
    assert made["name"] == f"{shop.folder}/elsewhere/regions.parquet"
    assert made["outputFacets"]["outputStatistics"]["rowCount"] == 1
    assert made["facets"]["documentation"]["description"] == "What each region brought in."
    types = {one["name"]: one["type"] for one in made["facets"]["schema"]["fields"]}
    assert types == {"region": "string", "total": "decimal(20, 2)", "sales": "bigint"}
    columns = made["facets"]["columnLineage"]["fields"]
    of = {column: [one["field"] for one in found["inputFields"]] for column, found in columns.items()}
    assert of == {"region": ["region"], "total": ["amount"], "sales": []}
    assert {one["name"] for found in columns.values() for one in found["inputFields"]} == {source["name"]}
    (taken,), (best,) = events[4]["inputs"], events[4]["outputs"]
    assert (taken["name"], best["name"]) == (made["name"], f"{shop.folder}/elsewhere/best.csv")


def test_a_failure_is_told_to_a_file(shop: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.put({"shop.oftra": PROGRAM.replace("sum(amount)", "sum(cast(region as int))")})
    monkeypatch.setenv("OPENLINEAGE_URL", "told.jsonl")
    assert shop("run").status == 3
    events = [json.loads(line) for line in (shop.folder / "told.jsonl").read_text().splitlines()]
    for event in events:
        well_formed(event)
    assert [(event["eventType"], event["job"]["name"]) for event in events] == [
        ("START", "shop"),
        ("START", "shop.regions"),
        ("FAIL", "shop.regions"),
        ("FAIL", "shop"),
    ]
    for event in events[2:]:
        assert event["run"]["facets"]["errorMessage"]["message"].startswith("shop.oftra:9: ")
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "true")
    assert shop("run").status == 3
    assert len((shop.folder / "told.jsonl").read_text().splitlines()) == 4


def test_what_cannot_be_told_is_a_warning(shop: Cli, server: Server) -> None:
    server.server_close()
    result = shop("run", "--openlineage", f"http://127.0.0.1:{server.server_port}/events")
    assert result.status == 0
    (line,) = result.err.splitlines()
    assert line.startswith("warning: OpenLineage's events could not be sent to http://127.0.0.1:")


def test_an_interrupted_run_is_told(shop: Cli) -> None:
    many = "from unnest(sequence(1, 1000000)) as a |> cross join unnest(sequence(1, 1000000)) as b"
    shop.put({"shop.oftra": f"{PROGRAM}\ntable pairs in out = {many} |> aggregate sum(a + b) as total\n"})
    told = shop.folder / "told.jsonl"
    with started(shop.folder, "run", "pairs", "--openlineage", "told.jsonl") as running:
        deadline = time.monotonic() + 60
        while not told.exists() or not told.read_text().endswith("\n"):
            assert time.monotonic() < deadline and running.poll() is None
            time.sleep(0.05)
        time.sleep(1)  # the query that never ends has begun by then, or begins soon
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
    assert running.returncode == 130
    events = [json.loads(line) for line in told.read_text().splitlines()]
    for event in events:
        well_formed(event)
    assert [(event["eventType"], event["job"]["name"]) for event in events] == [("START", "shop"), ("ABORT", "shop")]
    assert events[0]["run"]["runId"] == events[1]["run"]["runId"]


def test_a_run_is_a_part_of_another(shop: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    task, dag = (f"etl/{job}/{uuid4()}" for job in ("days.load", "days"))
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", task)
    monkeypatch.setenv("OPENLINEAGE_ROOT_PARENT_ID", dag)
    assert shop("run", "regions", "--openlineage", "told.jsonl").status == 0
    events = [json.loads(line) for line in (shop.folder / "told.jsonl").read_text().splitlines()]
    for event in events:
        well_formed(event)
    whole, part = events[0], events[1]
    assert part["run"]["facets"]["parent"]["run"]["runId"] == whole["run"]["runId"]
    assert slashed(whole["run"]["facets"]["parent"]) == task
    assert {slashed(event["run"]["facets"]["parent"]["root"]) for event in events} == {dag}
    # What isn't the id of a run is not told, and changes nothing else.
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", "days.load")
    assert shop("run", "--openlineage", "again.jsonl").status == 0
    first, *_ = (shop.folder / "again.jsonl").read_text().splitlines()
    assert json.loads(first)["run"]["facets"] == {}


def slashed(part: Mapping[str, Any]) -> str:
    return "/".join([part["job"]["namespace"], part["job"]["name"], part["run"]["runId"]])

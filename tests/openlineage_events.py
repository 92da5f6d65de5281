"""Events of OpenLineage: received by a server, and held to the classes of OpenLineage's own client."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from openlineage.client import event_v2, facet_v2

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


@contextmanager
def serving() -> Iterator[Server]:
    """A server that is up while the block runs."""
    with Server() as started:
        thread = Thread(target=started.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield started
        finally:
            started.shutdown()
            thread.join()


def events_in(path: Path) -> list[dict[str, Any]]:
    """The events in a file, each well formed."""
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for event in events:
        well_formed(event)
    return events


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


def slashed(part: Mapping[str, Any]) -> str:
    """A run as `NAMESPACE/JOB/RUN`."""
    return "/".join([part["job"]["namespace"], part["job"]["name"], part["run"]["runId"]])

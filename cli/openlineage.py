"""Telling of a run by events of OpenLineage: its start, what it stored of what, how it ended."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import click

if TYPE_CHECKING:  # the compiler comes once there is something to run
    from oftra.ir.expr import Expr
    from oftra.ir.program import Program
    from oftra.target import Outcome, RelationRun, RunError

SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
PATIENCE = 10
"""How many seconds a service may take to answer."""

PLACE = click.option(
    "--openlineage",
    "place",
    metavar="FILE|URL",
    envvar="OPENLINEAGE_URL",
    help="Where to tell of the run by events of OpenLineage. [default: OPENLINEAGE_URL, if that is set]",
)


class Teller:
    """Tells of one run of a typed program. Without a place to tell it to nothing is told.

    A service that can't be reached is no reason for a run to fail: that is a warning.
    """

    def __init__(self, place: str | None, program: "Program", root: str, values: "Mapping[str, Expr]") -> None:
        from oftra.lineage.datasets import PRODUCER, Datasets, facet  # the compiler is there by now

        is_disabled = os.environ.get("OPENLINEAGE_DISABLED", "").lower() == "true"
        self.place = None if is_disabled else place
        self.program, self.values = program, values
        self.datasets = Datasets(program, root, values, os.environ)
        self.producer, self.facet = PRODUCER, facet
        self.namespace = os.environ.get("OPENLINEAGE_NAMESPACE") or "default"
        self.run = str(uuid4())
        self.has_ended = False

    def begin(self) -> None:
        """The run begins."""
        if self.place:
            self._send([self._event("START", _now(), self.run, self.program.name, self._times())])

    def end(self, outcome: "Outcome", begun: Mapping[str, datetime], error: "RunError | None" = None) -> None:
        """The run has ended, with an error or without; each relation that was stored had `begun` at a time."""
        if not self.place or self.has_ended:
            return
        self.has_ended = True
        now = _now()
        judged = {one.name: one for one in outcome.relations}
        events: list[dict[str, Any]] = []
        for one in outcome.relations:
            if one.is_stored and (error is None or one.name != error.relation):
                start = begun.get(one.name, now)
                events += self._stored(one.name, judged, start, start + timedelta(seconds=one.seconds), one, None)
        name = None if error is None else error.relation
        if name is not None and self._is_output(name):
            events += self._stored(name, judged, begun.get(name, now), now, None, error)
        facets = {**self._times(), **self._trouble(error)}
        events.append(self._event("FAIL" if error else "COMPLETE", now, self.run, self.program.name, facets))
        self._send(events)

    # ---------------------------------------------------------------------------------------------------- the events

    def _is_output(self, name: str) -> bool:
        relation = self.program.by_name.get(name)
        return name in self.datasets.sinks or (relation is not None and relation.kind == "table")

    def _stored(
        self,
        name: str,
        judged: "Mapping[str, RelationRun]",
        start: datetime,
        end: datetime,
        run: "RelationRun | None",
        error: "RunError | None",
    ) -> list[dict[str, Any]]:
        """That a table or sink was stored, or could not be: a job of its own, whose parent is the run."""
        job = {"namespace": self.namespace, "name": self.program.name}
        facets = {"parent": self.facet("ParentRunFacet", "1-2-0", run={"runId": self.run}, job=job)}
        facets |= self._times()
        called, own = f"{self.program.name}.{name}", str(uuid4())
        inputs = [self._input(one, judged.get(one)) for one in self.datasets.read_by(name)]
        output = self.datasets.made(name)
        outputs = [output]
        if run is not None:
            counted = self.facet("OutputStatisticsOutputDatasetFacet", "1-0-2", rowCount=run.rows)
            outputs = [{**output, "outputFacets": {"outputStatistics": counted}}]
        first = self._event("START", start, own, called, facets, inputs, [output])
        word = "FAIL" if error else "COMPLETE"
        return [first, self._event(word, end, own, called, {**facets, **self._trouble(error)}, inputs, outputs)]

    def _input(self, name: str, run: "RelationRun | None") -> dict[str, Any]:
        found = self.datasets.of(name)
        if run is None or run.judged is None:
            return found
        rules = [
            {
                "assertion": rule.name,
                "success": rule.records == 0,
                "severity": "error" if rule.action == "fail" else "warn",
                "actual": str(rule.records),
            }
            for rule in run.judged.rules
        ]
        facets = {
            "inputStatistics": self.facet("InputStatisticsInputDatasetFacet", "1-0-0", rowCount=run.judged.read),
            "dataQualityAssertions": self.facet("DataQualityAssertionsDatasetFacet", "1-1-0", assertions=rules),
        }
        return {**found, "inputFacets": facets}

    def _times(self) -> dict[str, Any]:
        """The run's window, if it has one."""
        given = {word: getattr(self.values.get(f"run.{word}"), "value", None) for word in ("start", "end")}
        times = {word: value.isoformat() for word, value in given.items() if isinstance(value, datetime)}
        if "start" not in times:
            return {}
        words = {"nominalStartTime": times["start"], **({"nominalEndTime": times["end"]} if "end" in times else {})}
        return {"nominalTime": self.facet("NominalTimeRunFacet", "1-0-1", **words)}

    def _trouble(self, error: "RunError | None") -> dict[str, Any]:
        if error is None:
            return {}
        file, line = error.place(self.program)
        place = f"{file}:{line}: " if file else ""
        told = self.facet("ErrorMessageRunFacet", "1-0-1", message=f"{place}{error}", programmingLanguage="Oftra")
        return {"errorMessage": told}

    def _event(
        self,
        word: str,
        at: datetime,
        run: str,
        job: str,
        facets: Mapping[str, Any],
        inputs: list[dict[str, Any]] | None = None,
        outputs: list[dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        kind = "RUN" if run == self.run else "TABLE"
        type_ = self.facet("JobTypeJobFacet", "2-0-4", processingType="BATCH", integration="OFTRA", jobType=kind)
        return {
            "eventType": word,
            "eventTime": at.isoformat(),
            "producer": self.producer,
            "schemaURL": SCHEMA,
            "run": {"runId": run, "facets": dict(facets)},
            "job": {"namespace": self.namespace, "name": job, "facets": {"jobType": type_}},
            "inputs": inputs or [],
            "outputs": outputs or [],
        }

    # ----------------------------------------------------------------------------------------------- where they go

    def _send(self, events: list[dict[str, Any]]) -> None:
        assert self.place is not None
        try:
            if self.place.startswith(("http://", "https://")):
                for event in events:
                    _post(self.place, event)
            else:
                with open(self.place, "a", encoding="utf-8") as file:
                    file.writelines([json.dumps(event, ensure_ascii=False) + "\n" for event in events])
        except (OSError, ValueError) as error:
            click.echo(f"warning: OpenLineage's events could not be sent to {self.place}: {error}", err=True)
            self.place = None


def _post(url: str, event: dict[str, Any]) -> None:
    """Send an event to a service: to the address itself, or, if that names no path, to the usual one."""
    import urllib.request  # heavy, and most runs tell no service

    if urlsplit(url).path in ("", "/"):
        url = f"{url.rstrip('/')}/{os.environ.get('OPENLINEAGE_ENDPOINT') or 'api/v1/lineage'}"
    headers = {"Content-Type": "application/json"}
    if key := os.environ.get("OPENLINEAGE_API_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    request = urllib.request.Request(url, json.dumps(event).encode(), headers)
    urllib.request.urlopen(request, timeout=PATIENCE).close()


def _now() -> datetime:
    return datetime.now(UTC)

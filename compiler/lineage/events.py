"""Telling of a run by events of OpenLineage. The class stands in what is generated, too, word for word, as black lays
it out: it knows nothing but the standard library, and nothing newer than Python 3.8.
"""

import argparse
import datetime
import json
import os
import re
import uuid
from collections.abc import Callable
from typing import Any

PRODUCER = "urn:oftra:compiler"
"""Who says so, as the specification wants it."""


class OpenLineage:
    """Tells of a run by events of OpenLineage: what was made of what, and how it ended.

    `read` gives what is known of the program without a run. A receiver that is away is no
    reason for a run to fail: `warn` is told, and nothing is sent from then on.
    """

    SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
    FACETS = "https://openlineage.io/spec/facets"
    PATIENCE = 10  # seconds that a receiver may take to answer

    def __init__(
        self,
        args: argparse.Namespace,
        read: Callable[[], dict[str, Any]],
        warn: Callable[[str], None],
    ) -> None:
        disabled = os.environ.get("OPENLINEAGE_DISABLED", "").lower() == "true"
        self.place: str = "" if disabled else args.openlineage or ""
        if self.place and not self.place.startswith(("http://", "https://")):
            self.place = os.path.abspath(self.place)
        self.root = args.root if "://" in args.root else os.path.abspath(args.root)
        self.args, self.read, self.warn = args, read, warn
        self.namespace = os.environ.get("OPENLINEAGE_NAMESPACE") or "default"
        self.run = str(uuid.uuid4())
        self.known: dict[str, Any] = {}
        self.begun: dict[str, datetime.datetime] = {}

    def begin(self) -> None:
        """The run begins."""
        if not self.place:
            return
        try:
            self.known = self.read()
        except (OSError, ValueError) as error:
            self.warn(f"OpenLineage is told nothing: {error}")
            self.place = ""
            return
        self.send([self.event("START", self.now(), self.run, None, self.about_run())])

    def comes_to(self, name: str) -> None:
        """The work on a relation begins."""
        self.begun.setdefault(name, self.now())

    def end(
        self,
        status: str,
        relations: list[dict[str, Any]],
        error: dict[str, Any] | None = None,
    ) -> None:
        """The run has ended: `well`, `failed`, `stopped`, or by an `abort`.

        Relations and the error are told as the run report tells them.
        """
        if not self.place:
            return
        now = self.now()
        judged = {one["name"]: one for one in relations}
        failed: str = error["relation"] or "" if error else ""
        events = []
        for one in relations:
            name = one["name"]
            if one["stored"] and name != failed and name in self.known["outputs"]:
                start = self.begun.get(name, now)
                end = start + datetime.timedelta(seconds=one["seconds"])
                events += self.stored(name, judged, start, end)
        if failed in self.known["outputs"]:
            start = self.begun.get(failed, now)
            events += self.stored(failed, judged, start, now, error)
        word = {"well": "COMPLETE", "abort": "ABORT"}.get(status, "FAIL")
        facets = {**self.about_run(), **self.trouble(error)}
        self.send([*events, self.event(word, now, self.run, None, facets)])
        self.place = ""

    def stored(
        self,
        name: str,
        judged: dict[str, dict[str, Any]],
        start: datetime.datetime,
        end: datetime.datetime,
        error: dict[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """A table was stored, or could not be: a job of its own, whose parent is the run."""
        own = str(uuid.uuid4())
        job = {"namespace": self.namespace, "name": self.known["job"]}
        root = self.parent().get("parent", {}).get("root")
        more = {"root": root} if root else {}
        part = {"run": {"runId": self.run}, "job": job, **more}
        facets = {"parent": self.facet("ParentRunFacet", "1-2-0", **part)}
        facets.update(self.window())
        reads = self.known["outputs"][name]["reads"]
        inputs = [self.read_by(one, judged.get(one)) for one in reads]
        made = self.made(name)
        first = self.event("START", start, own, name, facets, inputs, [made])
        if error:
            facets = {**facets, **self.trouble(error)}
            return [first, self.event("FAIL", end, own, name, facets, inputs, [made])]
        version = ("OutputStatisticsOutputDatasetFacet", "1-0-2")
        counted = self.facet(*version, rowCount=judged[name]["rows"])
        made = {**made, "outputFacets": {"outputStatistics": counted}}
        return [first, self.event("COMPLETE", end, own, name, facets, inputs, [made])]

    def event(
        self,
        word: str,
        at: datetime.datetime,
        run: str,
        table: str | None,
        facets: dict[str, Any],
        inputs: list[dict[str, Any]] | None = None,
        outputs: list[dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """What is told at a time, of the run or of a table."""
        streams = self.known["streams"]
        endless = bool(streams) if table is None else table in streams
        kind = {
            "processingType": "STREAMING" if endless else "BATCH",
            "integration": "OFTRA",
            "jobType": "RUN" if table is None else "TABLE",
        }
        program, job = self.known["program"], self.known["job"]
        return {
            "eventType": word,
            "eventTime": at.isoformat(),
            "producer": self.known["producer"],
            "schemaURL": self.SCHEMA,
            "run": {"runId": run, "facets": facets},
            "job": {
                "namespace": self.namespace,
                "name": job if table is None else f"{program}.{table}",
                "facets": {"jobType": self.facet("JobTypeJobFacet", "2-0-4", **kind)},
            },
            "inputs": inputs or [],
            "outputs": outputs or [],
        }

    def facet(self, name: str, version: str, **fields: Any) -> dict[str, Any]:
        """A part of an event, with where its schema is."""
        schema = f"{self.FACETS}/{version}/{name}.json#/$defs/{name}"
        return {"_producer": self.known["producer"], "_schemaURL": schema, **fields}

    def about_run(self) -> dict[str, Any]:
        """What is told of the run as a whole: its window, and what it is a part of."""
        return {**self.window(), **self.parent()}

    def window(self) -> dict[str, Any]:
        """The run's window, if it has one."""
        start, end = (self.instant(at) for at in (self.args.start, self.args.end))
        if not start:
            return {}
        times = {"nominalStartTime": start, **({"nominalEndTime": end} if end else {})}
        return {"nominalTime": self.facet("NominalTimeRunFacet", "1-0-1", **times)}

    def parent(self) -> dict[str, Any]:
        """What the run is a part of: each as `NAMESPACE/JOB/RUN`."""
        found = []
        for given in (self.args.parent, self.args.root_parent or self.args.parent):
            namespace, _, rest = (given or "").partition("/")
            name, _, run = rest.rpartition("/")
            try:
                run = str(uuid.UUID(run))
            except ValueError:
                return {}
            job = {"namespace": namespace, "name": name}
            found.append({"run": {"runId": run}, "job": job})
        told = {**found[0], "root": found[1]}
        return {"parent": self.facet("ParentRunFacet", "1-2-0", **told)}

    def trouble(self, error: dict[str, Any] | None) -> dict[str, Any]:
        """Why it failed, with the place in the program."""
        if not error:
            return {}
        place = f"{error['file']}:{error['line']}: " if error["file"] else ""
        told = {"message": f"{place}{error['message']}", "programmingLanguage": "Oftra"}
        return {"errorMessage": self.facet("ErrorMessageRunFacet", "1-0-1", **told)}

    def dataset(self, name: str) -> dict[str, Any]:
        """A source, table or sink: its namespace, its name, and what is known of it."""
        told = self.known["datasets"][name]
        schema = self.facet("SchemaDatasetFacet", "1-2-0", fields=told["columns"])
        facets = {"schema": schema}
        if "description" in told:
            words = {"description": told["description"]}
            documented = self.facet("DocumentationDatasetFacet", "1-1-0", **words)
            facets["documentation"] = documented
        namespace, path = self.named(name)
        return {"namespace": namespace, "name": path, "facets": facets}

    def read_by(self, name: str, told: dict[str, Any] | None) -> dict[str, Any]:
        """The same of what is read, with what its rules found if they were judged."""
        found = self.dataset(name)
        if not told or not told["rules"]:
            return found
        rules = [
            {
                "assertion": rule["rule"],
                "success": rule["records"] == 0,
                "severity": "error" if rule["action"] == "fail" else "warn",
                "actual": str(rule["records"]),
            }
            for rule in told["rules"]
        ]
        counted = ("InputStatisticsInputDatasetFacet", "1-0-0")
        asserted = ("DataQualityAssertionsDatasetFacet", "1-1-0")
        found["inputFacets"] = {
            "inputStatistics": self.facet(*counted, rowCount=told["read"]),
            "dataQualityAssertions": self.facet(*asserted, assertions=rules),
        }
        return found

    def made(self, name: str) -> dict[str, Any]:
        """The same of what is stored, with the columns that its own are made of."""
        fields = {}
        for column, origins in self.known["outputs"][name]["columns"].items():
            places = [(*self.named(one), of) for one, of in origins]
            inputs = [
                {
                    "namespace": namespace,
                    "name": path,
                    "field": field,
                    "transformations": [{"type": "DIRECT"}],
                }
                for namespace, path, field in places
            ]
            fields[column] = {"inputFields": inputs}
        found = self.dataset(name)
        lineage = self.facet("ColumnLineageDatasetFacet", "1-2-0", fields=fields)
        found["facets"]["columnLineage"] = lineage
        return found

    def named(self, name: str) -> tuple[str, str]:
        """A dataset's namespace and name: https://openlineage.io/docs/spec/naming."""
        told = self.known["datasets"][name]["place"]
        place = {key: self.value(one) for key, one in told.items()}
        if "servers" in place:
            return f"kafka://{place['servers'].partition(',')[0]}", place["topic"]
        if "url" in place:
            table = place["table"]
            table = table if "." in table else f"{place['schema'] or 'public'}.{table}"
            known = r"jdbc:postgres(?:ql)?://([^:/]+)(?::(\d+))?/([^?]+)"
            found = re.match(known, place["url"])
            if not found:
                return "jdbc", table
            return f"postgres://{found[1]}:{found[2] or 5432}", f"{found[3]}.{table}"
        if "path" not in place:
            parts = (place[part] for part in ("catalog", "schema", "table"))
            return place["kind"], ".".join([part for part in parts if part])
        path, root = place["path"], place.get("root")
        if root and not path.startswith("/"):
            path = f"{root.rstrip('/')}/{path}"
        path = re.sub("^file:/+", "/", path)
        if "://" not in path:
            path = os.path.join(self.root, path)
        inside = [place["table"]] if "table" in place else []
        found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/]*)/?(.*)", path)
        if not found:
            return "file", "#".join([os.path.normpath(path), *inside])
        scheme = "s3" if found[1] in ("s3a", "s3n") else found[1]
        return f"{scheme}://{found[2]}", "#".join([found[3], *inside])

    def value(self, given: Any) -> str:
        """A part of a name, which only a run may know: a text, a variable or a param."""
        if isinstance(given, str):
            return given
        if "env" in given:
            return str(os.environ.get(given["env"], given["default"]))
        return str(self.args.param.get(given["param"], given["default"]))

    @staticmethod
    def now() -> datetime.datetime:
        """The time, in UTC."""
        return datetime.datetime.now(datetime.timezone.utc)

    @staticmethod
    def instant(at: Any) -> str | None:
        """A point in time as JSON has it, in UTC unless it says otherwise; None for none."""
        if isinstance(at, str):
            try:
                at = datetime.datetime.fromisoformat(at.replace("Z", "+00:00"))
            except ValueError:
                return None
        if at is None or at.year == 1:
            return None
        zoned = at if at.tzinfo else at.replace(tzinfo=datetime.timezone.utc)
        return str(zoned.isoformat())

    def send(self, events: list[dict[str, Any]]) -> None:
        """Send events to a file, a line each, or to a service."""
        import http.client  # what few runs need

        try:
            if os.path.isabs(self.place):
                with open(self.place, "a", encoding="utf-8") as file:
                    for event in events:
                        file.write(json.dumps(event, ensure_ascii=False) + "\n")
            else:
                for event in events:
                    self.post(event)
        except (OSError, ValueError, http.client.HTTPException) as error:
            to = f"to {self.place}: {error}"
            self.warn(f"OpenLineage's events could not be sent {to}")
            self.place = ""

    def post(self, event: dict[str, Any]) -> None:
        """Send an event to an address, or, if that names no path, to the usual one there."""
        import urllib.request  # as above

        url = self.place
        if re.fullmatch("https?://[^/]+/?", url):
            path = os.environ.get("OPENLINEAGE_ENDPOINT") or "api/v1/lineage"
            url = f"{url.rstrip('/')}/{path}"
        headers = {"Content-Type": "application/json"}
        key = os.environ.get("OPENLINEAGE_API_KEY")
        if key:
            headers["Authorization"] = f"Bearer {key}"
        data = json.dumps(event).encode()
        request = urllib.request.Request(url, data, headers)
        urllib.request.urlopen(request, timeout=self.PATIENCE).close()

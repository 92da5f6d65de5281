# Made by oftra from program.oftra: edits belong there.
"""Runs a script of DuckDB, judges the gates behind it, and tells what it did.

`python run_duckdb.py JOB` runs `JOB.sql`; `JOB.json` beside it tells what stands in it.
Exits with 0 if all went well, 4 if a rule or a gate stopped it, else 3.
"""

from __future__ import annotations

import argparse
import datetime
import json
import logging
import os
import re
import shutil
import sys
import time
import uuid
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

PATIENCE = 3600
"""How many seconds to wait for a database that another process has open."""

COUNTS = ("read", "rows", "dropped", "quarantined", "late", "seconds")

log = logging.getLogger("run_duckdb")

Told = dict[str, dict[str, Any]]


class Stopped(Exception):
    """A rule that fails is broken: the relation that it is a rule of, and the message."""


class Failed(Exception):
    """What went wrong: the relation that it is about, and the message."""


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description="Run a script of DuckDB.")
    parser.add_argument("job", help="the name of the script, without .sql")
    parser.add_argument("--start", metavar="TIME", help="where the run's window begins")
    parser.add_argument("--end", metavar="TIME", help="where the run's window ends")
    parser.add_argument(
        "--began", metavar="TIME", help="when a run without a window began, if not now"
    )
    parser.add_argument("--param", action="append", metavar="NAME=VALUE", default=[])
    parser.add_argument("--report", metavar="FILE", help="tell there what was done")
    parser.add_argument("--root", default=".", help="where relative paths start")
    parser.add_argument(
        "--openlineage",
        metavar="FILE|URL",
        default=os.environ.get("OPENLINEAGE_URL"),
        help="tell there of the run by OpenLineage",
    )
    parser.add_argument(
        "--parent",
        metavar="NAMESPACE/JOB/RUN",
        default=os.environ.get("OPENLINEAGE_PARENT_ID"),
        help="what the run is a part of, for OpenLineage",
    )
    parser.add_argument(
        "--root-parent",
        metavar="NAMESPACE/JOB/RUN",
        default=os.environ.get("OPENLINEAGE_ROOT_PARENT_ID"),
        help="the same of the outermost",
    )
    args = parser.parse_args()
    args.param = dict([one.split("=", 1) for one in args.param])
    args.until = None
    if args.end and not args.start:
        args.start, args.until = "0001-01-01 00:00:00Z", args.end
    args.end = args.end or args.began
    return args


def statements(script: str) -> list[tuple[int, str]]:
    """The statements of a script, each with the line that it begins in."""
    found, at = [], 0
    for statement in duckdb.extract_statements(script):
        text = statement.query.strip()
        at = script.index(text, at)
        lines = text.split("\n")
        while lines[0].startswith("--") or not lines[0]:
            del lines[0]
        at += len(text) - len("\n".join(lines))
        found.append((script.count("\n", 0, at) + 1, "\n".join(lines)))
        at += len("\n".join(lines))
    return found


def set_here(statement: str, job: dict[str, Any], args: argparse.Namespace) -> str:
    """A statement that sets a value of the run: with the value given for it, if there is one."""
    for name, value in job["values"].items():
        if not statement.startswith(f"set variable {name} = "):
            continue
        given = None
        if value["kind"] == "run":
            given = getattr(args, value["name"], None)
        elif value["kind"] == "param":
            given = args.param.get(value["name"])
        elif value["kind"] == "env":
            given = os.environ.get(value["name"])
        if given is not None:
            quoted = given.replace("'", "''")
            return f"set variable {name} = cast('{quoted}' as {value['type']})"
    return statement


def about(told: Told, name: str) -> dict[str, Any]:
    """What is told of a relation."""
    counts = dict.fromkeys(
        ("rows", "read", "passed", "dropped", "quarantined", "late"), 0
    )
    more = {"rules": [], "assertions": [], "seconds": 0.0}
    return told.setdefault(name, {"name": name, "stored": False, **counts, **more})


def counted(connection: duckdb.DuckDBPyConnection, told: Told) -> None:
    """Tell what the script counted last; stop if a rule is broken that none may break."""
    query = "select * from run_report order by rowid desc limit 1"
    ((name, assertion, read, dropped, quarantined, rules),) = connection.sql(
        query
    ).fetchall()
    passed = read - dropped - quarantined
    entry = about(told, name)
    if assertion is None:
        entry["rows"] = passed
    else:
        entry["assertions"].append({"name": assertion, "late": 0})
        entry = entry["assertions"][-1]
    entry.update(read=read, passed=passed, dropped=dropped, quarantined=quarantined)
    entry["rules"] = rules
    broken = [one for one in rules if one["action"] == "fail" and one["records"]]
    if broken:
        said = [f"{one['records']:,} rows break `{one['rule']}`" for one in broken]
        raise Stopped(name, ", ".join(said))


def judged(
    connection: duckdb.DuckDBPyConnection, gate: dict[str, Any]
) -> dict[str, Any]:
    """A gate with what was measured for it."""
    shape = connection.sql(f"from {gate['view']}")
    # To give an instant the package asks for another one; the session's time zone is UTC.
    items = [
        (
            f"replace(\"{name}\"::varchar, '+00', 'Z')"
            if str(kind) == "TIMESTAMP WITH TIME ZONE"
            else f'"{name}"'
        )
        for name, kind in zip(shape.columns, shape.types)
    ]
    query = f"select {', '.join(items)} from {gate['view']}"
    holds, *measured = connection.sql(query).fetchall()[0]
    told = {name: gate[name] for name in ("gate", "file", "line", "action")}
    values = zip(gate["measures"], map(plain, measured), strict=True)
    return {**told, "holds": holds, "measured": dict(values)}


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    return str(value) if isinstance(value, (date, Decimal)) else value


def executed(
    connection: duckdb.DuckDBPyConnection, statement: str
) -> list[tuple[Any, ...]]:
    """The rows of a statement. One that needs a database that is in use waits for it."""
    patience, delay = time.monotonic() + PATIENCE, 0.1
    while True:
        try:
            done = connection.execute(statement)
            return done.fetchall() if done is not None else []
        except duckdb.IOException as error:
            in_use = "Could not set lock on file" in str(error)
            if not in_use or time.monotonic() > patience:
                raise
            log.info("waiting: %s", str(error).partition(" See also ")[0])
            time.sleep(delay)
            delay = min(2 * delay, 5)


def relation_of(line: int, job: dict[str, Any]) -> str | None:
    """The relation that a line of the script is about."""
    for first, last, name in job["lines"]:
        if first <= line <= last:
            return str(name)
    return None


def with_folder(
    connection: duckdb.DuckDBPyConnection, statement: str, place: str
) -> list[Any]:
    """Run a statement about a table that is a folder; what is copied there takes its place once it is complete."""
    (path,) = connection.sql(f"select {place}").fetchall()[0]
    folder, name = os.path.split(os.path.abspath(path))
    new, old = (os.path.join(folder, f".{word}-{name}") for word in ("new", "old"))
    if os.path.isdir(old) and not os.path.lexists(path):
        os.rename(old, path)  # a run was killed when it had put this aside
    query, is_copied, options = statement.rpartition(f" to {place} (")
    if not is_copied or "://" in path:
        return executed(connection, statement)
    for left in (new, old):
        shutil.rmtree(left, ignore_errors=True)
    quoted = new.replace("'", "''")
    rows = executed(connection, f"{query} to '{quoted}' ({options}")
    if os.path.lexists(path):
        os.rename(path, old)
    os.rename(new, path)
    shutil.rmtree(old, ignore_errors=True)
    return rows


def run(job: dict[str, Any], script: str, args: argparse.Namespace, told: Told) -> None:
    """Run the script, statement by statement."""
    # What tells the rows that are stored; of a table that is made in parts, those of the part.
    stores = (("copy", "create or replace table"), ("create or replace temp table",))
    connection = job["connection"]
    for line, statement in statements(script):
        name = relation_of(line, job)
        begin = time.monotonic()
        if name is not None:
            job["lineage"].comes_to(name)
        try:
            if name is not None or statement.startswith("attach"):
                for place in job["places"].get(name or "", ()):
                    (path,) = connection.sql(f"select {place}").fetchall()[0]
                    if "://" not in path:
                        above = os.path.dirname(os.path.abspath(path))
                        os.makedirs(above, exist_ok=True)
            place, text = job["folders"].get(name), set_here(statement, job, args)
            if place is None:
                rows = executed(connection, text)
            else:
                rows = with_folder(connection, text, place)
        except (duckdb.Error, OSError) as error:
            raise Failed(name, str(error)) from error
        if name is None:
            continue
        entry = about(told, name)
        entry["seconds"] = round(entry["seconds"] + time.monotonic() - begin, 3)
        if statement.startswith("insert into run_report"):
            counted(connection, told)
        elif statement.startswith(stores[name in job["slices"]]) and rows:
            entry.update(stored=True, rows=rows[0][0])
            if not entry["rules"]:
                entry.update(read=rows[0][0], passed=rows[0][0])
            counts = " ".join(f"{word}={entry[word]}" for word in COUNTS)
            log.info("relation=%s %s", name, counts)


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


def main() -> int:
    """Run as the command line says."""
    args = arguments()
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    here = Path(__file__).resolve().parent
    job = json.loads((here / f"{args.job}.json").read_text(encoding="utf-8"))
    script = (here / f"{args.job}.sql").read_text(encoding="utf-8")
    args.report = args.report and os.path.abspath(args.report)
    known = here / f"{args.job}.lineage.json"
    lineage = OpenLineage(
        args, lambda: json.loads(known.read_text(encoding="utf-8")), log.warning
    )
    job["lineage"] = lineage
    lineage.begin()
    os.chdir(args.root)
    told: Told = {}
    gates: list[dict[str, Any]] = []
    status, error = "well", None
    with duckdb.connect(":memory:") as connection:
        job["connection"] = connection
        try:
            run(job, script, args, told)
            gates += [judged(connection, gate) for gate in job["gates"]]
        except Stopped as stopped:
            status, error = "stopped", stopped.args
        except Failed as failure:
            status, error = "failed", failure.args
        except duckdb.Error as failure:
            status, error = "failed", (None, str(failure))
        except BaseException:
            lineage.end("abort", list(told.values()))
            raise
    for gate in gates:
        if gate["action"] == "stop" and not gate["holds"] and status == "well":
            status, error = "stopped", (None, f"`{gate['gate']}` does not hold")
    if error is not None:
        relation, message = error
        file, line = job["declared"].get(relation, (None, None))
        where = f"in {relation} ({file}:{line}), " if relation else ""
        log.error("%s: %s%s", status, where, message)
        place = {"file": file, "line": line}
        error = {"relation": relation, **place, "message": message}
    lineage.end(status, list(told.values()), error)
    if args.report:
        parts = ("stored", "rules", "assertions")
        relations = [one for one in told.values() if any(one[name] for name in parts)]
        report = {"program": job["program"], "status": status, "error": error}
        with open(args.report, "w", encoding="utf-8") as file:
            json.dump({**report, "relations": relations, "gates": gates}, file)
    return {"well": 0, "stopped": 4, "failed": 3}[status]


if __name__ == "__main__":
    sys.exit(main())

"""A program's script run on a Flink of this machine: one job, whose files come to their places once it is done."""

import os
import shutil
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import Any

from oftra.connectors import format_of
from oftra.datatypes import (
    BIGINT,
    BOOLEAN,
    DATE,
    DATETIME,
    DOUBLE,
    FLOAT,
    INT,
    SMALLINT,
    STRING,
    TIMESTAMP,
    TINYINT,
    DataType,
    Decimal,
)
from oftra.diagnostics import Report
from oftra.ir.expr import Expr
from oftra.ir.program import Relation
from oftra.source import Span
from oftra.target import BrokenRule, GateClosed, GateRun, Judged, Outcome, RelationRun, RunError, stopped_by
from oftra.targets.document import render
from oftra.targets.engines.flink.dialect import FLINK
from oftra.targets.flink_sql import gates, reports
from oftra.targets.flink_sql.arrow import table_of
from oftra.targets.flink_sql.local import Connection
from oftra.targets.flink_sql.script import Script, Wanted, script_of
from oftra.targets.flink_sql.statements import Inserts, Option, Statement, Table, path, written
from oftra.targets.flink_sql.values import filled, values_of
from oftra.targets.limits import stop_at
from oftra.targets.needs import Survey
from oftra.targets.sql import query as q
from oftra.targets.sql.write_query import Writer
from oftra.targets.writing import written_whole


@dataclass(frozen=True)
class Prepared:
    """A script, and the values of the run for its placeholders."""

    script: Script
    values: Mapping[str, str]

    def text(self, statement: Statement) -> str:
        """A statement as Flink is given it."""
        return filled(text_of(patient(statement)), self.values)


def prepared(survey: Survey, wanted: Wanted, given: Mapping[str, Expr]) -> Prepared:
    """The script of what is wanted, made to what the sources' files hold."""
    report = Report()
    script = script_of(survey, wanted, report)
    stop_at(report)
    values = values_of(survey.program, script.runtimes, given)
    found: dict[str, Mapping[str, DataType]] = {}
    for relation in survey.program.relations:
        if relation.kind == "source" and relation.name in wanted.names and relation.name not in wanted.given:
            table = next(
                (one for one in script.statements if isinstance(one, Table) and one.span is relation.span), None
            )
            connection = survey.program.connections[relation.connection or ""]
            if (
                table is not None
                and connection.kind == "files"
                and format_of(relation.options, connection) == "parquet"
            ):
                found[relation.name] = _types_of(relation, filled(dict(table.options)["path"], values))
    if any(found.values()):
        script = script_of(survey, replace(wanted, found=found), report)
        stop_at(report)
    return Prepared(script, values)


def build(connection: Connection, ready: Prepared, outcome: dict[str, RelationRun], judged: list[GateRun]) -> None:
    """Run a script job by job. What it counted and stored goes to `outcome`, what gates measured to `judged`."""
    begin = time.perf_counter()
    with TemporaryDirectory(prefix="oftra-flink-") as folder:
        places: dict[str, str] = {}
        for statement in ready.script.statements:
            match statement:
                case Option() | Inserts() | Table(name=gates.TABLE):
                    continue
                case Table(name=reports.TABLE):
                    beside = (("connector", "filesystem"), ("path", os.path.join(folder, "report")), ("format", "json"))
                    statement = replace(statement, options=beside)
                case Table() if statement in ready.script.stored.values():
                    statement = _beside(statement, os.path.join(folder, str(len(places))), places)
            connection.execute(ready.text(statement))
        for job in [one for one in ready.script.statements if isinstance(one, Inserts)]:
            inserts = tuple([one for one in job.inserts if one.name != gates.TABLE])
            try:
                if any(one.place for one in inserts):
                    # What a catalog keeps is in its place before a rule further on is judged.
                    ask_rules(connection, ready)
                if inserts:
                    connection.execute(ready.text(Inserts(inserts)))
            except RunError as error:
                owners = {one.owner for one in inserts if one.name != reports.TABLE}
                if error.relation is None and len(owners) == 1:
                    (error.relation,) = owners
                # A rule may have stopped it: which one, and by how many records, is asked again.
                with counting(connection, ready, outcome):
                    raise
            _reported(os.path.join(folder, "report"), outcome)
            written = {one.owner for one in inserts if one.name != reports.TABLE}
            replaced = {one.owner for one in inserts if one.replaces}
            for owner, table in ready.script.stored.items():
                if owner not in written:
                    continue
                counted = f"select count(*) from {path((*table.place, table.name))}"
                if table.place:
                    rows = connection.query(counted)["rows"][0][1] if owner in replaced else 0
                elif table.name in places:
                    rows = connection.query(counted)["rows"][0][1]
                    _put(places[table.name], filled(dict(table.options)["path"], ready.values))
                else:
                    rows = 0
                run = outcome.get(owner) or RelationRun(owner, 0, 0.0)
                outcome[owner] = replace(run, rows=int(rows), seconds=time.perf_counter() - begin, is_stored=True)
            _judge(connection, ready, {one.span for one in job.inserts if one.name == gates.TABLE}, judged)


def _judge(connection: Connection, ready: Prepared, spans: Collection[Span], judged: list[GateRun]) -> None:
    """Judge the gates that stand at `spans`; the first that doesn't hold and is not one that only tells is raised."""
    for (pipeline, gate), query in ready.script.gates:
        if gate.span in spans:
            (row,) = table_of(connection.query(filled(text_of_query(query), ready.values))).to_pylist()
            holds, *measured = row.values()
            found = dict(zip(gate.measures, measured, strict=True))
            place = (gate.span.file, gate.line)
            run = GateRun(gate.condition, pipeline.name, *place, gate.action, bool(holds), found)
            judged.append(run)
            if not run.holds and run.action != "alert":
                raise GateClosed(run)


def lasts(ready: Prepared) -> bool:
    """Whether so much is read of files that Java had better polish its code."""
    tables = [one for one in ready.script.statements if isinstance(one, Table)]
    read = [dict(one.options) for one in tables if one not in ready.script.stored.values()]
    paths = [filled(one["path"], ready.values) for one in read if one.get("connector") == "filesystem"]
    files = [file for path in paths for file in ([path] if os.path.isfile(path) else _parts(path))]
    return sum([os.path.getsize(file) for file in files]) >= MUCH


MUCH = 64 * 2**20
"""How many bytes take Flink longer than a minute or so, if they come as text."""


@contextmanager
def counting(connection: Connection, ready: Prepared, outcome: dict[str, RelationRun]) -> Iterator[None]:
    """Ask for the counts one by one; what stops the run is raised instead of what is raised inside."""
    for step, query in ready.script.counts:
        answer = connection.query(filled(text_of_query(query), ready.values))
        judged = judged_of(table_of(answer).to_pylist()[0])
        _note(outcome, step.relation.name, step.assertion, judged)
        if (error := stopped_by(step.relation.name, judged)) is not None:
            raise error
    yield


def ask_rules(connection: Connection, ready: Prepared) -> None:
    """Raise if a rule that fails is broken."""
    for step, query in ready.script.counts:
        if any(rule.action == "fail" for rule in step.rules):
            answer = connection.query(filled(text_of_query(query), ready.values))
            if (error := stopped_by(step.relation.name, judged_of(table_of(answer).to_pylist()[0]))) is not None:
                raise error


def judged_of(row: Mapping[str, Any]) -> Judged:
    """Counts, as an answer or a report has them."""
    broken = [BrokenRule(one["rule"], one["action"], int(one["records"])) for one in row["rules"]]
    return Judged(int(row["read"]), int(row["dropped"]), int(row["quarantined"]), tuple(broken))


def outcome_of(runs: Mapping[str, RelationRun], judged: Sequence[GateRun]) -> Outcome:
    """What was stored, what was judged by rules, and the gates."""
    told = [run for run in runs.values() if run.is_stored or run.judged or run.assertions]
    return Outcome(tuple(told), tuple(judged))


PATIENCE = (("properties.request.timeout.ms", "5000"), ("properties.default.api.timeout.ms", "10000"))
"""How long a broker may take to answer here: Flink would wait for minutes."""


def patient(statement: Statement) -> Statement:
    """A table of a topic, with no more patience than a run has unless the program says how much."""
    if not isinstance(statement, Table) or dict(statement.options).get("connector") != "kafka":
        return statement
    return replace(statement, options=tuple((dict(PATIENCE) | dict(statement.options)).items()))


def text_of(statement: Statement) -> str:
    """A statement without its semicolon."""
    return render(written(Writer(FLINK), statement)).text.rstrip().removesuffix(";")


def text_of_query(query: q.Query) -> str:
    """A query as Flink reads it."""
    return render(Writer(FLINK).rows(query)).text


def _note(outcome: dict[str, RelationRun], name: str, assertion: str | None, judged: Judged) -> None:
    run = outcome.get(name) or RelationRun(name, judged.passed, 0.0, is_stored=False)
    if assertion is None:
        outcome[name] = replace(run, judged=judged, rows=judged.passed)
    else:
        outcome[name] = replace(run, assertions={**run.assertions, assertion: judged})


def _reported(folder: str, outcome: dict[str, RelationRun]) -> None:
    import json  # only what runs a program pays for it

    for file in _parts(folder):
        with open(file, encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                _note(outcome, row["relation"], row["assertion"], judged_of(row))


def _beside(table: Table, place: str, places: dict[str, str]) -> Table:
    """The table at another place, which is put in its own once all is done."""
    options = dict(table.options)
    if options.get("connector") != "filesystem":
        return table
    places[table.name] = place
    return replace(table, options=tuple({**options, "path": place}.items()))


def _put(found: str, path: str) -> None:
    def write(place: str) -> None:
        os.makedirs(found, exist_ok=True)  # of no rows Flink writes nothing
        shutil.move(found, place)

    written_whole(path, write)


def _parts(folder: str) -> list[str]:
    """The files that a table consists of."""
    found = []
    for above, _, names in os.walk(folder):
        found += [os.path.join(above, name) for name in names if not name.startswith((".", "_"))]
    return sorted(found)


def _types_of(relation: Relation, path: str) -> Mapping[str, DataType]:
    """The types of columns in a source's files that are others than those of its contract."""
    import pyarrow.parquet as pq  # heavy, and only a run needs it

    files = [path] if os.path.isfile(path) else _parts(path)
    if not files:
        return {}
    try:
        with pq.ParquetFile(files[0]) as file:
            schema, stored = file.schema_arrow, file.schema
    except (OSError, ValueError) as error:
        raise RunError(str(error), relation.name) from error
    _readable_decimals(relation, stored)
    paths = {relation.record_paths.get(one.name, one.name): one for one in relation.columns}
    found: dict[str, DataType] = {}
    for field in schema:
        one, given = paths.get(field.name), _type_of(field.type)
        if one is not None and given is not None and given != one.type:
            found[one.name] = given
    return found


def _readable_decimals(relation: Relation, stored: Any) -> None:
    """Raise if there are decimals that Flink would fail of, or worse, take for others."""
    asked = {relation.record_paths.get(one.name, one.name) for one in relation.columns}
    for at in range(len(stored)):
        column = stored.column(at)
        of = column.path.partition(".")[0]
        is_small = column.logical_type.type == "DECIMAL" and column.precision <= SMALL_DECIMAL
        if of in asked and is_small and column.physical_type not in ("INT32", "INT64"):
            said = f"`{of}` is a decimal of {column.precision} digits that its files store as bytes"
            raise RunError(f"{said}: Flink reads decimals of up to {SMALL_DECIMAL} as integers alone", relation.name)


SMALL_DECIMAL = 18
"""How many digits fit into the widest integer."""


def _type_of(type_: Any) -> DataType | None:
    """A type of Arrow as the language has it; None of one that only Flink has to make out."""
    match str(type_).partition("[")[0].partition("(")[0]:
        case "decimal128":
            return Decimal(type_.precision, type_.scale)
        case "timestamp":
            return DATETIME if type_.tz is None else TIMESTAMP
        case name:
            return _TYPES.get(name)


_TYPES: dict[str, DataType] = {
    "bool": BOOLEAN, "int8": TINYINT, "int16": SMALLINT, "int32": INT, "int64": BIGINT, "float": FLOAT,
    "double": DOUBLE, "string": STRING, "large_string": STRING, "date32": DATE,
}  # fmt: skip

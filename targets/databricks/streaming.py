"""Streams in the declarative form: streaming tables, times, sinks; what can't be said there is refused."""

from collections.abc import Collection, Iterator
from typing import Any

from oftra.diagnostics import Report
from oftra.diagnostics.databricks import NotDeclared
from oftra.ir.program import Connection, Program, Relation
from oftra.ir.rel import Distinct, Filter, SetOperation
from oftra.ir.walk import every_rel
from oftra.targets.databricks.planned import replaced
from oftra.targets.databricks.published import is_published
from oftra.targets.engines.spark.datatypes import identifier
from oftra.targets.engines.spark.first_rows import keys_of_first
from oftra.targets.engines.spark.literals import duration
from oftra.targets.needs import Survey
from oftra.targets.pyspark import stream_support
from oftra.targets.pyspark.module import FRAME
from oftra.targets.pyspark.moves import Storing
from oftra.targets.pyspark.outputs import Outputs
from oftra.targets.pyspark.stream_main import AT
from oftra.targets.pyspark.streams import Streams, is_stateful, reads, upserts
from oftra.targets.python import tree as py
from oftra.targets.python.rewrite import exchanged

AT_ONCE = "1 millisecond"
"""The delay of a watermark that waits for nobody: Databricks wants one."""


def refuse(survey: Survey, names: Collection[str], version: tuple[int, int], report: Report) -> None:
    """Report whatever of the streams among `names` a declarative pipeline can't have."""
    streams = Streams(survey, Outputs(survey, names))
    for name, why in _undeclared(streams):
        report.add(NotDeclared(name, why, span=_span(streams.program, name)))
    if not report.has_errors:
        stream_support.refuse(survey, names, version, report)


def _span(program: Program, name: str) -> Any:
    return next((one.span for one in program.sinks if one.name == name), None) or program.by_name[name].span


def _undeclared(streams: Streams) -> Iterator[tuple[str, str]]:
    program = streams.program
    for name in streams.outputs:
        output = streams.output(name)
        if isinstance(output, Relation) and upserts(output):
            yield name, "a streaming table takes more rows, and changes none"
        elif not isinstance(output, Relation):
            connection = program.connections[output.connection]
            if connection.kind != "kafka" and not (connection.kind == "delta" or is_published(connection)):
                yield name, "its streams go to topics of Kafka and tables of Delta Lake"
            elif connection.kind != "kafka" and upserts(output):
                yield name, "a sink takes more rows, and changes none"
    for relation in program.relations:
        if relation.name in streams.relations:
            if relation.late is not None:
                yield relation.name, "nothing there tells which rows came late"
            time = relation.interface.event_time
            if relation.kind == "source" and "${" in (time or ""):
                yield relation.name, "Spark would put something in place of the name of its event time"
            for part in every_rel(relation.rel):
                is_told = isinstance(part, Distinct) or (isinstance(part, SetOperation) and not part.all)
                is_first = isinstance(part, Filter) and keys_of_first(part) is not None
                if (is_told or is_first) and reads(part, streams.relations):
                    yield relation.name, "rows of a stream are told apart by their columns, which nobody knows yet"


def goes_on(name: str, streams: Streams) -> bool:
    """Whether what a stream stores is also counted, joined and the like: of a table it isn't known what comes late, so
    that this goes on from the rows as they come."""
    endless = streams.relations
    behind = [streams.program.by_name[one].rel for one in endless if one != name and name in streams.upstream(one)]
    return any(is_stateful(rel, endless) for rel in behind)


def timed(relation: Relation, rows: py.Expr) -> py.Expr:
    """The rows of a stream, of which it is known when they are late.

    Of a table of the pipeline this has to be said in SQL: `withWatermark` asks for its columns, before it is there.
    """
    time, delay = relation.interface.event_time, relation.interface.watermark
    if time is None or time not in [column.name for column in relation.columns]:
        return rows
    said = AT_ONCE if delay is None or not delay.micros else duration(delay)
    match rows:
        case py.Call(py.Attribute(py.Attribute(_, "readStream"), "table"), (py.String(table),)):
            watermark = f"watermark {identifier(time)} delay of interval {said}"
            return py.call("spark.sql", py.String(f"select * from stream {table} {watermark}"))
        case _:
            return py.method(rows, "withWatermark", py.String(time), py.String(said))


def streamed(flow: py.Def) -> py.Def:
    """A query that goes on and on: what is now is asked for each time that rows come."""
    started, now = py.call("F.lit", py.Name(AT)), py.call("F.current_timestamp")
    found: py.Def = exchanged(flow, lambda node: now if node == started else node)
    return found


def sink(move: Storing, connection: Connection, called: str, rows: py.Expr) -> Iterator[py.Statement]:
    """A sink as it is declared, and the flow `called` that brings it the `rows` of a stream."""
    *before, options = _sent(move.write.definition.body)
    name, format_ = move.name.rpartition(".")[2], "kafka" if connection.kind == "kafka" else "delta"
    yield py.Evaluate(py.call("dp.create_sink", py.String(name), py.String(format_), options))

    def change(part: Any) -> Any:
        match part:
            case py.Name("rows"):
                return rows
            case py.Call(py.Attribute(whole, "withColumns"), (py.DictOf(entries),)):
                return replaced(whole, entries)
            case _:
                return part

    body = exchanged(tuple(before), change)
    decorator = py.call("dp.append_flow", py.Keyword("target", py.String(name)))
    yield py.Def(called, (), body, FRAME, decorators=(decorator,), span=move.write.definition.span)


def _sent(body: tuple[py.Statement, ...]) -> tuple[Any, ...]:
    """What makes the rows that are sent, and then the options of the place that they are sent to."""
    entries: list[tuple[Any, Any]] = []
    *before, write, _ = body
    assert isinstance(write, py.Evaluate)
    rows: Any = write.value
    while not isinstance(rows, py.Attribute):
        match rows:
            case py.Call(py.Attribute(inner, "option"), (name, value)):
                entries.insert(0, (name, value))
            case py.Call(py.Attribute(inner, "saveAsTable" | "save" as how), places):
                entries += [(py.String("tableName" if how == "saveAsTable" else "path"), place) for place in places]
            case py.Call(py.Attribute(inner, _)):
                pass
            case _:
                raise AssertionError("rows are written by one chain of calls")
        rows = inner
    kept = [one for one in entries if one[0] not in (py.String("txnAppId"), py.String("txnVersion"))]
    return (*before, py.Return(rows.value), py.DictOf(tuple(kept)))

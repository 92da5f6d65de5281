"""What Structured Streaming can't do of a program, said before anything is written: Spark would say it much later."""

from collections.abc import Collection

from oftra.connectors import format_of, text_format
from oftra.diagnostics import Report
from oftra.diagnostics.spark import NeedsNewerSpark, UnsupportedInStream
from oftra.diagnostics.targets import UnsupportedRefresh, UnsupportedSinkMode
from oftra.ir.expr import AggregateCall, Call, Column
from oftra.ir.keys import conjuncts
from oftra.ir.options import given, word, words
from oftra.ir.program import Relation, Sink
from oftra.ir.rel import (
    Aggregate,
    Checked,
    Distinct,
    Filter,
    Join,
    Limit,
    Opaque,
    Recursion,
    Rel,
    Sample,
    SetOperation,
    Sort,
    TimeWindow,
    Window,
)
from oftra.ir.walk import every_rel
from oftra.source import NOWHERE, Span
from oftra.targets.engines.spark.first_rows import keys_of_first
from oftra.targets.engines.spark.lower import lower
from oftra.targets.needs import Survey
from oftra.targets.pyspark import chained, last_support
from oftra.targets.pyspark.outputs import Outputs
from oftra.targets.pyspark.streams import Streams, reads, stateful, upserts


def refuse(survey: Survey, names: Collection[str], version: tuple[int, int], report: Report) -> None:
    """Report whatever of the streams among `names` Spark can't do."""
    streams = Streams(survey, Outputs(survey, names))
    if not streams.outputs:
        return
    if version < (4, 0):
        span = streams.output(streams.outputs[0]).span
        report.add(NeedsNewerSpark("streams", "4.0", ".".join(map(str, version)), span=span))
    _Refusing(streams, report).all()


class _Refusing:
    def __init__(self, streams: Streams, report: Report) -> None:
        self.streams, self.report = streams, report
        self.program = streams.program
        self.place = NOWHERE
        self.interfaces = {relation.name: relation.interface for relation in self.program.relations}

    def all(self) -> None:
        """Sources, relations and outputs."""
        for relation in self.program.relations:
            if relation.name in self.streams.relations:
                if relation.kind == "source":
                    self._source(relation)
                self._late(relation)
                self._rules(relation)
                self._operators(relation)
        for name in self.streams.outputs:
            self._output(self.streams.output(name))
        for name in self.streams.split:
            if sum([name in query.sources for query in self.streams.queries]) > 1:
                remedy = "let all that is made of it be by windows of time: then one query makes it"
                self._no("`on late` in several queries", self.program.by_name[name].span, remedy)

    def _no(self, what: str, span: Span, remedy: str = "") -> None:
        # What was lowered may have no place of its own.
        self.report.add(UnsupportedInStream(what, remedy, span=span if span.end else self.place))

    # ------------------------------------------------------------------------------------------- what comes and goes

    def _source(self, relation: Relation) -> None:
        connection = self.program.connections[relation.connection or ""]
        options = relation.options
        if connection.kind not in ("files", "kafka"):
            self._no(f"a source in `{connection.kind}`", relation.span)
        if connection.kind != "files":
            return
        if text_format(options, connection) == "csv" and given(options, connection, "header") is not False:
            remedy = "say `header: false` where the files have none; a stream doesn't tell which line is a file's first"
            self._no("csv with a header", relation.span, remedy)
        if options.get("hive_partitioned") is True:
            self._no("`hive_partitioned`", relation.span)
        if "row" in words(options.get("metadata")):
            self._no("`metadata: row`", relation.span, "a stream doesn't tell which line of a file a record is")
        if format_of(options, connection) == "parquet":
            for option, bad in (("missing", "fail"), ("extra", "fail")):
                if word(options.get(option)) == bad:
                    self._no(f"`{option}: {bad}` of parquet", relation.span)
            if any(name != path for name, path in relation.record_paths.items()):
                self._no("`from` in a contract of parquet", relation.span)

    def _late(self, relation: Relation) -> None:
        """What comes late is known of the rows of a batch; what Spark drops besides it couldn't be told by source."""
        streams = self.streams
        upstream = streams.upstream(relation.name)
        if relation.name in streams.computed and any(self.program.by_name[name].late_of for name in upstream):
            self._no("what keeps a state of late rows", relation.span, "compute it in batch, of the table of late rows")
        if relation.kind != "source" or relation.late is not None or relation.interface.event_time is None:
            return
        queries = [
            one for one in streams.queries if any(relation.name in streams.upstream(name) for name in one.computed)
        ]
        beside = {source for query in queries for source in query.sources if source in streams.split}
        if beside:
            other = self.program.by_name[min(beside)].short
            remedy = f"say `on late` of `{relation.short}` too: Spark drops rows of both behind one watermark"
            self._no(f"`on late` of `{other}` alone", relation.span, remedy)

    def _output(self, output: Relation | Sink) -> None:
        kind = self.program.connections[output.connection or ""].kind
        relation = self.streams.stored(output.name)
        if isinstance(output, Relation):
            refresh = word(output.options.get("refresh"), "full")
            by_key = kind in ("delta", "iceberg")
            if refresh not in ("full", "append", "merge") or (refresh == "merge" and not by_key) or kind == "jdbc":
                self.report.add(UnsupportedRefresh(output.name, refresh, "pyspark", span=output.span))
        else:
            mode = word(output.options.get("mode"), "append")
            modes = {"files": ("append", "overwrite"), "jdbc": ("upsert",), "catalog": ("append",)}
            if mode not in modes.get(kind, ("append", "upsert")):
                self.report.add(UnsupportedSinkMode(output.name, mode, "pyspark", span=output.span))
        if self.streams.last_behind(relation) is not None or "delete_when" in output.options:
            last_support.refuse_output(self.streams, output, self.report)
            return
        changes = self.program.by_name[relation].interface.changes
        if changes == "retract" or (changes == "upsert" and not upserts(output)):
            self._no("rows that are taken back", output.span)
        elif upserts(output) and kind in ("delta", "iceberg", "jdbc"):
            last_support.refuse_unordered(self.streams, output, self.report)

    # ---------------------------------------------------------------------------------------------------- in between

    def _rules(self, relation: Relation) -> None:
        for part in every_rel(relation.rel):
            if isinstance(part, Checked) and reads_endless(part, relation, self.streams):
                if part.rules and relation.name in self.streams.computed:
                    remedy = "assert it of the relation's source, in its contract"
                    self._no("an assertion behind what keeps a state", part.rules[0].span, remedy)
                for rule in part.rules:
                    if rule.kind == "unique":
                        self._no(
                            f"the rule `{rule.name}`", rule.span, "tell equal rows apart by `row_number`, or `distinct`"
                        )
                    elif rule.target in self.streams.relations:
                        self._no(f"the rule `{rule.name}`", rule.span, f"`{rule.target}` never ends either")

    def _operators(self, relation: Relation) -> None:
        self.place = relation.span
        rel = lower(relation.rel, self.interfaces, Report(), streaming=True)
        endless = self.streams.relations
        if self.streams.last_behind(relation.name) is not None:
            last_support.refuse_operators(self.streams, relation, rel, self.report)
            if relation.name not in self.streams.last:
                return
        for part in every_rel(rel):
            if isinstance(part, Join) and part.kind != "cross" and reads(part, endless):
                self._join(part, relation)
        behind = self._behind(relation)
        told_apart = {id(part.source) for part in every_rel(rel) if isinstance(part, Filter) and keys_of_first(part)}
        for part in stateful(rel, endless):
            match part:
                case Sort() | Limit() | Sample() | Recursion() | Opaque():
                    self._no(_called(part), part.span)
                case Window() if id(part) not in told_apart:
                    remedy = "`row_number()` by a key with the event time, of which the first is kept, can be said"
                    self._no("functions over windows of rows", part.span, remedy)
                case SetOperation() if part.kind != "union":
                    self._no(f"`{part.kind}`", part.span)
                case Aggregate():
                    self._aggregate(part, relation, behind)
                case Distinct() | Join() | SetOperation():
                    pass
                case _:
                    pass

    def _behind(self, relation: Relation) -> list[Rel]:
        """The operators that keep a state below a relation, in others."""
        names = self.streams.upstream(relation.name) - {relation.name}
        return [one for name in names for one in stateful(self.program.by_name[name].rel, self.streams.relations)]

    def _aggregate(self, rel: Aggregate, relation: Relation, behind: list[Rel]) -> None:
        if rel.sets is not None:
            self._no("grouping sets", rel.span)
        inner = [part for part in stateful(rel.source, self.streams.relations) if isinstance(part, Aggregate)]
        if inner or any(isinstance(part, Aggregate) for part in behind):
            if chained.has_other_windows(self.streams, relation):
                self._no("an aggregate of aggregates behind `session` or `cumulate`", rel.span)
            elif not chained.is_grouped_by_window(rel, self.interfaces):
                self._no("an aggregate of aggregates", rel.span, "group by the window too, which says when it is final")
        for item in rel.aggregates:
            call = item.value
            if isinstance(call, AggregateCall) and call.distinct and call.function != "count":
                self._no(f"`{call.function}(distinct …)`", call.span)
        several = [part for part in every_rel(relation.rel) if isinstance(part, Aggregate)]
        if self.streams.mode_of(relation.name) == "update" or len(several) > 1 or behind:
            return
        windows = [part for part in every_rel(rel.source) if isinstance(part, TimeWindow)]
        borders = {id_ for window in windows for id_ in (window.start.id, window.end.id)}
        if not borders.intersection([item.value.id for item in rel.keys if isinstance(item.value, Column)]):
            if any(isinstance(part, TimeWindow) and part.kind == "cumulate" for part in every_rel(relation.rel)):
                self._no("`cumulate` grouped by its end alone", rel.span, "group by `window_start` too")
                return
            remedy = "`refresh: merge` of a table in Delta Lake or Iceberg, or `mode: upsert` of a sink, takes changes"
            self._no("an aggregate without a window of time here", rel.span, remedy)

    def _join(self, rel: Join, relation: Relation) -> None:
        endless = self.streams.relations
        left, right = reads(rel.left, endless), reads(rel.right, endless)
        if left and right:
            if rel.kind == "anti":
                self._no("`anti join` of two streams", rel.span)
            elif not any(_equates(part) for part in conjuncts(rel.condition)) if rel.condition is not None else True:
                self._no("a join of two streams without an equation", rel.span, "bound it in time and by a key")
            behind = [*stateful(rel.left, endless), *stateful(rel.right, endless), *self._behind(relation)]
            if any(isinstance(part, Aggregate) for part in behind):
                # The rows would be right. But behind aggregates Spark sees no watermark on the windows that are
                # compared: its state of both sides would grow for ever.
                remedy = "store both, and join them in batch: in a stream Spark would never forget what it joined"
                self._no("a join of aggregates", rel.span, remedy)
        elif rel.kind == "full" or rel.kind == ("right" if left else "left"):
            self._no(f"`{rel.kind} join` that keeps what ends", rel.span, "let the stream be the side that is kept")
        elif right and rel.kind in ("semi", "anti"):
            self._no(f"`{rel.kind} join` with a stream", rel.span)


def reads_endless(rel: Checked, relation: Relation, streams: Streams) -> bool:
    """Whether what is judged comes from what never ends."""
    return relation.kind == "source" or reads(rel, streams.relations)


def _equates(condition: object) -> bool:
    match condition:
        case Call("equal", (one, other)):
            return isinstance(one, Column) or isinstance(other, Column)
        case _:
            return False


def _called(rel: Rel) -> str:
    match rel:
        case Sort():
            return "`order by`"
        case Limit():
            return "`limit`"
        case Sample():
            return "`tablesample`"
        case Recursion():
            return "`with recursive`"
        case _:
            return "Spark's own SQL"

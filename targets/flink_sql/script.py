"""A program as a script: tables that it reads, views, tables that it writes, and one set of inserts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from oftra.connectors import format_of, text_format
from oftra.datatypes import DATETIME, DataType
from oftra.diagnostics import Report
from oftra.ir.enforce import Build, Count, Hidden, Keep, Step, built, enforce
from oftra.ir.expr import Runtime
from oftra.ir.gates import Required, gates_of, measured, scanned
from oftra.ir.judge import free_name
from oftra.ir.options import word, words
from oftra.ir.program import Connection, Relation, Sink
from oftra.ir.rel import Read, Rel
from oftra.targets.engines.flink.casts import cast
from oftra.targets.engines.flink.datatypes import type_name
from oftra.targets.engines.flink.plan import Catalog, Planner, Reading
from oftra.targets.engines.flink.streams import Streams
from oftra.targets.flink_sql import databases, gates, iceberg, reports, session, tables
from oftra.targets.flink_sql.given import given_table
from oftra.targets.flink_sql.late import late_rows, rows_of_late
from oftra.targets.flink_sql.merging import with_merging
from oftra.targets.flink_sql.once import judged_once
from oftra.targets.flink_sql.records import NEVER, Records, text_reading, time_of
from oftra.targets.flink_sql.runtimes import Runtimes
from oftra.targets.flink_sql.statements import ColumnOf, Insert, Inserts, Statement, Table, View, Watermark, all_of
from oftra.targets.flink_sql.times import with_times_read
from oftra.targets.flink_sql.versions import looked_into, streams_of, versions_of, with_versions
from oftra.targets.needs import Survey
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import column


@dataclass(frozen=True)
class Wanted:
    """What a script is for: these relations and sinks and all that they need, in batch or as streams.

    With `afresh` tables are computed without storing. Relative paths lie below `root` if one is given; `found` is, by
    source, the types that columns of its files are known to have; `given` how rows come that stand in for a source.
    """

    names: Collection[str]
    is_stream: bool = False
    afresh: bool = False
    root: str | None = None
    found: Mapping[str, Mapping[str, DataType]] = field(default_factory=dict)
    given: Mapping[str, tables.Pairs] = field(default_factory=dict)


@dataclass
class Script:
    """All statements in their order. `stored` is who writes which table.

    `counts` are the queries that count, `gates` those that measure.
    """

    statements: list[Statement] = field(default_factory=list)
    catalog: Catalog = field(default_factory=lambda: Catalog({}, {}, {}))
    runtimes: dict[str, Runtime] = field(default_factory=dict)
    counts: list[tuple[Count, q.Query]] = field(default_factory=list)
    stored: dict[str, Table] = field(default_factory=dict)
    gates: list[tuple[Required, q.Query]] = field(default_factory=list)
    streams: Streams | None = None


def script_of(survey: Survey, wanted: Wanted, report: Report) -> Script:
    """The script that builds what is wanted."""
    return _Builder(survey, wanted, report).build()


class _Builder:
    def __init__(self, survey: Survey, wanted: Wanted, report: Report) -> None:
        self.survey = survey
        self.since = looked_into(survey.program, wanted.names) if wanted.is_stream else {}
        self.program, self.times_read = with_versions(survey.program, self.since), dict[str, str]()
        if wanted.is_stream:
            others = set(wanted.names) - self.since.keys() - wanted.given.keys()
            self.program, self.times_read = with_times_read(self.program, others, report)
        self.wanted = wanted
        self.report = report
        self.script = Script()
        self.runtimes = Runtimes(self.script.runtimes, wanted.root)
        self.relations = [relation for relation in self.program.relations if relation.name in wanted.names]
        self.sinks = [] if wanted.afresh else [sink for sink in self.program.sinks if sink.name in wanted.names]
        self.gates = () if wanted.afresh or wanted.is_stream else gates_of(survey.program, wanted.names).all
        self.read = {sink.relation for sink in self.sinks}.union(*[scanned(one.gate.rel) for one in self.gates])
        for relation in self.relations:
            self.read |= survey.of(relation.name).scans
            self.read |= survey.of(relation.name).needs
        declared = [one.name for one in self.relations] + [one.name for one in self.sinks]
        if wanted.is_stream:
            self.program = with_merging(self.program)
        self.taken = {name.replace(".", "_").lower() for name in declared}
        self.inserts: list[Insert] = []
        self.late = {
            one.name: self._free(f"{one.name.replace('.', '_')}_late") for one in self.relations if one.late is not None
        }

    def build(self) -> Script:
        """Tables and views in the order of use, then the inserts."""
        steps = enforce(self.program, [relation.name for relation in self.relations])
        names: dict[str, sql.Name] = {}
        columns: dict[str, tuple[str, ...]] = {}
        flat = [relation.name.replace(".", "_") for relation in self.relations]
        for relation, plain in zip(self.relations, flat):
            names[relation.name] = sql.Name((plain if flat.count(plain) == 1 else relation.name,))
            columns[relation.name] = tuple([one.name for one in relation.columns])
        for step in steps:
            if isinstance(step, Keep):
                names[step.name] = sql.Name((self._free(step.name.replace(".", "_")),))
                columns[step.name] = tuple([one.name for one in step.rel.columns])
        windows: dict[str, dict[str, DataType]] = {}
        for relation in self.relations:
            if self.wanted.is_stream and relation.interface.window is not None and relation.kind == "view":
                # What tells the window stays as it is: so later joins and groups are known to be of windows.
                windows[relation.name] = dict.fromkeys(relation.interface.window, DATETIME)
        self.script.catalog = Catalog(names, columns, {}, types=windows)
        if self.wanted.is_stream:
            versions = {one: self._free(f"{names[one].parts[-1]}_versions") for one in names if one in self.since}
            self.script.streams = streams_of(self.relations, versions)
        hidden = {step.relation.name: step.hidden for step in steps if isinstance(step, Keep) and step.hidden}
        self.script.statements += iceberg.places(self.program, self.wanted.names, self.wanted.afresh, self.runtimes)
        for relation in self.relations:
            if relation.kind == "source":
                self._source(relation, hidden.get(relation.name), built(steps, relation))
        for step in steps:
            self._step(step)
        for sink in self.sinks:
            self._sink(sink)
        if self.script.counts:
            self.script.statements.append(reports.table())
        if any(one.name == reports.LATE for one in self.inserts):
            self.script.statements.append(reports.late_table())
        stages = [self.inserts]
        if self.gates:
            self.script.gates = [(one, self._plan(measured(one.gate))) for one in self.gates]
            self.script.statements.append(gates.table())
            stages = gates.stages(self.survey, self.wanted.names, self.inserts, self.script.gates)
        self.script.statements += [Inserts(tuple(one)) for one in stages if one]
        self.script.statements[:0] = session.options(self.wanted.is_stream, bool(self.late), len(stages) > 1)
        return self.script

    def _free(self, name: str) -> str:
        found, number = name, 1
        while found.lower() in self.taken:
            number += 1
            found = f"{name}_{number}"
        self.taken.add(found.lower())
        return found

    def _plan(self, rel: Rel, window: tuple[str, str] | None = None) -> q.Query:
        streams = self.script.streams
        return Planner(self.script.catalog, self.report, self.script.runtimes, streams, window).query(rel)

    # ---------------------------------------------------------------------------------------------------- sources

    def _source(self, relation: Relation, hidden: Hidden | None, built: Rel) -> None:
        since = self.since.get(relation.name)
        if (options := self.wanted.given.get(relation.name)) is not None:
            name = self._free_rows(relation)
            self._reads(relation, *given_table(relation, name, options, self.wanted.is_stream, since))
            return
        connection = self.program.connections[relation.connection or ""]
        if relation.is_stored and connection.kind == "files":
            plain = self.script.catalog.names[relation.name].parts[-1]
            self.script.statements.append(tables.files_stored(plain, relation, connection, self.runtimes))
            return
        if connection.kind in ("jdbc", "iceberg"):
            name, kind = self._free_rows(relation), iceberg if connection.kind == "iceberg" else databases
            self._reads(relation, *kind.source(relation, connection, name, since, self.runtimes))
            return
        format_ = text_format(relation.options, connection)
        if format_ is None:
            self._typed(relation, connection, built)
        else:
            self._text(relation, connection, format_, hidden)

    def _free_rows(self, relation: Relation) -> str:
        return self._free(f"{self.script.catalog.names[relation.name].parts[-1]}_rows")

    def _reads(self, relation: Relation, table: Table, reading: Reading) -> None:
        self.script.statements.append(table)
        self.script.catalog.reads[relation.name] = reading

    def _typed(self, relation: Relation, connection: Connection, built: Rel) -> None:
        """A table of the source's own name, if that is all there is to it."""
        format_ = format_of(relation.options, connection)
        options = tables.files_read(relation, connection, format_, self.wanted.is_stream, self.runtimes)
        paths = {one.name: relation.record_paths.get(one.name, one.name) for one in relation.columns}
        types = {one.name: one.type for one in relation.columns}
        given = types | dict(self.wanted.found.get(relation.name, {}))
        is_plain = isinstance(built, Read) and not (self.wanted.is_stream and relation.late is not None)
        is_all = is_plain and given == types and all(name == path for name, path in paths.items())
        plain = self.script.catalog.names[relation.name].parts[-1]
        name = plain if is_all else self._free(f"{plain}_records")
        made = tuple([ColumnOf(paths[name], type_name(type_)) for name, type_ in given.items()])
        since = self.since.get(relation.name)
        time = tables.event_time(relation) if self.wanted.is_stream and since is None else None
        if since is not None:
            made = (*[one for one in made if one.name != since], ColumnOf(since, computed=NEVER))
            time = Watermark(since)
        elif time is not None:
            made = tuple([ColumnOf(one.name, tables.TIME) if one.name == paths[time.time] else one for one in made])
        table = Table(name, made, options, watermark=time, description=relation.description, span=relation.span)
        self.script.statements.append(table)
        if not is_all:
            values = {one: cast(sql.Name((name, paths[one])), given[one], types[one]) for one in types}
            item = q.Table(column(name))
            self.script.catalog.reads[relation.name] = Reading(item, name, tuple(paths.values()), values)

    def _text(self, relation: Relation, connection: Connection, format_: str, hidden: Hidden | None) -> None:
        """A table of records as they are; views over it decode and judge them."""
        plain = self.script.catalog.names[relation.name].parts[-1]
        is_kafka = connection.kind == "kafka"
        name = self._free(f"{plain}_{'messages' if is_kafka else 'lines'}")
        record = free_name("message" if is_kafka else "line", relation.columns)
        made = [ColumnOf(record, "string")]
        asked = words(relation.options.get("metadata"))
        own_key = free_name("message_key", relation.columns) if tables.TOMBSTONE in asked else None
        needs_place = hidden is not None and hidden.file is not None
        known = tables.KAFKA_METADATA if is_kafka else tables.FILES_METADATA
        needed = (*asked, *((("topic", "partition", "offset") if is_kafka else ("file",)) if needs_place else ()))
        found: dict[str, sql.Expr] = {}
        if own_key is not None:
            made, found[tables.TOMBSTONE] = tables.keyed(record, own_key, relation)
        for one in [name for name in dict.fromkeys(needed) if name in known]:
            own = free_name(one if one not in asked else f"{record}_{one}", relation.columns)
            type_, key = known[one]
            made.append(ColumnOf(own, type_, metadata=key))
            found[one] = column(own)
        file: sql.Expr = sql.Cast(sql.NULL, "string")
        position: sql.Expr = sql.Cast(sql.NULL, "bigint")
        if is_kafka:
            options = tables.kafka_read(relation, connection, self.wanted.is_stream, self.runtimes, own_key)
            if needs_place:
                part = sql.Cast(found["partition"], "string")
                file, position = sql.Chain("||", (found["topic"], sql.Text("-"), part)), found["offset"]
        else:
            options = tables.files_read(relation, connection, format_, self.wanted.is_stream, self.runtimes)
            if "file" in found:
                file = found["file"] = tables.below_root(found["file"], connection, self.runtimes)
        since = self.since.get(relation.name)
        watermark = tables.event_time(relation) if self.wanted.is_stream and since is None else None
        if watermark is not None:
            time = free_name(f"{watermark.time}_event", relation.columns)
            watermark = Watermark(time, watermark.delay)
        records = Records(
            relation,
            hidden,
            connection,
            format_,
            column(name),
            record,
            file,
            position,
            found,
            time=None if watermark is None else watermark.time,
            time_read=self.times_read.get(relation.name),
            prefix=f"{plain}_",
        )
        if watermark is not None:
            made.append(ColumnOf(watermark.time, computed=time_of(records, self.report)))
        if since is not None:
            watermark = Watermark(since)
            made.append(ColumnOf(since, computed=NEVER))
            found[since] = column(since)
        about = f"The records of {relation.short}, as they are."
        table = Table(name, tuple(made), options, watermark=watermark, description=about, span=relation.span)
        self.script.statements.append(table)
        self.script.catalog.reads[relation.name] = text_reading(records, self.report)

    # ------------------------------------------------------------------------------------------------------ steps

    def _step(self, step: Step) -> None:
        match step:
            case Keep():
                self._kept(step)
            case Count() if step.rules:
                query = self._plan(step.rel)
                self.script.counts.append((step, query))
                self.inserts.append(reports.counted(step, query))
            case Count():
                pass
            case Build(relation):
                self._relation(relation)
            case _:
                assert_never(step)

    def _kept(self, step: Keep) -> None:
        name = self.script.catalog.names[step.name].parts[-1]
        if isinstance(step.rel, Read) and step.hidden is not None:
            *before, last = self.script.catalog.reads[step.relation.name].ctes
            query: q.Query = q.With(tuple(before), last.query)
        else:
            query = self._plan(step.rel)
            if step.is_judged:
                query = judged_once(query)
        view = View(name, query, reports.about_kept(step), span=step.relation.span)
        self.script.statements.append(view)

    def _view(self, name: str, rel: Rel, description: str | None, relation: Relation) -> None:
        view = self.script.catalog.names[name].parts[-1]
        is_window = name in self.script.catalog.types
        query = self._plan(rel, relation.interface.window if is_window else None)
        self.script.statements.append(View(view, query, description, span=relation.span))

    def _relation(self, relation: Relation) -> None:
        if relation.kind != "table":
            named = self.script.catalog.names[relation.name].parts[-1]
            if not any(isinstance(one, Table) and one.name == named for one in self.script.statements):
                self._view(relation.name, relation.rel, relation.description, relation)
                self._late(relation, named)
            if self.script.streams is not None and relation.name in self.since:
                view, _ = self.script.streams.versions[relation.name]
                self.script.statements.append(versions_of(view, named, relation, self.since[relation.name]))
            return
        connection = self.program.connections.get(relation.connection or "")
        own = self.script.catalog.names[relation.name].parts[-1]
        query = self._plan(relation.rel)
        if self.wanted.is_stream and relation.late_of:
            query = rows_of_late(relation, self.late)
        if relation.name in self.read or connection is None or self.wanted.afresh:
            # What is written can't be read in the same job: others read what it is made of.
            self.script.statements.append(View(own, query, relation.description, span=relation.span))
            query = all_of(own)
        if connection is None or self.wanted.afresh:
            return
        name = self._free(f"stored_{own}") if relation.name in self.read else own
        if connection.kind in ("jdbc", "iceberg"):
            self._rows(name, relation, relation, query)
            return
        options = tables.files_written(relation.physical or relation.name, relation.options, connection, self.runtimes)
        about = None if relation.name in self.read else relation.description
        made = Table(name, tables.columns_of(relation.columns), options, description=about, span=relation.span)
        self._written(relation.name, made, query)

    def _late(self, relation: Relation, view: str) -> None:
        """Rows that come too late stay out of what is made of a stream's source, if it says so, and are counted."""
        time = relation.interface.event_time
        made = self.script.statements[-1]
        if not self.wanted.is_stream or relation.late is None or time is None:
            return
        assert isinstance(made, View)
        # What is read by Flink itself has a time in any case.
        nullable = relation.name in self.wanted.given
        in_time, late = late_rows(made, column(time), self.late[relation.name], nullable)
        self.script.statements[-1:] = [in_time, late]
        self.inserts.append(reports.late(relation, late.name))

    def _sink(self, sink: Sink) -> None:
        connection = self.program.connections[sink.connection]
        relation = self.program.by_name[sink.relation]
        upserts = word(sink.options.get("mode")) == "upsert"
        key: tuple[str, ...] = ()
        if connection.kind in ("jdbc", "iceberg"):
            self._rows(self._own(sink), sink, relation, all_of(self.script.catalog.names[sink.relation].parts[-1]))
            return
        if connection.kind == "kafka":
            stream = f"{self.program.name}.{sink.name}" if self.wanted.is_stream else None
            options = tables.kafka_written(sink.options, connection, upserts, self.runtimes, stream)
            if upserts:
                key = words(sink.options.get("key")) or words(relation.options.get("key")) or relation.interface.keys[0]
        else:
            options = tables.files_written(sink.physical or sink.name, sink.options, connection, self.runtimes)
        columns, parts = tables.columns_of(relation.columns), words(sink.options.get("partition_by"))
        table = Table(self._own(sink), columns, options, key, None, parts, description=sink.description, span=sink.span)
        query = all_of(self.script.catalog.names[sink.relation].parts[-1])
        # Of a window Flink knows both ends alone for a key.
        settles = self.wanted.is_stream and not set(key).isdisjoint(relation.interface.window or ())
        self._written(sink.name, table, query, connection.kind == "kafka", settles)

    def _rows(self, name: str, to: Relation | Sink, relation: Relation, query: q.Query) -> None:
        connection = self.program.connections[to.connection or ""]
        if connection.kind == "iceberg":
            placed = iceberg.output(to, relation, query, connection, self.wanted.is_stream, self.runtimes)
            self.script.statements += placed.statements
            self.script.stored[to.name] = placed.table
            self.inserts.append(placed.insert)
            return
        made = databases.output(name, to, relation.columns, connection, self.runtimes)
        settles = self.wanted.is_stream and databases.settles(relation, made.key)
        self._written(to.name, made, databases.rows(query, relation.columns), True, settles)

    def _own(self, sink: Sink) -> str:
        plain = sink.name.replace(".", "_")
        taken = {name.parts[-1].lower() for name in self.script.catalog.names.values()}
        return plain if plain.lower() not in taken else self._free(plain)

    def _written(self, owner: str, table: Table, query: q.Query, adds: bool = False, settles: bool = False) -> None:
        self.script.statements.append(table)
        self.script.stored[owner] = table
        replaces = not adds and not self.wanted.is_stream
        self.inserts.append(Insert(table.name, query, replaces, settles, owner=owner, span=table.span))

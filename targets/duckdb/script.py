"""A program as a script: parts in the order in which they are run, each the statements of one relation."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, assert_never

from oftra.diagnostics import Report
from oftra.ir import until
from oftra.ir.enforce import Build, Count, Hidden, Keep, Step, enforce
from oftra.ir.expr import Runtime
from oftra.ir.gates import Gates, Required, gates_of, measured
from oftra.ir.options import text
from oftra.ir.program import Connection, Program, Relation, Sink
from oftra.ir.refresh import END, START, UNTIL, Refreshed, beside
from oftra.ir.rel import Read, Rel
from oftra.ir.walk import every_rel
from oftra.source import NOWHERE, Span
from oftra.targets.duckdb import files, gates, marks, messages, reports
from oftra.targets.duckdb.databases import alias_of, attachments, free, is_database, stored_name
from oftra.targets.duckdb.refreshing import Refreshing, gone_beside, names_beside
from oftra.targets.duckdb.runtimes import Runtimes
from oftra.targets.duckdb.text_records import STEPS
from oftra.targets.duckdb.text_values import as_written
from oftra.targets.duckdb.values import default_of
from oftra.targets.engines.duckdb.plan import Catalog, Planner
from oftra.targets.needs import Survey
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.block import Border

Kind: TypeAlias = Literal["head", "source", "view", "table", "sink", "kept", "counts", "gate", "report"]


@dataclass(frozen=True)
class Part:
    """What is run for one relation.

    `counts` are what its counts are of, `borders` the queries in it that are in DuckDB's own words. Parts of the
    session (options, values, databases) are those that a runner may set otherwise. `sends` are the messages or rows of
    an output whose place only a runner reaches. If it `is_slice`, the first statement makes the rows of the run, which
    those that follow put into what is stored. `gate` is the one that is judged.
    """

    kind: Kind
    name: str
    statements: tuple[q.Statement, ...]
    span: Span
    counts: Count | None = None
    is_session: bool = False
    borders: tuple[Border, ...] = ()
    sends: q.Query | None = None
    is_slice: bool = False
    gate: Required | None = None


@dataclass
class Script:
    """All parts, and what relations are called in them.

    `topics` are the tables that must hold the messages or rows of sources, by source, before anything is run.
    """

    parts: list[Part] = field(default_factory=list)
    topics: dict[str, str] = field(default_factory=dict)
    catalog: Catalog = field(default_factory=lambda: Catalog({}, {}, {}))
    runtimes: dict[str, Runtime] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """What a script is for: these relations and sinks and all that they need; `afresh` computes tables without storing.

    `found` is, by source, what its files are known to be; relative paths lie below `root` if one is given.
    """

    names: Collection[str]
    afresh: bool = False
    root: str | None = None
    found: Mapping[str, files.Found] = field(default_factory=dict)


def script_of(survey: Survey, wanted: Wanted, report: Report) -> Script:
    """The script that builds what is wanted."""
    return _Builder(survey, wanted, report).build()


class _Builder:
    def __init__(self, survey: Survey, wanted: Wanted, report: Report) -> None:
        self.survey = survey
        self.program = program = survey.program
        self.wanted = wanted
        self.report = report
        self.script = Script()
        self.runtimes = Runtimes(self.script.runtimes, wanted.root)
        self.relations = [relation for relation in program.relations if relation.name in wanted.names]
        self.sinks = () if wanted.afresh else [sink for sink in program.sinks if sink.name in wanted.names]
        self.gates = Gates() if wanted.afresh else gates_of(program, wanted.names)
        self.read = self._read_names()
        self.marks: dict[str, marks.Mark] = {}
        self.shared = frozenset[str]() if wanted.afresh else survey.shared_work(wanted.names, self.gates)

    def build(self) -> Script:
        """Parts for all relations and what enforces their rules, then for the sinks."""
        steps = enforce(self.program, [relation.name for relation in self.relations], self.gates.first)
        names: dict[str, sql.Name] = {}
        columns: dict[str, tuple[str, ...]] = {}
        for relation in self.relations:
            names[relation.name] = self._name(relation)
            columns[relation.name] = tuple([column.name for column in relation.columns])
        for step in steps:
            if isinstance(step, Keep):
                names[step.name] = sql.Name((step.name.replace(".", "_"),))
                columns[step.name] = tuple([column.name for column in step.rel.columns])
        self._beside_tables(names, columns)
        self.script.catalog = Catalog(names, columns, {})
        self._schemas()
        self._where_it_begins()
        self.crowded = self._crowded(steps)
        hidden = {step.relation.name: step.hidden for step in steps if isinstance(step, Keep) and step.hidden}
        for relation in self.relations:
            if relation.kind == "source" and not relation.is_stored:
                self._reading(relation, hidden.get(relation.name))
        counted = [step for step in steps if isinstance(step, Count)]
        for move in self.gates.among(steps):
            self._step(move)
        for sink in self.sinks:
            self._sink(sink)
        for gate in self.gates.last:
            self._gate(gate)
        shown = [reports.shown()] if counted else []
        if self.gates.all:
            shown.append(gates.shown())
        if shown:
            self.script.parts.append(Part("report", "", tuple(shown), NOWHERE))
        self.script.parts[:0] = self._head(bool(counted))
        return self.script

    def _beside_tables(self, names: dict[str, sql.Name], columns: dict[str, tuple[str, ...]]) -> None:
        """Name what stands beside tables of which a run makes a part."""
        for relation in self.relations:
            if isinstance(relation, Refreshed) and not self.wanted.afresh:
                connection = self._connection(relation.connection)
                place = names[relation.name] if connection is not None and is_database(connection) else None
                names |= names_beside(relation, place, names.values())
                for name in beside(relation):
                    columns[name] = tuple([column.name for column in relation.columns])

    def _where_it_begins(self) -> None:
        """Read until when tables are made of which the run makes a part."""
        for relation in self.relations:
            if isinstance(relation, Refreshed) and relation.keeps_mark and not self.wanted.afresh:
                known = self.marks.values()
                mark = marks.mark_of(relation, self.program, self.script.catalog, self.runtimes, known)
                self.marks[relation.name] = mark
        if self.marks:
            starting = [self.marks[one.name] for one in until.starting(self.program, self.wanted.names)]
            statements = marks.begins(self.marks.values(), starting, self.runtimes)
            self.script.parts.append(Part("head", "", statements, NOWHERE))

    def _read_names(self) -> set[str]:
        """The relations that another one, or a sink, reads."""
        found = {sink.relation for sink in self.sinks} | self.gates.scanned
        for relation in self.relations:
            found |= self.survey.of(relation.name).scans
        return found

    def _crowded(self, steps: tuple[Step, ...]) -> set[str]:
        """The sources that one query reads beside others, or beside relations that are called as its own steps are."""
        if not self.script.catalog.bare.isdisjoint(STEPS):
            return {relation.name for relation in self.relations}
        found: set[str] = set()
        for step in steps:
            if isinstance(step, Keep | Count):
                sources = {part.source for part in every_rel(step.rel) if isinstance(part, Read)}
                found |= sources if len(sources) > 1 else set()
        return found

    # ------------------------------------------------------------------------------------------- where things are

    def _connection(self, name: str | None) -> Connection | None:
        return None if name is None else self.program.connections.get(name)

    def _name(self, relation: Relation) -> sql.Name:
        """What the script calls a relation: tables of a database by their place, others by their own name."""
        connection = self._connection(relation.connection)
        is_table = relation.kind == "table" and not self.wanted.afresh
        if (is_table or relation.is_stored) and connection is not None and is_database(connection):
            return stored_name(connection, relation.name, relation.physical, relation.options)
        if relation.kind == "table" and (self.wanted.afresh or connection is None or connection.kind == "jdbc"):
            return sql.Name((relation.name,))  # a temporary table is in no schema
        folder, _, name = relation.name.rpartition(".")
        if relation.name in self.shared:
            plain = relation.name.replace(".", "_")
            return sql.Name((relation.name if folder and plain in self.program.by_name else plain,))
        # A schema holds no schemas.
        return sql.Name((folder.replace(".", "_"), name) if folder else (name,))

    def _schemas(self) -> None:
        schemas = {name.parts[:-1] for name in self.script.catalog.names.values()}
        databases = {(alias_of(one),) for one in self.program.connections.values() if is_database(one)}
        made = [q.CreateSchema(sql.Name(parts)) for parts in sorted(schemas) if parts and parts not in databases]
        if made:
            self.script.parts.append(Part("head", "", tuple(made), NOWHERE))

    def _head(self, counts: bool) -> list[Part]:
        """The session's options, the values of the run, the databases, and the table that counts go to."""
        written = {relation.connection for relation in self.relations if relation.kind == "table"}
        stored = written | {sink.connection for sink in self.sinks}
        attached = attachments(self._databases(), stored, self.runtimes, self.report)
        parts = [session(self.program, self.runtimes, self.report, bool(self.marks))]
        if attached:
            parts.append(Part("head", "", attached, NOWHERE, is_session=True))
        if counts:
            parts.append(Part("head", "", (reports.table(),), NOWHERE, is_session=True))
        if self.gates.all:
            parts.append(Part("head", "", (gates.table(),), NOWHERE, is_session=True))
        return parts

    def _databases(self) -> list[Connection]:
        used = {relation.connection for relation in self.relations} | {sink.connection for sink in self.sinks}
        if self.wanted.afresh:
            used = {relation.connection for relation in self.relations if relation.kind == "source"}
        found = [self.program.connections[name] for name in sorted([name for name in used if name is not None])]
        return [connection for connection in found if is_database(connection)]

    # -------------------------------------------------------------------------------------------------- relations

    def _add(self, part: Part) -> None:
        borders = self.script.catalog.borders
        self.script.parts.append(replace(part, borders=tuple(borders)) if borders else part)
        borders.clear()

    def _plan(self, rel: Rel) -> q.Query:
        return Planner(self.script.catalog, self.report, self.script.runtimes).query(rel)

    def _step(self, step: Step | Required) -> None:
        match step:
            case Required():
                self._gate(step)
            case Keep():
                self._kept(step)
            case Count():
                self._counted(step)
            case Build(relation):
                self._relation(relation)
            case _:
                assert_never(step)

    def _gate(self, required: Required) -> None:
        statements = gates.judged(required, self._plan(measured(required.gate)))
        self._add(Part("gate", "", statements, required.gate.span, gate=required))

    def _kept(self, step: Keep) -> None:
        relation, name = step.relation, self.script.catalog.names[step.name]
        if isinstance(step.rel, Read) and step.hidden is not None:
            query: q.Query = files.decoded(self.script.catalog.reads[relation.name])
        else:
            query = self._plan(step.rel)
        made = q.Create("temp table", name, query, reports.about_kept(step), span=relation.span)
        self._add(Part("kept", relation.name, (made,), relation.span))

    def _counted(self, step: Count) -> None:
        query = Planner(self.script.catalog, self.report, self.script.runtimes).query(step.rel, exact=False)
        counted = reports.counted(step, query)
        self._add(Part("counts", step.relation.name, counted, step.relation.span, step))

    def _relation(self, relation: Relation) -> None:
        if relation.is_stored:
            self._stored(relation)
        elif relation.kind == "table":
            self._table(relation)
        else:
            self._create("temp table" if relation.name in self.shared else "view", relation, relation.rel)

    def _stored(self, relation: Relation) -> None:
        """A table that others write is read as it was written."""
        connection = self._connection(relation.connection)
        assert connection is not None
        if connection.kind == "jdbc":
            self.script.topics[relation.name] = self._name(relation).parts[-1]
        elif not is_database(connection):
            file = files.file_of(relation.physical or relation.name, relation.options, connection, self.runtimes)
            rows = files.stored(file, relation, connection, self.runtimes)
            made = q.Create("view", self._name(relation), rows, relation.description, span=relation.span)
            self._add(Part(relation.kind, relation.name, (made,), relation.span))

    def _reading(self, relation: Relation, hidden: Hidden | None) -> None:
        """How the records of a source are read."""
        connection = self._connection(relation.connection)
        assert connection is not None
        found = self.wanted.found.get(relation.name, files.Found())
        prefix = f"{relation.name.replace('.', '_')}_" if relation.name in self.crowded else ""
        reads = self.script.catalog.reads
        if connection.kind == "files":
            reads[relation.name] = files.reading(relation, hidden, connection, self.runtimes, found, prefix)
        elif connection.kind == "jdbc":
            table = self._free(f"{relation.name.replace('.', '_')}_rows")
            self.script.topics[relation.name] = table
            reads[relation.name] = files.of_rows(relation, table)
        elif connection.kind == "kafka":
            table = self._free(f"{relation.name.replace('.', '_')}_messages")
            self.script.topics[relation.name] = table
            reads[relation.name] = messages.reading(relation, hidden, connection, table, self.runtimes, prefix)
        else:
            table = text(relation.options.get("table")) or relation.physical or relation.short
            item = q.Table(stored_name(connection, relation.name, table, relation.options))
            reads[relation.name] = files.of_table(relation, item, found.absent)

    def _free(self, name: str) -> str:
        return free(name, self.script.catalog.names.values())

    def _create(self, kind: Literal["view", "table", "temp table"], relation: Relation, rel: Rel) -> None:
        name = self.script.catalog.names[relation.name]
        made = q.Create(kind, name, self._plan(rel), relation.description, span=relation.span)
        self._add(Part(relation.kind, relation.name, (made,), relation.span))

    def _table(self, relation: Relation) -> None:
        connection = self._connection(relation.connection)
        if self.wanted.afresh or connection is None:
            self._create("temp table", relation, relation.rel)
        elif isinstance(relation, Refreshed):
            self._refreshed(relation, connection)
        elif is_database(connection):
            self._create("table", relation, relation.rel)
        elif connection.kind == "jdbc":
            self._create("temp table", relation, relation.rel)
            self._add(Part("table", relation.name, (), relation.span, sends=_all_of(self._name(relation))))
        else:
            self._file(relation, connection)

    def _refreshed(self, relation: Refreshed, connection: Connection) -> None:
        mark = self.marks.get(relation.name)
        made = Refreshing(relation, self.script.catalog, self.report, self.script.runtimes, mark)
        first = made.slice()
        if is_database(connection):
            self._add(Part("table", relation.name, (*first, *made.table()), relation.span, is_slice=True))
            return
        file = files.file_of(relation.physical or relation.name, relation.options, connection, self.runtimes)
        options = files.copy_options(file.format, relation.options, connection)
        statements = [*first, *made.file(file, gone_beside(file), options)]
        if relation.name in self.read:
            statements.append(self._view_of(relation, file, connection))
        self._add(Part("table", relation.name, tuple(statements), relation.span, is_slice=True))

    def _view_of(self, relation: Relation, file: files.File, connection: Connection) -> q.Statement:
        name = self.script.catalog.names[relation.name]
        return q.Create("view", name, files.stored(file, relation, connection, self.runtimes), span=relation.span)

    def _file(self, relation: Relation, connection: Connection) -> None:
        file = files.file_of(relation.physical or relation.name, relation.options, connection, self.runtimes)
        options = files.copy_options(file.format, relation.options, connection)
        rows = as_written(self._plan(relation.rel), relation.columns, file.format)
        statements: list[q.Statement] = [q.Copy(rows, file.path, options, relation.description, span=relation.span)]
        if relation.name in self.read:
            statements.append(self._view_of(relation, file, connection))
        self._add(Part("table", relation.name, tuple(statements), relation.span))

    def _sink(self, sink: Sink) -> None:
        connection = self.program.connections[sink.connection]
        name = self.script.catalog.names[sink.relation]
        if connection.kind == "kafka":
            rel = messages.rows(self.program.by_name[sink.relation])
            query = messages.outgoing(sink, rel, self._plan(rel))
            self._add(Part("sink", sink.name, (), sink.span, sends=query))
            return
        if connection.kind == "jdbc":
            self._add(Part("sink", sink.name, (), sink.span, sends=_all_of(name)))
            return
        if is_database(connection):
            named = text(sink.options.get("table")) or sink.physical or sink.name
            table = stored_name(connection, sink.name, named, sink.options)
            made = q.Create("table", table, _all_of(name), sink.description, span=sink.span)
            self._add(Part("sink", sink.name, (made,), sink.span))
            return
        file = files.file_of(sink.physical or sink.name, sink.options, connection, self.runtimes)
        options = files.copy_options(file.format, sink.options, connection)
        columns = self.program.by_name[sink.relation].columns
        rows = as_written(name, columns, file.format)
        copy = q.Copy(rows, file.path, options, sink.description, span=sink.span)
        self._add(Part("sink", sink.name, (copy,), sink.span))


def _all_of(name: sql.Name) -> q.Query:
    return q.Select((q.SelectItem(sql.STAR),), q.Table(name))


def session(program: Program, runtimes: Runtimes, report: Report, goes_on: bool = False) -> Part:
    """The session's options, and the values of the run with their defaults: see `default_of`."""
    if any(runtime == UNTIL for runtime in runtimes.used.values()):
        for one in (END, START):
            runtimes.value(one)
    described = {param.name: param.description for param in program.params}
    statements: list[q.Statement] = [q.Set("timezone", sql.Text("UTC"))]
    for name, runtime in sorted(runtimes.used.items()):
        value = default_of(program, runtime, report, goes_on)
        statements.append(q.SetVariable(name, value, described.get(name), span=runtime.span))
    return Part("head", "", tuple(statements), NOWHERE, is_session=True)

"""A program as functions of a module: what reads, makes, counts and writes, and the order in which a run calls it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import assert_never

from oftra.diagnostics import Report
from oftra.diagnostics.spark import NeedsNewerSpark
from oftra.ir.enforce import Build, Count, Keep, enforce
from oftra.ir.expr import Column, Runtime
from oftra.ir.gates import Gates, Required, gates_of, measured
from oftra.ir.program import Connection, Relation, Sink
from oftra.ir.refresh import Refreshed
from oftra.ir.rel import Project, Read, Rel, Scan
from oftra.source import NOWHERE, Span
from oftra.targets.engines.spark.plan import Body, Catalog, Planner
from oftra.targets.engines.spark.starting import records_of
from oftra.targets.needs import Survey
from oftra.targets.pyspark import judging, reading, stream_writing, writing
from oftra.targets.pyspark.fixed import FIXED
from oftra.targets.pyspark.late_rows import late_of, rows_of
from oftra.targets.pyspark.moves import (
    Function,
    Gating,
    Judging,
    Making,
    Module,
    Naming,
    Narrowing,
    Reading,
    Splitting,
    Storing,
)
from oftra.targets.pyspark.naming import MODULE, Names, identifier, relation_names
from oftra.targets.pyspark.places import has_root, place_of, place_type
from oftra.targets.pyspark.refreshing import Refreshing
from oftra.targets.pyspark.runtimes import annotation
from oftra.targets.pyspark.streams import Streams
from oftra.targets.python import tree as py

FRAME, SPARK, TEXT = py.Name("DataFrame"), py.Name("SparkSession"), py.Name("str")


class Builder:
    """Makes the functions for `names`; with `afresh` nothing is stored, tables are computed like views.

    Names that are `reserved` are given to no function. Rules are judged `by_row` where nothing can be counted first.
    """

    by_row = False

    def __init__(
        self,
        survey: Survey,
        names: Collection[str],
        version: tuple[int, int],
        report: Report,
        afresh: bool = False,
        also: tuple[Relation, ...] = (),
        streams: Streams | None = None,
        reserved: Iterable[str] = (),
    ) -> None:
        program = survey.program
        self.streams = streams
        self.endless = streams.relations if streams is not None else frozenset[str]()
        self.program, self.names, self.report = program, names, report
        relations = [relation for relation in program.relations if relation.name in names]
        self.gates = Gates() if afresh or also else gates_of(program, names)
        self.steps = enforce(program, [relation.name for relation in relations], self.gates.first, self.by_row)
        self.free = Names([*MODULE, *FIXED, "session", *reserved])
        called = dict(relation_names([relation.name for relation in (*relations, *also)], self.free))
        columns = {relation.name: relation.columns for relation in relations}
        self.module = Module(program, called, afresh=afresh, version=version)
        self.kept = {step.name: step for step in self.steps if isinstance(step, Keep)}
        self.hidden = {step.relation.name: step.hidden for step in self.kept.values() if step.hidden is not None}
        self.same = self._same()
        for step in self.kept.values():
            own = self.same.get(step.name)
            called[step.name] = called[own] if own is not None else self.free.free(identifier(step.name))
            columns[step.name] = step.rel.columns
            if step.hidden is not None:
                columns[records_of(step.relation.name)] = step.relation.columns + step.hidden.columns
        self.sources = {records_of(one.name): one for one in relations if one.kind == "source"}
        self.there = set[str]()
        for name, relation in self.sources.items():
            called[name] = self._called_records(relation)
            self.module.owners[name] = relation.name
        self.module.owners |= {step.name: step.relation.name for step in self.kept.values()}
        for name in self.streams.split if self.streams is not None else ():
            called[late_of(name)] = self.free.free(f"{called[name]}_late")
            columns[late_of(name)] = program.by_name[name].columns
            self.module.owners[late_of(name)] = name
        interfaces = {relation.name: relation.interface for relation in program.relations}
        self.catalog = Catalog(called, columns, interfaces, MODULE, version)
        self.read_by_others = self._read_by_others(survey, relations)

    def build(self) -> Module:
        """A function or two for each relation, then for each sink."""
        for step in self.gates.among(self.steps):
            match step:
                case Required():
                    self._gate(step)
                case Keep():
                    self._keep(step)
                case Count():
                    self._count(step)
                case Build(relation):
                    self._relation(relation)
                case _:
                    assert_never(step)
        if not self.module.afresh:
            for sink in self.program.sinks:
                if sink.name in self.names:
                    connection = self.program.connections[sink.connection]
                    write = self._write(sink, connection, self.program.by_name[sink.relation].columns)
                    self.module.moves.append(Storing(sink.name, sink.relation, sink.connection, write))
        for gate in self.gates.last:
            self._gate(gate)
        return self.module

    def _same(self) -> dict[str, str]:
        """Kept rows that are all that a relation is, by the relation's name."""
        found: dict[str, str] = {}
        for step in self.steps:
            if isinstance(step, Build):
                match step.relation.rel:
                    case Scan(name) if name in self.kept and self.kept[name].rel.columns == step.relation.rel.columns:
                        found[name] = step.relation.name
        return found

    def _called_records(self, relation: Relation) -> str:
        """What a source's records are called: as its rows if they are the same, or as they are kept."""
        own = self.module.called[relation.name]
        for step in self.kept.values():
            if step.relation.name == relation.name and isinstance(step.rel, Read):
                return self.module.called[step.name]
        return own if self._is_plain(relation) else self.free.free(f"{own}_records")

    def _is_plain(self, relation: Relation) -> bool:
        """Whether a source's records are its rows as they are read."""
        built = next(
            one.relation for one in self.steps if isinstance(one, Build) and one.relation.name == relation.name
        )
        rel = built.rel
        while isinstance(rel, Project) and all(item.passes for item in rel.items):
            rel = rel.source
        return isinstance(rel, Read)

    def answer(self, rel: Rel) -> Function:
        """The function that gives the rows of a query."""
        return self._function(self.free.free("answer"), self._body(rel), None, NOWHERE)

    def stored(self, relation: Relation) -> None:
        """Read a table as a run left it, and nothing else."""
        connection = self.program.connections[relation.connection or ""]
        constant = self.free.free(self.module.called[relation.name].upper())
        self._read(relation.name, relation, connection, reading.stored(relation, connection, constant), constant)

    def _read_by_others(self, survey: Survey, relations: list[Relation]) -> set[str]:
        """The relations that another one, a sink or a rule reads."""
        found = {sink.relation for sink in self.program.sinks if sink.name in self.names}
        for relation in relations:
            found |= survey.of(relation.name).needs
        return found | self.gates.scanned

    # ------------------------------------------------------------------------------------------------------ steps

    def _relation(self, relation: Relation) -> None:
        kept = next((name for name, own in self.same.items() if own == relation.name), None)
        if relation.kind == "source":
            if self._is_plain(relation):
                self._need(records_of(relation.name))
            else:
                self._make(relation)
            time = relation.interface.event_time
            if self.streams is not None and relation.name in self.streams.split and time is not None:
                self.module.moves.append(Splitting(late_of(relation.name), relation, time))
        elif relation.kind == "view" or relation.connection is None or self.module.afresh or self._is_stream(relation):
            if kept is not None:
                self.module.moves.append(Naming(relation.name, kept))
            else:
                self._make(relation)
            if self._is_stream(relation):
                connection = self.program.connections[relation.connection or ""]
                write = self._write(relation, connection, relation.columns)
                self.module.moves.append(Storing(relation.name, relation.name, connection.name, write))
        else:
            self._table(relation, kept)

    def _is_stream(self, relation: Relation) -> bool:
        return self.streams is not None and relation.name in self.streams.outputs

    def _keep(self, step: Keep) -> None:
        relation = step.relation
        if isinstance(step.rel, Read):
            self._need(records_of(relation.name))
            self.module.moves.append(Naming(step.name, records_of(relation.name)))
            return
        if relation.kind == "source":
            self._need(records_of(relation.name))
        described = relation.description if step.name in self.same else None
        name = self.catalog.names[step.name]
        if step.is_judged:
            described = f"The rows of {relation.short}, each with the rules that it breaks."
            name = self.free.free(f"judged_{self.catalog.names[relation.name]}")
        function = self._function(name, self._body(judging.worded(step.rel)), described, relation.span)
        self.module.moves.append(Making(step.name, relation, function, is_kept=True))

    def _gate(self, required: Required) -> None:
        gate = required.gate
        about = f"Whether `{gate.condition}` holds, and what was measured for that."
        function = self._function(self.free.free("required"), self._body(measured(gate)), about, gate.span)
        self.module.moves.append(Gating(required, function))

    def _need(self, name: str) -> None:
        """Read a source's records, unless they are there: rules that refer in a circle look among them early."""
        relation = self.sources.get(name)
        if relation is None or name in self.there:
            return
        self.there.add(name)
        if self._is_plain(relation):
            self._records(relation, relation.name)
            self.module.moves.append(Naming(name, relation.name))
        else:
            steps = self.kept.values()
            is_kept = any(step.relation.name == relation.name and isinstance(step.rel, Read) for step in steps)
            self._records(relation, name, is_kept)

    def _count(self, step: Count) -> None:
        relation, called = step.relation, self.catalog.names[step.relation.name]
        rules: str | Mapping[str, str] | None = {rule.name: rule.action for rule in step.rules}
        if judging.only_fail(step):
            rules = None
        elif step.assertion is None:
            constant = self.free.free(f"{called.upper()}_RULES")
            self.module.rules[constant] = {rule.name: rule.action for rule in step.rules}
            rules = constant
        judged = judging.judged_of(step)
        counts = None if judged is not None else self._counts(step, f"broken_{called}")
        self.module.moves.append(Judging(relation, counts, judged, rules, step.assertion))

    def _counts(self, step: Count, name: str) -> Function:
        about = f"How many rows of {step.relation.short} break each rule."
        if step.assertion is not None:
            about = f"How many rows in {step.relation.short} break what it asserts."
        body = self._body(judging.row_of(step))
        if judging.only_reads(body):
            return Function(py.Def("unreadable", (), ()), body.relations)
        return self._function(self.free.free(name), body, about, step.relation.span)

    # -------------------------------------------------------------------------------------------------- relations

    def _records(self, relation: Relation, name: str, is_kept: bool = False) -> None:
        connection = self.program.connections[relation.connection or ""]
        constant = self.free.free(self.module.called[relation.name].upper())
        hidden = self.hidden.get(relation.name)
        if hidden is not None and self.catalog.version < (4, 0):
            version = ".".join(map(str, self.catalog.version))
            self.report.add(NeedsNewerSpark("exact decoding of text", "4.0", version, span=relation.span))
        if relation.is_stored:
            self._read(name, relation, connection, reading.stored(relation, connection, constant), constant, is_kept)
            return
        is_endless = relation.name in self.endless
        if not is_endless or (self.streams is not None and self.streams.is_batch(relation.name)):
            reader = reading.of_source(relation, connection, constant, self.report, hidden)
            self._read(name, relation, connection, reader, constant, is_kept)
        if is_endless:
            reader = reading.of_source(relation, connection, constant, self.report, hidden, streaming=True)
            self.module.schemas[constant] = reader.schema
            made = self._reader(f"stream_{self.module.called[relation.name]}", relation, connection, reader)
            self.module.moves.append(Reading(name, relation, None, is_kept=is_kept, stream=made))

    def _read(
        self,
        name: str,
        relation: Relation,
        connection: Connection,
        reader: reading.Reader,
        constant: str,
        is_kept: bool = False,
    ) -> None:
        if reader.schema:
            self.module.schemas[constant] = reader.schema
        elif relation.kind == "table" or relation.is_stored:
            match reader.statements:
                case (py.Return(value),) if value is not None:
                    self.module.moves.append(Reading(name, relation, None, value))
                    return
        function = self._reader(f"read_{self.module.called[relation.name]}", relation, connection, reader)
        # What is in a database may be something else when it is asked again.
        is_kept = is_kept or connection.kind == "jdbc"
        self.module.moves.append(Reading(name, relation, function, is_kept=is_kept))

    def _reader(self, name: str, relation: Relation, connection: Connection, reader: reading.Reader) -> Function:
        parameters = [py.Parameter("spark", SPARK)]
        if has_root(connection):
            parameters.append(py.Parameter(place_of(connection), place_type(connection)))
        described = relation.description if relation.kind == "source" else None
        called = self.free.free(name)
        return self._add(
            Function(py.Def(called, tuple(parameters), reader.statements, FRAME, described, span=relation.span))
        )

    def _make(self, relation: Relation) -> None:
        name = self.module.called[relation.name]
        rel = relation.rel
        if relation.late_of and relation.name in self.endless:
            rel = rows_of(relation, lambda name: self.program.by_name[name].columns)
        body = self._body(rel, streaming=relation.name in self.endless)
        match body.statements, body.relations:
            case (py.Return(py.Call(py.Attribute(py.Name(), "drop")) as rows),), (other,) if relation.kind == "source":
                self.module.moves.append(Narrowing(relation.name, other, rows))
            case _:
                function = self._function(name, body, relation.description, relation.span)
                self.module.moves.append(Making(relation.name, relation, function))

    def _table(self, relation: Relation, kept: str | None) -> None:
        make = None
        if kept is None:
            name = self.module.called[relation.name]
            make = self._function(name, self._body(relation.rel), relation.description, relation.span)
        connection = self.program.connections[relation.connection or ""]
        write = self._write(relation, connection, relation.columns)
        self.module.moves.append(Storing(relation.name, kept or "", relation.connection or "", write, make))
        if relation.name in self.read_by_others:
            constant = self.free.free(self.module.called[relation.name].upper())
            self._read(relation.name, relation, connection, reading.stored(relation, connection, constant), constant)

    # -------------------------------------------------------------------------------------------------- functions

    def _add(self, function: Function) -> Function:
        self.module.functions.append(function)
        return function

    def _body(self, rel: Rel, streaming: bool = False) -> Body:
        return Planner(self.catalog, self.report, streaming).body(rel)

    def _function(self, name: str, body: Body, described: str | None, span: Span) -> Function:
        for one in body.relations:
            self._need(one)
        parameters = [py.Parameter("spark", SPARK)] if body.needs_spark else []
        parameters += [py.Parameter(self.catalog.names[one], FRAME) for one in body.relations]
        parameters += [py.Parameter(held, annotation(one.type)) for held, one in sorted(body.runtimes.items())]
        made = py.Def(name, tuple(parameters), body.statements, FRAME, described, span=span)
        return self._add(Function(made, body.relations, body.runtimes, body.needs_spark))

    def _write(self, output: Relation | Sink, connection: Connection, columns: tuple[Column, ...]) -> Function:
        full = output.name
        own = self.module.called.get(full) or identifier(full.rpartition(".")[2])
        runtimes: dict[str, Runtime] = {}
        parameters = [py.Parameter("rows", FRAME)]
        if has_root(connection):
            parameters.append(py.Parameter(place_of(connection), place_type(connection)))
        if self.catalog.version < (4, 0) and writing.needs_documents(output.options, connection, columns):
            version = ".".join(map(str, self.catalog.version))
            self.report.add(NeedsNewerSpark("exact values in files of JSON", "4.0", version, span=output.span))
        is_stream = self.streams is not None and full in self.streams.outputs
        if is_stream:
            parameters.append(py.Parameter("batch", TEXT))
        has_gone = self.streams is not None and is_stream and self.streams.key_behind(full) is not None
        if connection.kind == "kafka" and isinstance(output, Sink):
            body = self._messages(output, connection, has_gone)
        elif is_stream:
            body = stream_writing.body(output, connection, columns, has_gone)
        elif isinstance(output, Refreshed):
            body = Refreshing(output, connection, self.catalog.version, self.report, runtimes).body()
            parameters += [py.Parameter(held, annotation(one.type)) for held, one in sorted(runtimes.items())]
        else:
            body = writing.body(full, output.physical, output.options, connection, columns)
        name = self.free.free(f"write_{own}")
        returns = py.Name("int") if writing.counts(connection) else py.NONE
        made = py.Def(name, tuple(parameters), body, returns, span=output.span)
        return self._add(Function(made, runtimes=runtimes))

    def _messages(self, sink: Sink, connection: Connection, has_gone: bool) -> tuple[py.Statement, ...]:
        """What sends rows to a topic: in batch, too, message by message."""
        relation = self.program.by_name[sink.relation]
        rel = stream_writing.outgoing(relation, has_gone)
        catalog = replace(self.catalog, names={relation.name: "rows"}, columns={relation.name: rel.source.columns})
        *before, made = Planner(catalog, self.report).body(rel).statements
        assert isinstance(made, py.Return) and made.value is not None
        return (*before, *stream_writing.sent(made.value, rel, sink, connection))

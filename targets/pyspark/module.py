"""A program as one Python module: constants, a function a relation, `main`, and how it starts from a command line."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from oftra.diagnostics import Report
from oftra.ir.expr import Runtime
from oftra.ir.program import Connection, Program, Relation
from oftra.ir.rel import Rel, Rule, Scan
from oftra.source import Span
from oftra.targets.engines.spark.plan import Body, Catalog, Planner
from oftra.targets.needs import Survey, findings
from oftra.targets.pyspark import judging, reading, writing
from oftra.targets.pyspark.fixed import FIXED
from oftra.targets.pyspark.naming import MODULE, Names, identifier, relation_names
from oftra.targets.pyspark.places import has_root
from oftra.targets.pyspark.runtimes import annotation
from oftra.targets.python import tree as py

FRAME, SPARK, TEXT = py.Name("DataFrame"), py.Name("SparkSession"), py.Name("str")


@dataclass
class Function:
    """A function of the module: what it is called with, besides what it is for."""

    definition: py.Def
    relations: tuple[str, ...] = ()
    runtimes: Mapping[str, Runtime] = field(default_factory=dict)
    needs_spark: bool = False

    @property
    def name(self) -> str:
        """What it is called."""
        return self.definition.name


@dataclass
class Judgement:
    """How the rows of a relation are judged: the function that counts, and which rules only warn."""

    relation: str
    counts: Function
    warn: tuple[str, ...]
    needs: frozenset[str]


@dataclass
class Module:
    """All functions, by what they do with a relation or sink; `schemas` are constants by name."""

    program: Program
    survey: Survey
    names: Collection[str]
    afresh: bool
    called: Mapping[str, str]
    schemas: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reads: dict[str, Function] = field(default_factory=dict)
    makes: dict[str, Function] = field(default_factory=dict)
    writes: dict[str, Function] = field(default_factory=dict)
    judges: list[Judgement] = field(default_factory=list)
    order: list[Function] = field(default_factory=list)
    free: Names = field(default_factory=Names)


def build(survey: Survey, names: Collection[str], version: tuple[int, int], report: Report, afresh: bool) -> Module:
    """The functions for all of `names`; with `afresh` nothing is stored, tables are computed like views."""
    return _Builder(survey, names, version, report, afresh).build()


class _Builder:
    def __init__(
        self, survey: Survey, names: Collection[str], version: tuple[int, int], report: Report, afresh: bool
    ) -> None:
        program = survey.program
        self.survey, self.program, self.report, self.afresh = survey, program, report, afresh
        self.relations = [relation for relation in program.relations if relation.name in names]
        free = Names([*MODULE, *FIXED])
        called = relation_names([relation.name for relation in self.relations], free)
        self.catalog = Catalog(
            called,
            {relation.name: relation.columns for relation in self.relations},
            {relation.name: relation.interface for relation in program.relations},
            MODULE,
            version,
        )
        self.module = Module(program, survey, names, afresh, called, free=free)
        self.read_by_others = self._read_by_others()

    def build(self) -> Module:
        """A function or two for each relation, then for each sink."""
        for relation in self.relations:
            match relation.kind:
                case "source":
                    self._source(relation)
                case "view":
                    self._make(relation)
                case "table":
                    self._make(relation)
                    if not self.afresh:
                        self._table(relation)
            self._rules(relation)
        if not self.afresh:
            for sink in self.program.sinks:
                if sink.name in self.module.names:
                    connection = self.program.connections[sink.connection]
                    self._write(sink.name, sink.physical, sink.options, connection, sink.span)
        return self.module

    def _read_by_others(self) -> set[str]:
        """The relations that another one, a sink or a rule reads."""
        found = {sink.relation for sink in self.program.sinks if sink.name in self.module.names}
        for relation in self.relations:
            found |= self.survey.of(relation.name).needs
        return found

    def _add(self, function: Function) -> Function:
        self.module.order.append(function)
        return function

    # -------------------------------------------------------------------------------------------------- relations

    def _source(self, relation: Relation) -> None:
        connection = self.program.connections[relation.connection or ""]
        constant = self.module.free.free(self.module.called[relation.name].upper())
        reader = reading.of_source(relation, connection, constant, self.report)
        self._reader(relation, connection, reader, constant)

    def _reader(self, relation: Relation, connection: Connection, reader: reading.Reader, constant: str) -> None:
        if reader.schema:
            self.module.schemas[constant] = reader.schema
        parameters = [py.Parameter("spark", SPARK)]
        if has_root(connection):
            parameters.append(py.Parameter("root", TEXT))
        name = self.module.free.free(f"read_{self.module.called[relation.name]}")
        described = relation.description if relation.kind == "source" else None
        made = py.Def(name, tuple(parameters), reader.statements, FRAME, described, span=relation.span)
        self.module.reads[relation.name] = self._add(Function(made))

    def _make(self, relation: Relation) -> None:
        body = self._body(relation.rel)
        name = self.module.called[relation.name]
        self.module.makes[relation.name] = self._add(self._function(name, body, relation.description, relation.span))

    def _body(self, rel: Rel) -> Body:
        return Planner(self.catalog, self.report).body(rel)

    def _function(self, name: str, body: Body, described: str | None, span: Span) -> Function:
        parameters = [py.Parameter("spark", SPARK)] if body.needs_spark else []
        parameters += [py.Parameter(self.module.called[one], FRAME) for one in body.relations]
        parameters += [py.Parameter(held, annotation(one.type)) for held, one in sorted(body.runtimes.items())]
        made = py.Def(name, tuple(parameters), body.statements, FRAME, described, span=span)
        return Function(made, body.relations, body.runtimes, body.needs_spark)

    def _table(self, relation: Relation) -> None:
        connection = self.program.connections[relation.connection or ""]
        self._write(relation.name, relation.physical, relation.options, connection, relation.span)
        if relation.name in self.read_by_others:
            constant = self.module.free.free(self.module.called[relation.name].upper())
            self._reader(relation, connection, reading.stored(relation, connection, constant), constant)

    def _write(self, full: str, physical: str, options: object, connection: Connection, span: Span) -> None:
        name = self.module.free.free(f"write_{identifier(self.module.called.get(full, full.rpartition('.')[2]))}")
        parameters = [py.Parameter("rows", FRAME)]
        if has_root(connection):
            parameters.append(py.Parameter("root", TEXT))
        body = writing.body(full, physical, options, connection)  # type: ignore[arg-type]
        made = py.Def(name, tuple(parameters), body, py.NONE, span=span)
        self.module.writes[full] = self._add(Function(made))

    # ------------------------------------------------------------------------------------------------------ rules

    def _rules(self, relation: Relation) -> None:
        for checked in reversed(self.survey.of(relation.name).checks):
            rules = tuple(
                [rule for rule in checked.rules if rule.action in ("fail", "warn") and rule.kind != "readable"]
            )
            if not rules:
                continue
            if checked is relation.rel and relation.kind != "table":
                base: Rel = Scan(relation.name, checked.source.columns, span=checked.span)
            else:
                base = judging.base_of(checked, relation.short)
            self._judge(relation, base, rules)

    def _judge(self, relation: Relation, base: Rel, rules: tuple[Rule, ...]) -> None:
        targets = {one.name: one.columns for one in self.relations}
        body = self._body(judging.counts(base, rules, targets))
        name = self.module.free.free(f"broken_{self.module.called[relation.name]}")
        function = self._add(self._function(name, body, "How many rows break each rule.", relation.span))
        warn = tuple([rule.name for rule in rules if rule.action == "warn"])
        needs = frozenset({rule.target for rule in rules if rule.target is not None} | findings(base).scans)
        self.module.judges.append(Judgement(relation.name, function, warn, needs))

"""A pipeline in the declarative form: what is read, and a function for each table and view, which Spark puts in order.

Spark plans all of it before anything is there. So a query may ask nothing of the rows that it takes, not even their
columns: what has to be asked, of files for their schema say, is asked where the module is loaded.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

from oftra.diagnostics import Report
from oftra.ir.enforce import Count
from oftra.ir.expr import Column, Runtime
from oftra.ir.program import Program, Relation
from oftra.ir.rel import Scan
from oftra.targets.databricks.comments import CODE as COMMENTS
from oftra.targets.databricks.declared_table import properties_of
from oftra.targets.databricks.own_code import CODE as WIDGETS
from oftra.targets.databricks.planned import planned
from oftra.targets.databricks.published import Published
from oftra.targets.databricks.settings import Settings
from oftra.targets.databricks.streaming import goes_on, sink, streamed, timed
from oftra.targets.databricks.widgets import Given, got
from oftra.targets.document import HARD, Doc, Printed, render
from oftra.targets.engines.spark.frame import free_name
from oftra.targets.engines.spark.functions.definitions import DEFINITIONS
from oftra.targets.manifest import made_by
from oftra.targets.needs import Survey
from oftra.targets.pyspark.databases import DATABASE
from oftra.targets.pyspark.file import constants, imports, names_in
from oftra.targets.pyspark.fixed import FIXED, with_needs
from oftra.targets.pyspark.fixed import words as words_of
from oftra.targets.pyspark.main import Main
from oftra.targets.pyspark.module import FRAME, Builder
from oftra.targets.pyspark.moves import (
    Function,
    Gating,
    Judging,
    Making,
    Move,
    Naming,
    Narrowing,
    Reading,
    Splitting,
    Storing,
)
from oftra.targets.pyspark.naming import identifier
from oftra.targets.pyspark.outputs import Outputs
from oftra.targets.pyspark.places import BROKER, ROOT, SERVERS
from oftra.targets.pyspark.stream_main import AT
from oftra.targets.pyspark.streams import Streams
from oftra.targets.python import text, write
from oftra.targets.python import tree as py
from oftra.targets.python.lines import LIMIT
from oftra.targets.python.rewrite import exchanged

CODE: dict[str, str] = {
    "distinct": '''\
def distinct(rows: DataFrame) -> DataFrame:
    """Rows, each once, where nobody knows yet which columns they have."""
    return rows.subtract(rows.limit(0))
''',
    "unbroken": '''\
def unbroken(
    rows: DataFrame, name: str, *rules: str, broken: str = "broken"
) -> DataFrame:
    """Rows, none of which breaks any of these rules: else what reads them fails."""
    found = F.array_intersect(broken, F.array(*map(F.lit, rules)))
    said = F.concat(F.lit(f"a row of {name} breaks "), F.array_join(found, ", "))
    holds = F.when(F.size(found) == 0, True).otherwise(F.raise_error(said))
    return rows.where(holds)
''',
    "expected": '''\
def expected(*rules: str, broken: str = "broken") -> dict[str, str]:
    """What is expected of rows: that no rule is among those that they break."""
    return {rule: f"not array_contains({broken}, {literal(rule)})" for rule in rules}
''',
}
CODE |= {name: WIDGETS[name] for name in ("given", "needed")} | {"literal": COMMENTS["literal"]}

VERSION = (4, 0)
"""The oldest Spark that has what a pipeline asks for, but for the pipelines themselves."""

PLACES = (ROOT, DATABASE, SERVERS, BROKER)
"""What is told where a connection leads to, in functions that read and write."""

SESSION = py.Assign(py.Name("spark"), py.call("SparkSession.active"))


@dataclass(frozen=True)
class Declared:
    """A pipeline as a source file, of these relations; `configuration` are the values that it reads, with defaults.

    `kept` are the tables that it needs for itself. `scopes` hold the secrets that it asks for.
    """

    printed: Printed
    program: Program
    names: frozenset[str]
    configuration: Mapping[str, str]
    given: Given
    kept: frozenset[str]


class _Rows(Builder):
    """Functions of relations, all of whose rules are judged row by row."""

    by_row = True

    def _count(self, step: Count) -> None:
        assert isinstance(step.rel, Scan)
        rules = {rule.name: rule.action for rule in step.rules}
        self.module.moves.append(Judging(step.relation, None, step.rel.relation, rules, step.assertion))


def declared(
    program: Program,
    build: tuple[str, ...],
    home: Published,
    taken: Collection[str],
    settings: Settings,
    report: Report,
) -> Declared:
    """The source file of a pipeline that builds `build`; what it keeps for itself is called as nothing of `taken`."""
    survey = Survey(program)
    names = survey.asked(build)
    outputs = Outputs(survey, names)
    streams = Streams(survey, outputs)
    builder = _Rows(survey, names, VERSION, report, streams=streams, reserved=("dp", *CODE))
    builder.catalog = replace(builder.catalog, blind=True)
    module = builder.build()
    flows = _Flows(module, outputs, report)
    flows.settle(settings, home, taken, {name: step.rel.columns for name, step in builder.kept.items()}, streams)
    return flows.declared(frozenset(names))


class _Flows(Main):
    """The parts of the file: what a module's `main` does in order stands here as functions, in whatever order."""

    def settle(
        self,
        settings: Settings,
        home: Published,
        taken: Collection[str],
        kept: Mapping[str, tuple[Column, ...]],
        streams: Streams,
    ) -> None:
        """Say what the pipeline is given, what its tables are called, and what of it runs as streams."""
        program = self.module.program
        self.streams = streams
        self.waiting: dict[str, Function] = {}
        self.settings, self.home, self.columns, self.others = settings, home, kept, taken
        self.given = Given(program, settings)
        self.configuration: dict[str, str] = {}
        self.reads: list[py.Statement] = []
        self.flows: list[py.Statement] = []
        self.constants: list[py.Statement] = []
        self.used: set[str] = set()
        self.own: set[str] = set()
        self.tables = {name.lower() for name in home.names.values()}
        self.judged = {one.judged: one for one in self.module.moves if isinstance(one, Judging) and one.judged}
        for name in ("dp", *CODE, *self.module.called.values()):
            self.locals.free(name)

    def declared(self, names: frozenset[str]) -> Declared:
        """All of it."""
        values: dict[str, Runtime] = {}
        for function in self.module.functions:
            values.update(function.runtimes)
        for held, runtime in sorted(values.items()):
            self._value(held, runtime)
        for move in self.module.moves:
            self._flow_of(move)
        used = set().union(*map(names_in, self.flows))
        heads = [self._clean(head) for head in self.heads if names_in(head).isdisjoint({AT}) or AT in used]
        if self.given.uses_root:
            heads.insert(0, self._clean(py.Assign(py.Name("root"), got("root"))))
        printed = self._printed(heads)
        program = self.module.program
        return Declared(printed, program, names, self.configuration, self.given, frozenset(self.own))

    # ------------------------------------------------------------------------------------------------ what is given

    def _value(self, held: str, runtime: Runtime) -> py.Expr:
        if held not in self.runtimes:
            # Functions read what is given from the file's own names, which are those of their parameters.
            self.runtimes[held] = py.Name(held)
            self.heads.append(py.Assign(self.runtimes[held], self.given.value(runtime)))
        return self.runtimes[held]

    def _clean(self, node: Any) -> Any:
        return exchanged(self.given.settled(node), self._configured)

    def _configured(self, part: Any) -> Any:
        """What a notebook asks its widgets for, a pipeline finds in its configuration."""
        match part:
            case py.Call(py.Attribute(py.Attribute(py.Name("dbutils"), "widgets"), "get"), (py.String(name),)):
                widget = next(one for one in self.given.asked if one.name == name)
                key = f"{self.module.program.name}.{name}"
                self.configuration[key] = widget.default or ""
                return py.call("spark.conf.get", py.String(key), py.String(widget.default or ""))
            case py.Call(py.Attribute(py.Name("spark"), "createDataFrame")):
                some = py.Name(self.locals.free("some_rows"))
                self.constants.append(py.Assign(some, part))
                return some
            case _:
                return part

    # -------------------------------------------------------------------------------------------------------- parts

    def _flow_of(self, move: Move) -> None:
        match move:
            case Reading():
                self._records(move)
            case Making(name, relation, function, is_kept):
                if name not in self.streams.outputs:
                    self._made(name, function, self._kept(name) if is_kept else self._view(name), relation)
                elif goes_on(name, self.streams):
                    self._made(name, function, self._view(name, "_rows"), relation)
                else:
                    self.waiting[name] = function
            case Naming(name, other):
                self.held[name] = self._taken(other, name)
            case Narrowing(name, other, rows):
                called, taken = py.Name(self.module.called[other]), self._taken(other, name)
                found = exchanged(rows, lambda node: taken if node == called else node)
                made = py.Def(self.module.called[name], (), (py.Return(found),))
                relation = self.module.program.by_name[name]
                self._made(name, Function(made), self._view(name), relation)
            case Storing():
                self._stored(move)
            case Judging() | Splitting():
                pass  # rules stand where rows are judged, and in batch nothing is late
            case Gating():
                raise AssertionError("no pipeline with gates is declared")
            case _:
                assert_never(move)

    def _records(self, move: Reading) -> None:
        """What comes from outside is asked for its schema, so it is read where the file is loaded."""
        relation = move.relation
        if relation.name in self.home.names:
            return  # a table of its own is there once it is declared
        place = self._root(relation.connection or "")
        function = move.stream or move.function
        if function is None:
            self.held[move.name] = exchanged(move.rows, lambda node: place[0] if node in PLACES else node)
            return
        called = self.module.called[move.name]
        readers = [one for one in self.module.moves if isinstance(one, Making) and move.name in one.function.relations]
        is_kept = move.is_kept and not any(one.is_kept for one in readers)
        read = py.Name(self.locals.free(f"{called}_read")) if is_kept else py.Name(called)
        made: py.Expr = py.call(function.definition.name, py.Name("spark"), *place)
        if move.stream is not None and move.name == relation.name:
            made = timed(relation, made)
        self.reads.append(self._clean(py.Assign(read, made)))
        self.held[move.name] = read
        if is_kept:
            self._made(move.name, Function(py.Def(called, (), (py.Return(read),))), self._kept(move.name), relation)

    def _stored(self, move: Storing) -> None:
        relation = self.module.program.by_name.get(move.name)
        if relation is None:
            self._sent(move)
            return
        made = move.make or self.waiting.get(move.name)
        if made is None:
            body = py.Return(self.held[move.relation])
            made = Function(py.Def(self.module.called[move.name], (), (body,), docstring=relation.description))
        rows = self.held.get(move.name)
        self._made(move.name, made, self.home.names[move.name], relation, is_stored=True)
        self.held[move.name] = rows or self.held[move.name]

    def _sent(self, move: Storing) -> None:
        """A sink, and what puts the rows of a stream there."""
        connection = self.module.program.connections[move.connection]
        place = (*self._root(move.connection), None)[0]
        called = self.locals.free(f"to_{identifier(move.name.rpartition('.')[2])}")
        for one in sink(move, connection, called, self.held[move.relation]):
            placed = exchanged(one, lambda node: place if place is not None and node in PLACES else node)
            self.flows.append(self._clean(planned(placed)))

    def _is_endless(self, name: str) -> bool:
        """Whether rows run as a stream."""
        return self.module.owners.get(name, name) in self.streams.relations

    def _taken(self, taken: str, by: str) -> py.Expr:
        """Rows where they are: those of a stream's source are told when they come late."""
        rows, relation = self.held[taken], self.module.program.by_name.get(by)
        is_source = relation is not None and relation.kind == "source" and self._is_endless(by)
        return timed(relation, rows) if relation is not None and is_source else rows

    def _view(self, name: str, more: str = "") -> str:
        return free_name(self.module.called[name] + more, self.tables)

    def _kept(self, name: str) -> str:
        """What a table is called that the pipeline keeps for itself."""
        called = free_name(self.module.called[name], self.tables)
        if called.lower() in self.others:
            called = free_name(f"{self.module.program.name}_{called}", {*self.tables, *self.others})
        self.own.add(called.lower())
        return called

    def _made(self, name: str, function: Function, dataset: str, relation: Relation, is_stored: bool = False) -> None:
        """A function of the pipeline."""
        called = self.module.called[name] if is_stored or name not in self.streams.outputs else dataset
        made = function.definition
        own = [one.name for one in made.parameters if one.name not in ("spark", *function.runtimes)]
        given = [
            py.Assign(py.Name(held), rows)
            for held, taken in zip(own, function.relations)
            if (rows := self._taken(taken, name)) != py.Name(held)
        ]
        body = [*given, *made.body]
        decorators: list[py.Expr] = []
        if name in self.judged:
            self._judging(name, decorators, body)
        is_table = is_stored or dataset.lower() in self.own
        said = list(properties_of(self.module.program, relation)) if is_stored else []
        if dataset != called:
            said.insert(0, py.Keyword("name", py.String(dataset)))
        is_endless = self._is_endless(name)
        stored = "dp.table" if is_endless else "dp.materialized_view"
        kind = py.name(stored if is_table else "dp.temporary_view")
        decorators.insert(0, py.Call(kind, tuple(said)) if said else kind)
        about = None if is_stored else made.docstring  # that is the table's comment
        flow = py.Def(called, (), tuple(body), FRAME, about, tuple(decorators), span=made.span)
        self.flows.append(self._clean(planned(streamed(flow) if is_endless else flow)))
        self.held[name] = py.call("spark.readStream.table" if is_endless else "spark.read.table", py.String(dataset))

    def _judging(self, name: str, decorators: list[py.Expr], body: list[py.Statement]) -> None:
        """What is done about the rules that rows break: counted or failed by Databricks, or failed by the query."""
        judging = self.judged[name]
        assert isinstance(judging.rules, Mapping)
        rules = judging.rules
        fail = [py.String(rule) for rule, action in rules.items() if action == "fail"]
        others = [py.String(rule) for rule, action in rules.items() if action != "fail"]
        keeps_out = any(action in ("drop", "quarantine") for action in rules.values())
        broken = self.columns[name][-2 if keeps_out else -1].name
        more = () if broken == "broken" else (py.Keyword("broken", py.String(broken)),)
        if self.settings.expectations:
            for decorator, some in (("dp.expect_all_or_fail", fail), ("dp.expect_all", others)):
                if some:
                    decorators.append(py.call(decorator, py.call("expected", *some, *more)))
        elif fail:
            last = body[-1]
            assert isinstance(last, py.Return) and last.value is not None
            about = py.String(judging.relation.name)
            body[-1] = py.Return(py.call("unbroken", last.value, about, *fail, *more))

    # --------------------------------------------------------------------------------------------------------- text

    def _printed(self, heads: list[py.Statement]) -> Printed:
        """The file: what is read by pieces of code stands below these."""
        module = self.module
        makes = {flow.name for flow in self.flows if isinstance(flow, py.Def)}
        wanted = set().union(*map(names_in, [*heads, *self.reads]))
        readers = [
            self._clean(one.definition)
            for one in module.functions
            if one.definition.name in wanted and one.definition.name not in makes
        ]
        parts = [*readers, *heads, *self.reads, *self.constants, *self.flows]
        used = set().union(*map(names_in, parts))
        definitions = [made for name, made in DEFINITIONS.items() if name in used]
        used = used.union(*map(names_in, definitions))
        own = {name for name in CODE if name in used}
        own |= {name for name in CODE if any(name in words_of(CODE[one]) for one in own)}
        codes = {name: FIXED[name] for name in with_needs(used)} | {name: CODE[name] for name in CODE if name in own}
        used = used.union({"SparkSession", "DataFrame"}, *map(words_of, codes.values()))
        docs: list[Doc] = [f"# {text.escaped(made_by(module.program))}", HARD, HARD]
        lines = list(imports(used))
        at = next(place for place, line in enumerate(lines) if line.startswith("from pyspark"))
        lines.insert(at, "from pyspark import pipelines as dp")
        schemas = {name: schema for name, schema in module.schemas.items() if name in used}
        docs += [part for line in lines for part in (line, HARD)]
        if schemas:
            docs += [HARD, *[part for line in constants(schemas, {}) for part in (line, HARD)]]
        codes_ = [
            tuple([part for line in code.rstrip("\n").split("\n") for part in (line, HARD)]) for code in codes.values()
        ]
        for part in (*[write.body([one], 0) for one in definitions], *codes_):
            docs += [HARD, HARD, part]
        docs += [HARD, HARD, write.body([*readers, SESSION, *heads, *self.reads, *self.constants, *self.flows], 0)]
        return render(tuple(docs), LIMIT)

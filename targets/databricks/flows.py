"""A pipeline in the declarative form: what is read, and a function for each table and view, which Spark puts in order.

Spark plans all of it before anything is there. So a query may ask nothing of the rows that it takes, not even their
columns: what has to be asked, of files for their schema say, is asked where the module is loaded.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from oftra.diagnostics import Report
from oftra.ir.enforce import Count
from oftra.ir.expr import Column, Runtime
from oftra.ir.options import words
from oftra.ir.program import Program, Relation
from oftra.ir.rel import Scan
from oftra.targets.databricks.comments import CODE as COMMENTS
from oftra.targets.databricks.comments import descriptions
from oftra.targets.databricks.governing import properties
from oftra.targets.databricks.own_code import CODE as WIDGETS
from oftra.targets.databricks.published import Published
from oftra.targets.databricks.settings import Settings
from oftra.targets.databricks.widgets import Given, got
from oftra.targets.document import HARD, Doc, Printed, render
from oftra.targets.engines.spark.datatypes import identifier, type_name
from oftra.targets.engines.spark.frame import free_name
from oftra.targets.engines.spark.functions.definitions import DEFINITIONS
from oftra.targets.engines.spark.sql_text import quoted
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
from oftra.targets.pyspark.outputs import Outputs
from oftra.targets.pyspark.places import ROOT
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
    builder = _Rows(survey, names, VERSION, report, reserved=("dp", *CODE))
    module = builder.build()
    flows = _Flows(module, Outputs(survey, names), report)
    flows.settle(settings, home, taken, {name: step.rel.columns for name, step in builder.kept.items()})
    return flows.declared(frozenset(names))


class _Flows(Main):
    """The parts of the file: what a module's `main` does in order stands here as functions, in whatever order."""

    def settle(
        self,
        settings: Settings,
        home: Published,
        taken: Collection[str],
        kept: Mapping[str, tuple[Column, ...]],
    ) -> None:
        """Say what the pipeline is given, and what its tables are called."""
        program = self.module.program
        self.settings, self.home, self.columns, self.others = settings, home, kept, taken
        self.given = Given(program, settings)
        self.configuration: dict[str, str] = {}
        self.reads: list[py.Statement] = []
        self.flows: list[py.Def] = []
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
        heads = [self._clean(head) for head in self.heads]
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
            case py.Call(py.Attribute(rows, "distinct"), ()):
                return py.method(rows, "transform", py.Name("distinct"))
            case py.Call(py.Attribute(rows, "drop"), names):
                lost = ", ".join([one.value for one in names if isinstance(one, py.String)])
                return py.method(rows, "selectExpr", py.String(f"* except ({lost})"))
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
                self._made(name, function, self._kept(name) if is_kept else self._view(name), relation)
            case Naming(name, other):
                self.held[name] = self.held[other]
            case Narrowing(name, other, rows):
                called = py.Name(self.module.called[other])
                found = exchanged(rows, lambda node: self.held[other] if node == called else node)
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
        if move.function is None:
            self.held[move.name] = exchanged(move.rows, lambda node: place[0] if node in (ROOT, DATABASE) else node)
            return
        called = self.module.called[move.name]
        readers = [one for one in self.module.moves if isinstance(one, Making) and move.name in one.function.relations]
        is_kept = move.is_kept and not any(one.is_kept for one in readers)
        read = py.Name(self.locals.free(f"{called}_read")) if is_kept else py.Name(called)
        made = py.call(move.function.definition.name, py.Name("spark"), *place)
        self.reads.append(self._clean(py.Assign(read, made)))
        self.held[move.name] = read
        if is_kept:
            self._made(move.name, Function(py.Def(called, (), (py.Return(read),))), self._kept(move.name), relation)

    def _stored(self, move: Storing) -> None:
        relation = self.module.program.by_name[move.name]
        made = move.make
        if made is None:
            body = py.Return(self.held[move.relation])
            made = Function(py.Def(self.module.called[move.name], (), (body,), docstring=relation.description))
        self._made(move.name, made, self.home.names[move.name], relation, is_stored=True)

    def _view(self, name: str) -> str:
        return free_name(self.module.called[name], self.tables)

    def _kept(self, name: str) -> str:
        """What a table is called that the pipeline keeps for itself."""
        called = free_name(self.module.called[name], self.tables)
        if called.lower() in self.others:
            called = free_name(f"{self.module.program.name}_{called}", {*self.tables, *self.others})
        self.own.add(called.lower())
        return called

    def _made(self, name: str, function: Function, dataset: str, relation: Relation, is_stored: bool = False) -> None:
        """A function of the pipeline."""
        called = self.module.called[name]
        made = function.definition
        own = [one.name for one in made.parameters if one.name not in ("spark", *function.runtimes)]
        given = [
            py.Assign(py.Name(held), self.held[taken])
            for held, taken in zip(own, function.relations)
            if self.held[taken] != py.Name(held)
        ]
        body = [*given, *made.body]
        decorators: list[py.Expr] = []
        if name in self.judged:
            self._judging(name, decorators, body)
        is_table = is_stored or dataset.lower() in self.own
        said = list(_properties(self.module.program, relation)) if is_stored else []
        if dataset != called:
            said.insert(0, py.Keyword("name", py.String(dataset)))
        kind = py.name("dp.materialized_view" if is_table else "dp.temporary_view")
        decorators.insert(0, py.Call(kind, tuple(said)) if said else kind)
        about = None if is_stored else made.docstring  # that is the table's comment
        flow = py.Def(called, (), tuple(body), FRAME, about, tuple(decorators), span=made.span)
        self.flows.append(self._clean(flow))
        self.held[name] = py.call("spark.read.table", py.String(dataset))

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
        makes = {flow.name for flow in self.flows}
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


def _properties(program: Program, relation: Relation) -> Iterator[py.Keyword]:
    """What the catalog is told of a table."""
    if relation.description:
        yield py.Keyword("comment", py.String(relation.description))
    told = descriptions(program, relation)
    if told:
        columns = [
            f"{identifier(one.name)} {type_name(one.type)}"
            + (f" comment {quoted(told[one.name])}" if one.name in told else "")
            for one in relation.columns
        ]
        yield py.Keyword("schema", py.String(", ".join(columns)))
    for option, keyword in (("partition_by", "partition_cols"), ("cluster_by", "cluster_by")):
        names = words(relation.options.get(option))
        if names:
            yield py.Keyword(keyword, py.ListOf(tuple([py.String(name) for name in names])))
    given = properties(relation)
    if given:
        table = tuple([(py.String(key), py.String(value)) for key, value in given.items()])
        yield py.Keyword("table_properties", py.DictOf(table))

"""A task as cells: what it is given, then for each relation what makes it, judges it, stores it and shows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from oftra.diagnostics import Report
from oftra.ir.expr import Runtime
from oftra.ir.program import Connection, Program
from oftra.ir.refresh import END, START, UNTIL
from oftra.targets.cells import Cell, Code, Markdown
from oftra.targets.databricks.comments import comments
from oftra.targets.databricks.governing import governed, parted
from oftra.targets.databricks.jobs import Judged, Task
from oftra.targets.databricks.own_code import CODE
from oftra.targets.databricks.settings import Settings
from oftra.targets.databricks.story import headline, paragraph, required
from oftra.targets.databricks.widgets import Given, got
from oftra.targets.document import HARD, Doc, render
from oftra.targets.engines.spark.functions.definitions import DEFINITIONS
from oftra.targets.needs import Survey
from oftra.targets.pyspark import marks
from oftra.targets.pyspark.file import constants, imports, names_in
from oftra.targets.pyspark.fixed import FIXED
from oftra.targets.pyspark.main import Main
from oftra.targets.pyspark.module import Builder
from oftra.targets.pyspark.moves import Gating, Storing
from oftra.targets.pyspark.naming import identifier
from oftra.targets.pyspark.outputs import Outputs
from oftra.targets.pyspark.session import MEANING
from oftra.targets.python import text, write
from oftra.targets.python import tree as py
from oftra.targets.python.lines import LIMIT
from oftra.targets.python.rewrite import exchanged

OURS = ("dbutils", "display", "gates", "show", "statement")
FIRST_ROWS = 100
GATES = py.Name("gates")


@dataclass(frozen=True)
class Notebook:
    """A task's cells; the relations and sinks that take part; the widgets; what it takes of the module beside it."""

    cells: tuple[Cell, ...]
    program: Program
    names: frozenset[str]
    given: Given
    support: frozenset[str]
    gates: tuple[Judged, ...] = ()


def notebook_of(task: Task, settings: Settings, support: str, report: Report, is_judged_there: bool = True) -> Notebook:
    """The notebook of a task, which imports from the module `support`.

    Its gates are judged by other tasks of its job if `is_judged_there`, else by whoever reads what it ends with.
    """
    survey = Survey(task.program)
    names = survey.asked(task.build)
    module = Builder(survey, names, settings.spark, report, reserved=(*OURS, *CODE)).build()
    main = _Cells(task, settings, support, survey, Outputs(survey, names), module, report)
    main.is_judged_there = is_judged_there
    return main.notebook()


class _Cells(Main):
    """What a module's `main` does, cell by cell."""

    has_snapshots = False
    is_judged_there = True

    def __init__(
        self,
        task: Task,
        settings: Settings,
        support: str,
        survey: Survey,
        outputs: Outputs,
        module: Any,
        report: Report,
    ) -> None:
        super().__init__(module, outputs, report)
        self.task, self.settings, self.support, self.survey = task, settings, support, survey
        self.given = Given(task.program, settings)
        for name in OURS:
            self.locals.free(name)
        self.definitions = {one.definition.name: one.definition for one in module.functions}
        for move in module.moves:
            if isinstance(move, Storing) and move.name in task.program.by_name:
                written = move.write.definition
                self.definitions[written.name] = parted(written, task.program.by_name[move.name])
        self.taken: set[str] = set()
        self.imported: set[str] = set()
        self.used: set[str] = set()
        self.gates: dict[str, Judged] = {}

    def notebook(self) -> Notebook:
        """All of it."""
        values: dict[str, Runtime] = {}
        for function in self.module.functions:
            values.update(function.runtimes)
        self._values(values)
        self._moves()
        relations = list(self._relations())
        marking = self._marking()
        heads = [self._clean(head) for head in (*self.heads, *marking)]
        ending = self._ending_cell()
        given = list(self._given_cells(heads))
        setup = self._setup()
        names = self.survey.asked(self.task.build)
        cells = (headline(self.task, self.survey, names), setup, *given, *relations, ending)
        support = frozenset(self.imported)
        return Notebook(cells, self.task.program, frozenset(names), self.given, support, self.task.gates)

    # ------------------------------------------------------------------------------------------------ what is given

    def _value(self, held: str, runtime: Runtime) -> py.Expr:
        if held not in self.runtimes:
            self.runtimes[held] = name = py.Name(self.locals.free(held))
            if runtime == UNTIL:
                whole = py.Compare("==", self._value("run_start", START), py.call("instant", py.String("0001-01-01")))
                later = py.Assign(name, py.call("instant", py.String("9999-12-31")))
                self.heads.append(py.Assign(name, self._value("run_end", END)))
                self.heads.append(py.If(((whole, (later,)),)))
            else:
                self.heads.append(py.Assign(name, self.given.value(runtime)))
        return self.runtimes[held]

    def _marking(self) -> list[py.Statement]:
        statements = list(self._marks())
        if marks.goes_on(self.module):
            self.given.goes_on()
            start = py.Assign(self.runtimes["run_start"], py.call("where_tables_end", py.method(marks.MARKS, "values")))
            statements.append(py.If(((py.Unary("not", got("start")), (start,)),)))
        return statements

    def _setup(self) -> Cell:
        """Imports, the log, the settings that the code relies on."""
        names = sorted(self.imported | {"log"}, key=_as_isort)
        flat = f"from {self.support} import {', '.join(names)}"
        if text.width(flat) > LIMIT:
            flat = "\n".join([f"from {self.support} import (", *[f"    {one}," for one in names], ")"])
        # Annotations of notebooks are read as they stand: there is nothing to import from the future.
        lines = [*list(imports(self.used | {"log", "logging", "Any"}))[2:], "", flat, ""]
        lines += ['logging.basicConfig(format="%(message)s")', "log.setLevel(logging.INFO)"]
        lines.append("report: dict[str, Any] = {}")
        if self.task.gates:
            lines.append("gates: dict[str, Any] = {}")
        statements = [py.Evaluate(py.call("spark.conf.set", py.String(key), value)) for key, value in self._meaning()]
        return Code("\n".join(lines) + "\n" + _text(write.body(statements, 0)), "setup")

    def _meaning(self) -> Iterator[tuple[str, py.Expr]]:
        for key, value in MEANING.items():
            if self.settings.compute == "cluster" or "parquet" not in key:
                yield key, value

    def _given_cells(self, heads: list[py.Statement]) -> Iterator[Cell]:
        made: list[py.Statement] = []
        for widget in self.given.asked:
            texts = [py.String(one) for one in (widget.name, widget.default or "", widget.label)]
            made.append(py.Evaluate(py.call("dbutils.widgets.text", *texts)))
        report = [py.String("report"), py.String(""), py.String("File for the run report; none if empty")]
        made.append(py.Evaluate(py.call("dbutils.widgets.text", *report)))
        choices = py.ListOf((py.String("yes"), py.String("no")))
        shown = (py.String("show"), py.String("yes"), choices, py.String("Whether rows are shown"))
        made.append(py.Evaluate(py.call("dbutils.widgets.dropdown", *shown)))
        yield Markdown("## What it is given", "given")
        yield Code(_text(write.body(made, 0)), "widgets")
        read: list[py.Statement] = []
        if self.given.uses_root:
            read.append(py.Assign(py.Name("root"), got("root")))
        if self.settings.catalog is not None:
            read.append(py.Evaluate(py.call("spark.catalog.setCurrentCatalog", got("catalog"))))
        read.append(py.Assign(py.Name("show"), py.Compare("==", got("show"), py.String("yes"))))
        statements = [*read, *heads]
        self._note(statements)
        yield Code(_text(write.body(statements, 0)), "values")

    def _ending_cell(self) -> Cell:
        told: list[py.Expr] = [py.String(self.task.program.name), py.Name("report"), got("report")]
        statements: list[py.Statement] = []
        if self.task.gates:
            told.append(GATES)
        if self.task.gates and self.is_judged_there:
            given = (
                py.Keyword("key", py.Name("name")),
                py.Keyword("value", py.call("json.dumps", py.Name("gate"))),
            )
            each = py.Evaluate(py.call("dbutils.jobs.taskValues.set", *given))
            statements.append(py.For(("name", "gate"), py.method(GATES, "items"), (each,)))
        done: py.Expr = py.call("told", *told)
        if self.is_judged_there and any(one.gate.action == "retry" for one in self.task.gates):
            statements += [py.Assign(py.Name("done"), done), py.Evaluate(py.call("again", GATES))]
            done = py.Name("done")
        statements.append(py.Evaluate(py.call("dbutils.notebook.exit", done)))
        self._note(statements)
        return Code(_text(write.body(statements, 0)), "end")

    # ------------------------------------------------------------------------------------------------------ relations

    def _gate(self, move: Gating) -> None:
        """What a gate measured is kept for the task behind this one, which judges it."""
        gate = move.required.gate
        judged = next(one for one in self.task.gates if one.gate is gate)
        told = [gate.condition, gate.action, move.required.pipeline.name, f"{gate.span.file}:{gate.line}"]
        measures = py.ListOf(tuple([py.String(text) for text in gate.measures]))
        made = py.call("measure", self._call(move.function), *[py.String(one) for one in told], measures)
        name = f"gate {judged.name}"
        self.gates[name] = judged
        self._add(name, self.all, py.Assign(py.Subscript(GATES, (py.String(judged.name),)), made))

    def _store(self, move: Storing) -> None:
        guard = self.outputs.of(move.name)
        if move.make is not None:
            self._hold(move.name, self._call(move.make), guard)
            rows = self.held[move.name]
        else:
            rows = self.held[move.relation]
        write_, place = self._writer(move), self._root(move.connection)
        constant = self.locals.free(f"{identifier(move.name.rpartition('.')[2]).upper()}_CHECKS")
        known = governed(self.task.program, move.name, constant, self.settings.grants)
        if known.checks:
            self.module.rules[constant] = known.checks
        for told in known.before:
            self._add(move.name, guard, py.Evaluate(told))
        self._add(
            move.name,
            guard,
            py.Evaluate(py.call("store", py.Name("report"), py.String(move.name), rows, write_, *place)),
        )
        about = comments(self.task.program, move.name)
        for told in (*([about] if about is not None else []), *known.after):
            self._add(move.name, guard, py.Evaluate(told))

    def _relations(self) -> Iterator[Cell]:
        """The cells of each relation, in the order of the run."""
        told: set[str] = set()
        for name, statements in self._by_name():
            if name not in told:
                told.add(name)
                if name in self.gates:
                    yield Markdown(required(self.gates[name].gate), f"about {name}")
                else:
                    yield Markdown(paragraph(self.task.program, self.survey, name), f"about {name}")
            yield self._cell(name, [self._clean(one) for one in statements])

    def _by_name(self) -> Iterator[tuple[str, list[py.Statement]]]:
        """The statements that follow each other for one relation; rows under other names belong to one, too."""
        owners = [self.module.owners.get(name, name) for name, _, _ in self.statements]
        for name, group in groupby(zip(owners, self.statements), key=itemgetter(0)):
            yield name, [statement for _, (_, _, statement) in group]

    def _cell(self, name: str, statements: list[py.Statement]) -> Cell:
        used = set().union(*map(names_in, statements))
        own = [self._clean(one) for key, one in self.definitions.items() if key in used and key not in self.taken]
        self.taken |= {one.name for one in own}
        used = used.union(*map(names_in, own))
        schemas = {key: one for key, one in self.module.schemas.items() if key in used and key not in self.taken}
        rules = {key: one for key, one in self.module.rules.items() if key in used and key not in self.taken}
        self.taken |= {*schemas, *rules}
        shown = [_shown(one) for one in statements if isinstance(one, py.Assign) and name not in self.gates]
        self._note([*own, *statements])
        lines = [part for line in constants(schemas, rules) for part in (line, HARD)]
        body: list[Doc] = [*lines]
        if lines:
            body += [HARD, HARD] if own else [HARD]
        body.append(write.body([*own, *statements, *shown[-1:]], 0))
        printed = render(tuple(body), LIMIT)
        return Code(printed.text.rstrip("\n"), name, origins=printed.origins)

    def _clean(self, node: Any) -> Any:
        node = self.given.settled(node)
        return node if self.settings.compute == "cluster" else exchanged(node, _uncached)

    def _note(self, nodes: list[Any]) -> None:
        """Take down what imports pieces of code need."""
        found = set().union(*map(names_in, nodes)) if nodes else set()
        self.used |= found
        self.imported |= {name for name in found if name in FIXED or name in DEFINITIONS or name in CODE}


def _shown(statement: py.Assign) -> py.Statement:
    """What shows the first rows that a statement names."""
    rows = py.method(statement.target, "limit", py.number(FIRST_ROWS))
    return py.If(((py.Name("show"), (py.Evaluate(py.call("display", rows)),)),))


def _uncached(part: Any) -> Any:
    """Rows that are not kept: serverless compute keeps none."""
    match part:
        case py.Call(py.Attribute(rows, "cache"), ()):
            return rows
        case _:
            return part


def _text(doc: Doc) -> str:
    return render(doc, LIMIT).text.rstrip("\n")


def _as_isort(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def connections_of(task: Task) -> Iterator[Connection]:
    """The connections that rows come from or go to."""
    names = Survey(task.program).asked(task.build)
    program: Program = task.program
    used = {one.connection for one in program.relations if one.name in names and one.kind != "view"}
    used |= {one.connection for one in program.sinks if one.name in names}
    yield from [one for name, one in program.connections.items() if name in used]

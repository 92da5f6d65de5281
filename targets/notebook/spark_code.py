"""The code of a notebook for Spark: the functions of a module, each called, counted and shown where it stands."""

from collections.abc import Collection, Iterator
from itertools import groupby

from oftra.datatypes import String, Timestamp
from oftra.diagnostics import Report
from oftra.ir.expr import Column, Runtime
from oftra.ir.program import Relation
from oftra.ir.refresh import UNTIL
from oftra.targets.cells import Cell, Code, Markdown
from oftra.targets.document import HARD, Doc, render
from oftra.targets.engines.spark.datatypes import identifier
from oftra.targets.engines.spark.functions.definitions import DEFINITIONS
from oftra.targets.needs import Survey
from oftra.targets.notebook import fixed
from oftra.targets.notebook.charts import MOST_BARS, Chart, chart_of, spaced
from oftra.targets.pyspark import session
from oftra.targets.pyspark.file import constants, names_in
from oftra.targets.pyspark.file import imports as imports_of
from oftra.targets.pyspark.fixed import FIXED, with_needs, words
from oftra.targets.pyspark.main import Main
from oftra.targets.pyspark.module import Builder
from oftra.targets.pyspark.moves import Judging, Making, Reading
from oftra.targets.pyspark.outputs import Outputs
from oftra.targets.pyspark.runtimes import constant, read, shown
from oftra.targets.pyspark.version import DEFAULT
from oftra.targets.python import text, write
from oftra.targets.python import tree as py
from oftra.targets.python.lines import LIMIT
from oftra.targets.python.rewrite import exchanged

FUTURE = "from __future__ import annotations"
ROWS = py.Name("rows")
OWN = ("HTML", "ConciseDateFormatter", "display", "end", "escape", "here", "isfinite", "names", "plt", "start")
"""Names that a notebook needs for itself."""


class SparkCode(Main):
    """The cells of code of a notebook about `names`: what a module's `main` does, with what it calls."""

    def __init__(self, survey: Survey, names: Collection[str], report: Report) -> None:
        taken = (*OWN, *fixed.SHARED, *fixed.SPARK)
        module = Builder(survey, names, DEFAULT, report, afresh=True, reserved=taken).build()
        super().__init__(module, Outputs(survey, ()), report)
        for name in taken:
            self.locals.free(name)
        self.program = survey.program
        self.definitions = {one.definition.name: one.definition for one in module.functions}
        self.taken: set[str] = set()
        self.used: set[str] = set()
        self.values: dict[str, Runtime] = {}
        for function in module.functions:
            self.values.update(function.runtimes)
        for held, runtime in sorted(self.values.items()):
            self._value(held, runtime)
        self._moves()
        owners = [self.module.owners.get(name, name) for name, _, _ in self.statements]
        self.sections: list[tuple[Relation, list[Cell]]] = []
        for name, group in groupby(zip(owners, self.statements), key=lambda one: one[0]):
            relation = self.program.by_name[name]
            cells: list[Cell] = [self._cell(name, statement) for _, (_, _, statement) in group]
            if relation.kind == "table" and (chart := chart_of(self.program, relation)) is not None:
                cells.append(self._chart(chart, name))
            self.sections.append((relation, cells))

    # ------------------------------------------------------------------------------------- before and after the cells

    def setup(self) -> Iterator[Cell]:
        """What all other cells need: packages, the session, functions, values of the run."""
        opened = session.definition(self.program, self.module.connections, self.report)
        heads = [exchanged(head, _plainly) for head in self.heads]
        cells = [cell for _, cells in self.sections for cell in cells]
        codes = [cell.text for cell in (*cells, *self.ending()) if isinstance(cell, Code)]
        functions = fixed.functions(codes, fixed.SPARK)
        used = self.used.union(names_in(opened), *map(names_in, heads))
        used |= {"instant", "now"} if any(one.kind == "run" for one in self.values.values()) else set()
        definitions = [made for name, made in DEFINITIONS.items() if name in used]
        used = used.union(*map(names_in, definitions))
        brought = [FIXED[name] for name in with_needs(used)]
        used = used.union(*map(words, brought))
        ours = fixed.imports([fixed.PLACE, *functions])
        yield Code("\n".join(_merged(ours, [*imports_of(used)])), "start")
        first: list[Doc] = [f"PROGRAM = {text.string(self.program.name)}", HARD, HARD, HARD, write.body([opened], 0)]
        yield Code(f"{_text(*first)}\n\n\nspark = session()", "session")
        known = [*functions, *[_text(write.body([one], 0)) for one in definitions], *brought]
        if known:
            yield Code("\n\n\n".join([one.rstrip("\n") for one in known]), "functions", is_folded=True)
        yield Markdown("## Values of the run\n\nChange them here, and run all cells again.", "about values")
        lines = [fixed.PLACE.rstrip("\n")]
        if any(runtime.kind == "run" and runtime.name != "at" for runtime in self.values.values()):
            lines += ['start = instant("0001-01-01")', "end = now()"]
        if UNTIL in self.values.values():
            lines.append('until = instant("9999-12-31")  # where the slices end: `end`, for a window')
        lines += [_text(write.body(heads, 0))] if heads else []
        yield Code("\n".join(lines), "values")

    def ending(self) -> Iterator[Cell]:
        """What the rules found, in one table."""
        if any(isinstance(move, Judging) for move in self.module.moves):
            yield Markdown("## What the rules found", "about report")
            yield Code(fixed.SPARK_FOUND.rstrip("\n"), "report")

    # ------------------------------------------------------------------------------------------------ what is given

    def _value(self, held: str, runtime: Runtime) -> py.Expr:
        if held in self.runtimes or runtime.kind != "param":
            return super()._value(held, runtime)
        declared = next((param for param in self.program.params if param.name == runtime.name), None)
        default = constant(runtime.default or (declared.default if declared is not None else None))
        self.runtimes[held] = name = py.Name(self.locals.free(held))
        if declared is not None and declared.description:
            self.heads.append(py.Comment(" ".join(declared.description.split())))
        if default is None:
            missing = f"param {runtime.name} has no default: give it a value here"
            self.heads.append(py.Raise(py.call("ValueError", py.String(missing))))
        elif default.value is None:
            self.heads.append(py.Assign(name, py.NONE))
        elif isinstance(default.value, bool):
            self.heads.append(py.Assign(name, py.TRUE if default.value else py.FALSE))
        elif isinstance(default.value, int):
            self.heads.append(py.Assign(name, py.number(default.value)))
        else:
            said = py.String(shown(default.value, runtime.type))
            self.heads.append(py.Assign(name, read(said, runtime.type)))
        return name

    # ------------------------------------------------------------------------------------------------------- moves

    def _read(self, move: Reading) -> None:
        root = self._root(move.relation.connection or "")
        if move.function is not None:
            made: py.Expr = py.call(move.function.definition.name, py.Name("spark"), *root)
            if move.is_kept:
                made = py.method(made, "cache")
            self._hold(move.name, made, self.all)
        else:
            super()._read(move)

    def _make(self, move: Making) -> None:
        made: py.Expr = self._call(move.function)
        if move.is_kept or move.relation.kind == "table":
            made = py.method(made, "cache")
        self._hold(move.name, made, self.all)

    def _judge(self, move: Judging) -> None:
        super()._judge(move)
        name, guard, statement = self.statements.pop()
        assert isinstance(statement, py.Evaluate) and isinstance(statement.value, py.Call)
        _, relation, *rest = statement.value.arguments
        self._add(name, guard, py.Evaluate(py.call("checks", relation, *rest)))

    # ------------------------------------------------------------------------------------------------------- cells

    def _cell(self, name: str, statement: py.Statement) -> Code:
        """A statement with what it needs that no cell before it has; rows that it names are shown."""
        statement = exchanged(statement, _plainly)
        used = names_in(statement)
        own = [one for key, one in self.definitions.items() if key in used and key not in self.taken]
        used = used.union(*map(names_in, own))
        schemas = {key: one for key, one in self.module.schemas.items() if key in used and key not in self.taken}
        rules = {key: one for key, one in self.module.rules.items() if key in used and key not in self.taken}
        self.taken |= {*schemas, *rules, *[one.name for one in own]}
        self.used |= used
        lines = [part for line in constants(schemas, rules) for part in (line, HARD)]
        if lines:
            lines += [HARD, HARD] if own else []
        statements = [*own, statement]
        if isinstance(statement, py.Assign):
            statements.append(py.Evaluate(py.call("show", statement.target)))
        printed = render((*lines, write.body(statements, 0)), LIMIT)
        return Code(printed.text.rstrip("\n"), f"{name} {_text(write.body([statement], 0))}", origins=printed.origins)

    def _chart(self, chart: Chart, name: str) -> Code:
        """The query of a chart, and the chart."""
        rows = self.held[name]
        amount: py.Expr = py.call("F.count", py.String("*"))
        if chart.measure is not None:
            measure = py.String(identifier(chart.measure.name))
            amount = py.call("F.sum" if chart.added else "F.col", measure)
        amount = py.method(amount, "cast", py.String("double"))
        if chart.time is None:
            label = py.call("F.concat_ws", py.String(", "), *[_text_of(one) for one in chart.labels])
            if chart.added:
                amount = py.method(amount, "alias", py.String("amount"))
                rows = py.method(py.method(rows, "groupBy", label), "agg", amount)
            else:
                rows = py.method(rows, "select", label, py.method(amount, "alias", py.String("amount")))
            order = py.call("F.desc", py.String("amount"))
            rows = py.method(py.method(rows, "orderBy", order), "limit", py.number(MOST_BARS))
            call = py.call("bar_chart", py.String(chart.title), py.String(chart.amount), ROWS)
        else:
            series: py.Expr = py.call("F.lit", py.NONE)
            if chart.series is not None:
                series = py.call("F.col", py.String(identifier(chart.series.name)))
            time = _time(chart.time, chart.measure is None)
            if chart.added:
                rows = py.method(py.method(rows, "groupBy", time, series), "agg", amount)
            else:
                rows = py.method(rows, "select", time, series, amount)
            texts = [py.String(one) for one in (chart.title, spaced(chart.time.name), chart.amount)]
            call = py.call("line_chart", *texts, ROWS)
        self.used.add("F")
        body = write.body([py.Assign(ROWS, py.method(rows, "collect")), py.Evaluate(call)], 0)
        return Code(_text(body), f"chart {name}")


def _text_of(column: Column) -> py.Expr:
    found: py.Expr = py.call("F.col", py.String(identifier(column.name)))
    return found if isinstance(column.type, String) else py.method(found, "cast", py.String("string"))


def _time(column: Column, is_daily: bool) -> py.Expr:
    """A time as Python takes it without a zone of its own."""
    found: py.Expr = py.call("F.col", py.String(identifier(column.name)))
    if is_daily:
        return py.method(found, "cast", py.String("date"))
    return py.method(found, "cast", py.String("timestamp_ntz")) if isinstance(column.type, Timestamp) else found


def _plainly(node: object) -> object:
    """What a module takes from its arguments has a name of its own here."""
    match node:
        case py.Attribute(value, name) if value == py.Name("args") and name in ("root", "start", "end", "until"):
            return py.Name(name)
        case _:
            return node


def _merged(ours: list[str], theirs: list[str]) -> list[str]:
    """Two lists of imports as one: those of Python, an empty line, the others."""
    lines = dict.fromkeys([line for line in (*ours, *theirs) if line and line != FUTURE])
    packages = ("pyspark", "IPython", "matplotlib")
    others = [line for line in lines if line.split()[1].split(".")[0] in packages]
    standard = sorted([line for line in lines if line not in others], key=_as_isort)
    others.sort(key=_as_isort)
    return [FUTURE, "", *standard, "", *others]


def _as_isort(line: str) -> tuple[bool, str]:
    return line.startswith("from "), line.split()[1].lower()


def _text(*docs: Doc) -> str:
    return render(docs, LIMIT).text.rstrip("\n")

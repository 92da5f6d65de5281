"""The code of a notebook for DuckDB: the statements of a script, given to DuckDB from Python cell by cell."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import groupby

from oftra.datatypes import Timestamp
from oftra.diagnostics import Report
from oftra.ir.expr import Column, Literal, Runtime
from oftra.ir.program import Relation
from oftra.targets.cells import Cell, Code, Markdown, without_prompts
from oftra.targets.document import HARD, Printed, cat, render, separated
from oftra.targets.duckdb.script import Part, Wanted, script_of
from oftra.targets.engines.duckdb.dialect import DUCKDB
from oftra.targets.engines.duckdb.functions.macros import macros_for
from oftra.targets.needs import Survey
from oftra.targets.notebook import fixed
from oftra.targets.notebook.charts import MOST_BARS, Chart, chart_of, spaced
from oftra.targets.python import text as py
from oftra.targets.sql import query as q
from oftra.targets.sql.write_query import Writer


class DuckDbCode:
    """The cells of code of a notebook about `names`."""

    def __init__(self, survey: Survey, names: Collection[str], report: Report) -> None:
        self.program = survey.program
        self.script = script_of(survey, Wanted(names, afresh=True), report)
        self.writer = Writer(DUCKDB)
        parts = [part for part in self.script.parts if part.name]
        # One that another comes between, as rules that refer in a circle have it, has several sections.
        self.sections: list[tuple[Relation, list[Cell]]] = [
            (self.program.by_name[name], list(self._relation(self.program.by_name[name], list(group))))
            for name, group in groupby(parts, key=lambda part: part.name)
        ]

    def setup(self) -> Iterator[Cell]:
        """What all other cells need: packages, the connection, values of the run, functions."""
        cells = [cell for _, cells in self.sections for cell in cells]
        codes = [cell.text for cell in (*cells, *self.ending()) if isinstance(cell, Code)]
        functions = fixed.functions(codes, fixed.DUCKDB)
        start = f"{fixed.START}\ncon = duckdb.connect()"
        lines = fixed.imports([start, *functions])
        yield Code("\n".join([*lines, "", start]), "start")
        if functions:
            yield Code("\n\n".join(functions).rstrip("\n"), "functions", is_folded=True)
        yield Markdown("## Values of the run\n\nChange them here, and run all cells again.", "about values")
        yield self._values()
        macros = macros_for(self.writer.called)
        if macros:
            yield Markdown("What DuckDB has no function for, and the queries below call:", "about macros")
            yield self._executed([self._printed(macro) for macro in macros], "macros", is_folded=True)

    def ending(self) -> Iterator[Cell]:
        """What the rules found, in one table."""
        if any(part.kind == "counts" for part in self.script.parts):
            yield Markdown("## What the rules found", "about report")
            lines = [
                "select",
                "  coalesce(relation || ', ' || assertion, relation) as relation,",
                "  read,",
                "  read - dropped - quarantined as passed,",
                "  dropped,",
                "  quarantined,",
                "  array_to_string(",
                "    [one.rule || ': ' || one.records for one in rules if one.records > 0],",
                "    ', '",
                "  ) as broken",
                "from run_report",
            ]
            query = "\n".join(lines)
            yield Code(f'found = con.sql("""\n{query}\n""")\ntable(found.columns, found.fetchall())', "report")

    # ------------------------------------------------------------------------------------------------------ statements

    def _printed(self, statement: q.Statement) -> Printed:
        return render(self.writer.statement(statement))

    def _executed(self, printed: list[Printed], name: str, after: str = "", is_folded: bool = False) -> Code:
        """A cell that has DuckDB run statements, and does something `after` them."""
        whole = render(separated([one.text.rstrip("\n") for one in printed], cat(HARD, HARD))).text
        origins, line = [], 1
        for one in printed:
            origins += [origin._replace(first=line + origin.first, last=line + origin.last) for origin in one.origins]
            line += one.text.count("\n") + 1
        return Code(f"{'' if after else '_ = '}con.execute({block(whole)}){after}", name, is_folded, tuple(origins))

    def _values(self) -> Code:
        """The session's options and the values of the run; those of the environment are asked of Python."""
        heads = [one for part in self.script.parts if not part.name for one in part.statements]
        asked: list[str] = []
        statements: list[q.Statement] = []
        for one in heads:
            runtime = self.script.runtimes.get(one.name) if isinstance(one, q.SetVariable) else None
            if isinstance(one, q.SetVariable) and runtime is not None and runtime.kind == "env":
                asked.append(_environment(one.name, runtime))
            elif not isinstance(one, q.Run):
                statements.append(one)
        docs = [self.writer.statement(one) for one in statements]
        text = render(separated(docs, HARD)).text
        return Code("\n".join([f"_ = con.execute({block(text)})", *asked]), "values")

    # ------------------------------------------------------------------------------------------------------- relations

    def _relation(self, relation: Relation, parts: list[Part]) -> Iterator[Cell]:
        name = self.writer.name(self.script.catalog.names[relation.name])
        for part in parts:
            label = f"{part.kind} {relation.name}"
            if part.counts is not None:
                if part.counts.assertion is not None:
                    yield Markdown(f"What the query asserts: {part.counts.assertion}", f"about {label}")
                yield self._executed([self._printed(part.statements[0])], label, "\nchecks()")
                continue
            # What a relation is stands above its cells; of what is kept beside, its comment says it.
            made = [_bare(one) if part.kind != "kept" else one for one in part.statements]
            shown = [self.writer.name(one.name) for one in made if isinstance(one, q.Create)]
            shows = "".join([f"\nshow({py.string(one)})" for one in shown])
            yield self._executed([self._printed(one) for one in made], label, shows)
        if relation.kind == "table" and (chart := chart_of(self.program, relation)) is not None:
            yield _chart(chart, name, relation.name)


def _bare(statement: q.Statement) -> q.Statement:
    return replace(statement, description=None) if isinstance(statement, q.Create) else statement


def block(text: str) -> str:
    """SQL as a text of several lines, with as few backslashes as it takes."""
    lines = text.rstrip("\n").split("\n")
    if "\\" in text and '"""' not in text and without_prompts(quoted := f'"""\n{text}"""') == quoted:
        plain = [line.replace("\\", "") for line in lines]
        if [py.escaped(line) for line in plain] == plain:
            return 'r"""\n' + "\n".join(lines) + '\n"""'
    return '"""\n' + "\n".join([py.docstring_line(line) for line in lines]) + '\n"""'


def _environment(variable: str, runtime: Runtime) -> str:
    name = py.string(runtime.name)
    value = f"os.environ[{name}]"
    if isinstance(runtime.default, Literal):
        value = f"os.environ.get({name}, {py.string(str(runtime.default.value))})"
    return f"_ = con.execute({py.string(f'set variable {DUCKDB.identifier(variable)} = ?')}, [{value}])"


def _chart(chart: Chart, name: str, full: str) -> Code:
    """The query of a chart, and the chart."""
    amount = "count(*)"
    if chart.measure is not None:
        column = DUCKDB.identifier(chart.measure.name)
        amount = f"sum({column})::double" if chart.added else f"{column}::double"
    if chart.time is None:
        label = ", ".join([DUCKDB.identifier(one.name) for one in chart.labels])
        lines = [f"select concat_ws(', ', {label}), {amount}", f"from {name}"]
        lines += ["group by all"] if chart.added else []
        lines += ["order by 2 desc", f"limit {MOST_BARS}"]
        call = f"bar_chart({py.string(chart.title)}, {py.string(chart.amount)}, rows)"
    else:
        series = "null" if chart.series is None else DUCKDB.identifier(chart.series.name)
        lines = [f"select {_time(chart.time, chart.measure is None)}, {series}, {amount}", f"from {name}"]
        lines += ["group by all"] if chart.added else []
        lines += ["order by 1"]
        texts = [chart.title, spaced(chart.time.name), chart.amount]
        call = f"line_chart({', '.join([py.string(one) for one in texts])}, rows)"
    query = block("\n".join(lines))
    return Code(f"rows = con.sql({query}).fetchall()\n{call}", f"chart {full}")


def _time(time: Column, is_daily: bool) -> str:
    """A time as Python takes it without another package."""
    name = DUCKDB.identifier(time.name)
    if is_daily:
        return f"{name}::date"
    return f"{name}::timestamp" if isinstance(time.type, Timestamp) else name

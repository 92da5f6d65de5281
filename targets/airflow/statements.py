"""Jobs for a SQL gateway of Flink: the script of a job, and what has to be known of it to submit its statements."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from json import dumps

from oftra.datatypes import Timestamp
from oftra.diagnostics import Report
from oftra.diagnostics.airflow import NoValue
from oftra.ir.expr import Cast, Expr, Literal, Runtime
from oftra.ir.jobs import Job
from oftra.ir.options import variable_of
from oftra.ir.program import Program
from oftra.source import NOWHERE, Span
from oftra.target import RunError
from oftra.targets.airflow.scripts import gates_of, with_gates
from oftra.targets.document import render
from oftra.targets.engines.flink.dialect import FLINK
from oftra.targets.flink_sql import reports
from oftra.targets.flink_sql.script import Script, Wanted, script_of
from oftra.targets.flink_sql.statements import Insert, Inserts, Option, Statement, Table, path, written
from oftra.targets.flink_sql.support import refuse
from oftra.targets.flink_sql.values import text_of
from oftra.targets.limits import refuse_streams
from oftra.targets.manifest import made_by
from oftra.targets.needs import Survey
from oftra.targets.sql import query as q
from oftra.targets.sql.write_query import Writer

COUNTED = "run_reports"
"""The folder below which the cluster leaves what rules counted, for who asks for it."""


@dataclass(frozen=True)
class Submitted:
    """What has to be known of a script to submit it: the keys of the file beside it.

    `statements` are the first and the last line of each, and what it is about. `stored` are the tables whose rows can
    be counted once they are written, `rules` those of which no record may break one, each with what Flink says then.
    """

    program: str
    values: Mapping[str, object] = field(default_factory=dict)
    statements: Sequence[tuple[int, int, Sequence[str]]] = ()
    writes: Sequence[str] = ()
    stored: Mapping[str, str] = field(default_factory=dict)
    report: str | None = None
    rules: Sequence[tuple[str, str, str]] = ()
    gates: Sequence[Mapping[str, object]] = ()
    declared: Mapping[str, object] = field(default_factory=dict)


def files_of(job: Job, root: str, counted: str, report: Report) -> Mapping[str, str]:
    """A script and what is known of it, by the ending of their files; nothing where something was reported.

    Relative paths lie below `root`; in the folder `counted` the cluster leaves what rules counted.
    """
    program, views = with_gates(job)
    survey = Survey(program)
    names = survey.everything
    refuse_streams(program, names, "airflow", report)
    refuse(survey, names, report)
    if report.has_errors:
        return {}
    script = script_of(survey, Wanted(names, root=root), report)
    if report.has_errors:
        return {}
    statements = [_counting(one, counted) for one in script.statements]
    head = f"-- {made_by(program)}"
    if script.runtimes:
        head += (
            f"\n-- Filled in before it is submitted: {', '.join([f'${{{one}}}' for one in sorted(script.runtimes)])}."
        )
    text, lines = _printed(head, statements, _places(job.program))
    inserts = [one for job in statements if isinstance(job, Inserts) for one in job.inserts]
    known = Submitted(
        program.name,
        values={name: _value(job, name, one, report) for name, one in sorted(script.runtimes.items())},
        statements=lines,
        writes=list(dict.fromkeys([one.owner for one in inserts if one.name != reports.TABLE])),
        stored={one.owner: path((*one.place, one.name)) for one in inserts if one.replaces and one.owner},
        report=reports.TABLE if script.counts else None,
        rules=list(_rules(script)),
        gates=[
            {**one, "measures": list(gate.measures), "view": FLINK.identifier(view)}
            for one, gate, view in zip(gates_of(job), job.gates, views)
        ],
        declared=job.program.declared,
    )
    return {".sql": text, ".json": dumps(asdict(known), indent=2, ensure_ascii=False) + "\n"}


def _printed(
    head: str, statements: Sequence[Statement], places: Mapping[Span, str]
) -> tuple[str, list[tuple[int, int, list[str]]]]:
    """The script, and of each statement the first and the last line, and the relations that it is about."""
    parts, lines, at = [head], list[tuple[int, int, list[str]]](), head.count("\n") + 1
    for statement in statements:
        words = render(written(Writer(FLINK), statement)).text.rstrip()
        is_next = isinstance(statement, Option) and bool(lines)
        parts.append(words if is_next else f"\n{words}")
        first = at + (1 if is_next else 2)
        at = first + words.count("\n")
        lines.append((first, at, list(dict.fromkeys(_about(statement, places)))))
    return "\n".join(parts) + "\n", lines


def _about(statement: Statement, places: Mapping[Span, str]) -> Iterator[str]:
    if isinstance(statement, Inserts):
        yield from [one.owner for one in statement.inserts if one.name != reports.TABLE]
    elif (name := places.get(getattr(statement, "span", NOWHERE))) is not None:
        yield name


def _places(program: Program) -> dict[Span, str]:
    """What is declared where."""
    declared = program.declared
    relations = [(one.span, one.name) for one in program.relations] + [(one.span, one.name) for one in program.sinks]
    return {span: name for span, name in relations if span != NOWHERE and name in declared}


def _counting(statement: Statement, place: str) -> Statement:
    """A statement as it is; if it is about counts, so that these can be asked for, and aren't printed somewhere."""
    match statement:
        case Table(name=reports.TABLE):
            return replace(statement, options=(("connector", "filesystem"), ("path", place), ("format", "json")))
        case Inserts(inserts):
            counts = [one for one in inserts if one.name == reports.TABLE]
            if not counts:
                return statement
            # A folder is replaced by one insert: two would take each other's files away.
            query = counts[0].query if len(counts) == 1 else q.Compound("union all", tuple([x.query for x in counts]))
            one = Insert(reports.TABLE, query, replaces=True)
            return Inserts((*[one for one in inserts if one.name != reports.TABLE], one))
        case _:
            return statement


def _rules(script: Script) -> Iterator[tuple[str, str, str]]:
    """The rules that stop a job: of which relation, what they are called, and what Flink says of them."""
    for count, _ in script.counts:
        for rule in count.rules:
            if rule.action == "fail":
                yield count.relation.name, rule.name, reports.broken(count, rule.name)


def _value(job: Job, name: str, runtime: Runtime, report: Report) -> dict[str, object]:
    """Where a value of the run comes from, and what it is unless it is given."""
    default = _default(job.program, runtime)
    found: dict[str, object] = {"kind": runtime.kind, "name": runtime.name}
    if runtime.kind == "secret":
        return {**found, "name": variable_of(runtime.name)}
    if runtime.kind == "run" or (runtime.kind == "param" and isinstance(runtime.type, Timestamp)):
        found["is_moment"] = True
    if default is None:
        return found
    if _is_null(default):
        return {**found, "default": None}
    try:
        return {**found, "default": text_of(name, default)}
    except RunError:
        report.add(NoValue(job.pipeline.name, "runner", f"{runtime.kind} {runtime.name}", span=job.pipeline.span))
        return found


def _default(program: Program, runtime: Runtime) -> Expr | None:
    if runtime.kind == "param" and runtime.default is None:
        return next((one.default for one in program.params if one.name == runtime.name), None)
    return runtime.default


def _is_null(expr: Expr) -> bool:
    while isinstance(expr, Cast):
        expr = expr.operand
    return isinstance(expr, Literal) and expr.value is None

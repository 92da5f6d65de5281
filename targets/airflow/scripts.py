"""Jobs for DuckDB: the script of a job, and what its runner has to know of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from json import dumps

from oftra.diagnostics import Report
from oftra.ir.jobs import Job
from oftra.ir.program import Interface, Program, Relation
from oftra.source import NOWHERE
from oftra.targets.airflow.naming import Names
from oftra.targets.document import Printed, render
from oftra.targets.duckdb.script import Script, Wanted, script_of
from oftra.targets.duckdb.support import LIMITS, refuse_outside
from oftra.targets.duckdb.target import print_script
from oftra.targets.engines.duckdb.datatypes import type_name
from oftra.targets.engines.duckdb.dialect import DUCKDB
from oftra.targets.limits import refuse_streams
from oftra.targets.needs import Survey
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.write_query import Writer


@dataclass(frozen=True)
class Known:
    """What the runner of a script has to know of it: the keys of the file beside it."""

    program: str
    values: Mapping[str, object] = field(default_factory=dict)
    lines: Sequence[tuple[int, int, str]] = ()
    slices: Sequence[str] = ()
    places: Mapping[str, Sequence[str]] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)
    gates: Sequence[Mapping[str, object]] = ()
    declared: Mapping[str, object] = field(default_factory=dict)


def files_of(job: Job, report: Report) -> Mapping[str, str]:
    """A script and what is known of it, by the ending of their files; nothing where something was reported."""
    program, views = with_gates(job)
    survey = Survey(program)
    names = survey.everything
    refuse_streams(program, names, "airflow", report)
    LIMITS.refuse(survey, names, report)
    refuse_outside(program, names, report)
    if report.has_errors:
        return {}
    script = script_of(survey, Wanted(names), report)
    if report.has_errors:
        return {}
    printed = print_script(program, script)
    known = Known(
        program.name,
        values={
            DUCKDB.identifier(name): {"kind": one.kind, "name": one.name, "type": type_name(one.type)}
            for name, one in sorted(script.runtimes.items())
        },
        lines=_lines(script, printed),
        slices=[part.name for part in script.parts if part.is_slice],
        places=_places(script),
        folders=_folders(script),
        gates=[
            {**one, "measures": list(gate.measures), "view": DUCKDB.identifier(view)}
            for one, gate, view in zip(gates_of(job), job.gates, views)
        ],
        declared=job.program.declared,
    )
    return {".sql": printed.text, ".json": dumps(asdict(known), indent=2, ensure_ascii=False) + "\n"}


def with_gates(job: Job) -> tuple[Program, list[str]]:
    """The program of a job with a view a gate in place of its pipeline, and what they are called.

    Each has one row: the runner reads it once all else is done.
    """
    program, names = job.program, Names([one.name for one in job.program.relations])
    views = [names.free(f"gate_{number}") for number in range(1, len(job.gates) + 1)]
    gates = [
        Relation(view, "view", gate.rel, Interface(gate.rel.columns), span=gate.span)
        for gate, view in zip(job.gates, views)
    ]
    return replace(program, relations=(*program.relations, *gates), pipelines=()), views


def gates_of(job: Job) -> list[dict[str, object]]:
    """The gates of a job: what they require, where that stands in the program, and what they do."""
    return [{"gate": one.condition, "file": one.span.file, "line": one.line, "action": one.action} for one in job.gates]


def _lines(script: Script, printed: Printed) -> list[tuple[int, int, str]]:
    """The first and the last line of what is about a relation, in order.

    A statement that is told of ends where it ends, so that what is no relation's lies between two; the statements that
    make a part of a table follow each other.
    """
    found: list[tuple[int, int, str]] = []
    slices = {part.name for part in script.parts if part.is_slice}
    origins = iter(printed.origins)
    for part in script.parts:
        for statement in part.statements:
            span = getattr(statement, "span", NOWHERE)
            if part.name and span != NOWHERE:
                origin = next(one for one in origins if one.span == span)
                found.append((origin.first, origin.last, part.name))
    ends = [first - 1 for first, _, _ in found[1:]] + [printed.text.count("\n")]
    return [
        (first, end if name in slices else last, name) for (first, last, name), end in zip(found, ends, strict=True)
    ]


def _places(script: Script) -> dict[str, list[str]]:
    """Where the files of each relation go, as expressions, and (under no name) databases: folders have to be there."""
    found: dict[str, list[str]] = {}
    for part in script.parts:
        for statement in part.statements:
            if isinstance(statement, q.Attach) and not statement.read_only:
                found.setdefault("", []).append(_expr(statement.path))
            if isinstance(statement, q.Copy):
                found.setdefault(part.name, []).append(_expr(statement.path))
    return found


def _folders(script: Script) -> dict[str, str]:
    """Which of these places is a folder of partitions, a relation: it is replaced as a whole."""
    return {
        part.name: _expr(statement.path)
        for part in script.parts
        for statement in part.statements
        if isinstance(statement, q.Copy) and "partition_by" in dict(statement.options)
    }


def _expr(expr: sql.Expr) -> str:
    return render(Writer(DUCKDB).expr(expr)).text.rstrip()

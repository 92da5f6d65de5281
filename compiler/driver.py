"""The stages in order: from the files of a project to the optimized program, then to the files of each target.

The one module that sees all stages. Every function goes on past errors as far as it can, so that one run reports them
all; what can't be had because of them is None.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from oftra.check import check, check_query
from oftra.diagnostics import Diagnostic, Report
from oftra.diagnostics.pipelines import ReadsWhole
from oftra.diagnostics.runs import LeavesMoved
from oftra.diagnostics.tasks import UnsupportedTask
from oftra.ir.program import Mode, Pipeline, Program, Task
from oftra.ir.refresh import is_partial
from oftra.ir.rel import Rel
from oftra.ir.steps import tasks_for
from oftra.lineage.moved_rows import moved_rows
from oftra.optimize import optimize, optimize_query
from oftra.optimize.whole_reads import whole_reads
from oftra.project.find import MANIFEST, Project
from oftra.project.graph import select
from oftra.project.read import decoded, hash_of, read_text, shown
from oftra.project.settings import manifest_source, read_settings
from oftra.resolve import resolve
from oftra.resolve.model import Module, Resolved, Settings
from oftra.source import SourceFile, Span
from oftra.syntax.parser import parse, parse_query
from oftra.target import Request, RunsTasks, Target

QUERY = "query"
"""The name of the file that an ad hoc query is, in messages."""


@dataclass(frozen=True)
class Parsed:
    """The files of a project, which lies in the folder `root`, as trees. `sources` are the texts that diagnostics point
    into, by path."""

    root: str
    settings: Settings
    modules: tuple[Module, ...]
    sources: Mapping[str, SourceFile]


@dataclass(frozen=True)
class Checked:
    """A program without errors, typed; what it was made from stays at hand for queries."""

    parsed: Parsed
    resolved: Resolved
    program: Program


@dataclass(frozen=True)
class Asked:
    """An ad hoc query, optimized, and what it needs of the program."""

    program: Program
    rel: Rel


@dataclass(frozen=True)
class Files:
    """What targets made of a program: files by target; and why others couldn't."""

    files: Mapping[str, Mapping[str, str]]
    declined: Mapping[str, tuple[Diagnostic, ...]]


def parse_all(project: Project, env: str | None, report: Report) -> Parsed:
    """Read `oftra.toml` and every file."""
    sources: dict[str, SourceFile] = {}
    manifest = None
    if project.manifest is not None:
        manifest = sources[MANIFEST] = manifest_source(project.manifest)
    settings = read_settings(manifest, env, program_name(project), report)
    modules = []
    for file in project.files:
        source = decoded(file, report)
        sources[file.path] = source or shown(file)
        if source is not None:
            modules.append(Module(file.namespace, parse(source, report)))
    return Parsed(project.root, settings, tuple(modules), sources)


def program_name(project: Project) -> str:
    """What a program is called that doesn't say: as its only file. Not as its folder: that may differ by machine."""
    match project.files:
        case [only] if project.manifest is None:
            return os.path.splitext(only.path)[0]
        case _:
            return "program"


def resolve_all(parsed: Parsed, report: Report) -> Resolved:
    """Bind the names of what was parsed."""
    return resolve(parsed.modules, parsed.settings, report)


def type_all(parsed: Parsed, resolved: Resolved, report: Report, mode: Mode | None = None) -> Checked | None:
    """Check what was resolved; None if there was an error, here or before. `mode` overrules what pipelines say."""
    program = check(resolved, report, mode)
    if report.has_errors:
        return None
    hashes = {path: hash_of(parsed.sources[path]) for path in resolved.files}
    pipelines = tuple([_placed(pipeline, parsed.sources) for pipeline in program.pipelines])
    starts = {path: parsed.sources[path].line_starts for path in resolved.files}
    tasks = tuple([_with_code(task, parsed) for task in program.tasks])
    found = replace(program, pipelines=pipelines, tasks=tasks, hashes=hashes, line_starts=starts)
    found = _identified(found)
    for whole in whole_reads(program):
        report.add(ReadsWhole(whole.table.name, whole.called, span=whole.span))
    for table, merged, column in moved_rows(program):
        report.add(LeavesMoved(table.name, merged.name, column, span=table.span))
    return Checked(parsed, resolved, found)


def _identified(program: Program) -> Program:
    """The program whose tables know of which query they are made, if a run makes a part of them."""
    names = [one.name for one in program.relations if is_partial(one, program)]
    if not names:
        return program
    from oftra.ir.until import query_hashes  # only what such tables need

    made_of = query_hashes(program, names)
    made = [replace(one, made_of=made_of[one.name]) if one.name in made_of else one for one in program.relations]
    return replace(program, relations=tuple(made))


def _line(span: Span, sources: Mapping[str, SourceFile]) -> int:
    return sources[span.file].position(span.start).line


def _with_code(task: Task, parsed: Parsed) -> Task:
    """A task that knows its line, and what stands in the file that it runs."""
    code = None if task.file is None else read_text(parsed.root, task.file)
    return replace(task, line=_line(task.span, parsed.sources), code=code)


def _placed(pipeline: Pipeline, sources: Mapping[str, SourceFile]) -> Pipeline:
    """A pipeline whose gates know their lines: what is generated has no text to count them in."""
    gates = [replace(gate, line=_line(gate.span, sources)) for gate in pipeline.gates]
    return replace(pipeline, gates=tuple(gates)) if gates else pipeline


def check_all(parsed: Parsed, report: Report, mode: Mode | None = None) -> Checked | None:
    """Resolve and check what was parsed; None if there was an error, here or before."""
    return type_all(parsed, resolve_all(parsed, report), report, mode)


def optimized(program: Program, only: Sequence[str] | None = None) -> Program:
    """What the program needs to make its tables and sinks, or `only` these."""
    return optimize(program, only)


def ask(checked: Checked, text: str, report: Report) -> Asked | None:
    """An ad hoc query over the program; None if it has an error."""
    query = parse_query(SourceFile(QUERY, text), report)
    if query is None or report.has_errors:
        return None
    rel = check_query(checked.resolved, checked.program, query, report)
    return None if report.has_errors else Asked(*optimize_query(checked.program, rel))


def compile_for(
    typed: Program,
    targets: Sequence[Target],
    patterns: Sequence[str],
    all_must: bool,
    report: Report,
    options: Mapping[str, object] | None = None,
) -> Files | None:
    """The files that `targets` make of a typed program; None if there was an error.

    A target that can't take the program makes nothing. If `all_must`, or if none can, that is an error; else the target
    is left out. `options` overrule those that the project has for each target.
    """
    only = select(typed, patterns, report) if patterns else None
    if report.has_errors:
        return None
    tasks = tasks_for(typed, only)
    outputs = None if only is None else list(dict.fromkeys([*only, *[task.name for task in tasks]]))
    program = replace(optimized(typed, outputs), tasks=tasks)
    files: dict[str, Mapping[str, str]] = {}
    declined: dict[str, tuple[Diagnostic, ...]] = {}
    found: dict[str, Report] = {}
    for target in targets:
        found[target.name] = Report()
        chosen = {**program.targets.get(target.name, {}), **(options or {})}
        kinds = target.tasks if isinstance(target, RunsTasks) else ()
        for task in tasks:
            if task.kind not in kinds:
                found[target.name].add(UnsupportedTask(task.name, target.name, span=task.span))
        if found[target.name].has_errors:
            continue
        made = target.compile(Request(program, chosen, only, typed), found[target.name])
        if not found[target.name].has_errors:
            files[target.name] = made
    for name, theirs in found.items():
        if theirs.has_errors and files and not all_must:
            declined[name] = tuple(theirs)
        else:
            for diagnostic in theirs:
                report.add(diagnostic)
    return None if report.has_errors else Files(files, declined)

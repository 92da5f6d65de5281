"""What reads what in a program, and the part of it that is asked for by name."""

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from oftra.diagnostics import Report
from oftra.diagnostics.project import NothingStored, UnknownSelection
from oftra.ir.program import Program, Relation, Word
from oftra.ir.rel import Checked, Scan
from oftra.ir.walk import every_rel


@dataclass(frozen=True)
class Graph:
    """Relations and sinks by full name, in the program's order, each with the names of those it reads."""

    reads: Mapping[str, tuple[str, ...]]
    read_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def above(self, names: Iterable[str]) -> set[str]:
        """`names` and all that they need."""
        return closure(names, self.reads)

    def below(self, names: Iterable[str]) -> set[str]:
        """`names` and all that is made of them."""
        return closure(names, self.read_by)


def closure(names: Iterable[str], steps: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Whatever can be reached from `names`."""
    reached = set[str]()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += steps.get(name, ())
    return reached


def read_names(relation: Relation) -> tuple[str, ...]:
    """The relations that `relation` reads: those its rows come from, and those its rules look into."""
    found: dict[str, None] = dict.fromkeys((*relation.feeds, *relation.late_of))
    for part in every_rel(relation.rel):
        if isinstance(part, Scan):
            found[part.relation] = None
        elif isinstance(part, Checked):
            found.update((rule.target, None) for rule in part.rules if rule.target is not None)
    found.pop(relation.name, None)
    return tuple(sorted(found))


def graph_of(program: Program) -> Graph:
    """The graph of all relations and sinks."""
    reads = {relation.name: read_names(relation) for relation in program.relations}
    reads |= {sink.name: (sink.relation,) for sink in program.sinks}
    for task in program.tasks:
        reads[task.name] = task.reads
        reads |= {name: (*reads[name], task.name) for name in task.writes}
    read_by: dict[str, list[str]] = {name: [] for name in reads}
    for name, needed in reads.items():
        for other in needed:
            read_by.setdefault(other, []).append(name)
    return Graph(reads, {name: tuple(names) for name, names in read_by.items()})


def select(program: Program, patterns: Iterable[str], report: Report) -> tuple[str, ...]:
    """The tables, sinks and tasks that `patterns` ask for, in the program's order.

    A pattern is a name (in full, or its last part), `tag:WORD` or `path:FILE-OR-FOLDER`; `+` before it adds all that it
    needs, `+` behind it all that is made of it.
    """
    graph = graph_of(program)
    stored = [relation.name for relation in program.relations if relation.kind == "table"]
    stored += [sink.name for sink in program.sinks]
    stored += [task.name for task in program.tasks]
    wanted = set[str]()
    for pattern in patterns:
        core = pattern.removeprefix("+").removesuffix("+")
        found = matching(program, core)
        if not found:
            report.add(UnknownSelection(core, tuple(graph.reads)))
            continue
        reached = set(found)
        if pattern.startswith("+"):
            reached |= graph.above(found)
        if pattern.endswith("+"):
            reached |= graph.below(found)
        if reached.isdisjoint(stored):
            report.add(NothingStored(core))
        wanted |= reached
    return tuple([name for name in stored if name in wanted])


def matching(program: Program, core: str) -> set[str]:
    """The relations, sinks and tasks that a pattern without its `+` means."""
    kind, colon, value = core.partition(":")
    match kind if colon else "name":
        case "tag":
            tagged = {relation.name for relation in program.relations if value in relation.tags}
            tagged |= {task.name for task in program.tasks if Word(value) in words(task.options.get("tags"))}
            return tagged | {sink.name for sink in program.sinks if Word(value) in words(sink.options.get("tags"))}
        case "path":
            places = {relation.name: relation.span.file for relation in program.relations}
            places |= {sink.name: sink.span.file for sink in program.sinks}
            places |= {task.name: task.span.file for task in program.tasks}
            return {name for name, file in places.items() if lies_in(file, value)}
        case "name":
            names = [relation.name for relation in program.relations] + [sink.name for sink in program.sinks]
            names += [task.name for task in program.tasks]
            if core in names:
                return {core}
            short = {name for name in names if name.rpartition(".")[2] == core}
            return short if len(short) == 1 else set()
        case _:
            return set()


def words(value: object) -> tuple[object, ...]:
    """The items of a list option, none if it isn't given."""
    return value if isinstance(value, tuple) else ()


def lies_in(file: str, wanted: str) -> bool:
    """Whether a file is `wanted`, lies in that folder, or matches it as a glob."""
    wanted = wanted.removeprefix("./").rstrip("/")
    return wanted in ("", ".") or file == wanted or file.startswith(wanted + "/") or fnmatch.fnmatchcase(file, wanted)

"""Which outputs run as streams: what was asked for, or else the pipelines that build them, decide."""

from collections.abc import Iterable, Mapping

from oftra.diagnostics import Report
from oftra.diagnostics.streams import TwoModes
from oftra.ir.program import Mode, Pipeline, Program, Relation
from oftra.ir.rel import Checked, Scan
from oftra.ir.walk import every_rel


def streams_of(program: Program, mode: Mode | None, report: Report) -> frozenset[str]:
    """The names of the tables and sinks that run as streams: they are to, and their rows never end."""
    match mode:
        case "batch":
            return frozenset()
        case "streaming":
            stored = [relation.name for relation in program.relations if relation.kind == "table"]
            return frozenset([name for name in (*stored, *_sinks(program)) if not _ends(name, program)])
        case None:
            return _by_pipelines(program, report)


def _by_pipelines(program: Program, report: Report) -> frozenset[str]:
    """What a streaming pipeline builds and needs, unless a pipeline that ends builds it by name."""
    streaming = [pipeline for pipeline in program.pipelines if pipeline.mode == "streaming"]
    if not streaming:
        return frozenset()
    in_batch: dict[str, Pipeline] = {}
    for pipeline in program.pipelines:
        if pipeline.mode == "batch":
            in_batch |= dict.fromkeys(pipeline.build, pipeline)
    found = set[str]()
    for pipeline in streaming:
        for name in _needed(pipeline.build, program):
            if name not in found and not _ends(name, program):
                found.add(name)
                if name in in_batch:
                    other = in_batch[name]
                    report.add(TwoModes(name, pipeline.name, other.name, other.span, span=pipeline.span))
    return frozenset(found)


def _needed(names: Iterable[str], program: Program) -> list[str]:
    """`names`, and the stored relations that they are made of, or that take what they put apart."""
    sinks = _sinks(program)
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            relation = program.by_name.get(sinks.get(name, name))
            waiting += _reads(relation) if relation is not None else ()
            if name in sinks:
                waiting.append(sinks[name])
    return [name for name in found if name in sinks or _is_table(program.by_name.get(name))]


def _reads(relation: Relation) -> Iterable[str]:
    for part in every_rel(relation.rel):
        match part:
            case Scan(name):
                yield name
            case Checked(_, rules):
                yield from [name for rule in rules for name in (rule.target, rule.into) if name is not None]
            case _:
                pass


def _ends(name: str, program: Program) -> bool:
    relation = program.by_name.get(_sinks(program).get(name, name))
    if relation is None:
        return True
    return relation.interface.bounded and all(program.by_name[feed].interface.bounded for feed in relation.feeds)


def _is_table(relation: Relation | None) -> bool:
    return relation is not None and relation.kind == "table"


def _sinks(program: Program) -> Mapping[str, str]:
    return {sink.name: sink.relation for sink in program.sinks}

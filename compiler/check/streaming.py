"""Which outputs run as streams: what was asked for, or else the pipelines that build them, decide."""

from collections.abc import Iterable

from oftra.diagnostics import Report
from oftra.diagnostics.streams import TwoModes
from oftra.ir.program import Mode, Pipeline, Program, Relation
from oftra.ir.rel import Checked, Scan
from oftra.ir.walk import every_rel


def streams_of(program: Program, outputs: "Outputs", mode: Mode | None, report: Report) -> frozenset[str]:
    """The names of the tables and sinks that run as streams: they are to, and their rows never end."""
    match mode:
        case "batch":
            return frozenset()
        case "streaming":
            return frozenset([name for name in outputs.all if not outputs.ends(name)])
        case None:
            return _by_pipelines(program, outputs, report)


def _by_pipelines(program: Program, outputs: "Outputs", report: Report) -> frozenset[str]:
    """What streaming pipelines build and need; none of it may a pipeline that ends build by name."""
    streaming = [pipeline for pipeline in program.pipelines if pipeline.mode == "streaming"]
    if not streaming:
        return frozenset()
    in_batch: dict[str, Pipeline] = {}
    for pipeline in program.pipelines:
        if pipeline.mode == "batch":
            in_batch |= dict.fromkeys(pipeline.build, pipeline)
    found = set[str]()
    for pipeline in streaming:
        for name in {*pipeline.build, *outputs.made_of(pipeline.build)}.intersection(outputs.all):
            if name not in found and not outputs.ends(name):
                found.add(name)
                if name in in_batch:
                    other = in_batch[name]
                    report.add(TwoModes(name, pipeline.name, other.name, other.span, span=pipeline.span))
    return frozenset(found)


class Outputs:
    """The tables and sinks of a program, and the relations that they are made of."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.sinks = {sink.name: sink.relation for sink in program.sinks}
        stored = [relation.name for relation in program.relations if relation.kind == "table"]
        self.all = (*stored, *self.sinks)
        self._reads: dict[str, tuple[str, ...]] = {}

    def ends(self, name: str) -> bool:
        """Whether the rows of a table or sink end; those of a quarantine do if all end that it takes them from."""
        relation = self.program.by_name.get(self.sinks.get(name, name))
        if relation is None:
            return True
        return all(
            self.program.by_name[one].interface.bounded for one in (relation.name, *relation.feeds, *relation.late_of)
        )

    def made_of(self, names: Iterable[str]) -> list[str]:
        """The relations that are these outputs or are read for them, and the quarantines of these."""
        found: dict[str, None] = {}
        waiting = [self.sinks.get(name, name) for name in names]
        while waiting:
            name = waiting.pop()
            if name not in found and name in self.program.by_name:
                found[name] = None
                waiting += self._read_by(name)
        return list(found)

    def _read_by(self, name: str) -> tuple[str, ...]:
        """What a relation takes rows from, and what takes rows of it that are put apart; walked once."""
        found = self._reads.get(name)
        if found is None:
            found = self._reads[name] = tuple(_reads(self.program.by_name[name]))
        return found


def _reads(relation: Relation) -> Iterable[str]:
    if relation.late is not None and relation.late.into is not None:
        yield relation.late.into
    for part in every_rel(relation.rel):
        match part:
            case Scan(name):
                yield name
            case Checked(_, rules):
                yield from [name for rule in rules for name in (rule.target, rule.into) if name is not None]
            case _:
                pass

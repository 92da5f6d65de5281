"""What of a program runs as streams: which sources and relations never end, and which queries Spark starts for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from oftra.diagnostics import Report
from oftra.ir.program import Relation, Sink
from oftra.ir.rel import (
    Aggregate,
    Distinct,
    Join,
    Limit,
    Opaque,
    Recursion,
    Rel,
    Sample,
    Scan,
    SetOperation,
    Sort,
    TimeWindow,
    Window,
)
from oftra.ir.walk import every_rel
from oftra.targets.engines.spark.lower import lower
from oftra.targets.needs import Survey
from oftra.targets.options import word
from oftra.targets.pyspark.outputs import Outputs

OutputMode = Literal["append", "update"]


@dataclass(frozen=True)
class Query:
    """Outputs that one query writes, since they share what is read.

    `sources` come into its batches as they are read, and what is plain is computed there; `computed` relations are
    kept by Spark's own state, and come into the batches finished. Sources that are judged `again` are judged in another
    query too, which counts them. Its name is that of a source, and with the mode its own.
    """

    name: str
    outputs: tuple[str, ...]
    sources: tuple[str, ...]
    computed: tuple[str, ...]
    mode: OutputMode
    again: frozenset[str] = frozenset()


class Streams:
    """The streams among the outputs `names`. Relations are told by their full names."""

    def __init__(self, survey: Survey, outputs: Outputs) -> None:
        self.survey, self.program = survey, survey.program
        self.outputs = tuple([name for name in outputs.names if name in self.program.streams])
        self.needs = {name: outputs.needs[name] for name in self.outputs}
        self.in_batch = set[str]().union(*[outputs.needs[one] for one in outputs.names if one not in self.outputs])

    @cached_property
    def relations(self) -> frozenset[str]:
        """The relations that streams need and that never end."""
        needed = set().union(*self.needs.values())
        found = set[str]()
        for relation in self.program.relations:
            if relation.name in needed and self._is_endless(relation, found):
                found.add(relation.name)
        return frozenset(found)

    def _is_endless(self, relation: Relation, endless: set[str]) -> bool:
        if relation.kind == "source":
            return not relation.interface.bounded
        return any(name in endless for name in (*self.survey.of(relation.name).reads, *relation.feeds))

    @cached_property
    def computed(self) -> frozenset[str]:
        """Those of which Spark keeps a state, or that read such: they are no work of one batch."""
        found = set[str]()
        interfaces = {relation.name: relation.interface for relation in self.program.relations}
        for relation in self.program.relations:
            if relation.name in self.relations and (
                is_stateful(lower(relation.rel, interfaces, Report(), streaming=True), self.relations)
                or any(name in found for name in self.survey.of(relation.name).reads)
            ):
                found.add(relation.name)
        return frozenset(found)

    def is_batch(self, relation: str) -> bool:
        """Whether an output takes it that is made in batch."""
        return relation in self.in_batch

    def sources_of(self, name: str) -> list[str]:
        """The sources without end that an output takes."""
        return [
            one.name
            for one in self.program.relations
            if one.kind == "source" and one.name in self.needs[name] and one.name in self.relations
        ]

    def stored(self, output: str) -> str:
        """The relation whose rows an output takes."""
        return self.survey.sinks.get(output, output)

    @cached_property
    def queries(self) -> tuple[Query, ...]:
        """All that Spark starts."""
        found: list[Query] = []
        judged = set[str]()
        for outputs in self._together():
            by_mode: dict[OutputMode, list[str]] = {}
            plain: list[str] = []
            for output in outputs:
                relation = self.stored(output)
                if relation in self.computed:
                    by_mode.setdefault(self.mode_of(relation), []).append(output)
                else:
                    plain.append(output)
            modes: list[OutputMode] = list(by_mode) or ["append"]
            for at, mode in enumerate(modes):
                mine = {*(plain if at == 0 else ()), *by_mode.get(mode, ())}
                found.append(self._query([one for one in outputs if one in mine], mode, judged))
                judged.update(found[-1].sources)
        return tuple(found)

    def _query(self, outputs: list[str], mode: OutputMode, judged: set[str]) -> Query:
        stored = dict.fromkeys([self.stored(output) for output in outputs])
        computed = tuple([name for name in stored if name in self.computed])
        sources = dict.fromkeys([name for output in outputs for name in self.sources_of(output)])
        plain = [output for output in outputs if self.stored(output) not in self.computed]
        needed = {name for output in plain for name in self.sources_of(output)}
        needed |= {name for name in sources if self._judges(name, again=name in judged)}
        mine = tuple([name for name in sources if name in needed])
        return Query(next(iter(sources)), tuple(outputs), mine, computed, mode, frozenset(judged.intersection(mine)))

    def _judges(self, source: str, again: bool) -> bool:
        """Whether a query has to look at the rules of a source: if another does `again`, at those that stop it."""
        rules = [rule for checked in self.survey.of(source).checks for rule in checked.rules]
        return any(rule.action == "fail" for rule in rules) if again else bool(rules)

    def _together(self) -> Iterator[list[str]]:
        """Outputs that share a source without end."""
        groups: list[tuple[set[str], list[str]]] = []
        for output in self.outputs:
            sources, names = set(self.sources_of(output)), [output]
            if not sources:
                continue
            for group in [group for group in groups if group[0] & sources]:
                groups.remove(group)
                sources |= group[0]
                names = [*group[1], *names]
            groups.append((sources, names))
        for _, names in groups:
            yield [output for output in self.outputs if output in names]

    def mode_of(self, relation: str) -> OutputMode:
        """How Spark gives the rows of a relation: once they are final, or again as they change.

        Changes are given where rows go to their place by key, and where Spark could never say that they are final.
        """
        upstream = self.upstream(relation)
        operators = [part for name in upstream for part in stateful(self.program.by_name[name].rel, self.relations)]
        aggregates = [part for part in operators if isinstance(part, Aggregate)]
        if len(aggregates) != 1 or any(isinstance(part, Join) for part in operators) or _has_session(aggregates[0]):
            return "append"
        takers = [output for output in self.outputs if self.stored(output) == relation]
        is_by_key = all(upserts(self.output(output)) for output in takers)
        return "update" if is_by_key else "append"

    def upstream(self, relation: str) -> set[str]:
        """The relations without end that one is made of, and itself."""
        found, waiting = set[str](), [relation]
        while waiting:
            name = waiting.pop()
            if name not in found and name in self.relations:
                found.add(name)
                waiting += self.survey.of(name).reads
        return found

    def output(self, name: str) -> Relation | Sink:
        """A table or sink by its name."""
        return next((sink for sink in self.program.sinks if sink.name == name), None) or self.program.by_name[name]


def upserts(output: Relation | Sink) -> bool:
    """Whether rows take the place of those with their key."""
    if isinstance(output, Relation):
        return word(output.options.get("refresh")) == "merge"
    return word(output.options.get("mode")) == "upsert"


def is_stateful(rel: Rel, endless: "frozenset[str] | set[str]") -> bool:
    """Whether `rel` is more than what can be made of each row without end by itself."""
    return next(stateful(rel, endless), None) is not None


def stateful(rel: Rel, endless: "frozenset[str] | set[str]") -> Iterator[Rel]:
    """The operators of `rel` that take several rows of what never ends."""
    for part in every_rel(rel):
        match part:
            case Join():
                if reads(part.left, endless) and reads(part.right, endless):
                    yield part
            case SetOperation():
                several = sum([reads(one, endless) for one in part.inputs]) > 1
                if several or (reads(part, endless) and (part.kind != "union" or not part.all)):
                    yield part
            case Aggregate() | Window() | Sort() | Limit() | Distinct() | Sample() | Recursion() | Opaque():
                if reads(part, endless):
                    yield part
            case _:
                pass


def reads(rel: Rel, endless: "frozenset[str] | set[str]") -> bool:
    """Whether rows without end come into `rel`."""
    return any(isinstance(part, Scan) and part.relation in endless for part in every_rel(rel))


def _has_session(rel: Rel) -> bool:
    return any(isinstance(part, TimeWindow) and part.kind == "session" for part in every_rel(rel))

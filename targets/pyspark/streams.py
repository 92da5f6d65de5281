"""What of a program runs as streams: which sources and relations never end, and which queries Spark starts for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from oftra.diagnostics import Report
from oftra.ir.options import word, words
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
from oftra.targets.pyspark.last_rows import LastRows, origin
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
    part: str = ""


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
        return any(
            name in endless for name in (*self.survey.of(relation.name).reads, *relation.feeds, *relation.late_of)
        )

    @cached_property
    def split(self) -> tuple[str, ...]:
        """The sources of which late rows are told from others, since they say what becomes of them."""
        sources = [one for one in self.program.relations if one.kind == "source" and one.late is not None]
        return tuple([one.name for one in sources if one.name in self.relations and one.interface.event_time])

    @cached_property
    def computed(self) -> frozenset[str]:
        """Those of which Spark keeps a state, or that read such: they are no work of one batch."""
        found = set[str]()
        interfaces = {relation.name: relation.interface for relation in self.program.relations}
        for relation in self.program.relations:
            if relation.name in self.relations and (
                isinstance(relation, LastRows)
                or is_stateful(lower(relation.rel, interfaces, Report(), streaming=True), self.relations)
                or any(name in found and name not in self.last for name in self.survey.of(relation.name).reads)
            ):
                found.add(relation.name)
        return frozenset(found)

    @cached_property
    def last(self) -> dict[str, LastRows]:
        """What is said last of keys: it comes into batches finished, and what is made of it is made there."""
        return {one.name: one for one in self.program.relations if isinstance(one, LastRows)}

    def last_behind(self, relation: str) -> LastRows | None:
        """What is said last of the keys that a relation's rows are of."""
        found = [name for name in self.last if name in self.upstream(relation)]
        return self.last[found[-1]] if found else None

    def key_behind(self, output: str) -> dict[str, str] | None:
        """What the columns of an output's key are called among what is said last of keys: just these tell its rows."""
        taker, last = self.output(output), self.last_behind(self.stored(output))
        if last is None or not upserts(taker):
            return None
        key = words(taker.options.get("key"))
        origins = [(name, origin(self.program, self.stored(output), name, last.name)) for name in key]
        found = {name: was for name, was in origins if was is not None}
        return found if set(found.values()) == set(last.key) and len(found) == len(key) == len(last.key) else None

    def finished(self, output: str) -> str | None:
        """The relation that comes into batches finished for an output; None if it is made there of what is read."""
        stored = self.stored(output)
        last = self.last_behind(stored)
        return stored if stored in self.computed else None if last is None else last.name

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
        for outputs in self._together:
            for mode, mine, part in self._apart(outputs):
                found.append(self._query([one for one in outputs if one in mine], mode, judged, part))
                judged.update(found[-1].sources)
        return tuple(found)

    def _apart(self, outputs: list[str]) -> Iterator[tuple[OutputMode, set[str], str]]:
        """Of outputs that share a source those that one query can write.

        Of what changes Spark keeps one state a query. Where several change, each query is called by the relation that
        it keeps.
        """
        plain: set[str] = set()
        groups: dict[str, set[str]] = {}
        for output in outputs:
            relation = self.finished(output)
            if relation is None:
                plain.add(output)
            else:
                groups.setdefault(relation if self.mode_of(relation) == "update" else "", set()).add(output)
        changing = len([part for part in groups if part])
        for at, (part, mine) in enumerate((groups or {"": plain}).items()):
            yield "update" if part else "append", mine | plain if at == 0 else mine, part if changing > 1 else ""

    def _query(self, outputs: list[str], mode: OutputMode, judged: set[str], part: str) -> Query:
        finished = {output: self.finished(output) for output in outputs}
        computed = tuple(dict.fromkeys([name for name in finished.values() if name is not None]))
        sources = dict.fromkeys([name for output in outputs for name in self.sources_of(output)])
        needed = {name for output in outputs if finished[output] is None for name in self.sources_of(output)}
        needed |= {name for name in sources if self._judges(name, again=name in judged)}
        mine = tuple([name for name in sources if name in needed])
        again = frozenset(judged.intersection(mine))
        return Query(next(iter(sources)), tuple(outputs), mine, computed, mode, again, part)

    def _judges(self, source: str, again: bool) -> bool:
        """Whether a query has to look at the rules of a source: if another does `again`, at those that stop it.

        And at what comes late, if the source says what becomes of that.
        """
        if source in self.split:
            return True
        rules = [rule for checked in self.survey.of(source).checks for rule in checked.rules]
        return any(rule.action == "fail" for rule in rules) if again else bool(rules)

    @cached_property
    def _together(self) -> tuple[list[str], ...]:
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
        return tuple([[output for output in self.outputs if output in names] for _, names in groups])

    def mode_of(self, relation: str) -> OutputMode:
        """How Spark gives the rows of a relation: once they are final, or again as they change.

        Changes are given where rows go to their place by key, and where Spark could never say that they are final. What
        comes late is told from other rows once for all outputs: then one query makes all of them, in one way.
        """
        return "append" if len(self._split_with(relation)) > 1 else self._own_mode(relation)

    def _split_with(self, relation: str) -> set[str]:
        """What is stored of the same sources as a relation, if late rows of these are told from others."""
        for outputs in self._together if self.split else ():
            sources = {source for output in outputs for source in self.sources_of(output)}
            if sources.intersection(self.split) and any(relation in self.needs[output] for output in outputs):
                return {self.stored(output) for output in outputs} & self.computed
        return set()

    def _own_mode(self, relation: str) -> OutputMode:
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

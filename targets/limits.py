"""What a target can't do yet, a diagnostic a place: then nothing is written, and nothing runs."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from oftra.diagnostics import Report
from oftra.diagnostics.targets import (
    UnsupportedConnection,
    UnsupportedGate,
    UnsupportedOption,
    UnsupportedRefresh,
    UnsupportedSecret,
    UnsupportedSinkMode,
    UnsupportedStreaming,
)
from oftra.ir.expr import Runtime
from oftra.ir.gates import gates_of
from oftra.ir.options import word, words
from oftra.ir.program import Connection, Program, Relation
from oftra.ir.refresh import Refreshed
from oftra.source import Span
from oftra.target import CannotRun
from oftra.targets.needs import Survey
from oftra.targets.stored_types import refuse_types


class Limits(NamedTuple):
    """The kinds of connections that a `target` reaches, and the options of a source there that it can't do as given.

    `modes` are those of sinks, by kind, where that isn't `overwrite` alone; `reads_secrets` of which kinds it can.
    `gates` are what it can do where a gate does not hold.
    `refreshes` tells whether a table there can be made in parts, if nothing but its place is in the way. `unstored` are
    the options of a table there that it can't do as given.
    """

    target: str
    kinds: frozenset[str]
    undone: Callable[[Relation, Connection], Iterator[tuple[str, str]]]
    modes: Mapping[str, Collection[str]] = {}
    reads_secrets: frozenset[str] = frozenset()
    gates: frozenset[str] = frozenset()
    refreshes: Callable[[Refreshed, Connection], bool] = lambda relation, connection: False
    unstored: Callable[[Relation, Connection], Iterable[tuple[str, str]]] = lambda relation, connection: ()

    def refuse(
        self,
        survey: Survey,
        names: Collection[str],
        report: Report,
        *,
        stores: bool = True,
        streams: frozenset[str] = frozenset(),
    ) -> None:
        """Report whatever of `names`, and of the pipelines that build them, can't be done.

        How `streams` meet what is there is not judged here. Without `stores` their rows alone are wanted: where tables
        are kept, and how, is no matter then.
        """
        program = survey.program
        for relation in program.relations:
            if relation.name in names and (stores or relation.kind != "table"):
                self._relation(program, relation, streams, report)
        if not stores:
            return
        for sink in program.sinks:
            if sink.name in names:
                self.reached(program, sink.connection, sink.span, report)
                mode = word(sink.options.get("mode"), "overwrite")
                kind = program.connections[sink.connection].kind
                is_done = sink.name in streams or mode in self.modes.get(kind, ("overwrite",))
                if kind in self.kinds and not is_done:
                    report.add(UnsupportedSinkMode(sink.name, mode, self.target, span=sink.span))
                columns = program.by_name[sink.relation].columns
                refuse_types(sink, columns, program.connections[sink.connection], self.target, report)
        is_endless = not streams.isdisjoint(names)
        for pipeline, gate in gates_of(program, names).all:
            if gate.action not in self.gates or is_endless:
                report.add(UnsupportedGate(pipeline.name, self.target, span=gate.span))

    def _relation(self, program: Program, relation: Relation, streams: frozenset[str], report: Report) -> None:
        if relation.kind == "source":
            self.reached(program, relation.connection or "", relation.span, report)
            connection = program.connections.get(relation.connection or "")
            if connection is None or connection.kind not in self.kinds:
                return
            for option, value in self.undone(relation, connection):
                report.add(UnsupportedOption(relation.name, option, value, self.target, span=relation.span))
        elif relation.kind == "table":
            if relation.connection is not None:
                self.reached(program, relation.connection, relation.span, report)
                connection = program.connections.get(relation.connection)
                if connection is not None:
                    refuse_types(relation, relation.columns, connection, self.target, report)
                    for option, value in self.unstored(relation, connection):
                        report.add(UnsupportedOption(relation.name, option, value, self.target, span=relation.span))
            refresh = word(relation.options.get("refresh"), "full")
            place = program.connections.get(relation.connection or "")
            is_certain = not isinstance(relation, Refreshed) or relation.is_certain
            is_done = (
                isinstance(relation, Refreshed)
                and is_certain
                and not relation.refresh.is_open
                and place is not None
                and self.refreshes(relation, place)
            )
            if refresh != "full" and relation.name not in streams and not is_done:
                report.add(UnsupportedRefresh(relation.name, refresh, self.target, is_certain, span=relation.span))

    def reached(self, program: Program, name: str, span: Span, report: Report) -> None:
        """Report a connection of a kind that the target has no way to, or one that needs a secret."""
        connection = program.connections.get(name)
        if connection is None:
            return
        if connection.kind not in self.kinds:
            report.add(UnsupportedConnection(name, connection.kind, self.target, span=span))
        for value in connection.options.values():
            if isinstance(value, Runtime) and value.kind == "secret" and connection.kind not in self.reads_secrets:
                report.add(UnsupportedSecret(value.name, self.target, span=value.span))


def refuse_streams(program: Program, names: Collection[str], target: str, report: Report) -> None:
    """Report those of `names` that run as streams: `target` makes all in batch."""
    places = {relation.name: relation.span for relation in program.relations}
    places |= {sink.name: sink.span for sink in program.sinks}
    for name, span in places.items():
        if name in names and name in program.streams:
            report.add(UnsupportedStreaming(name, target, span=span))


def metadata(relation: Relation) -> Iterator[tuple[str, str]]:
    """What stands beside columns that are typed already: nothing."""
    if found := words(relation.options.get("metadata")):
        yield "metadata", f"[{', '.join(found)}]"


def stop_at(report: Report) -> None:
    """Raise if something was found that the engine can't do."""
    if report.has_errors:
        raise CannotRun(report)

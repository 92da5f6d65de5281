"""What two runs of a pipeline can't do at once, each of its own window: what would come out depends on who is first."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from oftra.ir.expr import Runtime
from oftra.ir.gates import Graph, reached
from oftra.ir.jobs import Job
from oftra.ir.options import word
from oftra.ir.program import Option, Pipeline, Relation, Sink
from oftra.ir.rel import Rel
from oftra.ir.walk import every_rel, expressions
from oftra.ir.walk_expr import children


class Disputed(NamedTuple):
    """A table, sink or task of which two runs at once would not give what they give one after the other, and why."""

    output: str
    why: str


def disputed(graph: Graph, pipeline: Pipeline) -> Iterator[Disputed]:
    """What speaks against two runs of the pipeline at once, even where each table has one writer at a time."""
    sinks = {sink.name: sink for sink in graph.program.sinks}
    for name in graph.written[pipeline.name]:
        if name in graph.tasks:
            yield Disputed(name, "is work that nobody looks into")
        elif name in sinks:
            if _is_replaced(sinks[name]) and _is_of_run(name, graph):
                yield Disputed(name, "replaces rows by those of one run")
        else:
            table = graph.program.by_name[name]
            match word(table.options.get("refresh"), "full"):
                case "full" if _is_of_run(name, graph):
                    yield Disputed(name, "is made whole of the rows of one run")
                case "merge" if not table.options.get("order_by") and not _has_one_row(table):
                    yield Disputed(name, "keeps the row of a key that was stored last")


def handed_on(graph: Graph, jobs: tuple[Job, ...]) -> tuple[str, ...]:
    """The tables that hold the rows of one run alone, and that a later job of that run reads."""
    written = {name: job.name for job in jobs for name in job.writes}
    tables = {name for name in written if _is_whole(name, graph) and _is_of_run(name, graph)}
    read = {name for job in jobs for name in job.reads if written.get(name) != job.name}
    return tuple(sorted(tables & read))


def _is_whole(name: str, graph: Graph) -> bool:
    relation = graph.program.by_name.get(name)
    return relation is not None and word(relation.options.get("refresh"), "full") == "full"


def _is_replaced(sink: Sink) -> bool:
    return word(sink.options.get("mode"), "append") != "append"


def _has_one_row(table: Relation) -> bool:
    """Whether the rows of a run tell themselves apart by the key, whichever run brings them."""
    key = set(_names(table.options.get("key")))
    return any(set(known) <= key for known in table.interface.keys)


def _names(option: Option) -> list[str]:
    return [word(one) for one in option] if isinstance(option, tuple) else [word(option)]


def _is_of_run(name: str, graph: Graph) -> bool:
    """Whether its rows depend on the run's window; a table that isn't made whole holds those of all runs.

    A sink takes of such a table what a run covers.
    """
    program = graph.program
    if name in graph.sinks and any(graph.is_table(one) and not _is_whole(one, graph) for one in graph.near([name])):
        return True

    def reads(one: str) -> tuple[str, ...]:
        return graph.reads(one) if one == name or one in graph.sinks or _is_whole(one, graph) else ()

    for one in reached([name], reads):
        relation = program.by_name.get(one)
        if relation is None or not (one == name or _is_whole(one, graph)):
            continue
        if _asks(relation.rel) or any(map(_is_window, _values(relation.options))):
            return True
    return False


def _asks(rel: Rel) -> bool:
    for part in every_rel(rel):
        waiting = list(expressions(part))
        while waiting:
            expr = waiting.pop()
            if _is_window(expr):
                return True
            waiting += children(expr)
    return False


def _values(option: object) -> Iterator[object]:
    if isinstance(option, Mapping):
        for one in option.values():
            yield from _values(one)
    elif isinstance(option, tuple):
        for one in option:
            yield from _values(one)
    else:
        yield option


def _is_window(value: object) -> bool:
    return isinstance(value, Runtime) and value.kind == "run" and value.name in ("start", "end")

"""What DuckDB scripts can't do yet."""

from collections.abc import Collection, Iterator

from oftra.connectors import text_format
from oftra.diagnostics import Report
from oftra.diagnostics.targets import TopicsNeedARun
from oftra.ir.program import Connection, Program, Relation
from oftra.targets.limits import Limits, metadata
from oftra.targets.options import word


def _undone(relation: Relation, connection: Connection) -> Iterator[tuple[str, str]]:
    format_ = text_format(relation.options, connection)
    if format_ in (None, "raw", "debezium") and word(relation.options.get("extra")) == "keep":
        yield "extra", "keep"
    if format_ is None:
        yield from metadata(relation)


LIMITS = Limits(
    "duckdb",
    frozenset({"files", "duckdb", "catalog", "kafka"}),
    _undone,
    modes={"kafka": ("append", "upsert")},
    reads_secrets=frozenset({"kafka"}),
)


def refuse_topics(program: Program, names: Collection[str], report: Report) -> None:
    """Report the sources and sinks among `names` that only who runs a script could read and write."""
    places = [(one.name, one.connection, one.span) for one in program.relations]
    places += [(one.name, one.connection, one.span) for one in program.sinks]
    for name, connection, span in places:
        place = program.connections.get(connection or "")
        if name in names and place is not None and place.kind == "kafka":
            report.add(TopicsNeedARun(name, place.name, span=span))

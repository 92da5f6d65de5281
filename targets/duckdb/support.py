"""What DuckDB scripts can't do yet."""

from collections.abc import Collection, Iterator

from oftra.connectors import text_format
from oftra.diagnostics import Report
from oftra.diagnostics.targets import NeedsARun
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
    frozenset({"files", "duckdb", "catalog", "kafka", "jdbc"}),
    _undone,
    modes={"kafka": ("append", "upsert"), "jdbc": ("append", "upsert", "overwrite")},
    reads_secrets=frozenset({"kafka", "jdbc"}),
    gates=frozenset({"stop", "skip", "alert", "retry"}),
)


OUTSIDE = {"kafka": "topic", "jdbc": "table"}
"""Kinds of connections that DuckDB alone doesn't reach, and what is there."""


def refuse_outside(program: Program, names: Collection[str], report: Report) -> None:
    """Report the sources and sinks among `names` that only who runs a script could read and write."""
    places = [(one.name, one.connection, one.span) for one in program.relations]
    places += [(one.name, one.connection, one.span) for one in program.sinks]
    for name, connection, span in places:
        place = program.connections.get(connection or "")
        if name in names and place is not None and place.kind in OUTSIDE:
            report.add(NeedsARun(name, place.name, OUTSIDE[place.kind], span=span))

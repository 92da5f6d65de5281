"""What DuckDB scripts can't do yet."""

from collections.abc import Collection, Iterator

from oftra.connectors import format_of, text_format
from oftra.diagnostics import Report
from oftra.diagnostics.targets import NeedsARun, UnsupportedOption
from oftra.ir.options import word, words
from oftra.ir.program import Connection, Program, Relation
from oftra.ir.refresh import Refreshed
from oftra.targets.duckdb.databases import is_database
from oftra.targets.duckdb.files import has_long_decimals
from oftra.targets.limits import Limits, metadata


def _undone(relation: Relation, connection: Connection) -> Iterator[tuple[str, str]]:
    format_ = text_format(relation.options, connection)
    if format_ in (None, "raw", "debezium") and word(relation.options.get("extra")) == "keep":
        yield "extra", "keep"
    if format_ is None:
        yield from metadata(relation)


def _unstored(relation: Relation, connection: Connection) -> Iterator[tuple[str, str]]:
    parts = words(relation.options.get("partition_by"))
    if parts and text_format(relation.options, connection) == "json" and has_long_decimals(relation):
        # Its records are decoded one by one, from texts that know nothing of folders.
        yield "partition_by", f"[{', '.join(parts)}]"


def _refreshes(relation: Refreshed, connection: Connection) -> bool:
    if is_database(connection):
        return True
    return connection.kind == "files" and format_of(relation.options, connection) == "parquet"


LIMITS = Limits(
    "duckdb",
    frozenset({"files", "duckdb", "catalog", "kafka", "jdbc"}),
    _undone,
    modes={"kafka": ("append", "upsert"), "jdbc": ("append", "upsert", "overwrite")},
    reads_secrets=frozenset({"kafka", "jdbc"}),
    gates=frozenset({"stop", "skip", "alert", "retry"}),
    refreshes=_refreshes,
    unstored=_unstored,
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


def refuse_in_place(program: Program, names: Collection[str], report: Report) -> None:
    """Report the tables among `names` that a script by itself would write into the folder that it reads them from.

    Who runs a script writes a folder beside it, which then takes its place.
    """
    for relation in program.relations:
        parts = words(relation.options.get("partition_by"))
        if relation.name in names and isinstance(relation, Refreshed) and parts:
            place = program.connections.get(relation.connection or "")
            if place is not None and place.kind == "files":
                listed = f"[{', '.join(parts)}]"
                report.add(
                    UnsupportedOption(relation.name, "partition_by", listed, "a script of duckdb", span=relation.span)
                )

"""Quarantines: what they hold, and where they live."""

from collections.abc import Mapping
from dataclasses import replace

from oftra import connectors
from oftra.check.context import Context
from oftra.datatypes import BIGINT, STRING, TIMESTAMP, Array, DataType
from oftra.diagnostics.contracts import NoPlaceFor, NoStore, TwoPlaces
from oftra.diagnostics.model import nearest
from oftra.diagnostics.names import UnknownDeclaration
from oftra.ir.program import Connection, Interface, Relation
from oftra.ir.rel import Read, Rel
from oftra.resolve.model import Declared
from oftra.syntax import nodes

COLUMNS: tuple[tuple[str, DataType, bool], ...] = (
    ("record", STRING, True),
    ("rules", Array(STRING), False),
    ("source", STRING, False),
    ("file", STRING, True),
    ("position", BIGINT, True),
    ("read_at", TIMESTAMP, False),
)
"""The columns of every quarantine, and whether each may be null.

`record` is the record as it came (of typed data the row as JSON), `rules` are all that it broke, `source` is the
relation that it was read by; `file` and `position`, from 1, say where it stood, if that was in a file.
"""


def quarantine(
    declared: Declared,
    records: Mapping[str, str],
    connections: dict[str, Connection],
    store: str | None,
    prefix: str,
    context: Context,
) -> Relation:
    """The relation of the records that rules put apart. `records` are the names of those that say what changed."""
    columns = tuple([context.column(name, type_, nullable, declared.span) for name, type_, nullable in COLUMNS])
    rel = Read(declared.name, columns, span=declared.span)
    table = table_apart(declared, "quarantines", rel, connections, store, prefix, context)
    return replace(table, feeds=tuple([records.get(name, name) for name in declared.uses]))


def table_apart(
    declared: Declared,
    what: str,
    rel: Rel,
    connections: dict[str, Connection],
    store: str | None,
    prefix: str,
    context: Context,
) -> Relation:
    """The table of what is put apart of the sources that name it; `what` says in diagnostics what such tables are."""
    connection = place_of(declared, what, connections, store, context)
    return Relation(
        declared.name,
        "table",
        rel,
        Interface(()),
        connection.name if connection is not None else None,
        (prefix or prefix_of(connection)) + declared.name.rpartition(".")[2],
        span=declared.span,
    )


def prefix_of(connection: Connection | None) -> str:
    """What stands before the names of tables there."""
    prefix = connection.options.get("prefix") if connection is not None else None
    return prefix if isinstance(prefix, str) else ""


def place_of(
    declared: Declared, what: str, connections: dict[str, Connection], store: str | None, context: Context
) -> Connection | None:
    """Where it lives: in the one connection that is named, else in the store."""
    named: dict[str, nodes.Path] = {}
    for place in declared.made_at:
        if place.connection is not None:
            found = context.names.find("connection", place.connection.text, context.namespace)
            if found is None:
                near = nearest(place.connection.text, context.names.visible("connection", context.namespace))
                context.report.add(
                    UnknownDeclaration("connection", place.connection.text, near, span=place.connection.span)
                )
                return None
            named.setdefault(found.name, place.connection)
    match list(named.items()):
        case []:
            if store is None:
                context.report.add(NoStore(declared.name, span=declared.span))
                return None
            name, span = store, declared.span
        case [(name, path), *others]:
            span = path.span
            for other, again in others:
                context.report.add(TwoPlaces(declared.name, name, other, span, span=again.span))
    connection = connections.get(name)
    connector = connectors.lookup(connection.kind) if connection is not None else None
    if connection is not None and connector is not None and not connector.stores:
        context.report.add(NoPlaceFor(what, connection.name, connection.kind, span=span))
    return connection

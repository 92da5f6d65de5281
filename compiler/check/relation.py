"""Sources, views, tables and sinks: their rows typed, their places found, their options judged."""

from dataclasses import replace

from oftra import connectors
from oftra.check import database
from oftra.check.context import Context
from oftra.check.contract import (
    FAIL,
    Contract,
    checked,
    conform,
    read_contract,
    rules_of,
)
from oftra.check.frame import Frame, settle_relation
from oftra.check.late import late_rows
from oftra.check.option import Override, read_options, text, word, words
from oftra.check.own_words import check_holes, renamed
from oftra.check.quarantine import quarantine
from oftra.check.scope import Scope
from oftra.check.source import source
from oftra.check.surroundings import (
    NO_INTERFACE,
    Surroundings,
    columns_of,
    connection_of,
    contract_of,
    descriptions_of,
    is_kind_moved,
    moved_to,
)
from oftra.check.topic import check_sink
from oftra.connectors import VIEW
from oftra.diagnostics.contracts import NeedsOption, NoPlaceFor, NoStore
from oftra.diagnostics.names import DuplicateAlias, UnknownColumn
from oftra.diagnostics.topics import WithoutEffect
from oftra.diagnostics.typecheck import NotYet
from oftra.ir.facts import interface
from oftra.ir.program import Connection, Interface, Options, Relation, Sink, Word
from oftra.ir.rel import Opaque, Rel, Scan, Values
from oftra.resolve.model import Declared
from oftra.source import Span
from oftra.syntax import nodes


def check_relation(declared: Declared, around: Surroundings, context: Context) -> None:
    """Type one relation or sink, and add it to those around."""
    before = context.report.errors
    declaration = declared.declaration
    relation: Relation | None = None
    state: Relation | None = None
    if declared.made_by is not None:
        made = late_rows if declared.is_late else quarantine
        relation = made(declared, around.records, dict(around.connections), around.store, around.prefix, context)
    match declaration:
        case _ if relation is not None:
            pass
        case nodes.Source():
            relation, state = source(declared, declaration, around, context)
        case nodes.View():
            relation = _view(declared, declaration, around, context)
        case nodes.Table():
            relation = _table(declared, declaration, around, context)
        case nodes.Sink():
            _sink(declared, declaration, around, context)
            return
        case nodes.Task():
            return
    for one in (relation, state):
        if one is not None:
            _add(one, around, context.report.errors > before)


def _add(relation: Relation, around: Surroundings, is_broken: bool) -> None:
    """Let others know of a relation."""
    facts = interface(relation.rel, around.interfaces)
    if relation.late_of:
        # Its rows are others than those that it has in batch: none.
        ends = all(around.interfaces[name].bounded for name in relation.late_of if name in around.interfaces)
        facts = Interface(relation.columns, bounded=ends)
    contract = around.contracts.get(relation.contract) if relation.contract is not None else None
    if facts.bounded and facts.event_time is None and contract is not None and contract.event_time is not None:
        # Of rows that end no proof is needed: it is the time that the contract calls so.
        facts = replace(facts, event_time=contract.event_time.name.text)
    around.interfaces[relation.name] = facts
    around.relations[relation.name] = replace(relation, interface=facts, is_broken=is_broken)


def _view(declared: Declared, node: nodes.View, around: Surroundings, context: Context) -> Relation:
    contract = contract_of(node.contract, around, context) if node.contract is not None else None
    owner = f"view `{declared.name}`"
    options = read_options(node.properties, VIEW, owner, node.name.span, context)
    rel: Rel
    if isinstance(node.query, nodes.RawQuery):
        rel = _raw(declared, node, node.query, contract, context)
    else:
        rel = _rows(declared, node.query, contract, context, node.name.span)
    return Relation(
        declared.name,
        "view",
        rel,
        NO_INTERFACE,
        options=options,
        contract=contract.name if contract is not None else None,
        tags=tuple(tag.text for tag in words(options, "tags")),
        owner=text(options, "owner"),
        description=node.description,
        column_descriptions=descriptions_of(contract),
        span=node.name.span,
    )


def _raw(view: Declared, node: nodes.View, query: nodes.RawQuery, contract: Contract | None, context: Context) -> Rel:
    """A query in an engine's own words: only its contract says which columns it has."""
    if contract is None:
        context.report.add(NeedsOption("raw", "a contract", f"view `{node.name.text}`", span=node.name.span))
        return Values((), ())
    scans: list[Scan] = []
    for at, path in enumerate(query.inputs):
        if path.parts[-1].text in [other.parts[-1].text for other in query.inputs[:at]]:
            context.report.add(DuplicateAlias(path.parts[-1].text, span=path.span))
        declared = context.names.find("relation", path.text, context.namespace)
        relation = context.relations.get(declared.name) if declared is not None else None
        if relation is not None:
            columns = tuple([context.column(c.name, c.type, c.nullable, path.span) for c in relation.columns])
            scans.append(Scan(relation.name, columns, span=path.span))
    names = {name: path.parts[-1].text for path in query.inputs for name in (path.text, path.parts[-1].text)}
    check_holes(query.text, query.engine.text, node.name.text, tuple(names), context.report)
    columns = columns_of(contract, context)
    opaque = Opaque(
        query.engine.text, renamed(query.text.value, names), tuple(scans), columns, view.name, span=query.span
    )
    return checked(opaque, rules_of(contract, columns, FAIL, context), query.span)


def _rows(declared: Declared, query: nodes.Query, contract: Contract | None, context: Context, span: Span) -> Rel:
    frame = context.query_of(query, context, None, {})
    if contract is not None:
        return conform(frame, contract, declared.name, span, context)
    return settle_relation(frame, context, query.span, stored=True)


def _table(declared: Declared, node: nodes.Table, around: Surroundings, context: Context) -> Relation:
    contract = contract_of(node.contract, around, context) if node.contract is not None else None
    rel = _rows(declared, node.query, contract, context, node.name.span)
    written = node.connection
    override = around.override("table", declared.name)
    connection: Connection | None = None
    if written is not None:
        name, override = moved_to(override, "in", written)
        connection = connection_of(name, written.span, around, context)
    elif around.store is not None:
        connection = connection_of(around.store, node.name.span, around, context)
    else:
        context.report.add(NoStore(declared.name, span=node.name.span))
    options: Options = {}
    connector = connectors.lookup(connection.kind) if connection is not None else None
    if connection is not None and connector is not None:
        if not connector.stores:
            context.report.add(NoPlaceFor("tables", connection.name, connection.kind, span=node.name.span))
        else:
            moved = override if override.moved else Override(override.values, moved=is_kind_moved(connection, around))
            owner = f"table `{declared.name}`"
            options = read_options(node.properties, connector.table, owner, node.name.span, context, moved)
            _check_table_options(declared, node, options, rel, context)
            if connection.kind == "jdbc":
                database.check_columns(rel.columns, owner, node.name.span, context.report)
    if node.delete_when is not None:
        scope = Scope(context, Frame.of(rel), "`delete when`")
        options = {**options, "delete_when": scope.condition_of(node.delete_when)}
        if (word(options, "refresh") or "merge") != "merge":
            owner, span = f"table `{declared.name}`", node.delete_when.span
            context.report.add(WithoutEffect("delete when", owner, "`refresh: merge`", span=span))
    prefix = around.prefix or (text(connection.options, "prefix") or "" if connection is not None else "")
    return Relation(
        declared.name,
        "table",
        rel,
        NO_INTERFACE,
        connection.name if connection is not None else None,
        prefix + declared.name.rpartition(".")[2],
        options,
        contract.name if contract is not None else None,
        tuple(tag.text for tag in words(options, "tags")),
        text(options, "owner"),
        node.description or (contract.description if contract is not None else None),
        descriptions_of(contract),
        span=node.name.span,
    )


NEEDED = {"merge": ("key",), "append": ("window",), "partitions": ("window",)}
"""What each way to refresh needs beside it."""


def _check_table_options(declared: Declared, node: nodes.Table, options: Options, rel: Rel, context: Context) -> None:
    refresh = word(options, "refresh") or "full"
    owner = f"table `{declared.name}`"
    if refresh == "history":
        context.report.add(NotYet("`refresh: history`", span=node.name.span))
    for needed in NEEDED.get(refresh, ()):
        if needed not in options:
            context.report.add(NeedsOption(f"refresh: {refresh}", needed, owner, span=node.name.span))
    names = tuple(column.name for column in rel.columns)
    for option in ("key", "window", "order_by", "partition_by", "cluster_by"):
        for column in words(options, option):
            if column.text not in names:
                context.report.add(UnknownColumn(column.text, names, span=column.span))


def _sink(declared: Declared, node: nodes.Sink, around: Surroundings, context: Context) -> None:
    name, override = moved_to(around.override("sink", declared.name), "into", node.connection)
    connection = connection_of(name, node.connection.span, around, context)
    relation = around.relations.get(declared.uses[0]) if declared.uses else None
    if connection is None:
        return
    connector = connectors.lookup(connection.kind)
    if connector is None:
        return
    if not connector.sink:
        context.report.add(NoPlaceFor("sinks", connection.name, connection.kind, span=node.name.span))
        return
    owner = f"sink `{declared.name}`"
    moved = override if override.moved else Override(override.values, moved=is_kind_moved(connection, around))
    options = read_options(node.properties, connector.sink, owner, node.name.span, context, moved)
    if relation is None:
        return
    names = tuple(column.name for column in relation.columns)
    key = words(options, "key") or words(relation.options, "key")
    for column in key:
        if column.text not in names:
            context.report.add(UnknownColumn(column.text, names, span=column.span))
    if word(options, "mode") == "upsert" and not key:
        keys = relation.interface.keys
        if not keys:
            context.report.add(NeedsOption("mode: upsert", "key", owner, span=node.name.span))
        else:
            options = {**options, "key": tuple([Word(part) for part in keys[0]])}
    elif key and "key" not in options:
        options = {**options, "key": key}
    if connection.kind == "kafka":
        check_sink(options, relation.columns, owner, node.name.span, context.report)
    elif connection.kind == "jdbc":
        database.check_columns(relation.columns, owner, node.name.span, context.report)
    around.sinks.append(
        Sink(
            declared.name,
            relation.name,
            connection.name,
            options,
            around.prefix + declared.name.rpartition(".")[2],
            node.description,
            span=node.name.span,
        )
    )


__all__ = ["Surroundings", "check_relation", "read_contract"]

"""Sources, views, tables and sinks: their rows typed, their places found, their options judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from oftra import connectors
from oftra.check.context import Context
from oftra.check.contract import (
    FAIL,
    Contract,
    checked,
    conform,
    consequence_of,
    read_contract,
    rules_of,
    watermark_of,
)
from oftra.check.frame import Frame, settle_relation
from oftra.check.option import NOTHING, Override, read_options, text, word, words
from oftra.check.own_words import check_holes, renamed
from oftra.check.quarantine import quarantine
from oftra.check.scope import Scope
from oftra.check.topic import check_sink, check_source
from oftra.connectors import VIEW, Connector
from oftra.datatypes import BIGINT, BINARY, INT, JSON, STRING, TIMESTAMP, Array, DataType, Field, Struct
from oftra.diagnostics.contracts import NeedsOption, NoPlaceFor, NoStore
from oftra.diagnostics.model import nearest
from oftra.diagnostics.names import DuplicateAlias, DuplicateColumn, UnknownColumn, UnknownDeclaration
from oftra.diagnostics.typecheck import NotYet
from oftra.ir.expr import Column
from oftra.ir.facts import interface
from oftra.ir.program import Changes, Connection, Interface, Options, Relation, Sink, Word
from oftra.ir.rel import Opaque, Read, Rel, Rule, Scan, Values
from oftra.resolve.model import Declared
from oftra.source import Span
from oftra.syntax import nodes

METADATA: Mapping[str, DataType] = {
    "file": STRING,
    "row": BIGINT,
    "topic": STRING,
    "partition": INT,
    "offset": BIGINT,
    "timestamp": TIMESTAMP,
    "message_key": BINARY,
    "headers": Array(Struct((Field("key", STRING), Field("value", BINARY)))),
}
"""The columns that say where a record came from."""


@dataclass
class Surroundings:
    """What the relations of a program are checked against, filled as they are."""

    connections: Mapping[str, Connection]
    contracts: dict[str, Contract]
    overrides: Mapping[str, object]
    store: str | None
    relations: dict[str, Relation] = field(default_factory=dict)
    interfaces: dict[str, Interface] = field(default_factory=dict)
    sinks: list[Sink] = field(default_factory=list)

    def override(self, category: str, name: str) -> Override:
        """What the environment says of a declaration."""
        table = self.overrides.get(category)
        values = table.get(name) if isinstance(table, dict) else None
        return Override(values) if isinstance(values, dict) else NOTHING

    @property
    def prefix(self) -> str:
        """What stands before the names of stored tables in this environment."""
        prefix = self.overrides.get("prefix")
        return prefix if isinstance(prefix, str) else ""


def check_relation(declared: Declared, around: Surroundings, context: Context) -> None:
    """Type one relation or sink, and add it to those around."""
    before = context.report.errors
    declaration = declared.declaration
    relation: Relation | None = None
    if declared.made_by is not None:
        relation = quarantine(declared, dict(around.connections), around.store, around.prefix, context)
    match declaration:
        case _ if relation is not None:
            pass
        case nodes.Source():
            relation = _source(declared, declaration, around, context)
        case nodes.View():
            relation = _view(declared, declaration, around, context)
        case nodes.Table():
            relation = _table(declared, declaration, around, context)
        case nodes.Sink():
            _sink(declared, declaration, around, context)
            return
    if relation is None:
        return
    facts = interface(relation.rel, around.interfaces)
    contract = around.contracts.get(relation.contract) if relation.contract is not None else None
    if facts.bounded and facts.event_time is None and contract is not None and contract.event_time is not None:
        # Of rows that end no proof is needed: it is the time that the contract calls so.
        facts = replace(facts, event_time=contract.event_time.name.text)
    around.interfaces[declared.name] = facts
    around.relations[declared.name] = _with(relation, facts, context.report.errors > before)


def _with(relation: Relation, facts: Interface, is_broken: bool) -> Relation:
    return Relation(
        relation.name, relation.kind, relation.rel, facts, relation.connection, relation.physical, relation.options,
        relation.contract, relation.tags, relation.owner, relation.description, relation.column_descriptions,
        relation.record_paths, is_broken, relation.feeds, relation.span,
    )  # fmt: skip


NO_INTERFACE = Interface(())


def contract_of(path: nodes.Path, around: Surroundings, context: Context) -> Contract | None:
    """The contract that is named; None if there is none (reported)."""
    declared = context.names.find("contract", path.text, context.namespace)
    if declared is None:
        near = nearest(path.text, context.names.visible("contract", context.namespace))
        context.report.add(UnknownDeclaration("contract", path.text, near, span=path.span))
        return None
    return around.contracts[declared.name]


def connection_of(name: str, span: Span, around: Surroundings, context: Context) -> Connection | None:
    """The connection that is named; None if there is none (reported)."""
    declared = context.names.find("connection", name, context.namespace)
    if declared is None:
        near = nearest(name, context.names.visible("connection", context.namespace))
        context.report.add(UnknownDeclaration("connection", name, near, span=span))
        return None
    return around.connections.get(declared.name)


def _moved(override: Override, key: str, connection: nodes.Path) -> tuple[str, Override]:
    """The connection's name, which the environment may change, and the rest of what it says."""
    values = dict(override.values)
    moved = values.pop(key, None)
    if not isinstance(moved, str):
        return connection.text, Override(values, moved=True) if values else override
    return moved, Override(values, moved=True)


def _source(declared: Declared, node: nodes.Source, around: Surroundings, context: Context) -> Relation | None:
    contract = contract_of(node.contract, around, context)
    name, override = _moved(around.override("source", declared.name), "from", node.connection)
    connection = connection_of(name, node.connection.span, around, context)
    connector = connectors.lookup(connection.kind) if connection is not None else None
    options: Options = {}
    if connection is not None and connector is not None:
        moved = override if override.moved else Override(override.values, moved=_kind_moved(connection, around))
        owner = f"source `{declared.name}`"
        options = read_options(node.properties, connector.source, owner, node.name.span, context, moved)
    columns = _columns(contract, context) if contract is not None else ()
    if connection is not None and connection.kind == "kafka":
        check_source(options, columns, f"source `{declared.name}`", node.name.span, context.report)
    metadata = tuple(
        [
            context.column(w.text, METADATA[w.text], w.text == "message_key", w.span)
            for w in words(options, "metadata")
            if w.text in METADATA
        ]
    )
    if word(options, "extra") == "keep":
        if any(column.name.lower() == "extra" for column in columns):
            context.report.add(DuplicateColumn("extra", span=node.name.span))
        metadata += (context.column("extra", JSON, True, node.name.span),)
    read = Read(declared.name, columns + metadata, span=node.name.span)
    changes: Changes = {"upsert": "upsert", "cdc": "retract"}.get(word(options, "changes") or "", "append")  # type: ignore[assignment]
    event_time = contract.event_time if contract is not None else None
    around.interfaces[declared.name] = Interface(
        read.columns,
        bounded=_ends(options) or not _goes_on(options, connector),
        changes=changes,
        event_time=event_time.name.text if event_time is not None else None,
        watermark=watermark_of(contract, context) if contract is not None else None,
    )
    rel: Rel = read
    if contract is not None:
        default = consequence_of(node.on_invalid, FAIL, context)
        rules = rules_of(contract, columns, default, context)
        if connection is not None and connectors.text_format(options, connection) is not None:
            rules.insert(0, Rule("readable", "readable", default.action, into=default.into, span=node.name.span))
        rel = checked(read, rules, node.name.span)
    return Relation(
        declared.name,
        "source",
        rel,
        NO_INTERFACE,
        connection.name if connection is not None else None,
        declared.name.rpartition(".")[2],
        options,
        contract.name if contract is not None else None,
        tuple(tag.text for tag in words(options, "tags")),
        text(options, "owner"),
        node.description or (contract.description if contract is not None else None),
        _descriptions(contract),
        {c.name.text: c.path for c, _ in contract.columns if c.path is not None} if contract is not None else {},
        span=node.name.span,
    )


def _ends(options: Options) -> bool:
    """Whether reading ends by itself, at a moment that is given."""
    end = options.get("end")
    return end is not None and not (isinstance(end, Word) and end.text == "never")


def _goes_on(options: Options, connector: Connector | None) -> bool:
    """Whether what is read there has no end of itself."""
    return options.get("unbounded") is True or (connector is not None and connector.unbounded)


def _kind_moved(connection: Connection, around: Surroundings) -> bool:
    return "kind" in around.override("connection", connection.name).values


def _columns(contract: Contract, context: Context) -> tuple[Column, ...]:
    return tuple([context.column(c.name.text, type_, True, c.name.span) for c, type_ in contract.columns])


def _descriptions(contract: Contract | None) -> Mapping[str, str]:
    if contract is None:
        return {}
    return {column.name.text: column.description for column, _ in contract.columns if column.description}


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
        column_descriptions=_descriptions(contract),
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
    columns = _columns(contract, context)
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
        name, override = _moved(override, "in", written)
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
            moved = override if override.moved else Override(override.values, moved=_kind_moved(connection, around))
            owner = f"table `{declared.name}`"
            options = read_options(node.properties, connector.table, owner, node.name.span, context, moved)
            _check_table_options(declared, node, options, rel, context)
    if node.delete_when is not None:
        scope = Scope(context, Frame.of(rel), "`delete when`")
        options = {**options, "delete_when": scope.condition_of(node.delete_when)}
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
        _descriptions(contract),
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
    name, override = _moved(around.override("sink", declared.name), "into", node.connection)
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
    moved = override if override.moved else Override(override.values, moved=_kind_moved(connection, around))
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

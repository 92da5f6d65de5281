"""Sources: the records that come in, typed, under the rules of their contract; and the rows that changes tell of."""

from collections.abc import Mapping

from oftra import connectors
from oftra.check import database
from oftra.check.changes import Changing, changing_of, judge_columns, last_state, rules_of_changes
from oftra.check.context import Context
from oftra.check.contract import FAIL, Contract, checked, consequence_of, rules_of, watermark_of
from oftra.check.option import Override, read_options, text, word, words
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
from oftra.check.topic import check_source
from oftra.connectors import Connector
from oftra.datatypes import BIGINT, BINARY, BOOLEAN, INT, JSON, STRING, TIMESTAMP, Array, DataType, Field, Struct
from oftra.diagnostics.names import DuplicateColumn
from oftra.ir.expr import Column
from oftra.ir.program import Connection, Interface, Late, Options, Relation, Word
from oftra.ir.rel import Read, Rel, Rule
from oftra.resolve.model import Declared
from oftra.syntax import nodes

METADATA: Mapping[str, DataType] = {
    "file": STRING,
    "row": BIGINT,
    "topic": STRING,
    "partition": INT,
    "offset": BIGINT,
    "timestamp": TIMESTAMP,
    "message_key": BINARY,
    "tombstone": BOOLEAN,
    "headers": Array(Struct((Field("key", STRING), Field("value", BINARY)))),
}
"""The columns that say where a record came from."""


def source(
    declared: Declared, node: nodes.Source, around: Surroundings, context: Context
) -> tuple[Relation, Relation | None]:
    """A source; or its records and, as these say what changed, the view of the rows that they tell of."""
    span = node.name.span
    contract = contract_of(node.contract, around, context)
    place, override = moved_to(around.override("source", declared.name), "from", node.connection)
    connection = connection_of(place, node.connection.span, around, context)
    connector = connectors.lookup(connection.kind) if connection is not None else None
    options: Options = {}
    given: Options = {}
    changing: Changing | None = None
    owner = f"source `{declared.name}`"
    if connection is not None and connector is not None:
        moved = override if override.moved else Override(override.values, moved=is_kind_moved(connection, around))
        given = options = read_options(node.properties, connector.source, owner, span, context, moved)
        if contract is not None:
            changing, options = changing_of(given, contract, connector, owner, span, context)
    columns = columns_of(contract, context) if contract is not None else ()
    if connection is not None and connection.kind == "kafka":
        check_source(options, columns, owner, span, context.report)
    elif connection is not None and connection.kind == "jdbc":
        database.check_source(options, columns, owner, span, context.report)
    metadata = _metadata(options, columns, node, context)
    if changing is not None and not judge_columns(changing, given, columns + metadata, context.report):
        changing = None
    name = declared.name if changing is None else _free(f"{declared.name}_changes", context)
    read = Read(name, columns + metadata, span=span)
    around.interfaces[name] = _interface(read.columns, options, contract, connector, context)
    rel: Rel = read
    if contract is not None:
        rel = _judged(read, columns, node, contract, changing, options, connection, context)
    relation = Relation(
        name,
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
        descriptions_of(contract),
        {c.name.text: c.path for c, _ in contract.columns if c.path is not None} if contract is not None else {},
        late=_late(contract, context),
        span=span,
    )
    if changing is None or contract is None:
        return relation, None
    around.records[declared.name] = name
    wanted = [one.text for one in words(given, "metadata")]
    beside = [one.name for one in metadata if one.name in wanted or one.name not in ("offset", "tombstone")]
    asked = (*[column.name for column in columns], *beside)
    warns = node.on_invalid is not None and node.on_invalid.action == "warn"
    present = frozenset([] if warns else [one.name.text for one, _ in contract.columns if contract.not_null(one)])
    return relation, last_state(relation, declared.name, changing, present, asked, context)


def _metadata(
    options: Options, columns: tuple[Column, ...], node: nodes.Source, context: Context
) -> tuple[Column, ...]:
    """The columns beside those of the contract."""
    found = [
        context.column(w.text, METADATA[w.text], w.text in ("message_key", "tombstone"), w.span)
        for w in words(options, "metadata")
        if w.text in METADATA
    ]
    taken = {column.name.lower() for column in columns}
    for one in found:
        if one.name in taken:
            context.report.add(DuplicateColumn(one.name, span=one.span))
    if word(options, "extra") == "keep":
        if any(column.name.lower() == "extra" for column in columns):
            context.report.add(DuplicateColumn("extra", span=node.name.span))
        found.append(context.column("extra", JSON, True, node.name.span))
    return tuple(found)


def _interface(
    columns: tuple[Column, ...],
    options: Options,
    contract: Contract | None,
    connector: Connector | None,
    context: Context,
) -> Interface:
    """What is known of records before any is judged."""
    event_time = contract.event_time if contract is not None else None
    return Interface(
        columns,
        bounded=_ends(options) or not _goes_on(options, connector),
        event_time=event_time.name.text if event_time is not None else None,
        watermark=watermark_of(contract, context) if contract is not None else None,
    )


def _judged(
    read: Read,
    columns: tuple[Column, ...],
    node: nodes.Source,
    contract: Contract,
    changing: Changing | None,
    options: Options,
    connection: Connection | None,
    context: Context,
) -> Rel:
    """The records under the rules of their contract."""
    default = consequence_of(node.on_invalid, FAIL, context)
    rules = rules_of(contract, columns, default, context)
    if changing is not None:
        rules = rules_of_changes(rules, changing, read.columns, default, context)
    if connection is not None and connectors.text_format(options, connection) is not None:
        rules.insert(0, Rule("readable", "readable", default.action, into=default.into, span=node.name.span))
    return checked(read, rules, node.name.span)


def _late(contract: Contract | None, context: Context) -> Late | None:
    """What becomes of rows that come late."""
    time = contract.event_time if contract is not None else None
    if contract is None or time is None or time.watermark is None or time.watermark.late is None:
        return None
    if time.watermark.into is None:
        return Late()
    declared = context.names.find("relation", time.watermark.into.text, contract.namespace)
    return Late(declared.name if declared is not None else time.watermark.into.text)


def _free(name: str, context: Context) -> str:
    """`name`, or with more behind it if a relation is called so."""
    taken = context.names.folded["relation"]
    while name.lower() in taken:
        name += "_"
    return name


def _goes_on(options: Options, connector: Connector | None) -> bool:
    """Whether what is read there has no end of itself."""
    return options.get("unbounded") is True or (connector is not None and connector.unbounded)


def _ends(options: Options) -> bool:
    """Whether reading ends by itself, at a moment that is given."""
    end = options.get("end")
    return end is not None and not (isinstance(end, Word) and end.text == "never")

"""What the relations of a program are checked against: what is declared around them, and what the environment says."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from oftra.check.context import Context
from oftra.check.contract import Contract
from oftra.check.option import NOTHING, Override
from oftra.diagnostics.model import nearest
from oftra.diagnostics.names import UnknownDeclaration
from oftra.ir.expr import Column
from oftra.ir.program import Connection, Interface, Relation, Sink
from oftra.source import Span
from oftra.syntax import nodes


@dataclass
class Surroundings:
    """What the relations of a program are checked against, filled as they are.

    `records` are the names under which sources have their records whose own rows are what these tell of.
    """

    connections: Mapping[str, Connection]
    contracts: dict[str, Contract]
    overrides: Mapping[str, object]
    store: str | None
    relations: dict[str, Relation] = field(default_factory=dict)
    interfaces: dict[str, Interface] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)
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


def moved_to(override: Override, key: str, connection: nodes.Path) -> tuple[str, Override]:
    """The connection's name, which the environment may change, and the rest of what it says."""
    values = dict(override.values)
    moved = values.pop(key, None)
    if not isinstance(moved, str):
        return connection.text, Override(values, moved=True) if values else override
    return moved, Override(values, moved=True)


def is_kind_moved(connection: Connection, around: Surroundings) -> bool:
    return "kind" in around.override("connection", connection.name).values


def columns_of(contract: Contract, context: Context) -> tuple[Column, ...]:
    return tuple([context.column(c.name.text, type_, True, c.name.span) for c, type_ in contract.columns])


def descriptions_of(contract: Contract | None) -> Mapping[str, str]:
    if contract is None:
        return {}
    return {column.name.text: column.description for column, _ in contract.columns if column.description}

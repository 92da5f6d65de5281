"""Relation names inside a query, written in full; what the query reads, in order of appearance."""

import re
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from oftra.syntax import nodes

Find = Callable[[nodes.Path], str | None]
"""From a path as it was written to the full name it means; None once it was reported as unknown."""

_LEAVES = frozenset({"Literal", "Name", "NoneType", "Path", "Span", "SimpleType", "ArrayType", "MapType", "StructType"})
_CLASS = re.compile(r"\b[A-Z]\w*")


def _holds_nodes(annotation: str) -> bool:
    return any(word not in _LEAVES for word in _CLASS.findall(annotation))


def _children_of(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a node class in which a query may be hidden."""
    return tuple(field.name for field in fields(kind) if field.name != "span" and _holds_nodes(str(field.type)))


_CHILDREN: dict[type[Any], tuple[str, ...]] = {}


class Binder:
    """Rewrites one declaration. Untouched parts of the tree are kept as they are, not copied.

    `uses` are the relations that it names, `calls` the functions.
    """

    def __init__(self, find: Find) -> None:
        self.find = find
        self.uses: dict[str, None] = {}
        self.calls: dict[str, None] = {}

    def bind(self, node: Any, local: frozenset[str] = frozenset()) -> Any:
        """`node` with relation names in full; names in `local` are of a `with` or a parameter, and stay."""
        kind = type(node)
        if kind is tuple:
            changed = [self.bind(item, local) for item in node]
            return node if all(map(lambda a, b: a is b, changed, node)) else tuple(changed)
        if kind is nodes.Query and node.common:
            return self._bind_with(node, local)
        if kind is nodes.TableRef:
            return self._bind_table(node, local)
        if kind is nodes.Call or kind is nodes.CallOperator:
            self.calls[node.function.text] = None
        children = _CHILDREN.get(kind)
        if children is None:
            children = _CHILDREN[kind] = _children_of(kind) if hasattr(kind, "__dataclass_fields__") else ()
        updates: dict[str, Any] | None = None
        for name in children:
            child = getattr(node, name)
            if child is None or child == ():
                continue
            bound = self.bind(child, local)
            if bound is not child:
                updates = updates or {}
                updates[name] = bound
        return node if updates is None else replace(node, **updates)

    def _bind_table(self, node: nodes.TableRef, local: frozenset[str]) -> nodes.TableRef:
        if len(node.path.parts) == 1 and node.path.parts[0].text in local:
            return node
        full = self.find(node.path)
        if full is None:
            return node
        self.uses[full] = None
        last = node.path.parts[-1]
        if full == node.path.text:
            return node
        parts = tuple(nodes.Name(part, span=last.span) for part in full.split("."))
        # The alias of a relation named in full is its last part: that is what its columns are qualified by.
        return replace(node, path=nodes.Path(parts, span=node.path.span), alias=node.alias or last)

    def _bind_with(self, node: nodes.Query, local: frozenset[str]) -> nodes.Query:
        common = []
        for table in node.common:
            inner = local | {table.name.text} if node.recursive else local
            common.append(replace(table, query=self.bind(table.query, inner)))
            local = local | {table.name.text}
        return replace(
            node, common=tuple(common), start=self.bind(node.start, local), operators=self.bind(node.operators, local)
        )

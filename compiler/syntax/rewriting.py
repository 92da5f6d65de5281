"""Trees of syntax with parts of them replaced."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

_PARTS: dict[type[Any], tuple[str, ...]] = {}


def _parts(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a node's class that can hold nodes."""
    found = _PARTS.get(kind)
    if found is None:
        is_node = hasattr(kind, "__dataclass_fields__")
        found = _PARTS[kind] = tuple([one.name for one in fields(kind) if one.name != "span"]) if is_node else ()
    return found


def map_parts(node: Any, change: Callable[[Any], Any]) -> Any:
    """`node` with each of its parts changed; the very same one if none of them was."""
    if type(node) is tuple:
        changed = tuple([change(part) for part in node])
        return node if all(new is old for new, old in zip(changed, node)) else changed
    updates = {}
    for name in _parts(type(node)):
        old = getattr(node, name)
        new = change(old)
        if new is not old:
            updates[name] = new
    return replace(node, **updates) if updates else node


def parts_of(node: Any) -> tuple[Any, ...]:
    """What is directly in a node or a tuple."""
    return node if type(node) is tuple else tuple([getattr(node, name) for name in _parts(type(node))])


def every(node: Any) -> Iterator[Any]:
    """The node and all that is in it."""
    yield node
    for part in parts_of(node):
        if type(part) is tuple or _parts(type(part)):
            yield from every(part)

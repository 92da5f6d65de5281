"""Ways through a tree of Python: all of its parts, and the tree with some of them exchanged."""

from collections.abc import Callable, Iterator
from typing import Any

_PLAIN = (str, bytes, bool, type(None))


def parts(node: object) -> Iterator[object]:
    """`node` and all that is in it, in the order of its text."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, tuple):
            waiting.extend(reversed(part))
        elif not isinstance(part, _PLAIN):
            yield part
            waiting.extend([getattr(part, name) for name in reversed(_fields(part))])


def exchanged(node: Any, change: Callable[[Any], Any]) -> Any:
    """The tree with what `change` gives for its parts, from the innermost on; the very object where nothing changed."""
    if isinstance(node, _PLAIN):
        return node
    if isinstance(node, tuple):
        made = tuple([exchanged(part, change) for part in node])
        return node if all(map(_is, made, node)) else made
    names = _fields(node)
    before = [getattr(node, name) for name in names]
    after = [exchanged(part, change) for part in before]
    if not all(map(_is, after, before)):
        more = {"span": node.span} if "span" in node.__slots__ else {}
        node = type(node)(**dict(zip(names, after)), **more)
    return change(node)


def _is(one: object, other: object) -> bool:
    return one is other


def _fields(node: object) -> list[str]:
    return [name for name in getattr(node, "__slots__", ()) if name != "span"]

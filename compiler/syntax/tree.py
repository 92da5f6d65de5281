"""The syntax tree as JSON: a public, versioned format, out and back in.

A document is `{"version": 1, "file": "path", "tree": ...}`. A node is an object: `node` is its class, `span` its start
and end in code points, the rest are its fields; a field that has its default is left out. Tuples are arrays.
"""

from dataclasses import MISSING, fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from oftra.source import Span
from oftra.syntax import nodes

VERSION = 1


class TreeError(ValueError):
    """A document is no syntax tree; the message says where and why."""


# --- out --------------------------------------------------------------------------------------------------------------


def to_json(tree: nodes.File | nodes.Query) -> dict[str, Any]:
    """`tree` as a document of plain values, ready for `json.dumps`."""
    return {"version": VERSION, "file": tree.span.file, "tree": _out(tree)}


def _out(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_out(part) for part in value]
    if type(value).__module__ != nodes.__name__:
        return value
    made: dict[str, Any] = {"node": type(value).__name__, "span": [value.span.start, value.span.end]}
    for name, default in _fields(type(value).__name__).items():
        held = getattr(value, name)
        if default is MISSING or held != default:
            made[name] = _out(held)
    return made


@cache
def _fields(node: str) -> dict[str, Any]:
    """The fields of the class `node` but its span, with their defaults."""
    return {field.name: field.default for field in fields(getattr(nodes, node)) if field.name != "span"}


# --- in ---------------------------------------------------------------------------------------------------------------


def from_json(document: Any) -> nodes.File | nodes.Query:
    """The tree that `document` holds; raises `TreeError` if it holds none."""
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise TreeError(f"not a syntax tree of version {VERSION}")
    path = document.get("file", "")
    if not isinstance(path, str):
        raise TreeError("`file` is not a string")
    tree = _in(document.get("tree"), nodes.File | nodes.Query, path, "tree")
    assert isinstance(tree, nodes.File | nodes.Query)
    return tree


def _in(value: Any, hint: Any, path: str, place: str) -> Any:
    """`value` as `hint` wants it; `place` is where in the document it stands."""
    for option in _options(hint):
        if get_origin(option) is tuple and isinstance(value, list):
            return _tuple_in(value, option, path, place)
        if isinstance(value, dict) and isinstance(option, type) and value.get("node") == option.__name__:
            return _node_in(value, option, path, place)
        if get_origin(option) is Literal and any(value is choice or value == choice for choice in get_args(option)):
            return value
        if isinstance(option, type) and option.__module__ != nodes.__name__ and type(value) is option:
            return value
    shown = value.get("node", "object") if isinstance(value, dict) else repr(value)
    raise TreeError(f"{place}: {shown} cannot stand here")


@cache
def _options(hint: Any) -> tuple[Any, ...]:
    """The members of a union, unions in it taken apart."""
    if get_origin(hint) in (Union, UnionType):
        return tuple(option for part in get_args(hint) for option in _options(part))
    return (NoneType,) if hint is None else (hint,)


def _tuple_in(value: list[Any], hint: Any, path: str, place: str) -> tuple[Any, ...]:
    parts = get_args(hint)
    if len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(_in(part, parts[0], path, f"{place}[{number}]") for number, part in enumerate(value))
    if len(parts) != len(value):
        raise TreeError(f"{place}: {len(value)} items where {len(parts)} belong")
    return tuple(_in(part, one, path, f"{place}[{number}]") for number, (part, one) in enumerate(zip(value, parts)))


def _node_in(value: dict[str, Any], kind: type, path: str, place: str) -> Any:
    span = value.get("span", [0, 0])
    if not isinstance(span, list) or [type(end) for end in span] != [int, int]:
        raise TreeError(f"{place}: a span is a pair of numbers")
    held: dict[str, Any] = {"span": Span(span[0], span[1], path)}
    known = _fields(kind.__name__)
    for name in value.keys() - {"node", "span"}:
        if name not in known:
            raise TreeError(f"{place}: {kind.__name__} has no `{name}`")
    for name, default in known.items():
        if name in value:
            held[name] = _in(value[name], _hints(kind)[name], path, f"{place}.{name}")
        elif default is MISSING:
            raise TreeError(f"{place}: {kind.__name__} needs `{name}`")
    return kind(**held)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)

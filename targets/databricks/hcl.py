"""Terraform's language, laid out as `terraform fmt` would."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from oftra.node import node


@node
class Reference:
    """An expression that is written as it stands."""

    text: str


@node
class Block:
    """`kind "label" { ... }`."""

    kind: str
    body: "Body"
    labels: tuple[str, ...] = ()


Single: TypeAlias = "str | int | bool | Reference"
Value: TypeAlias = "Single | Sequence[Single] | Mapping[str, Value]"
Body: TypeAlias = "tuple[tuple[str, Value] | Block, ...]"
"""Attributes, with their names, and blocks."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_VARIABLE = re.compile(r"\$\{var\.([A-Za-z_]\w*)\}")
_BEFORE = re.compile(r"\$(?=\$|\Z)|%(?=%)")
"""What would change how the sign behind it is read: two of them before a brace are one that means nothing."""

_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def document(body: Body, head: str) -> str:
    """A file, with a comment at its head."""
    return "\n".join([f"# {head}", "", *_body(body, 0)]) + "\n"


def string(text: str) -> str:
    """A text in quotes, in which nothing but `${var.NAME}` is put in place of anything."""
    parts = _VARIABLE.split(text)
    if len(parts) == 3 and parts[0] == parts[2] == "":
        return f"var.{parts[1]}"
    shown = [f"${{var.{part}}}" if at % 2 else _escaped(part) for at, part in enumerate(parts)]
    return f'"{"".join(shown)}"'


def _escaped(text: str) -> str:
    plain = "".join([_SHORT.get(one) or (one if one.isprintable() else _coded(one)) for one in text])
    apart = _BEFORE.sub(lambda found: _coded(found[0]), plain)
    return apart.replace("${", "$${").replace("%{", "%%{")


def _coded(one: str) -> str:
    code = ord(one)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _body(body: Body, depth: int) -> Iterator[str]:
    """Attributes on one line have their `=` below each other, up to one of several lines; a gap parts blocks."""
    before = "  " * depth
    attributes: list[tuple[str, Value]] = []
    is_first = True
    for part in body:
        if not isinstance(part, Block):
            attributes.append(part)
            continue
        if attributes:
            yield from _attributes(attributes, depth)
            attributes, is_first = [], False
        if not is_first:
            yield ""
        is_first = False
        labels = "".join([f' "{label}"' for label in part.labels])
        inside = list(_body(part.body, depth + 1))
        if inside:
            yield f"{before}{part.kind}{labels} {{"
            yield from inside
            yield f"{before}}}"
        else:
            yield f"{before}{part.kind}{labels} {{}}"
    yield from _attributes(attributes, depth)


def _attributes(items: list[tuple[str, Value]], depth: int) -> Iterator[str]:
    before = "  " * depth
    group: list[tuple[str, str]] = []
    for name, value in items:
        lines = list(_value(value, depth))
        group.append((name, lines[0]))
        if len(lines) > 1:
            yield from _aligned(group[:-1], before)
            yield f"{before}{name} = {lines[0]}"
            yield from lines[1:]
            group = []
    yield from _aligned(group, before)


def _aligned(group: list[tuple[str, str]], before: str) -> Iterator[str]:
    width = max([len(name) for name, _ in group], default=0)
    for name, text in group:
        yield f"{before}{name.ljust(width)} = {text}"


def _value(value: Value, depth: int) -> Iterator[str]:
    """The lines of a value, of which the first stands behind the `=`."""
    match value:
        case Reference(text):
            yield text
        case bool():
            yield "true" if value else "false"
        case int():
            yield str(value)
        case str():
            yield string(value)
        case list() | tuple():
            yield f"[{', '.join([line for one in value for line in _value(one, depth)])}]"
        case Mapping() if value:
            yield "{"
            yield from _attributes([(_key(name), one) for name, one in value.items()], depth + 1)
            yield "  " * depth + "}"
        case _:
            yield "{}"


def _key(name: str) -> str:
    """The key of an object: a text in quotes, unless it is a name."""
    if _NAME.fullmatch(name):
        return name
    shown = string(name)
    return shown if shown.startswith('"') else f"({shown})"

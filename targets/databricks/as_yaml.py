"""Values as YAML, in the way that people write bundles: blocks, and quotes only where they are needed."""

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

Plain: TypeAlias = "str | int | bool | Mapping[str, Plain] | list[Plain]"
"""What a configuration is made of."""

_BARE = re.compile(r"[A-Za-z_./](?:[A-Za-z0-9_./@ -]*[A-Za-z0-9_./@-])?")
_REFERENCE = re.compile(r"\$\{[a-z_.]+\}(?:/[A-Za-z0-9_./-]*)?")
_TAKEN = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", ".nan", ".inf"})
"""Words that some reader of YAML takes for something else than text."""

_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def document(value: Mapping[str, Plain], head: str) -> str:
    """A file, with a comment at its head."""
    return "\n".join([f"# {head}", "", *_mapping(value, 0)]) + "\n"


def _mapping(value: Mapping[str, Plain], depth: int) -> Iterator[str]:
    for key, inside in value.items():
        yield from _entry(f"{'  ' * depth}{scalar(key)}:", inside, depth + 1)


def _entry(start: str, value: Plain, depth: int) -> Iterator[str]:
    match value:
        case Mapping() if value:
            yield start
            yield from _mapping(value, depth)
        case list() if value:
            yield start
            for item in value:
                yield from _item(item, depth)
        case Mapping():
            yield f"{start} {{}}"
        case list():
            yield f"{start} []"
        case _:
            yield f"{start} {scalar(value)}"


def _item(value: Plain, depth: int) -> Iterator[str]:
    before = "  " * depth + "- "
    if isinstance(value, Mapping) and value:
        first, *rest = _mapping(value, depth + 1)
        yield before + first.lstrip(" ")
        yield from rest
    else:
        assert not isinstance(value, Mapping | list)
        yield before + scalar(value)


def scalar(value: str | int | bool) -> str:
    """A value on one line, which every reader takes for the same."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            is_bare = _BARE.fullmatch(value) and value.lower() not in _TAKEN
            return value if is_bare or _REFERENCE.fullmatch(value) else quoted(value)


def quoted(text: str) -> str:
    """A text in double quotes, which nothing in it can end."""
    return '"' + "".join([_SHORT.get(one) or (one if one.isprintable() else _escaped(one)) for one in text]) + '"'


def _escaped(one: str) -> str:
    code = ord(one)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

"""How strings and docstrings stand in Python: nothing that they hold can end them, and quotes are those of black."""

import unicodedata

from oftra.ir.expr import luggage
from oftra.node import node
from oftra.source import Span

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@node
class AssignText:
    """`target` names a text of several lines. `shifts` says that more space before each of them does no harm."""

    target: str
    text: str
    shifts: bool
    span: Span = luggage()


def string(value: str) -> str:
    """`value` as a literal: in double quotes unless single ones need fewer backslashes; raw if only they need some."""
    if "\\" in value and '"' not in value and not value.endswith("\\") and all(map(_is_seen, value)):
        return f'r"{value}"'
    return quoted(escaped(value))


def byte_string(value: bytes) -> str:
    """`value` as a literal of bytes."""
    parts = [chr(b) if 32 <= b < 127 and b != 92 else _ESCAPES.get(chr(b), f"\\x{b:02x}") for b in value]
    return "b" + quoted("".join(parts))


def quoted(text: str) -> str:
    """An escaped text in quotes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + text.replace(quote, "\\" + quote) + quote


def escaped(value: str) -> str:
    """`value` with a backslash sequence for all that is not seen as it is."""
    if value.isascii() and value.isprintable() and "\\" not in value:
        return value
    return "".join([_character(one) for one in value])


def _character(one: str) -> str:
    known = _ESCAPES.get(one)
    if known is not None:
        return known
    if _is_seen(one):
        return one
    code = ord(one)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_seen(one: str) -> bool:
    return " " <= one <= "~" or (one > "\xa0" and is_plain(one))


def is_plain(one: str) -> bool:
    """Whether a character stands for itself alone, and everybody agrees how wide it is."""
    if not one.isprintable():
        return False
    match unicodedata.category(one):
        case "So":
            return one >= "\U0001f300"
        case "No":
            return one < "\U00010000"
        case kind:
            return kind[0] in "LNP" or kind in ("Sc", "Sm")


def width(text: str) -> int:
    """How many columns `text` takes: characters of East Asia two."""
    if text.isascii():
        return len(text)
    return sum([2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text])


def docstring(text: str) -> list[str]:
    """The lines of a docstring, without their indent."""
    first, *rest = [line.rstrip() for line in text.strip().expandtabs(4).split("\n")]
    margin = min([len(line) - len(line.lstrip()) for line in rest if line], default=0)
    lines = [docstring_line(first), *[docstring_line(line[margin:]) for line in rest]]
    lines[0] = '"' * 3 + (" " if lines[0].startswith('"') else "") + lines[0]
    if len(lines) > 1:
        return [*lines, '"' * 3]
    if lines[0].endswith('"'):
        lines[0] += " "
    return [lines[0] + '"' * 3]


def docstring_line(line: str) -> str:
    """A line between triple quotes."""
    return escaped(line).replace('"' * 3, '""\\"')

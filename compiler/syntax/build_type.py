"""What the parser builds for each alternative that is a type. See `build_name`."""

from collections.abc import Callable
from typing import Any

from oftra.datatypes.model import SYNONYMS
from oftra.diagnostics.syntax import NotYet, SizeNotWhole
from oftra.syntax import nodes as n
from oftra.syntax.lexer import Tokens


def simple_type(t: Tokens, at: int, word: int) -> n.SimpleType:
    text = t.texts[word].lower()
    if text in ("time", "enum"):
        t.report.add(NotYet(f"type `{text}`", span=t.span(word)))
    return n.SimpleType(SYNONYMS.get(text, text), span=t.span(word))


def sized_type(t: Tokens, at: int, word: int, opening: int, numbers: list[int], closing: int) -> n.SimpleType:
    sizes = tuple(_size(t, token) for token in numbers)
    text = t.word(word)
    if text == "varchar":
        sizes = ()
    return n.SimpleType(SYNONYMS.get(text, text), sizes, span=t.since(word, at))


def _size(t: Tokens, token: int) -> int:
    if t.texts[token].isdigit():
        return int(t.texts[token])
    t.report.add(SizeNotWhole(t.texts[token], span=t.span(token)))
    return 1  # a size that every type with sizes may have: one mistake is enough


def array_type(t: Tokens, at: int, word: int, opening: int, element: n.Type, *closing: int) -> n.ArrayType:
    return n.ArrayType(element, span=t.since(word, at))


def map_type(
    t: Tokens, at: int, word: int, opening: int, key: n.Type, comma: int, value: n.Type, *closing: int
) -> n.MapType:
    return n.MapType(key, value, span=t.since(word, at))


def struct_type(
    t: Tokens, at: int, word: int, opening: int, fields: list[tuple[n.Name, n.Type]], closing: int
) -> n.StructType:
    return n.StructType(tuple(fields), span=t.since(word, at))


def struct_type_outer_only(t: Tokens, at: int, word: int, opening: int, last: tuple[n.Name, n.Type]) -> n.StructType:
    return n.StructType((last,), span=t.since(word, at))


def struct_type_outer(
    t: Tokens, at: int, word: int, o: int, fields: list[tuple[n.Name, n.Type]], comma: int, last: tuple[n.Name, n.Type]
) -> n.StructType:
    return n.StructType((*fields, last), span=t.since(word, at))


def field(t: Tokens, at: int, name: n.Name, colon: int, kind: n.Type) -> tuple[n.Name, n.Type]:
    return (name, kind)


BUILDERS: dict[str, Callable[..., Any]] = {
    "simple_type": simple_type, "sized_type": sized_type, "array_type": array_type, "array_type_outer": array_type,
    "map_type": map_type, "map_type_outer": map_type, "struct_type": struct_type,
    "struct_type_outer": struct_type_outer, "struct_type_outer_only": struct_type_outer_only, "field": field,
}  # fmt: skip

"""What the SQL printer has to know of an engine: how names and strings are quoted, and its short forms."""

import re
from dataclasses import dataclass, field
from typing import Literal

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z").match


@dataclass(frozen=True)
class Dialect:
    """How an engine writes SQL's words.

    `reserved` are the words (lower case) that are no names unless quoted. `cast` is the short form `x::type`.
    `collections` is how the literals of arrays and maps look: `[a]` and `map {k: v}`, or `array[a]` and `map[k, v]`.
    `ignore_nulls` is where these words stand: in the parentheses of a window function, or after them.
    """

    name: str
    reserved: frozenset[str]
    quote: str = '"'
    cast: bool = True
    collections: Literal["[a]", "array[a]"] = "[a]"
    ignore_nulls: Literal["inside", "after"] = "inside"
    _written: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def identifier(self, name: str) -> str:
        """`name` as this engine reads it back, quoted only if it must be."""
        written = self._written.get(name)
        if written is None:
            plain = _PLAIN(name) and name.lower() not in self.reserved
            written = name if plain else self.quote + name.replace(self.quote, self.quote * 2) + self.quote
            self._written[name] = written
        return written

    def string(self, value: str) -> str:
        """`value` as a string literal."""
        return "'" + value.replace("'", "''") + "'"

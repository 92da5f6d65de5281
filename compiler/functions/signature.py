"""Signatures: their text, read once it is needed, and the patterns of types that they are made of."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple, TypeAlias

from oftra.datatypes import DAYS, MONTHS, NULL, SIMPLE, STRING, TIME, UNKNOWN, Array, DataType, Map


class Variable(NamedTuple):
    """A type that the arguments decide. The letter of its name says which types it may stand for."""

    name: str


class ArrayOf(NamedTuple):
    """An array whose element's type is or holds a variable."""

    element: "Pattern"


class MapOf(NamedTuple):
    """A map whose key's or value's type is or holds a variable."""

    key: "Pattern"
    value: "Pattern"


class StructOf(NamedTuple):
    """A struct with a field whose type is or holds a variable."""

    fields: tuple[tuple[str, "Pattern"], ...]


class LambdaOf(NamedTuple):
    """A function as an argument."""

    parameters: tuple["Pattern", ...]
    result: "Pattern"


_OPEN = (Variable, ArrayOf, MapOf, StructOf, LambdaOf)

Pattern: TypeAlias = Variable | ArrayOf | MapOf | StructOf | LambdaOf | DataType


class Parameter(NamedTuple):
    """A parameter of a signature. `default` is what it is if left out, as text; None if it must be there."""

    name: str
    pattern: Pattern
    default: str | None = None
    constant: bool = False
    check: str = ""


class Signature(NamedTuple):
    """One way to call a function. The last `repeated` parameters may come again and again.

    `computed` if the result is a `decimal` without widths: the function itself says which.
    """

    text: str
    parameters: tuple[Parameter, ...]
    returns: Pattern
    repeated: int = 0
    computed: bool = False

    def parameters_for(self, count: int) -> tuple[Parameter, ...] | None:
        """The parameters that `count` arguments meet, one for each; None if that is too few or too many."""
        given = self.parameters
        if self.repeated:
            more = count - len(given)
            if more < 0 or more % self.repeated:
                return None
            return given + given[-self.repeated :] * (more // self.repeated)
        if count > len(given) or (count < len(given) and given[count].default is None):
            return None
        return given[:count]


@cache
def read(text: str) -> Signature:
    """The signature that `text` writes."""
    return _Reader(text).signature()


_TOKEN = r"\s*(->|\.\.\.|[A-Za-z_]\w*|'[^']*'|-?\d+|[(),<>=])"

_WORDS: dict[str, Pattern] = {
    **SIMPLE,
    "any": UNKNOWN,
    "null": NULL,
    "decimal": UNKNOWN,
    "word": STRING,
    "format": STRING,
}


class _Reader:
    """A reader of one signature, a token at a time. What is wrong with one is a bug of ours, so it asserts."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = [*re.findall(_TOKEN, text), ""]
        self.at = 0

    @property
    def next(self) -> str:
        return self.tokens[self.at]

    def take(self, expected: str = "") -> str:
        token = self.tokens[self.at]
        assert token and expected in ("", token), f"{self.text}: {expected or 'more'} expected, not {token!r}"
        self.at += 1
        return token

    def skip(self, token: str) -> bool:
        found = self.next == token
        self.at += found
        return found

    def signature(self) -> Signature:
        self.take("(")
        parameters: list[Parameter] = []
        repeated = 0
        while not self.skip(")"):
            assert not repeated, f"{self.text}: only the last may repeat"
            group = list(self.group())
            repeated = len(group) if self.skip("...") else 0
            parameters += group
            if self.next != ")":
                self.take(",")
        self.take("->")
        computed = self.next == "decimal"
        returns = self.type()
        assert not self.next, f"{self.text}: not read to its end"
        return Signature(self.text, tuple(parameters), returns, repeated, computed)

    def group(self) -> Iterator[Parameter]:
        if not self.skip("("):
            yield self.parameter()
            return
        while not self.skip(")"):
            yield self.parameter()
            self.skip(",")

    def parameter(self) -> Parameter:
        name = self.take()
        constant = self.skip("constant")
        check = self.next if self.next in ("word", "format") else ""
        pattern = self.type()
        default = self.take() if self.skip("=") else None
        return Parameter(name, pattern, default, constant, check)

    def type(self) -> Pattern:
        if self.skip("("):
            first = [self.type()]
            while self.skip(","):
                first.append(self.type())
            self.take(")")
            self.take("->")
            return LambdaOf(tuple(first), self.type())
        pattern = self.simple()
        return LambdaOf((pattern,), self.type()) if self.skip("->") else pattern

    def simple(self) -> Pattern:
        word = self.take()
        if word == "array":
            return self.array()
        if word == "map":
            return self.map()
        if word == "struct":
            return self.struct()
        if word == "interval":
            return MONTHS if self.skip("month") else DAYS if self.skip("day") else TIME
        return Variable(word) if word[0].isupper() else _WORDS[word]

    def array(self) -> Pattern:
        self.take("<")
        element = self.simple()
        self.take(">")
        return ArrayOf(element) if isinstance(element, _OPEN) else Array(element)

    def map(self) -> Pattern:
        self.take("<")
        key = self.simple()
        self.take(",")
        value = self.simple()
        self.take(">")
        return MapOf(key, value) if isinstance(key, _OPEN) or isinstance(value, _OPEN) else Map(key, value)

    def struct(self) -> Pattern:
        self.take("<")
        fields: list[tuple[str, Pattern]] = []
        while not self.skip(">"):
            fields.append((self.take(), self.simple()))
            self.skip(",")
        return StructOf(tuple(fields))

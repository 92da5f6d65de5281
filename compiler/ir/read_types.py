"""Reads types, columns and constants from the IR's text form."""

from datetime import date, datetime
from decimal import Decimal as Number
from math import inf, nan

from oftra.datatypes import (
    DAYS,
    JSON,
    MONTHS,
    NULL,
    SIMPLE,
    TIME,
    UNKNOWN,
    Array,
    DataType,
    Decimal,
    Double,
    Field,
    Float,
    Map,
    Struct,
)
from oftra.ir.expr import Column, Duration, Literal, Value
from oftra.ir.notation import CONSTANTS, UNITS, Kind, natural_constant
from oftra.ir.read_tokens import Token, Tokens

TYPE_WORDS = frozenset([*SIMPLE, "decimal", "interval", "array", "map", "struct", "null", "unknown"])
"""The words that a type begins with."""


class TypeReader:
    """Reads types, columns and constants."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens

    def type(self) -> DataType:
        """A type."""
        tokens = self.tokens
        word = tokens.name()
        match word:
            case "decimal":
                tokens.expect("(")
                precision = tokens.integer()
                tokens.expect(",")
                scale = tokens.integer()
                tokens.expect(")")
                return Decimal(precision, scale)
            case "interval":
                return MONTHS if tokens.accept("month") else DAYS if tokens.accept("day") else TIME
            case "array":
                tokens.expect("<")
                element = self.type()
                tokens.expect(">")
                return Array(element)
            case "map":
                tokens.expect("<")
                key = self.type()
                tokens.expect(",")
                value = self.type()
                tokens.expect(">")
                return Map(key, value)
            case "struct":
                return self._struct()
            case "null":
                return NULL
            case "unknown":
                return UNKNOWN
        if word not in SIMPLE:
            tokens.at -= 1
            raise tokens.fail("a type")
        return SIMPLE[word]

    def _struct(self) -> Struct:
        fields = list[Field]()
        self.tokens.expect("<")
        while not self.tokens.accept(">"):
            if fields:
                self.tokens.expect(",")
            name = self.tokens.name()
            self.tokens.expect(":")
            fields.append(Field(name, self.type()))
        return Struct(tuple(fields))

    def kind(self) -> Kind:
        """A type and perhaps `not null`."""
        type_ = self.type()
        return Kind(type_, not self.tokens.accept("not", "null"))

    def annotation(self, otherwise: Kind) -> Kind:
        """What stands in braces behind an expression; if nothing does, `otherwise`."""
        if not self.tokens.accept("{"):
            return otherwise
        kind = self.kind()
        self.tokens.expect("}")
        return kind

    def column(self) -> Column:
        """A column where it comes into being."""
        name = self.tokens.name()
        self.tokens.expect("#")
        id_ = self.tokens.integer()
        kind = self.kind()
        return Column(id_, name, kind.type, kind.nullable)

    def columns(self) -> tuple[Column, ...]:
        """Columns in brackets."""
        self.tokens.expect("(")
        columns = list[Column]()
        while not self.tokens.accept(")"):
            if columns:
                self.tokens.expect(",")
            columns.append(self.column())
        return tuple(columns)

    def begins_constant(self) -> bool:
        """Whether a constant comes next."""
        token = self.tokens.next
        if token.kind in ("string", "bytes", "number"):
            return True
        if token.kind != "word" or token.text not in CONSTANTS or token.text == "expr":
            return False
        return token.text in ("true", "false", "null") or self.tokens.peek().kind in ("string", "number")

    def constant(self) -> Literal:
        """A constant, with its type if one is given."""
        token = self.tokens.take()
        natural: DataType | None = None
        value: Value
        match token:
            case Token("number", text):
                value = float(text) if "e" in text else Number(text) if "." in text else int(text)
            case Token("string", text):
                value = text
            case Token("bytes", text):
                value = bytes.fromhex(text[2:-1])
            case Token("word", "null"):
                value = None
            case Token("word", "true" | "false"):
                value = token.text == "true"
            case Token("word", "interval"):
                value, natural = self._duration()
            case _:
                value = self._typed_constant(token.text)
                natural = JSON if token.text == "json" else None
        if not self.tokens.accept(":"):
            return Literal(value, natural or natural_constant(value))
        type_ = self.type()
        return Literal(_as(value, token.text, type_), type_)

    def _duration(self) -> tuple[Duration, DataType]:
        count = self.tokens.integer()
        word = self.tokens.name()
        unit = word.removesuffix("s")
        if unit not in UNITS:
            self.tokens.at -= 1
            raise self.tokens.fail("a unit of time")
        type_, (months, micros) = UNITS[unit]
        return Duration(count * months, count * micros), type_

    def _typed_constant(self, word: str) -> Value:
        text = self.tokens.string()
        match word:
            case "date":
                return date.fromisoformat(text)
            case "timestamp" | "datetime":
                return datetime.fromisoformat(text)
            case _:
                return text


def _as(value: Value, text: str, type_: DataType) -> Value:
    match type_:
        case Decimal() if isinstance(value, int | Number) and not isinstance(value, bool):
            return Number(text)
        case Float() | Double() if isinstance(value, str):
            # `nan` has to be the one NaN that equals itself in a tuple.
            return {"nan": nan, "inf": inf, "-inf": -inf}[value]
        case _:
            return value

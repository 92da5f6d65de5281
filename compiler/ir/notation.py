"""What the text form of the IR is made of: names, strings, constants, types, and which types go without saying."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal as Number
from math import isfinite
from typing import Final, NamedTuple, TypeAlias

from oftra.datatypes import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DATETIME,
    DAYS,
    DOUBLE,
    INT,
    JSON,
    MONTHS,
    NULL,
    STRING,
    TIME,
    TIMESTAMP,
    Array,
    DataType,
    Decimal,
    Field,
    Map,
    Struct,
    show,
)
from oftra.ir.expr import Call, Case, Column, Duration, Expr, FieldOf, MakeStruct, ScalarQuery, Value

WORD = re.compile(r"[^\W\d]\w*\Z")

Scope: TypeAlias = Mapping[int, Column]
"""The columns that an expression may name, by id."""


class Kind(NamedTuple):
    """What an expression's value is: of which type, and whether it may be null."""

    type: DataType
    nullable: bool


FORMS = frozenset({"cast", "try_cast", "widen", "struct", "scalar", "exists", "in", "distinct"})
"""Words that before a bracket are no function: a function of such a name is quoted."""

CONSTANTS = frozenset({"true", "false", "null", "date", "timestamp", "datetime", "interval", "json", "expr"})
"""Words that begin a constant: where a bare word could be meant, such a word is quoted."""

_NEVER_NULL = frozenset({"is_null", "is_true", "is_false", "is_distinct", "is_not_distinct"})
_BOOLEAN = _NEVER_NULL.union(
    ["and", "or", "not", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "in", "between"],
    ["is_nan", "like", "regexp_like", "starts_with", "ends_with", "contains"],
)


# --- what goes without saying ----------------------------------------------------------------------------------------


def natural_call(function: str, arguments: tuple[Expr, ...]) -> Kind:
    """What a call is taken to be if its text doesn't say: boolean if it asks, else like its first argument."""
    nullable = function not in _NEVER_NULL and any(argument.nullable for argument in arguments)
    if function in _BOOLEAN:
        return Kind(BOOLEAN, nullable)
    return Kind(arguments[0].type if arguments else STRING, nullable)


def natural_case(branches: tuple[tuple[Expr, Expr], ...], otherwise: Expr) -> Kind:
    """What a `case` is taken to be: of its first value's type."""
    values = [value for _, value in branches]
    return Kind((values or [otherwise])[0].type, otherwise.nullable or any(value.nullable for value in values))


def natural_field(operand: Expr, name: str) -> Kind:
    """What a field of a struct is taken to be: of its type there."""
    if isinstance(operand.type, Struct):
        for field in operand.type.fields:
            if field.name == name:
                return Kind(field.type, True)
    return Kind(STRING, True)


def natural_struct(names: tuple[str, ...], values: tuple[Expr, ...]) -> Kind:
    """What a struct is taken to be: of its values' types."""
    return Kind(Struct(tuple([Field(name, value.type) for name, value in zip(names, values)])), False)


def natural_query(columns: tuple[Column, ...]) -> Kind:
    """What the only value of a query is taken to be: of its column's type."""
    return Kind(columns[0].type if columns else NULL, True)


def natural(expr: Expr) -> Kind | None:
    """What `expr` is taken to be if its text doesn't say; None where the text always says."""
    match expr:
        case Call():
            return natural_call(expr.function, expr.arguments)
        case Case():
            return natural_case(expr.branches, expr.otherwise)
        case FieldOf():
            return natural_field(expr.operand, expr.name)
        case MakeStruct():
            return natural_struct(tuple([field.name for field in expr.type.fields]), expr.values)
        case ScalarQuery():
            return natural_query(expr.query.columns)
        case _:
            return None


def natural_constant(value: Value) -> DataType:
    """The type that a constant is taken to have: the narrowest usual one."""
    match value:
        case None:
            return NULL
        case bool():
            return BOOLEAN
        case int():
            return INT if -(2**31) <= value < 2**31 else BIGINT
        case float():
            return DOUBLE
        case Number():
            return _natural_decimal(value)
        case str():
            return STRING
        case bytes():
            return BINARY
        case datetime():
            return DATETIME if value.tzinfo is None else TIMESTAMP
        case date():
            return DATE
        case Duration(months, micros):
            if months:
                return MONTHS
            return DAYS if micros and micros % 86_400_000_000 == 0 else TIME


def _natural_decimal(value: Number) -> Decimal:
    _, digits, exponent = value.as_tuple()
    scale = max(0, -int(exponent))
    precision = max(1, len(digits) + max(0, int(exponent)), scale)
    return Decimal(precision, scale)


# --- text ------------------------------------------------------------------------------------------------------------


def show_name(name: str) -> str:
    """A name, in backticks unless it is one word."""
    return name if WORD.match(name) else _quote(name, "`")


def show_path(path: str) -> str:
    """A full name, each of its parts quoted if need be."""
    return path if WORD.match(path) else ".".join([show_name(part) for part in path.split(".")])


def show_string(text: str) -> str:
    """A string; with escapes, as e'...', if it holds what can't be seen."""
    return _quote(text, "'")


def _quote(text: str, quote: str) -> str:
    if text.isprintable():
        return quote + text.replace(quote, quote * 2) + quote
    return "e" + quote + "".join([_escape(character, quote) for character in text]) + quote


def _escape(character: str, quote: str) -> str:
    if character in ("\\", quote):
        return "\\" + character
    if character == "\n":
        return "\\n"
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"


def unquote(token: str) -> str:
    """The text that a quoted name or string stands for."""
    if token[0] != "e":
        return token[1:-1].replace(token[0] * 2, token[0])
    return re.sub(r"\\(?:u\{([0-9a-f]+)\}|(.))", _unescape, token[2:-1])


def _unescape(match: re.Match[str]) -> str:
    code, character = match.groups()
    if code is not None:
        return chr(int(code, 16))
    return "\n" if character == "n" else str(character)


def show_type(type_: DataType) -> str:
    """A type as the language writes it, with the names of fields quoted if need be."""
    match type_:
        case Array(element):
            return f"array<{show_type(element)}>"
        case Map(key, value):
            return f"map<{show_type(key)}, {show_type(value)}>"
        case Struct(fields):
            return f"struct<{', '.join([f'{show_name(field.name)}: {show_type(field.type)}' for field in fields])}>"
        case _:
            return show(type_)


def show_kind(kind: Kind) -> str:
    """A type and whether it may be null, as after a column's name."""
    return show_type(kind.type) if kind.nullable else show_type(kind.type) + " not null"


def show_column(column: Column) -> str:
    """A column where it comes into being: `fare#3 decimal(10, 2) not null`."""
    return f"{show_name(column.name)}#{column.id} {show_kind(Kind(column.type, column.nullable))}"


def show_constant(value: Value, type_: DataType | None = None) -> str:
    """A constant, followed by its type unless that goes without saying. Without `type_` it is of its natural type."""
    match value:
        case str() if type_ == JSON:
            return "json " + show_string(value)
        case float() if not isfinite(value):
            return f"'{value!r}':{show_type(type_ or DOUBLE)}"
        case Duration():
            text, natural = show_duration(value, type_ or natural_constant(value))
        case _:
            text, natural = _constant(value), natural_constant(value)
    if isinstance(value, Number) and "." not in text:
        return f"{text}:{show_type(type_ or natural)}"
    return text if type_ is None or natural == type_ else f"{text}:{show_type(type_)}"


def _constant(value: bool | int | float | Number | str | bytes | date | datetime | None) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            text = repr(value)
            return text if "e" in text else text.removesuffix(".0") + "e0"
        case Number():
            return f"{value:f}"
        case str():
            return show_string(value)
        case bytes():
            return f"x'{value.hex()}'"
        case datetime():
            if value.tzinfo is None:
                return f"datetime '{value.isoformat(' ')}'"
            return f"timestamp '{value.astimezone(UTC).replace(tzinfo=None).isoformat(' ')}Z'"
        case date():
            return f"date '{value.isoformat()}'"


UNITS: Final[Mapping[str, tuple[DataType, Duration]]] = {
    "year": (MONTHS, Duration(12)),
    "month": (MONTHS, Duration(1)),
    "day": (DAYS, Duration(0, 86_400_000_000)),
    "hour": (TIME, Duration(0, 3_600_000_000)),
    "minute": (TIME, Duration(0, 60_000_000)),
    "second": (TIME, Duration(0, 1_000_000)),
    "microsecond": (TIME, Duration(0, 1)),
}
"""The units of intervals, larger ones first: the type of an interval written in it, and how long one is."""


def show_duration(value: Duration, type_: DataType) -> tuple[str, DataType]:
    """An interval in the largest unit of its kind that says it exactly, and the type that this unit has."""
    if value.months or type_ == MONTHS:
        wanted: DataType = MONTHS
    else:
        wanted = DAYS if type_ == DAYS and value.micros % 86_400_000_000 == 0 else TIME
    amount = value.months or value.micros
    unit, size = next(
        (unit, months or micros)
        for unit, (unit_type, (months, micros)) in UNITS.items()
        if unit_type == wanted and amount % (months or micros) == 0
    )
    count = amount // size
    return f"interval {count} {unit if count == 1 else unit + 's'}", wanted

"""The types of values: a closed union of small immutable nodes, and their text form.

A type says nothing about null: whether a value may be null stands beside its type (`nullable` of an expression).
What is inside a composite (an array's elements, a struct's fields, a map's values) may always be null.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from oftra.node import node


@node
class Boolean:
    """`boolean`: true, false."""


@node
class Integer:
    """A signed integer of 8, 16, 32 or 64 bits."""

    bits: Literal[8, 16, 32, 64]


@node
class Float:
    """`float`: IEEE 754, 32 bits."""


@node
class Double:
    """`double`: IEEE 754, 64 bits."""


@node
class Decimal:
    """`decimal(precision, scale)`: exact; 1 <= precision <= 38, 0 <= scale <= precision."""

    precision: int
    scale: int


@node
class String:
    """`string`: UTF-8."""


@node
class Binary:
    """`binary`: bytes."""


@node
class Date:
    """`date`: a calendar day."""


@node
class Timestamp:
    """`timestamp`: an instant, in microseconds; shown in UTC."""


@node
class Datetime:
    """`datetime`: a wall-clock reading without zone, in microseconds."""


@node
class Interval:
    """A span of time: of years and months, of whole weeks and days, or of anything down to microseconds; never stored.

    A span of days is also one of `time`. The kind comes from the written unit: `date + interval 1 day` is a date.
    """

    kind: Literal["months", "days", "time"]


@node
class Array:
    """`array<element>`."""

    element: "DataType"


@node
class Map:
    """`map<key, value>`."""

    key: "DataType"
    value: "DataType"


@node
class Field:
    """A field of a struct."""

    name: str
    type: "DataType"


@node
class Struct:
    """`struct<name: type, ...>`."""

    fields: tuple[Field, ...]


@node
class Json:
    """`json`: a parsed document, stored as text."""


@node
class Null:
    """The type of a bare `null`: widens to every type."""


@node
class Unknown:
    """The type of what could not be typed: an error is reported already, so it fits everywhere and silences more."""


DataType: TypeAlias = (
    Boolean | Integer | Float | Double | Decimal | String | Binary | Date | Timestamp | Datetime | Interval
    | Array | Map | Struct | Json | Null | Unknown
)  # fmt: skip

BOOLEAN = Boolean()
TINYINT, SMALLINT, INT, BIGINT = Integer(8), Integer(16), Integer(32), Integer(64)
FLOAT, DOUBLE = Float(), Double()
STRING, BINARY = String(), Binary()
DATE, TIMESTAMP, DATETIME = Date(), Timestamp(), Datetime()
MONTHS, DAYS, TIME = Interval("months"), Interval("days"), Interval("time")
JSON, NULL, UNKNOWN = Json(), Null(), Unknown()

SIMPLE: dict[str, DataType] = {
    "boolean": BOOLEAN,
    "tinyint": TINYINT,
    "smallint": SMALLINT,
    "int": INT,
    "bigint": BIGINT,
    "float": FLOAT,
    "double": DOUBLE,
    "string": STRING,
    "binary": BINARY,
    "date": DATE,
    "timestamp": TIMESTAMP,
    "datetime": DATETIME,
    "json": JSON,
}
"""The types that are one word, by that word."""

SYNONYMS = {
    "integer": "int",
    "long": "bigint",
    "text": "string",
    "varchar": "string",
    "numeric": "decimal",
    "bool": "boolean",
    "real": "float",
}
"""Words that are accepted for a type, and the word that the formatter writes."""

_INTERVALS = {"months": "interval month", "days": "interval day", "time": "interval"}
_WORDS = {type_: word for word, type_ in SIMPLE.items()}


def show(type_: DataType) -> str:
    """`type_` as the language writes it."""
    match type_:
        case Decimal(precision, scale):
            return f"decimal({precision}, {scale})"
        case Interval(kind):
            return _INTERVALS[kind]
        case Array(element):
            return f"array<{show(element)}>"
        case Map(key, value):
            return f"map<{show(key)}, {show(value)}>"
        case Struct(fields):
            return f"struct<{', '.join(f'{field.name}: {show(field.type)}' for field in fields)}>"
        case Null():
            return "null"
        case Unknown():
            return "unknown"
        case _:
            return _WORDS[type_]


def leaf_casts(given: DataType, wanted: DataType) -> Iterator[tuple[DataType, DataType]]:
    """What a cast of one type to the other comes to for values that aren't composites, in pairs of types.

    A composite is taken apart where both are of one kind: a list of texts that becomes one of dates makes of each text
    a date. What has no like on the other side is a pair as it is.
    """
    match given, wanted:
        case Array(a), Array(b):
            yield from leaf_casts(a, b)
        case Map(k, v), Map(l, w):
            yield from leaf_casts(k, l)
            yield from leaf_casts(v, w)
        case Struct(a), Struct(b):
            for x, y in zip(a, b):
                yield from leaf_casts(x.type, y.type)
        case _:
            yield given, wanted

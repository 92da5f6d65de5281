"""Small tables that are hard on engines: nulls, NaN, zeros with a sign, empty texts and lists, far days, keys twice."""

from datetime import UTC, date, datetime
from decimal import Decimal as Number
from math import inf, nan
from typing import Any

from oftra.datatypes import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DATETIME,
    DOUBLE,
    INT,
    JSON,
    NULL,
    STRING,
    TIMESTAMP,
    Array,
    DataType,
    Decimal,
    Map,
)
from oftra.ir.expr import Call, Cast, Column, Expr, Literal
from oftra.ir.program import Interface, Program, Relation
from oftra.ir.read import read_rel
from oftra.ir.rel import Rel, Values

MONEY = Decimal(6, 2)
WIDE = Decimal(38, 10)
INTS, TEXTS, COUNTS = Array(INT), Array(STRING), Map(STRING, INT)

TABLES = {
    "t": read_rel("""
        values (a#1 int not null, b#2 int, s#3 string, m#4 decimal(6, 2), x#5 double, p#6 boolean, d#7 date)
          (1, 2, '7', 1.50:decimal(6, 2), 0e0, true, date '2024-02-29')
          (2, null:int, 'x', -1.50:decimal(6, 2), 'nan':double, null:boolean, null:date)
          (3, 0, '', 0.00:decimal(6, 2), -0e0, false, date '2026-01-31')
          (4, -3, null:string, null:decimal(6, 2), 'inf':double, true, date '1969-12-31')
          (5, 2, 'X', 9999.99:decimal(6, 2), null:double, null:boolean, date '2026-01-31')
          (0, 1, 'ünï', 1.50:decimal(6, 2), 1.5e0, false, null:date)
          (7, 5, 'x', 2.00:decimal(6, 2), 'nan':double, true, date '2024-02-29')
    """),
    "u": read_rel("""
        values (k#1 int, n#2 int not null, s#3 string not null)
          (2, 1, 'x')
          (2, 3, '7')
          (null:int, 5, '')
          (0, 1, 'ünï')
          (7, 2, 'x')
          (4, 4, 'X')
          (5, 0, '7')
    """),
    "empty": read_rel("values (e#1 int, q#2 boolean not null)"),
}
"""Tables of a few types, for programs whose point is how operators follow each other."""


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


DOMAIN: dict[DataType, tuple[Any, ...]] = {
    BOOLEAN: (True, False, None),
    INT: (1, 2, -3, 0, None, 7, 2),
    BIGINT: (5, -1, 0, 3_000_000_000, None, 12, 1),
    DOUBLE: (1.5, -0.0, nan, -2.5, None, inf, 0.1),
    MONEY: (Number("1.50"), Number("-0.05"), Number("0.00"), Number("9999.99"), None, Number("2.50"), Number("1.50")),
    WIDE: (Number("0.0000000001"), Number("12345678.5000000000"), Number("-1.0000000000"), None, Number("0E-10")),
    STRING: ("a", "", "Zebra", "ünï 🦓", None, "7", " a\tb ", "a.b,c", "10%_"),
    BINARY: (b"", b"\x00\xff", b"abc", None),
    DATE: (date(2024, 2, 29), date(1969, 12, 31), date(2026, 1, 1), date(1, 1, 1), None, date(9999, 12, 31)),
    TIMESTAMP: (
        instant("2024-02-29T23:59:59.999999"),
        instant("1969-12-31T23:59:59"),
        instant("2026-03-29T01:30:00"),
        instant("1900-01-01T00:00:00.5"),
        None,
    ),
    DATETIME: (
        datetime(2024, 2, 29, 23, 59, 59, 999999),
        datetime(2026, 3, 29, 2, 30),
        datetime(1969, 12, 31, 0, 0, 1),
        None,
    ),
    JSON: ('{"a": 1, "b": [true, null, "x"]}', "[]", '"text"', "null", "1.50", None),
    INTS: ((1, 2, 2), (), (None, 3), (5,), None),
    TEXTS: (("b", "a", "b"), (), ("", None), None, ("ü",)),
    COUNTS: ((("a", 1), ("b", None)), (), None, (("", 0),)),
}
"""Values of each type; null is among them."""


def literal(value: Any, type_: DataType) -> Expr:
    """`value` as a constant expression of `type_`."""
    if value is None:
        return Cast(Literal(None, type_), type_, True) if isinstance(type_, Array | Map) else Literal(None, type_)
    match type_:
        case Array(element):
            items = tuple([literal(item, element) for item in value])
            return (
                Call("array", items, type_, False)
                if items
                else Cast(Call("array", (), Array(NULL), False), type_, False)
            )
        case Map(key, of):
            parts = tuple([part for k, v in value for part in (literal(k, key), literal(v, of))])
            return (
                Call("map", parts, type_, False)
                if parts
                else Cast(Call("map", (), Map(NULL, NULL), False), type_, False)
            )
        case _:
            return Literal(value, type_)


def mixed(names: str, types: tuple[DataType, ...], rows: int) -> Rel:
    """A table of `rows` rows with a column of each type; the first counts the rows, each other begins elsewhere."""
    columns = [Column(1, "id", INT, False)]
    columns += [Column(2 + at, name, type_, True) for at, (name, type_) in enumerate(zip(names.split(), types))]
    cells = []
    for row in range(rows):
        values = [literal(DOMAIN[type_][(row + at) % len(DOMAIN[type_])], type_) for at, type_ in enumerate(types)]
        cells.append((Literal(row, INT), *values))
    return Values(tuple(cells), tuple(columns))


ALL_TYPES = {
    **TABLES,
    "plain": mixed("i l x m w s p", (INT, BIGINT, DOUBLE, MONEY, WIDE, STRING, BOOLEAN), 9),
    "times": mixed("d ts dt i s", (DATE, TIMESTAMP, DATETIME, INT, STRING), 7),
    "nested": mixed("ints texts counts j bin i s", (INTS, TEXTS, COUNTS, JSON, BINARY, INT, STRING), 7),
}
"""All of them."""


def program_of(tables: dict[str, Rel]) -> Program:
    """Views of these names."""
    return Program(
        "p", "1", tuple([Relation(name, "view", rel, Interface(rel.columns)) for name, rel in tables.items()])
    )

"""Values of every type that can be stored: the rows to write, and whether the same ones were read."""

from typing import Any

from arrow_types import arrow_type
from typed_values import VALUES

from oftra.datatypes import (
    BINARY,
    DATE,
    INT,
    STRING,
    TIMESTAMP,
    Array,
    DataType,
    Decimal,
    Field,
    Interval,
    Map,
    Struct,
    show,
)

MORE: dict[DataType, tuple[str, ...]] = {
    Decimal(38, 20): ("cast('123456789012345678.00000000000000000001' as decimal(38, 20))", "0"),
    Decimal(20, 10): ("cast('0.0000000001' as decimal(20, 10))", "cast('-9999999999.9999999999' as decimal(20, 10))"),
    Array(Decimal(20, 10)): ("[cast('0.0000000001' as decimal(20, 10)), null]",),
    Map(DATE, INT): ("map(date '0001-01-01', 1)",),
    Map(TIMESTAMP, STRING): ("map(timestamp '1969-12-31 23:59:59.999999Z', '')",),
    Struct((Field("b", BINARY), Field("f", Array(BINARY)))): ("struct(x'00ff' as b, [x'', null] as f)",),
}
"""Values whose texts engines shorten, or write in ways of their own."""

CELLS = {type_: tuple([cells[0] for cells in values]) for type_, values in VALUES.items()} | MORE
STORED = [type_ for type_ in CELLS if not isinstance(type_, Interval)]


def columns_of(types: list[DataType]) -> str:
    """What a contract says of them."""
    return ", ".join(["id int not null", *[f"v{at} {show(type_)}" for at, type_ in enumerate(types)]])


def rows_of(types: list[DataType]) -> str:
    """Three rows of values, and one of nulls."""
    rows = []
    for place in range(3):
        cells = [CELLS[type_][min(place, len(CELLS[type_]) - 1)] for type_ in types]
        rows.append(f"({place}, {', '.join(cells)})")
    rows.append(f"(3, {', '.join(['null'] * len(types))})")
    names = ", ".join([f"v{at}" for at in range(len(types))])
    return f"from values {', '.join(rows)} as t (id, {names})"


def differences(came: Any, wanted: Any, types: list[DataType]) -> list[str]:
    """Of which types what came is not what was wanted."""
    found = []
    for at, type_ in enumerate(types):
        one, other = came[f"v{at}"], wanted[f"v{at}"]
        # Of two NaN neither is equal to the other.
        if one.type != arrow_type(type_) or repr(one.to_pylist()) != repr(other.to_pylist()):
            found.append(f"{show(type_)}: {one.type} {one.to_pylist()}, not {other.to_pylist()}")
    return found

"""Relations as text that other tests hold: what passes and engines make of them is written there, here they are run.

What they scan and read is made up: few rows, of values that are awkward for their types.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal as Number
from pathlib import Path
from zlib import crc32

from oftra.datatypes import (
    NULL,
    Array,
    Binary,
    Boolean,
    DataType,
    Date,
    Datetime,
    Decimal,
    Double,
    Float,
    Integer,
    Json,
    Map,
    String,
    Struct,
    Timestamp,
)
from oftra.ir.expr import Call, Cast, Column, Expr, Literal, MakeStruct, Value
from oftra.ir.read import read_rel
from oftra.ir.read_program import read_program
from oftra.ir.rel import Checked, Read, Rel, Scan, Values
from oftra.ir.show import show_rel
from oftra.ir.walk import map_exprs, map_inputs
from oftra.ir.walk_expr import map_children

TESTS = Path(__file__).parent.parent
ROWS = 6

SHORT = {
    "$orders": "scan orders (id#1 bigint not null, customer_id#2 bigint, amount#3 decimal(10, 2), "
    "tags#4 array<string>, placed#5 timestamp)",
    "$customers": "scan customers (id#11 bigint not null, name#12 string not null, region#13 string)",
    "$lines": "scan sales.lines (order_id#21 bigint, n#22 int, price#23 double)",
}
"""What stands for a scan in the plans of DuckDB."""

_CONSTANTS: dict[type, tuple[Value, ...]] = {
    Boolean: (True, False),
    Integer: (1, 2, 3, 0, 5, 7),
    Float: (0.5, 0.0, 2.5),
    Double: (0.5, -0.0, float("nan"), 0.0, 3.0),
    Decimal: (Number(1), Number(0), Number(5), Number(7), Number(100)),
    String: ("a", "b", "", "q", "Ä", "1"),
    Binary: (b"", b"a"),
    Date: (date(2026, 1, 31), date(2024, 2, 29), date(2026, 2, 1)),
    Timestamp: (datetime(2026, 1, 1, 10, tzinfo=UTC), datetime(2026, 1, 1, 10, 30, tzinfo=UTC)),
    Datetime: (datetime(2026, 1, 1, 10), datetime(2026, 1, 1, 10, 30)),
    Json: ('{"a": 1}', "[]", '"x"'),
}


def texts() -> Iterator[tuple[str, tuple[Rel, ...]]]:
    """By where a text stands, the relations that have to be of the same rows: before and after a pass.

    What is said in an engine's own words, or calls a function that there is not, is left out.
    """
    for name, rels in _all_texts():
        if not any(_is_for_no_engine(show_rel(rel)) for rel in rels):
            yield name, rels


def _is_for_no_engine(shown: str) -> bool:
    return any(word in shown for word in ("foreign ", "opaque ", "divide_by_zero("))


def _all_texts() -> Iterator[tuple[str, tuple[Rel, ...]]]:
    passes = TESTS / "passes"
    for path in sorted(passes.glob("*.txt")):
        for title, before, after in _cases(path):
            name = f"{path.stem}: {title}"
            if before.startswith("program"):
                for text, when in ((before, "before"), (after, "after")):
                    yield from _of_program(f"{name}, {when}", text)
            else:
                yield name, tuple([read_rel(text) for text in (before, after) if text != "unchanged"])
    for title, before, _ in _cases(TESTS / "engines" / "spark_lower.txt"):
        yield f"Spark lacks: {title}", (read_rel(before),)
    for title, text in _plans(TESTS / "engines" / "duckdb_plans.txt"):
        yield f"DuckDB plans: {title}", (read_rel(text),)


def _cases(path: Path) -> Iterator[tuple[str, str, str]]:
    for case in path.read_text(encoding="utf-8").split("=== ")[1:]:
        title, _, rest = case.partition("\n")
        before, _, after = rest.partition("\n---\n")
        yield title, before.strip(), after.strip()


def _plans(path: Path) -> Iterator[tuple[str, str]]:
    for case in path.read_text(encoding="utf-8").split("\n=== ")[1:]:
        title, _, rest = case.partition("\n")
        text = rest.partition("\n--- query")[0].strip()
        for word, scan in SHORT.items():
            text = text.replace(word, scan)
        yield title, text


def _of_program(name: str, text: str) -> Iterator[tuple[str, tuple[Rel, ...]]]:
    for relation in read_program(text).relations if text != "unchanged" else ():
        yield f"{name}: {relation.name}", (relation.rel,)


# --------------------------------------------------------------------------------------------------- made-up rows


def filled(rel: Rel) -> Rel:
    """`rel` over made-up rows of what it scans and reads, of which no rule is judged."""

    def fill(expr: Expr) -> Expr:
        return map_children(expr, fill, filled)

    part = map_exprs(map_inputs(rel, filled), fill)
    match part:
        case Scan(name) | Read(name):
            return Values(tuple([_row(name, part.columns, at) for at in range(ROWS)]), part.columns)
        case Checked(source):
            return source
        case _:
            return part


def _row(relation: str, columns: tuple[Column, ...], at: int) -> tuple[Expr, ...]:
    cells: list[Expr] = []
    for column in columns:
        seed = crc32(f"{relation}.{column.name}".encode())
        place = seed + at * (1 + seed % 2)
        cells.append(_null(column.type) if column.nullable and (seed + at) % 5 == 0 else _cell(column.type, place))
    return tuple(cells)


def _null(type_: DataType) -> Expr:
    return Cast(Literal(None, NULL), type_, nullable=True)


def _cell(type_: DataType, place: int) -> Expr:
    match type_:
        case Array(element):
            items = [_cell(element, place + at) for at in range(place % 3)]
            return Call("array", (*items, _null(element)) if place % 2 else tuple(items), type_, False)
        case Map(key, value):
            return Call("map", (_cell(key, place), _cell(value, place)), type_, False)
        case Struct(fields):
            return MakeStruct(tuple([_cell(one.type, place) for one in fields]), type_)
        case _:
            known = _CONSTANTS[type(type_)]
            return Literal(known[place % len(known)], type_)


_LEFT_OPEN = re.compile(r"\| limit|\| sample|array_agg\(|string_agg\(|row_number\(|lag\(|lead\(|arg_m|_value\(|ntile\(")


def is_left_open(shown: str) -> bool:
    """Whether a program in these words may be answered in several ways: by any rows, or in any order of them."""
    return _LEFT_OPEN.search(shown) is not None


def is_cut(rel: Rel) -> bool:
    """Whether any rows are taken of which something else is made then: even how many come of them is open."""
    return any("| limit" in line or "| sample" in line for line in show_rel(rel).splitlines()[:-1])

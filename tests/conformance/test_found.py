"""What random programs found once: queries that an engine answered otherwise, or not at all."""

from collections.abc import Iterator
from decimal import Decimal as Number
from math import nan

import pyarrow as pa
import pytest
from gaps import ENGINES, FOUND, LACKING

from oftra.diagnostics import Report
from oftra.ir.program import Program
from oftra.ir.read import read_rel
from oftra.optimize import optimize_query
from oftra.project import installed
from oftra.target import RunError, Session
from oftra.testing.compare import unmatched

TWO = "values (a#1 int, b#2 int) (1, 2) (3, null)"
KEY = "values (k#9 int) (1)"
NO_NUMBER = "values (y#1 int, x#2 double) (1, 'inf':double)"

CASES: dict[str, tuple[str, list[tuple[object, ...]]]] = {
    "a condition of a query is an item twice": (
        f"{TWO} | project c#3 boolean = in (a#1) ({KEY}), b#2 | filter c#3"
        " | project d#4 boolean = c#3, e#5 boolean = c#3",
        [(True, True)],
    ),
    "what a query gave is used beside it": (
        f"{TWO} | project c#3 boolean = in (a#1) ({KEY}) | project c#3, d#4 boolean = not(c#3)",
        [(True, False), (False, True)],
    ),
    "rows are ordered by what is a constant below": (
        "values (a#1 int) (2) (1) | project b#2 int not null = 7, a#1, c#3 string not null = 'x'"
        " | sort b#2, c#3 desc, a#1",
        [(7, 1, "x"), (7, 2, "x")],
    ),
    "groups by what is a number below zero": (
        "values (a#1 int) (2) (1) | aggregate n#2 bigint not null = count() by b#3 int not null = -3",
        [(-3, 2)],
    ),
    "what can't be computed is tried of aggregates": (
        "values (a#1 int) (2147483647) (1) | aggregate m#2 int = max(a#1)"
        " | project up#3 int = try_add(m#2, 1), down#4 int = try_subtract(m#2, 1)",
        [(None, 2147483646)],
    ),
    "a key of grouping sets is called like an aggregate": (
        "values (a#1 int, b#2 bigint not null) (1, 2) | aggregate n#5 bigint not null = count()"
        " by k#3 int = add(a#1, 0), n#4 bigint = b#2 sets ((0, 1), ()) | project x#6 int = k#3, y#7 bigint = n#4, n#5",
        [(1, 2, 1), (None, None, 1)],
    ),
    "the median of rows so far": (
        "values (a#1 int, x#2 double) (1, 1e0) (2, 4e0) (3, 2e0)"
        " | window m#3 double = median(x#2) over (order by a#1) | project a#1, m#3",
        [(1, 1.0), (2, 2.5), (3, 2.0)],
    ),
    "grouping sets of which nothing but a key is used": (
        "values (a#1 int) (1) (1) | aggregate n#3 bigint not null = count() by k#2 int = a#1 sets ((0), ())"
        " | project k#2",
        [(1,), (None,)],
    ),
    "what stands in for the row before is computed": (
        f"{TWO} | window l#3 int = lag(b#2, 1, add(a#1, 6)) over (order by a#1) | project a#1, l#3",
        [(1, 7), (3, 2)],
    ),
    "what stands in for the row before is more than a bare number": (
        "values (a#1 int, l#2 bigint) (1, 3000000000) | window w#3 bigint = lead(1:bigint, 1, l#2) over (order by a#1)"
        " | project w#3, n#4 bigint = nullif(1:bigint, l#2), d#5 decimal(6, 2) = nullif(-0.05:decimal(6, 2), 9999.99)",
        [(3000000000, 1, Number("-0.05"))],
    ),
    "means of exact pairs have all their digits": (
        "values (y#1 decimal(6, 2), x#2 int) (1.00:decimal(6, 2), 1) (2.00:decimal(6, 2), 2) (2.00:decimal(6, 2), 3)"
        " | aggregate a#3 double = regr_avgy(y#1, x#2), n#4 bigint not null = regr_count(y#1, x#2)"
        " | project m#5 double = multiply(a#3, 3e0), n#4",
        [(5.0, 3)],
    ),
    "one value that is no number spreads": (
        f"{NO_NUMBER} | aggregate a#3 double = stddev_pop(x#2), b#4 double = var_pop(x#2), c#5 double = stddev(x#2),"
        " d#6 double = kurtosis(x#2), e#7 double = skewness(x#2)",
        [(nan, nan, None, nan, None)],
    ),
    "pairs with what is no number lie on no line": (
        f"{NO_NUMBER} | aggregate a#3 double = regr_sxx(y#1, x#2), b#4 double = regr_slope(y#1, x#2),"
        " c#5 double = regr_intercept(y#1, x#2), d#6 double = corr(y#1, x#2), e#7 double = regr_slope(x#2, y#1)",
        [(nan, nan, nan, nan, None)],
    ),
    "a pattern that may be empty, around a character of two halves": (
        r"values (s#1 string, p#2 string) ('🦓x', 'x*') ('12', '\d*$') ('🦓', 'b|')"
        r" | project a#3 string = regexp_replace(s#1, p#2, '-'), b#4 int = regexp_count(s#1, p#2),"
        r" c#5 boolean = regexp_like(s#1, p#2), d#6 int = regexp_instr(s#1, p#2)",
        [("-🦓-", 3, True, 1), ("-", 2, True, 1), ("-🦓-", 2, True, 1)],
    ),
    "a literal pattern that may be empty, around a character of two halves": (
        r"values (s#1 string) ('🦓x') | project a#2 string = regexp_replace(s#1, 'x*|y', '-'),"
        r" b#3 string = regexp_replace(s#1, '(x*)', '<\1>'), c#4 string = regexp_replace(s#1, 'x*$', '-'),"
        r" d#5 int = regexp_count(s#1, 'x*'), e#6 array<string> = regexp_extract_all(s#1, 'y|x*'),"
        r" f#7 string = regexp_replace(s#1, 'x*', '')",
        [("-🦓-", "<>🦓<x>", "🦓-", 3, ["", "x", ""], "🦓")],
    ),
    "parts by nothing are characters": (
        "values (s#1 string, p#2 string) ('a🦓c', '') ('a🦓c', 'c') (null:string, '') | project"
        " a#3 string = split_part(s#1, p#2, 2), b#4 string = split_part(s#1, '', 2),"
        " c#5 string = split_part(s#1, '', 9)",
        [("🦓", "🦓", ""), ("", "🦓", ""), (None, None, None)],
    ),
    "bits of bare numbers, as many as their type has": (
        "values (a#1 int) (1) | project b#2 int = bit_count(-1:bigint), c#3 int = bit_count(-1:smallint),"
        " d#4 bigint = shift_left(1:bigint, 40), e#5 bigint = shift_right(5:bigint, 33),"
        " f#6 bigint = shift_right_unsigned(-1:bigint, 5)",
        [(64, 16, 2**40, 0, 2**59 - 1)],
    ),
    "bits are turned before anything is computed of them": (
        "values (a#1 int, b#2 int) (1, 7) | project c#3 int = div(bit_not(b#2), bit_not(a#1)),"
        " d#4 int = add(bit_not(a#1), b#2), e#5 int = bit_and(bit_not(a#1), b#2), f#6 int = bit_or(a#1, bit_not(b#2)),"
        " g#7 int = negate(bit_not(a#1)), h#8 boolean = less(bit_not(a#1), b#2)",
        [(4, 5, 6, -7, 2, True)],
    ),
    "what is there unless it is another keeps its type": (
        "values (a#1 int, l#2 bigint, m#3 decimal(6, 2)) (1, 3000000000, 9999.99) | project"
        " b#4 bigint = add(nullif(widen(a#1 as bigint), l#2), 3000000000),"
        " c#5 decimal(6, 2) = nullif(negate(-0.05:decimal(6, 2)), m#3)",
        [(3000000001, Number("0.05"))],
    ),
    "an item is asked for from farther away than any": (
        "values (a#1 array<int>, l#2 bigint) (array(7){array<int> not null}, 3000000000)"
        " (array(7){array<int> not null}, 1:bigint) | project"
        " b#3 int = element(a#1, l#2), c#4 int = element(a#1, 3000000000), d#5 int = element(a#1, -3000000000)",
        [(None, None, None), (7, None, None)],
    ),
    "a constant is collected in an order, where a condition is true": (
        f"{TWO} | aggregate c#3 array<decimal(6, 2)> = array_agg(9999.99 order by a#1) filter (equal(a#1, 1)),"
        " d#4 bigint = mode(5:bigint), e#5 string = string_agg('x', ',' order by a#1) filter (equal(a#1, 1))",
        [([Number("9999.99")], 5, "x")],
    ),
    "a key of grouping sets is there twice": (
        "values (a#1 int) (1) (2) | aggregate n#4 bigint not null = count()"
        " by b#2 int = a#1, c#3 int = a#1 sets ((0, 1), (0))",
        [(1, 1, 1), (2, 2, 1), (1, None, 1), (2, None, 1)],
    ),
    "keys of grouping sets that an engine has in another type": (
        "values (a#1 int) (1) | unnest el#2 int, place#3 bigint not null = array(7, 8){array<int> not null}"
        " | aggregate n#6 bigint not null = count()"
        " by b#4 int = a#1, place#5 bigint = place#3, k#7 int = sign(1.50:decimal(6, 2)){int not null}"
        " sets ((0), (1), (2))",
        [(1, None, None, 2), (None, 0, None, 1), (None, 1, None, 1), (None, None, 1, 2)],
    ),
    "how many are true, each value once": (
        "values (p#1 boolean) (true) (true) (false) (null:boolean)"
        " | aggregate n#2 bigint not null = count_if(distinct p#1)",
        [(1,)],
    ),
    "a null stands in what stands in for a missing row": (
        "values (a#1 int not null) (1) (2) | window b#2 array<string> not null ="
        " lead(array('b'){array<string> not null}, 1, array('', null:string){array<string> not null})"
        " over (order by a#1)",
        [(1, ["b"]), (2, ["", None])],
    ),
    "what is divided is of a type that shows in no part of it": (
        "values (a#1 int) (1) | project q#2 decimal(12, 6) = divide(try_cast('7' as decimal(6, 2)),"
        " greatest(null:decimal(6, 2), 9999.99, 2.50:decimal(6, 2)){decimal(6, 2) not null}, 6)",
        [(Number("0.000700"),)],
    ),
    "what is there most often is a zero, or not a number": (
        "values (x#1 double) (0e0) (-0e0) ('nan':double) ('nan':double) (1e0)"
        " | aggregate y#2 double = mode(x#1), z#3 double = mode(degrees(x#1)), t#4 boolean = mode(greater(2, 1))",
        [(0.0, 0.0, True)],
    ),
}

TYPES: dict[str, tuple[str, str, str, pa.DataType]] = {
    "bits of bare numbers": ("bit_and", "bit_and(5:bigint, 12:bigint)", "bigint", pa.int64()),
    "a bare number rounded": ("round", "round(0:bigint)", "bigint", pa.int64()),
    "a bare number without its sign": ("abs", "abs(-1:bigint)", "bigint", pa.int64()),
    "a bare number's rest": ("pmod", "pmod(-1:bigint, -1:bigint)", "bigint", pa.int64()),
    "a bare number unless it is another": ("nullif", "nullif(1:bigint, widen(a#1 as bigint))", "bigint", pa.int64()),
    "null unless it is a moment": (
        "nullif",
        "nullif(null:timestamp, timestamp '1969-12-31 23:59:59Z')",
        "timestamp",
        pa.timestamp("us", tz="UTC"),
    ),
    "null unless it is something": ("nullif", "nullif(null:boolean, equal(a#1, 2))", "boolean", pa.bool_()),
    "a map of bare numbers": (
        "map",
        "map(0:bigint, 1:smallint)",
        "map<bigint, smallint>",
        pa.map_(pa.int64(), pa.int16()),
    ),
    "a map of a bare number and another": (
        "map",
        "map(0:bigint, widen(a#1 as bigint))",
        "map<bigint, bigint>",
        pa.map_(pa.int64(), pa.int64()),
    ),
    "the highest of no arrays": (
        "array_max",
        "array_max(cast(null:array<array<int>> as array<array<int>>))",
        "array<int>",
        pa.list_(pa.field("l", pa.int32())),
    ),
}
"""Expressions that an engine may take to be of another type: the numbers in them are small, or there is only null."""


def mark(request: pytest.FixtureRequest, function: str) -> None:
    """What an engine has no function for, it refuses."""
    gap = LACKING.get((request.node.callspec.params["session"], function))
    if gap is not None:
        request.applymarker(pytest.mark.xfail(reason=gap.reason, raises=RunError, strict=True))


def mark_found(request: pytest.FixtureRequest, what: str) -> None:
    """What an engine does otherwise."""
    gap = FOUND.get((request.node.callspec.params["session"], what))
    if gap is not None:
        request.applymarker(pytest.mark.xfail(reason=gap.reason, strict=True))


@pytest.fixture(scope="module", params=ENGINES)
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    engine = installed.find_engine(request.param, Report())
    assert engine is not None
    session = engine.open(".")
    yield session
    session.close()


@pytest.mark.parametrize("what", CASES)
def test_found(what: str, session: Session, request: pytest.FixtureRequest) -> None:
    mark_found(request, what)
    text, expected = CASES[what]
    query = (Program("found", "1", ()), read_rel(text))
    for program, rel in (query, optimize_query(*query)):
        table = session.query(program, rel, {})
        came = list(zip(*[column.to_pylist() for column in table.columns]))
        assert unmatched(expected, came) == ([], []), came


@pytest.mark.parametrize("what", TYPES)
def test_type(what: str, session: Session, request: pytest.FixtureRequest) -> None:
    function, expr, type_, expected = TYPES[what]
    mark(request, function)
    mark_found(request, what)
    rel = read_rel(f"values (a#1 int) (1) | project b#2 {type_} = {expr}")
    assert session.query(Program("found", "1", ()), rel, {}).schema.types[0] == expected


def test_type_of_aggregates(session: Session, request: pytest.FixtureRequest) -> None:
    mark(request, "bit_or_agg")
    rel = read_rel(
        "values (a#1 int) (1) | aggregate b#2 bigint = bit_or_agg(1:bigint), c#3 array<bigint> not null ="
        " array_agg(2:bigint order by a#1), d#4 array<bigint> not null = array_agg(2:bigint),"
        " e#5 map<bigint, bigint> not null = map_agg(widen(a#1 as bigint), 2:bigint) by a#1"
    )
    *types, map_type = session.query(Program("found", "1", ()), rel, {}).schema.types[1:]
    assert [str(type_.value_type if pa.types.is_list(type_) else type_) for type_ in types] == ["int64"] * 3
    assert map_type == pa.map_(pa.int64(), pa.int64())


def test_a_sequence_needs_a_step(session: Session) -> None:
    rel = read_rel("values (a#1 int) (1) | project b#2 array<int> = sequence(1, 3, subtract(a#1, 1))")
    with pytest.raises(RunError):
        session.query(Program("found", "1", ()), rel, {})

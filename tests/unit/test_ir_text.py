"""The text form of the IR: what it looks like where it matters, and that constants come back as they were."""

from datetime import UTC, date, datetime
from decimal import Decimal as Number
from math import inf, nan
from pathlib import Path

import pytest

from oftra.datatypes import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DATETIME,
    DAYS,
    DOUBLE,
    FLOAT,
    INT,
    JSON,
    MONTHS,
    NULL,
    STRING,
    TIME,
    TIMESTAMP,
    TINYINT,
    Array,
    DataType,
    Decimal,
    Field,
    Map,
    Struct,
)
from oftra.ir.expr import Call, Cast, Column, Duration, Literal, Runtime, Value
from oftra.ir.read import TextError, read_expr, read_rel
from oftra.ir.read_program import read_program
from oftra.ir.rel import Scan
from oftra.ir.show import show_expr, show_rel
from oftra.ir.show_program import show_program

CONSTANTS: list[tuple[Value, DataType, str]] = [
    (None, NULL, "null"),
    (None, DATE, "null:date"),
    (True, BOOLEAN, "true"),
    (42, INT, "42"),
    (-1, TINYINT, "-1:tinyint"),
    (42, BIGINT, "42:bigint"),
    (2**40, BIGINT, "1099511627776"),
    (1.5, DOUBLE, "1.5e0"),
    (2.0, DOUBLE, "2e0"),
    (1e300, DOUBLE, "1e+300"),
    (0.1, FLOAT, "0.1e0:float"),
    (nan, DOUBLE, "'nan':double"),
    (-inf, FLOAT, "'-inf':float"),
    (Number("10.00"), Decimal(4, 2), "10.00"),
    (Number("10.00"), Decimal(10, 2), "10.00:decimal(10, 2)"),
    (Number("7"), Decimal(1, 0), "7:decimal(1, 0)"),
    (Number("1E+3"), Decimal(38, 0), "1000:decimal(38, 0)"),
    (Number("-0.05"), Decimal(2, 2), "-0.05"),
    ("it's", STRING, "'it''s'"),
    ("", STRING, "''"),
    ("back\\slash", STRING, "'back\\slash'"),
    ("two\nlines\t\\", STRING, "e'two\\nlines\\u{9}\\\\'"),
    ("ünïcode 🦆", STRING, "'ünïcode 🦆'"),
    ("\x00\u202e", STRING, "e'\\u{0}\\u{202e}'"),
    ("{}", JSON, "json '{}'"),
    (b"\x00\xff", BINARY, "x'00ff'"),
    (date(2026, 1, 31), DATE, "date '2026-01-31'"),
    (datetime(2026, 1, 31, 10, tzinfo=UTC), TIMESTAMP, "timestamp '2026-01-31 10:00:00Z'"),
    (datetime(2026, 1, 31, 10, 0, 0, 1), DATETIME, "datetime '2026-01-31 10:00:00.000001'"),
    (Duration(months=14), MONTHS, "interval 14 months"),
    (Duration(months=24), MONTHS, "interval 2 years"),
    (Duration(micros=86_400_000_000), DAYS, "interval 1 day"),
    (Duration(micros=86_400_000_000), TIME, "interval 24 hours"),
    (Duration(micros=-90_000_000), TIME, "interval -90 seconds"),
    (Duration(), DAYS, "interval 0 days"),
    (Duration(), MONTHS, "interval 0 years"),
]


@pytest.mark.parametrize(("value", "type_", "text"), CONSTANTS, ids=[text for _, _, text in CONSTANTS])
def test_a_constant_says_its_type_unless_it_is_plain(value: Value, type_: DataType, text: str) -> None:
    literal = Literal(value, type_)
    assert show_expr(literal) == text
    back = read_expr(text)
    assert back == literal
    assert isinstance(back, Literal)
    assert type(back.value) is type(value)


NAMED = Struct((Field("a", INT), Field("odd name", Map(STRING, Array(Decimal(38, 9))))))


@pytest.mark.parametrize(
    "text",
    [
        "lower(s#1)",
        "add(a#2, 1)",
        "add(a#2, b#3){bigint not null}",
        "`cast`(a#2)",
        "`odd ``name`` of a function`(a#2)",
        "e`line\\nbreak`(a#2)",
        "cast(s#1 as int)",
        "try_cast(s#1 as decimal(10, 2))",
        "widen(a#2 as bigint)",
        "case when greater(a#2, 1) then 'x' else s#1 end",
        "struct(a#2 as a, s#1 as `odd name`)",
        "n#4.a",
        "n#4.`odd name`",
        "transform(l#5, (e#9 int) -> add(e#9, a#2))",
        "$param.day{date not null}",
        "$env.BUS{string not null = 'localhost:9092'}",
        "foreign h3(a#2) on duckdb 'h3({0})' on spark 'h3_spark({0})'{bigint}",
        "a#2{bigint not null}",
        "other#77{string}",
        "date(a#2)",
        "interval(a#2)",
        "json(s#1)",
    ],
)
def test_an_expression_reads_back(text: str) -> None:
    columns = (
        Column(1, "s", STRING),
        Column(2, "a", INT, nullable=False),
        Column(3, "b", INT),
        Column(4, "n", NAMED),
        Column(5, "l", Array(INT)),
    )
    expr = read_expr(text, columns)
    assert show_expr(expr, {column.id: column for column in columns}) == text


def test_whether_a_cast_was_written_is_shown_but_never_compared() -> None:
    column = Column(1, "a", INT)
    written, implied = Cast(column, BIGINT, True), Cast(column, BIGINT, True, implicit=True)
    assert written == implied
    assert read_expr("widen(a#1 as bigint)", (column,)) == written


def test_a_value_of_the_run_is_told_by_its_kind() -> None:
    assert read_expr("$run.start{timestamp not null}") == Runtime("run", "start", TIMESTAMP)


def test_long_rows_of_columns_are_broken_into_lines() -> None:
    columns = tuple([Column(id_, f"a_rather_long_name_{id_}", STRING) for id_ in range(1, 9)])
    text = show_rel(Scan("finance.orders", columns))
    assert text.splitlines()[0] == "scan finance.orders ("
    assert len(text.splitlines()) == 9
    assert read_rel(text) == Scan("finance.orders", columns)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scan t (a#1 int) | fitler a#1", "line 1, column 20: expected an operator, found `fitler`"),
        (
            "scan t (a#1 int)\n| filter b#1",
            "line 2, column 10: expected a column of the rows at hand, which `b#1` is not, found `b`",
        ),
        ("scan t (a#1 integer)", "line 1, column 13: expected a type, found `integer`"),
        ("scan t (a#1 int) | sort a#1 ^", "line 1: `^` begins nothing"),
        ("scan t (a#1 int", "line 1, column 16: expected `,`, found the end"),
        ("scan t (a#1 int) | limit 1 distinct", "line 1, column 28: expected the end, found `distinct`"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, message: str) -> None:
    with pytest.raises(TextError) as caught:
        read_rel(text)
    assert str(caught.value).startswith(message)


def test_a_call_with_arguments_of_its_own_type_says_no_type() -> None:
    assert show_expr(Call("add", (Literal(1, INT), Literal(2, INT)), INT, False)) == "add(1, 2)"
    assert show_expr(Call("add", (Literal(1, INT), Literal(2, INT)), BIGINT, False)) == "add(1, 2){bigint not null}"


def test_the_documented_texts_are_as_they_are_printed() -> None:
    page = (Path(__file__).parents[2] / "docs" / "ir.md").read_text(encoding="utf-8")
    rel, program = [block.partition("```")[0] for block in page.split("```text\n")[1:]]
    assert show_rel(read_rel(rel)) + "\n" == rel
    assert show_program(read_program(program)) == program

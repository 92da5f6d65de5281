"""The registry: how calls meet signatures, what may be null, what must be a literal, and which name was meant."""

import pytest

from oftra import functions
from oftra.datatypes import (
    BIGINT,
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
    SMALLINT,
    STRING,
    TIME,
    TIMESTAMP,
    UNKNOWN,
    Array,
    DataType,
    Decimal,
    Map,
    show,
)
from oftra.functions import Function, signature
from oftra.ir.expr import Cast, Column, Expr, Literal, Value

ALL = tuple(function for name in functions.names() if (function := functions.lookup(name)))


def the(name: str) -> Function:
    function = functions.lookup(name)
    assert function is not None
    return function


# --- what holds of every entry ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", ALL, ids=lambda function: function.name)
def test_entry_is_whole(function: Function) -> None:
    assert function.name == function.name.lower()
    assert function.doc.endswith(".")
    assert function.examples
    read = [signature.read(text) for text in function.signatures]
    assert any(one.computed for one in read) <= (function.returns is not None)
    takes_words = any(parameter.check == "word" for one in read for parameter in one.parameters)
    assert takes_words == bool(function.words)


def test_names_elsewhere_are_of_one_function_and_free() -> None:
    elsewhere = [name for function in ALL for name in function.also]
    assert len(elsewhere) == len(set(elsewhere))
    assert not set(elsewhere) & set(functions.names())


def test_there_are_many() -> None:
    assert sum(function.area != "operators" for function in ALL) >= 90


# --- signatures ------------------------------------------------------------------------------------------------------

MONEY = Decimal(10, 2)

CALLS: list[tuple[str, tuple[DataType, ...], str]] = [
    ("add", (INT, INT), "(int, int) -> int"),
    ("add", (SMALLINT, BIGINT), "(bigint, bigint) -> bigint"),
    ("add", (INT, NULL), "(int, int) -> int"),
    ("add", (NULL, NULL), "(int, int) -> int"),
    ("add", (MONEY, MONEY), "(decimal(10, 2), decimal(10, 2)) -> decimal(11, 2)"),
    ("add", (MONEY, INT), "(decimal(10, 2), decimal(10, 0)) -> decimal(13, 2)"),
    ("add", (MONEY, DOUBLE), "(double, double) -> double"),
    ("add", (FLOAT, FLOAT), "(float, float) -> float"),
    ("add", (DATE, DAYS), "(date, interval day) -> date"),
    ("add", (DATE, MONTHS), "(date, interval month) -> date"),
    ("add", (DATE, TIME), "(datetime, interval) -> datetime"),
    ("add", (TIMESTAMP, DAYS), "(timestamp, interval) -> timestamp"),
    ("add", (UNKNOWN, INT), "(unknown, unknown) -> unknown"),
    ("add", (STRING, INT), "refused"),
    ("subtract", (DATE, DATE), "(date, date) -> bigint"),
    ("multiply", (MONEY, MONEY), "(decimal(10, 2), decimal(10, 2)) -> decimal(21, 4)"),
    ("multiply", (Decimal(38, 10), Decimal(38, 10)), "(decimal(38, 10), decimal(38, 10)) -> decimal(38, 6)"),
    ("divide", (INT, MONEY), "(int, decimal(10, 2)) -> double"),
    ("mod", (Decimal(5, 1), Decimal(9, 3)), "(decimal(5, 1), decimal(9, 3)) -> decimal(7, 3)"),
    ("equal", (INT, MONEY), "(decimal(12, 2), decimal(12, 2)) -> boolean"),
    ("equal", (DATE, TIMESTAMP), "(timestamp, timestamp) -> boolean"),
    ("equal", (JSON, JSON), "refused"),
    ("equal", (Map(STRING, INT), Map(STRING, INT)), "refused"),
    ("equal", (DATE, STRING), "refused"),
    ("in", (INT, NULL, BIGINT), "(bigint, bigint, bigint) -> boolean"),
    ("and", (BOOLEAN, BOOLEAN, NULL), "(boolean, boolean, boolean) -> boolean"),
    ("and", (BOOLEAN,), "refused"),
    ("element", (Array(INT), BIGINT), "(array<int>, bigint) -> int"),
    ("element", (Map(STRING, MONEY), STRING), "(map<string, decimal(10, 2)>, string) -> decimal(10, 2)"),
    ("array", (), "() -> array<null>"),
    ("array", (INT, DOUBLE, NULL), "(double, double, double) -> array<double>"),
    ("map", (STRING, INT, STRING, BIGINT), "(string, bigint, string, bigint) -> map<string, bigint>"),
    ("map", (STRING, INT, STRING), "refused"),
    ("coalesce", (NULL, STRING), "(string, string) -> string"),
    ("coalesce", (Array(NULL), Array(INT)), "(array<int>, array<int>) -> array<int>"),
    ("lower", (NULL,), "(string) -> string"),
    ("lower", (INT,), "refused"),
    ("lower", (STRING, STRING), "refused"),
    ("round", (DOUBLE,), "(double) -> double"),
    ("round", (FLOAT,), "(double) -> double"),
    ("sum", (SMALLINT,), "(smallint) -> bigint"),
    ("sum", (Decimal(13, 4),), "(decimal(13, 4)) -> decimal(23, 4)"),
    ("sum", (Decimal(38, 4),), "(decimal(38, 4)) -> decimal(38, 4)"),
    ("avg", (MONEY,), "(decimal(10, 2)) -> double"),
    ("count", (), "() -> bigint"),
    ("lag", (INT, INT, BIGINT), "(bigint, int, bigint) -> bigint"),
    ("transform", (Array(INT), STRING), "(array<int>, string) -> array<string>"),
    ("filter", (Array(INT), STRING), "refused"),
    ("flatten", (Array(Array(INT)),), "(array<array<int>>) -> array<int>"),
    ("flatten", (Array(INT),), "refused"),
    ("date_trunc", (STRING, DATE), "(string, date) -> date"),
    ("date_diff", (STRING, DATE, TIMESTAMP), "(string, timestamp, timestamp) -> bigint"),
]


def shown(function: Function, types: tuple[DataType, ...], constants: tuple[Value, ...] = ()) -> str:
    match = functions.match_call(function, types, constants)
    return f"({', '.join(map(show, match.parameters))}) -> {show(match.returns)}" if match else "refused"


@pytest.mark.parametrize(
    ("name", "types", "expected"), CALLS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_call(name: str, types: tuple[DataType, ...], expected: str) -> None:
    assert shown(the(name), types) == expected


CONSTANTS: list[tuple[str, tuple[DataType, ...], tuple[Value, ...], str]] = [
    ("equal", (DATE, STRING), (None, "2026-01-31"), "(date, date) -> boolean"),
    ("equal", (STRING, TIMESTAMP), ("2026-01-31", None), "(timestamp, timestamp) -> boolean"),
    ("equal", (INT, STRING), (None, "1"), "refused"),
    ("between", (DATE, STRING, STRING), (None, "2026-01-01", "2026-01-31"), "(date, date, date) -> boolean"),
    ("date_diff", (STRING, STRING, DATE), ("day", "2026-01-31", None), "(string, date, date) -> bigint"),
    ("coalesce", (STRING, STRING), ("a", None), "(string, string) -> string"),
    ("multiply", (MONEY, INT), (None, 2), "(decimal(10, 2), decimal(1, 0)) -> decimal(12, 2)"),
    ("equal", (MONEY, INT), (None, 100), "(decimal(10, 2), decimal(10, 2)) -> boolean"),
    ("round", (MONEY, INT), (None, 1), "(decimal(10, 2), int) -> decimal(10, 1)"),
    ("round", (MONEY, INT), (None, -1), "(decimal(10, 2), int) -> decimal(9, 0)"),
    ("divide", (MONEY, MONEY, INT), (None, None, 4), "(decimal(10, 2), decimal(10, 2), int) -> decimal(14, 4)"),
    ("divide", (MONEY, INT, INT), (None, 3, 0), "(decimal(10, 2), decimal(1, 0), int) -> decimal(9, 0)"),
]


@pytest.mark.parametrize(("name", "types", "constants", "expected"), CONSTANTS)
def test_call_with_constants(
    name: str, types: tuple[DataType, ...], constants: tuple[Value, ...], expected: str
) -> None:
    assert shown(the(name), types, constants) == expected


def test_lambda_takes_what_the_array_holds() -> None:
    assert functions.lambda_parameters(the("transform"), (Array(MONEY),)) == (MONEY,)
    assert functions.lambda_parameters(the("transform"), (INT,)) is None
    assert functions.lambda_parameters(the("transform"), ()) is None
    assert functions.lambda_parameters(the("lower"), ()) is None


# --- null ------------------------------------------------------------------------------------------------------------

SURE, MAYBE = Column(1, "a", INT, nullable=False), Column(2, "b", INT)
ONE, ZERO = Literal(1, INT), Literal(0, INT)

NULLS: list[tuple[str, tuple[Expr, ...], bool]] = [
    ("add", (SURE, SURE), False),
    ("add", (SURE, MAYBE), True),
    ("is_null", (MAYBE,), False),
    ("is_not_distinct", (MAYBE, MAYBE), False),
    ("coalesce", (MAYBE, SURE), False),
    ("coalesce", (MAYBE, MAYBE), True),
    ("nullif", (SURE, SURE), True),
    ("if", (MAYBE, SURE, SURE), False),
    ("if", (SURE, SURE), True),
    ("divide", (SURE, ONE), False),
    ("divide", (SURE, ZERO), True),
    ("divide", (SURE, SURE), True),
    ("divide", (MAYBE, ONE), True),
    ("mod", (SURE, Literal(0.0, DOUBLE)), True),
    ("div", (SURE, Cast(ONE, BIGINT, False, implicit=True)), False),
    ("lag", (SURE,), True),
    ("lag", (SURE, ONE, SURE), False),
    ("concat_ws", (SURE, MAYBE), False),
    ("count", (MAYBE,), False),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), NULLS)
def test_nullable(name: str, arguments: tuple[Expr, ...], expected: bool) -> None:
    assert functions.nullable(the(name), arguments) == expected


def test_aggregate_of_a_group_is_null_only_if_its_argument_may_be() -> None:
    assert functions.nullable(the("sum"), (SURE,))
    assert not functions.nullable(the("sum"), (SURE,), may_be_empty=False)
    assert functions.nullable(the("sum"), (MAYBE,), may_be_empty=False)
    assert functions.nullable(the("stddev"), (SURE,), may_be_empty=False)


# --- literals that must be -------------------------------------------------------------------------------------------

DAY, WORD, FORM = Column(3, "d", DATE), Column(4, "w", STRING), Column(5, "t", DATETIME)

LITERALS: list[tuple[str, tuple[Expr, ...], str | None]] = [
    ("date_trunc", (Literal("month", STRING), DAY), None),
    ("date_trunc", (Literal("mnth", STRING), DAY), "part"),
    ("date_trunc", (WORD, DAY), "part"),
    ("format_time", (FORM, Literal("%d.%m.%Y, 100%%", STRING)), None),
    ("format_time", (FORM, Literal("%Y %q", STRING)), "form"),
    ("format_time", (FORM, Literal("%", STRING)), "form"),
    ("round", (SURE, ONE), None),
    ("round", (SURE, SURE), "digits"),
    ("round", (SURE, Literal(None, NULL)), "digits"),
    ("lower", (WORD,), None),
]


@pytest.mark.parametrize(("name", "arguments", "parameter"), LITERALS)
def test_bad_constant(name: str, arguments: tuple[Expr, ...], parameter: str | None) -> None:
    fault = functions.bad_constant(the(name), arguments)
    assert (fault.parameter if fault else None) == parameter


def test_bad_constant_says_what_would_do() -> None:
    fault = functions.bad_constant(the("date_trunc"), (Literal("mnth", STRING), DAY))
    assert fault is not None and fault.position == 0 and "month" in fault.allowed


# --- names -----------------------------------------------------------------------------------------------------------


def test_names_ignore_case() -> None:
    assert functions.lookup("LOWER") is functions.lookup("lower")
    assert functions.lookup("no_such") is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("nvl", "coalesce"),
        ("IFNULL", "coalesce"),
        ("substr", "substring"),
        ("strftime", "format_time"),
        ("collect_list", "array_agg"),
        ("lenght", "length"),
        ("rownumber", "row_number"),
        ("qqqq", None),
    ],
)
def test_suggest(written: str, meant: str | None) -> None:
    assert functions.suggest(written) == meant

"""DuckDB's words for the registry: none missing, none for what there is not; what DuckDB lacks is defined rightly."""

from decimal import ROUND_HALF_UP, Decimal

import duckdb
from hypothesis import example, given
from hypothesis import strategies as st

from oftra import functions
from oftra.targets.document import render
from oftra.targets.engines.duckdb.dialect import DUCKDB
from oftra.targets.engines.duckdb.functions import AGGREGATES, SCALARS
from oftra.targets.engines.duckdb.functions.macros import MACROS, macros_in
from oftra.targets.engines.duckdb.operators import OPERATORS
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.write_query import Writer

ALL = [function for name in functions.names() if (function := functions.lookup(name)) is not None]


def test_every_function_is_said_once() -> None:
    assert {one.name for one in ALL if one.kind == "scalar"} == SCALARS.keys() | OPERATORS.keys()
    assert not SCALARS.keys() & OPERATORS.keys()
    assert {one.name for one in ALL if one.kind != "scalar"} == AGGREGATES.keys()


def _select(expr: sql.Expr) -> q.Statement:
    return q.Create("view", sql.column("v"), q.Select((q.SelectItem(expr, "x"),)))


def test_a_script_defines_the_macros_that_it_calls() -> None:
    rounded = sql.call("round_half_up", sql.column("x"), sql.integer(2))
    deep = sql.Case(((sql.TRUE, sql.Binary("+", rounded, sql.integer(1))),))
    assert macros_in([_select(sql.call("round", sql.column("x")))]) == ()
    assert macros_in([_select(deep), _select(rounded)]) == (MACROS["round_half_up"],)


DOUBLES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-1e6, 1e6),
    st.integers(-(10**7), 10**7).map(lambda units: (units * 10 + 5) / 1000),
)


def test_doubles_are_rounded_by_the_digits_they_show() -> None:
    with duckdb.connect(":memory:") as connection:
        for macro in MACROS.values():
            connection.execute(render(Writer(DUCKDB).statement(macro)).text)

        @given(DOUBLES, st.integers(1, 6))
        @example(1.005, 2)
        @example(-1.15, 1)
        @example(784853799.3786654, 6)
        def check(value: float, digits: int) -> None:
            exact = Decimal(repr(value))
            unit = Decimal(1).scaleb(-digits)
            expected = float(exact.quantize(unit, ROUND_HALF_UP)) if abs(exact) < 10**15 else value
            row = connection.execute(f"select round_half_up(?::double, {digits})", [value]).fetchone()
            assert row == (expected,)

        check()

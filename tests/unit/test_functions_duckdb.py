"""DuckDB's words for the registry: none missing, none for what there is not; what DuckDB lacks is defined rightly."""

from decimal import ROUND_HALF_UP, Decimal

import duckdb
from hypothesis import example, given
from hypothesis import strategies as st

from oftra import functions
from oftra.targets.document import render
from oftra.targets.engines.duckdb.dialect import DUCKDB
from oftra.targets.engines.duckdb.functions import AGGREGATES, SCALARS
from oftra.targets.engines.duckdb.functions.macros import MACROS, macros_for
from oftra.targets.engines.duckdb.operators import OPERATORS
from oftra.targets.engines.duckdb.own_functions import OWN
from oftra.targets.sql.write_query import Writer

ALL = [function for name in functions.names() if (function := functions.lookup(name)) is not None]


def test_every_function_is_said_once() -> None:
    scalars = {one.name for one in ALL if one.kind == "scalar"}
    # Windows of time are made of a function that programs may call too.
    assert scalars == SCALARS.keys() | OPERATORS.keys() | (scalars & OWN.keys())
    assert not SCALARS.keys() & OPERATORS.keys()
    assert {one.name for one in ALL if one.kind != "scalar"} == AGGREGATES.keys()


def test_a_script_defines_the_macros_that_it_calls_and_those_that_they_call() -> None:
    assert macros_for({"round"}) == ()
    assert macros_for({"round_half_up", "abs"}) == (MACROS["round_half_up"],)
    assert macros_for({"json_digits"}) == (MACROS["json_number"], MACROS["json_digits"])


DOUBLES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-1e6, 1e6),
    st.integers(-(10**7), 10**7).map(lambda units: (units * 10 + 5) / 1000),
)


def test_doubles_are_rounded_by_the_digits_they_show() -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(render(Writer(DUCKDB).statement(MACROS["round_half_up"])).text)

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

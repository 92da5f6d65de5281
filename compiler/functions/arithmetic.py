"""The operators of arithmetic, on numbers and on time, and of bits."""

from functools import partial

from oftra.functions import nulls, widths
from oftra.functions.model import Example, Function

_operator = partial(Function, kind="scalar", area="operators")


ARITHMETIC = (
    _operator(
        name="add",
        doc="The sum. Integers take the wider operand's type, and a run fails past its range; a date and "
        "days, months or years are a "
        "date; a day that a month does not have becomes the month's last. The interval may stand first.",
        signatures=(
            "(left I, right I) -> I",
            "(left D1, right D2) -> decimal",
            "(left float, right float) -> float",
            "(left double, right double) -> double",
            "(left date, right interval month) -> date",
            "(left date, right interval day) -> date",
            "(left datetime, right interval month) -> datetime",
            "(left datetime, right interval) -> datetime",
            "(left timestamp, right interval month) -> timestamp",
            "(left timestamp, right interval) -> timestamp",
            "(left interval month, right interval month) -> interval month",
            "(left interval day, right interval day) -> interval day",
            "(left interval, right interval) -> interval",
        ),
        returns=widths.of_sum,
        operator="+",
        examples=(
            Example("1 + 2", "3"),
            Example("cast(1 as smallint) + cast(2 as bigint)", "cast(3 as bigint)"),
            Example("1.50 + 2.5", "cast(4.00 as decimal(4, 2))"),
            Example("1.5 + 1", "cast(2.5 as decimal(3, 1))"),
            Example("2147483647 + 1", "error"),
            Example("1 + 0.5e0", "1.5e0"),
            Example("1 + cast(null as int)", "cast(null as int)"),
            Example("date '2026-01-31' + interval 1 month", "date '2026-02-28'"),
            Example("date '2026-02-28' + interval 1 day", "date '2026-03-01'"),
            Example("interval 1 month + date '2026-01-31'", "date '2026-02-28'"),
            Example("interval 2 hours + timestamp '2026-01-31 23:00:00Z'", "timestamp '2026-02-01 01:00:00Z'"),
            Example("date '2026-01-31' + interval 90 minutes", "datetime '2026-01-31 01:30:00'"),
            Example("timestamp '2026-01-31 23:00:00Z' + interval 2 hours", "timestamp '2026-02-01 01:00:00Z'"),
        ),
    ),
    _operator(
        name="subtract",
        doc="The difference. Of two dates it is whole days, of two timestamps an interval.",
        signatures=(
            "(left I, right I) -> I",
            "(left D1, right D2) -> decimal",
            "(left float, right float) -> float",
            "(left double, right double) -> double",
            "(left date, right date) -> bigint",
            "(left datetime, right datetime) -> interval",
            "(left timestamp, right timestamp) -> interval",
            "(left date, right interval month) -> date",
            "(left date, right interval day) -> date",
            "(left datetime, right interval month) -> datetime",
            "(left datetime, right interval) -> datetime",
            "(left timestamp, right interval month) -> timestamp",
            "(left timestamp, right interval) -> timestamp",
            "(left interval month, right interval month) -> interval month",
            "(left interval day, right interval day) -> interval day",
            "(left interval, right interval) -> interval",
        ),
        returns=widths.of_sum,
        operator="-",
        examples=(
            Example("1 - 2", "-1"),
            Example("cast(-128 as tinyint) - cast(1 as tinyint)", "error"),
            Example("1.00 - 0.5", "cast(0.50 as decimal(4, 2))"),
            Example("date '2026-03-01' - date '2026-02-28'", "cast(1 as bigint)"),
            Example("date '2026-01-01' - date '2026-02-01'", "cast(-31 as bigint)"),
            Example("date '2026-03-31' - interval 1 month", "date '2026-02-28'"),
            Example("date '2024-02-29' - interval 1 year", "date '2023-02-28'"),
            Example(
                "timestamp '2026-01-02 00:00:00Z' - timestamp '2026-01-01 23:00:00Z' = interval 1 hour",
                "true",
            ),
        ),
    ),
    _operator(
        name="multiply",
        doc="The product. Of decimals, digits after the point give way, down to six, where all would be more than 38.",
        signatures=(
            "(left I, right I) -> I",
            "(left D1, right D2) -> decimal",
            "(left float, right float) -> float",
            "(left double, right double) -> double",
            "(left interval month, right I) -> interval month",
            "(left interval day, right I) -> interval day",
            "(left interval, right I) -> interval",
        ),
        returns=widths.of_product,
        operator="*",
        examples=(
            Example("3 * -2", "-6"),
            Example("9223372036854775807 * 2", "error"),
            Example("1.50 * 2.5", "cast(3.750 as decimal(6, 3))"),
            Example("9999999.99 * 9999999.99", "cast(99999999800000.0001 as decimal(19, 4))"),
            Example("1.5 * 2", "cast(3.0 as decimal(4, 1))"),
            Example("2 * 0.5e0", "1e0"),
            Example("0 * cast(null as int)", "cast(null as int)"),
        ),
    ),
    _operator(
        name="divide",
        doc="The quotient as a double; with `scale`, exactly, with so many digits after the point, halves "
        "rounded away from zero. By zero "
        "it is null.",
        signatures=("(left N1, right N2) -> double", "(left D1, right D2, scale constant int) -> decimal"),
        returns=widths.of_quotient,
        may_be_null=nulls.unless_divisor_known,
        operator="/",
        examples=(
            Example("7 / 2", "3.5e0"),
            Example("1.00 / 8", "0.125e0"),
            Example("1 / 0", "cast(null as double)"),
            Example("0e0 / 0", "cast(null as double)"),
            Example("divide(10.00, 3, 4)", "cast(3.3333 as decimal(6, 4))"),
            Example("divide(0.5, 100.00, 2)", "cast(0.01 as decimal(4, 2))"),
            Example("divide(-0.5, 100.00, 2)", "cast(-0.01 as decimal(4, 2))"),
            Example("divide(1.00, 0, 2)", "cast(null as decimal(3, 2))"),
        ),
    ),
    _operator(
        name="div",
        doc="How many times the divisor goes into the value, towards zero; by zero null.",
        signatures=("(left I, right I) -> I",),
        may_be_null=nulls.unless_divisor_known,
        examples=(
            Example("div(7, 2)", "3"),
            Example("div(-7, 2)", "-3"),
            Example("div(7, -2)", "-3"),
            Example("div(1, 0)", "cast(null as int)"),
            Example("div(cast(-128 as tinyint), cast(-1 as tinyint))", "error"),
            Example("div(cast(7 as bigint), 2)", "cast(3 as bigint)"),
        ),
    ),
    _operator(
        name="mod",
        doc="What `div` leaves over, with the sign of the value; by zero null.",
        signatures=(
            "(left I, right I) -> I",
            "(left D1, right D2) -> decimal",
            "(left double, right double) -> double",
        ),
        returns=widths.of_remainder,
        may_be_null=nulls.unless_divisor_known,
        operator="%",
        examples=(
            Example("mod(7, 2)", "1"),
            Example("-7 % 2", "-1"),
            Example("7 % -2", "1"),
            Example("7 % 0", "cast(null as int)"),
            Example("5.5 % 2", "cast(1.5 as decimal(2, 1))"),
            Example("5.5e0 % 2", "1.5e0"),
            Example("5.5e0 % 0", "cast(null as double)"),
        ),
    ),
    _operator(
        name="negate",
        doc="The value with the other sign.",
        signatures=(
            "(operand N) -> N",
            "(operand interval month) -> interval month",
            "(operand interval day) -> interval day",
            "(operand interval) -> interval",
        ),
        operator="-",
        examples=(
            Example("-(1 + 1)", "-2"),
            Example("-(1.5 - 0.5)", "cast(-1.0 as decimal(3, 1))"),
            Example("-cast(-128 as tinyint)", "error"),
            Example("-cast(null as int)", "cast(null as int)"),
        ),
    ),
)

BITS = (
    _operator(
        name="bit_and",
        doc="The bits that both have.",
        signatures=("(left I, right I) -> I",),
        operator="&",
        examples=(Example("6 & 3", "2"), Example("-1 & 255", "255")),
    ),
    _operator(
        name="bit_or",
        doc="The bits that one of them has.",
        signatures=("(left I, right I) -> I",),
        operator="|",
        examples=(Example("6 | 3", "7"), Example("1 | cast(null as int)", "cast(null as int)")),
    ),
    _operator(
        name="bit_xor",
        doc="The bits that exactly one of them has.",
        signatures=("(left I, right I) -> I",),
        operator="^",
        examples=(Example("6 ^ 3", "5"), Example("-1 ^ 0", "-1")),
    ),
    _operator(
        name="bit_not",
        doc="The bits that it does not have.",
        signatures=("(operand I) -> I",),
        operator="~",
        examples=(Example("~0", "-1"), Example("~cast(5 as bigint)", "cast(-6 as bigint)")),
    ),
    _operator(
        name="shift_left",
        doc="The bits moved up by `count` places, 0 or more and fewer than there are bits; a run fails where "
        "one would be lost.",
        signatures=("(operand I, count int) -> I",),
        operator="<<",
        examples=(
            Example("1 << 4", "16"),
            Example("3 << 0", "3"),
            Example("1 << 31", "error"),
            Example("-3 << 2", "-12"),
            Example("-1 << 31", "cast(-2147483648 as int)"),
        ),
    ),
    _operator(
        name="shift_right",
        doc="The bits moved down by `count` places, 0 or more and fewer than there are bits; the sign stays.",
        signatures=("(operand I, count int) -> I",),
        operator=">>",
        examples=(Example("16 >> 4", "1"), Example("-16 >> 2", "-4")),
    ),
)

FUNCTIONS = ARITHMETIC + BITS

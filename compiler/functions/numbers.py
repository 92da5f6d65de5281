"""Functions of numbers. What has no answer is null; what is out of a type's range fails the run."""

from functools import partial

from oftra.functions import widths
from oftra.functions.model import Example, Function

_number = partial(Function, kind="scalar", area="numbers")

_NO_DOUBLE = "cast(null as double)"

ROUNDING = (
    _number(
        name="round",
        doc="The nearest number with so many digits after the point (before it, if negative); halves go away "
        "from zero.",
        signatures=(
            "(value I, digits constant int = 0) -> I",
            "(value D, digits constant int = 0) -> decimal",
            "(value double, digits constant int = 0) -> double",
        ),
        returns=widths.of_rounded,
        examples=(
            Example("round(2.5)", "cast(3 as decimal(2, 0))"),
            Example("round(-2.5)", "cast(-3 as decimal(2, 0))"),
            Example("round(1.255, 2)", "cast(1.26 as decimal(4, 2))"),
            Example("round(9.99, 1)", "cast(10.0 as decimal(3, 1))"),
            Example("round(2.5e0)", "3e0"),
            Example("round(-0.5e0)", "-1e0"),
            Example("round(1.005e0, 2)", "1.01e0"),
            Example("round(-1.15e0, 1)", "-1.2e0"),
            Example("round(1234.5e0, -2)", "1200e0"),
            Example("round(25, -1)", "30"),
            Example("round(cast(null as int))", "cast(null as int)"),
        ),
    ),
    _number(
        name="floor",
        doc="The largest whole number that is not larger.",
        signatures=("(value I) -> I", "(value D) -> decimal", "(value double) -> double"),
        returns=widths.of_whole,
        examples=(
            Example("floor(1.5)", "cast(1 as decimal(2, 0))"),
            Example("floor(-1.5e0)", "-2e0"),
            Example("floor(7)", "7"),
        ),
    ),
    _number(
        name="ceil",
        doc="The smallest whole number that is not smaller.",
        signatures=("(value I) -> I", "(value D) -> decimal", "(value double) -> double"),
        returns=widths.of_whole,
        also=("ceiling",),
        examples=(
            Example("ceil(9.5)", "cast(10 as decimal(2, 0))"),
            Example("ceil(-1.5e0)", "-1e0"),
            Example("ceil(7)", "7"),
        ),
    ),
    _number(
        name="trunc",
        doc="The whole number without what stands after the point.",
        signatures=("(value I) -> I", "(value D) -> decimal", "(value double) -> double"),
        returns=widths.of_whole,
        also=("truncate",),
        examples=(
            Example("trunc(-1.5)", "cast(-1 as decimal(2, 0))"),
            Example("trunc(1.9e0)", "1e0"),
            Example("trunc(7)", "7"),
        ),
    ),
    _number(
        name="format",
        doc="The number as text with so many digits after the point, rounded as `round` does; without any other sign.",
        signatures=("(value N, digits constant int) -> string",),
        examples=(
            Example("format(1234.5, 2)", "'1234.50'"),
            Example("format(1.005e0, 2)", "'1.01'"),
            Example("format(-0.5e0, 0)", "'-1'"),
            Example("format(7, 1)", "'7.0'"),
            Example("format(1e20, 0)", "'100000000000000000000'"),
            Example("format(-1e308 * 10e0, 0)", "'-Infinity'"),
            Example("format(cast(null as double), 2)", "cast(null as string)"),
        ),
    ),
)

ARITHMETIC = (
    _number(
        name="abs",
        doc="The distance from zero.",
        signatures=("(value N) -> N",),
        examples=(
            Example("abs(-5)", "5"),
            Example("abs(-1.5)", "1.5"),
            Example("abs(cast(-5 as bigint))", "cast(5 as bigint)"),
            Example("abs(cast(-128 as tinyint))", "error"),
            Example("abs(cast(null as int))", "cast(null as int)"),
        ),
    ),
    _number(
        name="sign",
        doc="-1, 0 or 1, as the number is below, at or above zero; NaN is above.",
        signatures=("(value N) -> int",),
        also=("signum",),
        examples=(
            Example("sign(-0.5)", "-1"),
            Example("sign(0)", "0"),
            Example("sign(7e0)", "1"),
            Example("sign(cast('NaN' as double))", "1"),
            Example("sign(cast(null as int))", "cast(null as int)"),
        ),
    ),
    _number(
        name="is_nan",
        doc="Whether the value is not a number, though it is a double.",
        signatures=("(value double) -> boolean",),
        also=("isnan",),
        examples=(
            Example("is_nan(cast('NaN' as double))", "true"),
            Example("is_nan(1)", "false"),
            Example("is_nan(cast(null as double))", "cast(null as boolean)"),
        ),
    ),
)

POWERS = (
    _number(
        name="sqrt",
        doc="The square root; null of what is below zero.",
        signatures=("(value N) -> double",),
        nulls="always",
        examples=(
            Example("sqrt(2.25)", "1.5e0"),
            Example("sqrt(0)", "0e0"),
            Example("sqrt(-1)", _NO_DOUBLE),
        ),
    ),
    _number(
        name="power",
        doc="`base` times itself, `exponent` times.",
        signatures=("(base N1, exponent N2) -> double",),
        also=("pow",),
        examples=(
            Example("power(2, 10)", "1024e0"),
            Example("power(4, 0.5)", "2e0"),
            Example("power(2, -1)", "0.5e0"),
            Example("power(0, 0)", "1e0"),
        ),
    ),
    _number(
        name="exp",
        doc="The number e to this power.",
        signatures=("(value N) -> double",),
        examples=(Example("exp(0)", "1e0"), Example("exp(-1000)", "0e0")),
    ),
    _number(
        name="ln",
        doc="The natural logarithm; null of zero and below.",
        signatures=("(value N) -> double",),
        nulls="always",
        examples=(
            Example("ln(1)", "0e0"),
            Example("ln(0)", _NO_DOUBLE),
            Example("ln(-1)", _NO_DOUBLE),
        ),
    ),
    _number(
        name="log10",
        doc="The logarithm to base ten; null of zero and below.",
        signatures=("(value N) -> double",),
        nulls="always",
        examples=(Example("log10(1000)", "3e0"), Example("log10(0)", _NO_DOUBLE)),
    ),
    _number(
        name="log2",
        doc="The logarithm to base two; null of zero and below.",
        signatures=("(value N) -> double",),
        nulls="always",
        examples=(Example("log2(8)", "3e0"), Example("log2(-8)", _NO_DOUBLE)),
    ),
)

TRIGONOMETRY = (
    _number(
        name="pi",
        doc="The ratio of a circle's circumference to its diameter.",
        signatures=("() -> double",),
        nulls="never",
        examples=(Example("pi()", "3.141592653589793e0"),),
    ),
    _number(
        name="sin",
        doc="The sine of an angle in radians.",
        signatures=("(angle N) -> double",),
        examples=(Example("sin(0)", "0e0"), Example("round(sin(pi() / 2), 6)", "1e0")),
    ),
    _number(
        name="cos",
        doc="The cosine of an angle in radians.",
        signatures=("(angle N) -> double",),
        examples=(Example("cos(0)", "1e0"),),
    ),
    _number(
        name="tan",
        doc="The tangent of an angle in radians.",
        signatures=("(angle N) -> double",),
        examples=(Example("tan(0)", "0e0"),),
    ),
    _number(
        name="asin",
        doc="The angle in radians with this sine; null of what is not between -1 and 1.",
        signatures=("(value N) -> double",),
        nulls="always",
        examples=(Example("asin(0)", "0e0"), Example("asin(2)", _NO_DOUBLE)),
    ),
    _number(
        name="acos",
        doc="The angle in radians with this cosine; null of what is not between -1 and 1.",
        signatures=("(value N) -> double",),
        nulls="always",
        examples=(Example("acos(1)", "0e0"), Example("acos(-1.5)", _NO_DOUBLE)),
    ),
    _number(
        name="atan",
        doc="The angle in radians with this tangent.",
        signatures=("(value N) -> double",),
        examples=(Example("atan(0)", "0e0"),),
    ),
    _number(
        name="atan2",
        doc="The angle in radians of the point (x, y), seen from the origin.",
        signatures=("(y N1, x N2) -> double",),
        examples=(Example("atan2(0, 1)", "0e0"), Example("atan2(0, -1)", "3.141592653589793e0")),
    ),
    _number(
        name="radians",
        doc="An angle in degrees as radians.",
        signatures=("(degrees N) -> double",),
        examples=(Example("radians(180)", "3.141592653589793e0"),),
    ),
    _number(
        name="degrees",
        doc="An angle in radians as degrees.",
        signatures=("(radians N) -> double",),
        examples=(Example("degrees(pi())", "180e0"), Example("degrees(0)", "0e0")),
    ),
)

FUNCTIONS = ROUNDING + ARITHMETIC + POWERS + TRIGONOMETRY

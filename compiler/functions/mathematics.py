"""More functions of numbers: roots, hyperbolic functions, logarithms, whole numbers and their bits, careful sums."""

from functools import partial

from oftra.functions import nulls
from oftra.functions.model import Example, Function

_number = partial(Function, kind="scalar", area="numbers")

_NO_DOUBLE = "cast(null as double)"
_NO_INT = "cast(null as int)"
_NO_BIGINT = "cast(null as bigint)"
_NAN, _INFINITY = "cast('NaN' as double)", "cast('Infinity' as double)"

KINDS = (
    _number(
        name="is_inf",
        doc="Whether the value is infinity, or minus infinity.",
        signatures=("(value double) -> boolean",),
        also=("isinf", "is_infinite"),
        examples=(
            Example(f"is_inf({_INFINITY})", "true"),
            Example("is_inf(cast('-Infinity' as double))", "true"),
            Example(f"is_inf({_NAN})", "false"),
            Example("is_inf(1)", "false"),
            Example(f"is_inf({_NO_DOUBLE})", "cast(null as boolean)"),
        ),
    ),
    _number(
        name="is_finite",
        doc="Whether the value is a number that is not infinite.",
        signatures=("(value double) -> boolean",),
        also=("isfinite",),
        examples=(
            Example("is_finite(1e308)", "true"),
            Example(f"is_finite({_INFINITY})", "false"),
            Example(f"is_finite({_NAN})", "false"),
            Example(f"is_finite({_NO_DOUBLE})", "cast(null as boolean)"),
        ),
    ),
)

POWERS = (
    _number(
        name="e",
        doc="The base of natural logarithms.",
        signatures=("() -> double",),
        nulls="never",
        examples=(Example("e()", "2.718281828459045e0"), Example("ln(e())", "1e0")),
    ),
    _number(
        name="cbrt",
        doc="The cube root, which numbers below zero have too.",
        signatures=("(value N) -> double",),
        examples=(
            Example("round(cbrt(-27), 9)", "-3e0"),
            Example("cbrt(0)", "0e0"),
            Example("cbrt(cast(null as int))", _NO_DOUBLE),
        ),
    ),
    _number(
        name="log",
        doc="The logarithm of a value to a base; null where there is none. `ln` is that to base e, `log10` to base 10.",
        signatures=("(base N1, value N2) -> double",),
        nulls="always",
        examples=(
            Example("log(2, 8)", "3e0"),
            Example("round(log(10, 0.01), 9)", "-2e0"),
            Example("log(2, 0)", _NO_DOUBLE),
            Example("log(1, 8)", _NO_DOUBLE),
            Example("log(-2, 8)", _NO_DOUBLE),
        ),
    ),
    _number(
        name="hypot",
        doc="The distance of the point (x, y) from the origin.",
        signatures=("(x N1, y N2) -> double",),
        examples=(Example("hypot(3, -4)", "5e0"), Example("hypot(3, cast(null as int))", _NO_DOUBLE)),
    ),
)

HYPERBOLIC = (
    _number(
        name="sinh",
        doc="The hyperbolic sine.",
        signatures=("(value N) -> double",),
        examples=(
            Example("sinh(0)", "0e0"),
            Example("round(sinh(1), 9)", "1.175201194e0"),
            Example("sinh(1000) > 1e308", "true"),
        ),
    ),
    _number(
        name="cosh",
        doc="The hyperbolic cosine.",
        signatures=("(value N) -> double",),
        examples=(Example("cosh(0)", "1e0"), Example("round(cosh(-1), 9)", "1.543080635e0")),
    ),
    _number(
        name="tanh",
        doc="The hyperbolic tangent.",
        signatures=("(value N) -> double",),
        examples=(Example("tanh(0)", "0e0"), Example("tanh(1000)", "1e0")),
    ),
    _number(
        name="asinh",
        doc="The value with this hyperbolic sine.",
        signatures=("(value N) -> double",),
        examples=(
            Example("asinh(0)", "0e0"),
            Example("round(asinh(-1), 9)", "-0.881373587e0"),
            Example("round(asinh(1e-10) * 1e10, 9)", "1e0"),
        ),
    ),
    _number(
        name="acosh",
        doc="The value, not below zero, with this hyperbolic cosine; null below 1.",
        signatures=("(value N) -> double",),
        nulls="always",
        examples=(
            Example("acosh(1)", "0e0"),
            Example("round(acosh(2), 9)", "1.316957897e0"),
            Example("acosh(0.5)", _NO_DOUBLE),
        ),
    ),
    _number(
        name="atanh",
        doc="The value with this hyperbolic tangent; null of what is not between -1 and 1, and of these two.",
        signatures=("(value N) -> double",),
        nulls="always",
        examples=(
            Example("atanh(0)", "0e0"),
            Example("round(atanh(0.5), 9)", "0.549306144e0"),
            Example("atanh(1)", _NO_DOUBLE),
            Example("atanh(-2)", _NO_DOUBLE),
        ),
    ),
    _number(
        name="cot",
        doc="The cotangent of an angle in radians; null of 0.",
        signatures=("(angle N) -> double",),
        nulls="always",
        examples=(
            Example("round(cot(pi() / 4), 9)", "1e0"),
            Example("cot(0)", _NO_DOUBLE),
            Example("cot(cast(null as int))", _NO_DOUBLE),
        ),
    ),
)

WHOLE = (
    _number(
        name="factorial",
        doc="The product of the whole numbers from 1 to this one; null below zero and above 20, where it is no bigint.",
        signatures=("(value int) -> bigint",),
        nulls="always",
        examples=(
            Example("factorial(5)", "cast(120 as bigint)"),
            Example("factorial(0)", "cast(1 as bigint)"),
            Example("factorial(20)", "2432902008176640000"),
            Example("factorial(21)", _NO_BIGINT),
            Example("factorial(-1)", _NO_BIGINT),
        ),
    ),
    _number(
        name="pmod",
        doc="What division leaves over, never below zero for a divisor above it; null by zero.",
        signatures=("(value I, divisor I) -> I",),
        may_be_null=nulls.unless_divisor_known,
        also=("positive_mod",),
        examples=(
            Example("pmod(-7, 3)", "2"),
            Example("pmod(7, 3)", "1"),
            Example("pmod(-7, -3)", "-1"),
            Example("pmod(7, 0)", _NO_INT),
            Example("pmod(cast(-7 as bigint), 3)", "cast(2 as bigint)"),
        ),
    ),
    _number(
        name="width_bucket",
        doc="Which of `count` parts of equal width between `low` and `high` a value falls into, counted from 1; 0 "
        "below `low`, one more than there are from `high` on. If `low` is the higher one, parts are counted downwards.",
        signatures=("(value double, low double, high double, count constant int) -> bigint",),
        nulls="always",
        examples=(
            Example("width_bucket(5, 0, 10, 5)", "cast(3 as bigint)"),
            Example("width_bucket(0, 0, 10, 5)", "cast(1 as bigint)"),
            Example("width_bucket(-0.1, 0, 10, 5)", "cast(0 as bigint)"),
            Example("width_bucket(10, 0, 10, 5)", "cast(6 as bigint)"),
            Example("width_bucket(9, 10, 0, 5)", "cast(1 as bigint)"),
            Example("width_bucket(1, 3, 3, 5)", _NO_BIGINT),
            Example(f"width_bucket({_NAN}, 0, 10, 5)", _NO_BIGINT),
        ),
    ),
    _number(
        name="bit_count",
        doc="How many bits of the number are set; a negative one has those of its type's two's complement.",
        signatures=("(value I) -> int",),
        also=("popcount",),
        examples=(
            Example("bit_count(7)", "3"),
            Example("bit_count(-1)", "32"),
            Example("bit_count(cast(-1 as bigint))", "64"),
            Example("bit_count(cast(-1 as tinyint))", "8"),
            Example("bit_count(cast(null as int))", _NO_INT),
        ),
    ),
    _number(
        name="shift_right_unsigned",
        doc="The bits moved down by `count` places, 0 or more and fewer than there are bits; zeros come in.",
        signatures=("(value int, count int) -> int", "(value bigint, count int) -> bigint"),
        also=("shiftrightunsigned",),
        examples=(
            Example("shift_right_unsigned(-1, 1)", "2147483647"),
            Example("shift_right_unsigned(-1, 0)", "-1"),
            Example("shift_right_unsigned(16, 4)", "1"),
            Example("shift_right_unsigned(cast(-1 as bigint), 60)", "cast(15 as bigint)"),
        ),
    ),
    _number(
        name="bin",
        doc="The number in binary digits; of a negative one the 64 of its two's complement.",
        signatures=("(value bigint) -> string",),
        examples=(
            Example("bin(5)", "'101'"),
            Example("bin(0)", "'0'"),
            Example("length(bin(-1))", "64"),
            Example("bin(cast(null as int))", "cast(null as string)"),
        ),
    ),
)


def _careful(name: str, what: str, sign: str, *examples: Example) -> Function:
    return _number(
        name=name,
        doc=f"{what} of two whole numbers; null where `{sign}` would leave the range of their type and fail the run.",
        signatures=("(left I, right I) -> I",),
        nulls="always",
        also=(f"safe_{name.removeprefix('try_')}",),
        examples=examples,
    )


CAREFUL = (
    _careful(
        "try_add",
        "The sum",
        "+",
        Example("try_add(1, 2)", "3"),
        Example("try_add(2147483647, 1)", _NO_INT),
        Example("try_add(2147483647, cast(1 as bigint))", "cast(2147483648 as bigint)"),
        Example("try_add(1, cast(null as int))", _NO_INT),
    ),
    _careful(
        "try_subtract",
        "The difference",
        "-",
        Example("try_subtract(1, 2)", "-1"),
        Example("try_subtract(-2147483647, 2)", _NO_INT),
        Example("try_subtract(cast(-128 as tinyint), cast(1 as tinyint))", "cast(null as tinyint)"),
    ),
    _careful(
        "try_multiply",
        "The product",
        "*",
        Example("try_multiply(3, 4)", "12"),
        Example("try_multiply(2147483647, 2)", _NO_INT),
        Example("try_multiply(9223372036854775807, 2)", _NO_BIGINT),
    ),
)

FUNCTIONS = KINDS + POWERS + HYPERBOLIC + WHOLE + CAREFUL

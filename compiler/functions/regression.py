"""Aggregates of statistics: the shape of a distribution, and the line through pairs by least squares."""

from functools import partial

from oftra.functions.model import Example, Function

_aggregate = partial(Function, kind="aggregate", area="aggregates", nulls="always")

_PAIRS = "(1, 1), (3, 2), (8, 3), (5, null), (null, 4)"
_ONE = "(3, 7)"
_FLAT_Y, _FLAT_X = "(1, 2), (1, 3)", "(1, 2), (3, 2)"
_NONE = "(cast(null as int), 2)"
_Y_X = "y int, x int"
_NO_DOUBLE = "cast(null as double)"


def _line(name: str, doc: str, *examples: tuple[str, str]) -> Function:
    shown = tuple([Example(f"round({name}(y, x), 9)", result, rows, _Y_X) for result, rows in examples])
    return _aggregate(name=name, doc=doc, signatures=("(y N1, x N2) -> double",), examples=shown)


SHAPE = (
    _aggregate(
        name="skewness",
        doc="How far a distribution leans to one side, 0 if it does not, of all there is; null of fewer than three "
        "values, and where all are the same.",
        signatures=("(value N) -> double",),
        also=("skew", "skewness_pop"),
        examples=(
            Example("round(skewness(x), 9)", "0.674555485e0", "(1), (2), (10), (null)", "x int"),
            Example("skewness(x)", "0e0", "(1), (2), (3)", "x int"),
            Example("skewness(x)", _NO_DOUBLE, "(1), (2)", "x int"),
            Example("skewness(x)", _NO_DOUBLE, "(1), (1), (1)", "x int"),
        ),
    ),
    _aggregate(
        name="kurtosis",
        doc="How heavy the ends of a distribution are, less those of a normal one, of all there is; null where all "
        "values are the same.",
        signatures=("(value N) -> double",),
        also=("kurt", "kurtosis_pop"),
        examples=(
            Example("round(kurtosis(x), 9)", "-0.929230769e0", "(1), (2), (10), (4), (null)", "x int"),
            Example("round(kurtosis(x), 9)", "-2e0", "(1), (2)", "x int"),
            Example("kurtosis(x)", _NO_DOUBLE, "(1), (1)", "x int"),
            Example("kurtosis(x)", _NO_DOUBLE, "(1)", "x int"),
        ),
    ),
)

LINE = (
    _line(
        "regr_slope",
        "How much y rises with x on the line; null where x never changes.",
        ("3.5e0", _PAIRS),
        ("0e0", _FLAT_Y),
        (_NO_DOUBLE, _FLAT_X),
        (_NO_DOUBLE, _ONE),
    ),
    _line(
        "regr_intercept",
        "What y is on the line where x is 0; null where x never changes.",
        ("-3e0", _PAIRS),
        ("1e0", _FLAT_Y),
        (_NO_DOUBLE, _FLAT_X),
        (_NO_DOUBLE, _ONE),
    ),
    _aggregate(
        name="regr_r2",
        doc="How much of the change of y the line explains, from 0 to 1; 1 where y never changes, null where x "
        "never does.",
        signatures=("(y N1, x N2) -> double",),
        examples=(
            Example("round(regr_r2(y, x), 9)", "0.942307692e0", _PAIRS, _Y_X),
            Example("regr_r2(y, x)", "1e0", _FLAT_Y, _Y_X),
            Example("regr_r2(y, x)", _NO_DOUBLE, _FLAT_X, _Y_X),
            Example("regr_r2(y, x)", _NO_DOUBLE, _ONE, _Y_X),
        ),
    ),
    _aggregate(
        name="regr_count",
        doc="How many pairs there are of which neither side is null.",
        signatures=("(y N1, x N2) -> bigint",),
        nulls="never",
        examples=(
            Example("regr_count(y, x)", "cast(3 as bigint)", _PAIRS, _Y_X),
            Example("regr_count(y, x)", "cast(0 as bigint)", _NONE, _Y_X),
        ),
    ),
    _line("regr_avgx", "The mean of x over the pairs.", ("2e0", _PAIRS), ("7e0", _ONE), (_NO_DOUBLE, _NONE)),
    _line("regr_avgy", "The mean of y over the pairs.", ("4e0", _PAIRS), ("3e0", _ONE), (_NO_DOUBLE, _NONE)),
    _line(
        "regr_sxx",
        "The sum of the squares of x's distances from its mean over the pairs.",
        ("2e0", _PAIRS),
        ("0e0", _ONE),
        (_NO_DOUBLE, _NONE),
    ),
    _line(
        "regr_syy",
        "The sum of the squares of y's distances from its mean over the pairs.",
        ("26e0", _PAIRS),
        ("0e0", _ONE),
        (_NO_DOUBLE, _NONE),
    ),
    _line(
        "regr_sxy",
        "The sum of the products of x's and y's distances from their means over the pairs.",
        ("7e0", _PAIRS),
        ("0e0", _ONE),
        (_NO_DOUBLE, _NONE),
    ),
)

FUNCTIONS = SHAPE + LINE

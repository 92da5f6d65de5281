"""Functions that make one value of many rows. They leave out nulls; of nothing most give null."""

from functools import partial

from oftra.functions import widths
from oftra.functions.model import Example, Function

_aggregate = partial(Function, kind="aggregate", area="aggregates", nulls="empty")

_NUMBERS = "(1), (2), (2), (null)"
_NOTHING = "(cast(null as int))"
_FLAGS = "(true), (false), (null)"

COUNTS = (
    _aggregate(
        name="count",
        doc="How many rows there are; with a value, how many in which it is not null.",
        signatures=("() -> bigint", "(value T) -> bigint"),
        nulls="never",
        examples=(
            Example("count(*)", "cast(4 as bigint)", _NUMBERS, "x int"),
            Example("count(x)", "cast(3 as bigint)", _NUMBERS, "x int"),
            Example("count(distinct x)", "cast(2 as bigint)", _NUMBERS, "x int"),
            Example("count(x)", "cast(0 as bigint)", _NOTHING, "x int"),
            Example("count(*) filter (where x > 1)", "cast(2 as bigint)", _NUMBERS, "x int"),
        ),
    ),
    _aggregate(
        name="count_if",
        doc="How many rows the condition is true for.",
        signatures=("(condition boolean) -> bigint",),
        nulls="never",
        also=("countif",),
        examples=(
            Example("count_if(x > 1)", "cast(2 as bigint)", _NUMBERS, "x int"),
            Example("count_if(x > 5)", "cast(0 as bigint)", _NUMBERS, "x int"),
            Example("count_if(x > 1)", "cast(0 as bigint)", _NOTHING, "x int"),
        ),
    ),
)

TOTALS = (
    _aggregate(
        name="sum",
        doc="The total. Of integers it is a bigint and a run fails past its range; of decimals it has ten digits more.",
        signatures=("(value I) -> bigint", "(value D) -> decimal", "(value double) -> double"),
        returns=widths.of_total,
        examples=(
            Example("sum(x)", "cast(5 as bigint)", _NUMBERS, "x int"),
            Example("sum(distinct x)", "cast(3 as bigint)", _NUMBERS, "x int"),
            Example("sum(x)", "cast(null as bigint)", _NOTHING, "x int"),
            Example("sum(x)", "cast(0.30 as decimal(15, 2))", "(0.10), (0.20)", "x decimal(5, 2)"),
            Example("sum(x)", "0.75e0", "(0.5e0), (0.25e0)", "x double"),
            Example("sum(x)", "error", "(9223372036854775807), (1)", "x bigint"),
            Example("sum(x)", "cast(4294967294 as bigint)", "(2147483647), (2147483647)", "x int"),
        ),
    ),
    _aggregate(
        name="avg",
        doc="The mean, always a double.",
        signatures=("(value N) -> double",),
        also=("mean", "average"),
        examples=(
            Example("avg(x)", "1.5e0", "(1), (2), (null)", "x int"),
            Example("avg(x)", "0.15e0", "(0.10), (0.20)", "x decimal(5, 2)"),
            Example("avg(x)", "cast(null as double)", _NOTHING, "x int"),
        ),
    ),
    _aggregate(
        name="min",
        doc="The value that sorts first.",
        signatures=("(value O) -> O",),
        examples=(
            Example("min(x)", "1", _NUMBERS, "x int"),
            Example("min(x)", "'B'", "('a'), ('B'), (null)", "x string"),
            Example("min(x)", "cast(null as int)", _NOTHING, "x int"),
            Example("min(x)", "1e0", "(cast('NaN' as double)), (1e0)", "x double"),
        ),
    ),
    _aggregate(
        name="max",
        doc="The value that sorts last.",
        signatures=("(value O) -> O",),
        examples=(
            Example("max(x)", "2", _NUMBERS, "x int"),
            Example("max(x)", "date '2026-02-01'", "(date '2026-01-31'), (date '2026-02-01')", "x date"),
            Example("max(x) = cast('NaN' as double)", "true", "(cast('NaN' as double)), (1e0)", "x double"),
        ),
    ),
)

SPREAD = (
    _aggregate(
        name="stddev",
        doc="The standard deviation of a sample; null of fewer than two values.",
        signatures=("(value N) -> double",),
        nulls="always",
        also=("stddev_samp", "std", "stdev"),
        examples=(
            Example("stddev(x)", "1e0", "(1), (2), (3), (null)", "x int"),
            Example("stddev(x)", "cast(null as double)", "(1)", "x int"),
        ),
    ),
    _aggregate(
        name="stddev_pop",
        doc="The standard deviation of all there is.",
        signatures=("(value N) -> double",),
        examples=(
            Example("stddev_pop(x)", "2e0", "(1), (5)", "x int"),
            Example("stddev_pop(x)", "0e0", "(1)", "x int"),
        ),
    ),
    _aggregate(
        name="variance",
        doc="The variance of a sample; null of fewer than two values.",
        signatures=("(value N) -> double",),
        nulls="always",
        also=("var_samp", "var"),
        examples=(
            Example("variance(x)", "8e0", "(1), (5)", "x int"),
            Example("variance(x)", "cast(null as double)", "(1)", "x int"),
        ),
    ),
    _aggregate(
        name="var_pop",
        doc="The variance of all there is.",
        signatures=("(value N) -> double",),
        examples=(Example("var_pop(x)", "4e0", "(1), (5)", "x int"),),
    ),
    _aggregate(
        name="covar_samp",
        doc="The covariance of a sample of pairs; null of fewer than two.",
        signatures=("(left N1, right N2) -> double",),
        nulls="always",
        examples=(Example("covar_samp(x, y)", "4e0", "(1, 2), (3, 6), (5, null)", "x int, y int"),),
    ),
    _aggregate(
        name="covar_pop",
        doc="The covariance of all pairs there are.",
        signatures=("(left N1, right N2) -> double",),
        examples=(Example("covar_pop(x, y)", "2e0", "(1, 2), (3, 6)", "x int, y int"),),
    ),
    _aggregate(
        name="corr",
        doc="How closely pairs lie to a line, from -1 to 1; null of fewer than two, and where one side never changes.",
        signatures=("(left N1, right N2) -> double",),
        nulls="always",
        examples=(
            Example("corr(x, y)", "-1e0", "(1, 4), (2, 2), (3, 0)", "x int, y int"),
            Example("corr(x, y)", "cast(null as double)", "(1, 4)", "x int, y int"),
            Example("corr(x, y)", "cast(null as double)", "(1, 4), (2, 4)", "x int, y int"),
        ),
    ),
    _aggregate(
        name="median",
        doc="The value in the middle; of an even number of them, the mean of the two in the middle.",
        signatures=("(value N) -> double",),
        examples=(
            Example("median(x)", "2.5e0", "(1), (2), (3), (10), (null)", "x int"),
            Example("median(x)", "2e0", "(3), (1), (2)", "x int"),
            Example("median(x)", "cast(null as double)", _NOTHING, "x int"),
        ),
    ),
    _aggregate(
        name="percentile",
        doc="The value below which so large a fraction (0 to 1) lies, between two neighbours by a straight line.",
        signatures=("(value N, fraction constant double) -> double",),
        also=("quantile", "percentile_cont", "quantile_cont"),
        examples=(
            Example("percentile(x, 0.25)", "1.75e0", "(1), (2), (3), (4)", "x int"),
            Example("percentile(x, 1)", "4e0", "(1), (2), (3), (4)", "x int"),
            Example("percentile(x, 0)", "1e0", "(1), (2), (null)", "x int"),
        ),
    ),
)

CHOICES = (
    _aggregate(
        name="bool_and",
        doc="Whether the condition is true wherever it is not null.",
        signatures=("(condition boolean) -> boolean",),
        also=("every", "logical_and", "booland_agg"),
        examples=(
            Example("bool_and(x)", "false", _FLAGS, "x boolean"),
            Example("bool_and(x)", "true", "(true), (null)", "x boolean"),
            Example("bool_and(x)", "cast(null as boolean)", "(cast(null as boolean))", "x boolean"),
        ),
    ),
    _aggregate(
        name="bool_or",
        doc="Whether the condition is true anywhere.",
        signatures=("(condition boolean) -> boolean",),
        also=("some", "any", "logical_or", "boolor_agg"),
        examples=(
            Example("bool_or(x)", "true", _FLAGS, "x boolean"),
            Example("bool_or(x)", "false", "(false), (null)", "x boolean"),
            Example("bool_or(x)", "cast(null as boolean)", "(cast(null as boolean))", "x boolean"),
        ),
    ),
    _aggregate(
        name="any_value",
        doc="One of the values that are not null: which one, nothing says.",
        signatures=("(value T) -> T",),
        also=("arbitrary",),
        deterministic=False,
        examples=(
            Example("any_value(x)", "'a'", "(null), ('a'), ('a')", "x string"),
            Example("any_value(x)", "cast(null as int)", _NOTHING, "x int"),
        ),
    ),
    _aggregate(
        name="arg_max",
        doc="The value, null too, of the row in which `by` sorts last; rows without `by` are left out.",
        signatures=("(value T, by O) -> T",),
        nulls="always",
        also=("max_by", "argmax"),
        examples=(
            Example("arg_max(x, y)", "'b'", "('a', 1), ('b', 3), ('c', 2), ('d', null)", "x string, y int"),
            Example("arg_max(x, y)", "cast(null as string)", "('a', 1), (null, 3)", "x string, y int"),
        ),
    ),
    _aggregate(
        name="arg_min",
        doc="The value, null too, of the row in which `by` sorts first; rows without `by` are left out.",
        signatures=("(value T, by O) -> T",),
        nulls="always",
        also=("min_by", "argmin"),
        examples=(
            Example("arg_min(x, y)", "'a'", "('a', 1), ('b', 3), ('d', null)", "x string, y int"),
            Example("arg_min(x, y)", "cast(null as string)", "(null, 1), ('b', 3)", "x string, y int"),
        ),
    ),
    _aggregate(
        name="array_agg",
        doc="The values that are not null as an array, in the order of `order by`; of nothing an empty one.",
        signatures=("(value T) -> array<T>",),
        nulls="never",
        also=("list", "collect_list", "group_array"),
        deterministic=False,
        examples=(
            Example("array_agg(x order by x)", "[1, 2, 2]", _NUMBERS, "x int"),
            Example("array_agg(x order by x desc)", "[2, 2, 1]", _NUMBERS, "x int"),
            Example("array_agg(distinct x order by x)", "[1, 2]", _NUMBERS, "x int"),
            Example("array_agg(x)", "cast([] as array<int>)", _NOTHING, "x int"),
        ),
    ),
    _aggregate(
        name="string_agg",
        doc="The texts that are not null, one after the other with `separator` between them, in the order of "
        "`order by`.",
        signatures=("(text string, separator constant string = '') -> string",),
        also=("listagg", "group_concat"),
        deterministic=False,
        examples=(
            Example("string_agg(x, ', ' order by x)", "'a, b'", "('b'), (null), ('a')", "x string"),
            Example("string_agg(x order by x desc)", "'ba'", "('b'), ('a')", "x string"),
            Example("string_agg(x, ',')", "cast(null as string)", "(cast(null as string))", "x string"),
        ),
    ),
)

FUNCTIONS = COUNTS + TOTALS + SPREAD + CHOICES

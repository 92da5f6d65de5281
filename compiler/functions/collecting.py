"""More aggregates: what is there most often, what bits and products come to, maps, and estimates."""

from functools import partial

from oftra.functions.model import Example, Function

_aggregate = partial(Function, kind="aggregate", area="aggregates", nulls="empty")

_NUMBERS = "(1), (2), (2), (null)"
_NOTHING = "(cast(null as int))"

FUNCTIONS = (
    _aggregate(
        name="mode",
        doc="The value that is there most often; of several the one that sorts first.",
        signatures=("(value O) -> O",),
        examples=(
            Example("mode(x)", "2", _NUMBERS, "x int"),
            Example("mode(x)", "1", "(2), (1), (2), (1), (3)", "x int"),
            Example("mode(x)", "'a'", "('b'), ('a'), (null), (null)", "x string"),
            Example("mode(x)", "cast(null as int)", _NOTHING, "x int"),
        ),
    ),
    _aggregate(
        name="product",
        doc="The values multiplied, as a double.",
        signatures=("(value N) -> double",),
        examples=(
            Example("product(x)", "4e0", _NUMBERS, "x int"),
            Example("product(x)", "0e0", "(0), (5)", "x int"),
            Example("product(x)", "cast(null as double)", _NOTHING, "x int"),
        ),
    ),
    _aggregate(
        name="bit_and_agg",
        doc="The bits that all values have.",
        signatures=("(value I) -> I",),
        also=("bitand_agg",),
        examples=(
            Example("bit_and_agg(x)", "2", "(6), (3), (null)", "x int"),
            Example("bit_and_agg(x)", "cast(null as int)", _NOTHING, "x int"),
        ),
    ),
    _aggregate(
        name="bit_or_agg",
        doc="The bits that any value has.",
        signatures=("(value I) -> I",),
        also=("bitor_agg",),
        examples=(
            Example("bit_or_agg(x)", "7", "(6), (3), (null)", "x int"),
            Example("bit_or_agg(x)", "cast(-1 as bigint)", "(-1), (3)", "x bigint"),
            Example("bit_or_agg(x)", "cast(null as int)", _NOTHING, "x int"),
        ),
    ),
    _aggregate(
        name="bit_xor_agg",
        doc="The bits that an odd number of values have.",
        signatures=("(value I) -> I",),
        also=("bitxor_agg",),
        examples=(
            Example("bit_xor_agg(x)", "5", "(6), (3), (null)", "x int"),
            Example("bit_xor_agg(x)", "6", "(6), (3), (3)", "x int"),
            Example("bit_xor_agg(x)", "cast(null as int)", _NOTHING, "x int"),
        ),
    ),
    _aggregate(
        name="map_agg",
        doc="A map of keys and values, in any order; of nothing an empty one. A key may be neither null nor there "
        "twice: the run fails.",
        signatures=("(key K, value V) -> map<K, V>",),
        nulls="never",
        also=("object_agg", "json_object_agg"),
        deterministic=False,
        examples=(
            Example("map_agg(x, y)", "map('a', 1)", "('a', 1)", "x string, y int"),
            Example("map_agg(x, y)['b']", "cast(null as int)", "('a', 1), ('b', null)", "x string, y int"),
            Example("map_agg(x, y)", "error", "('a', 1), ('a', 2)", "x string, y int"),
            Example("map_agg(x, y)", "error", "('a', 1), (null, 2)", "x string, y int"),
        ),
    ),
    _aggregate(
        name="approx_count_distinct",
        doc="About how many different values there are, in little memory: it may be a few in a hundred off, and by "
        "something else on every engine. `count(distinct x)` is exact.",
        signatures=("(value O) -> bigint",),
        nulls="never",
        also=("approx_distinct", "hll_count", "ndv"),
        deterministic=False,
        examples=(
            Example("approx_count_distinct(x)", "cast(1 as bigint)", "(7), (7), (null)", "x int"),
            Example("approx_count_distinct(x)", "cast(0 as bigint)", _NOTHING, "x int"),
        ),
    ),
    _aggregate(
        name="approx_percentile",
        doc="About the value below which so large a fraction (0 to 1) lies, in little memory: another one on every "
        "engine. `percentile(x, fraction)` is exact.",
        signatures=("(value N, fraction constant double) -> double",),
        also=("approx_quantile", "approx_quantiles", "percentile_approx", "approx_median"),
        deterministic=False,
        examples=(
            Example("approx_percentile(x, 0.5)", "7e0", "(7), (7), (7), (null)", "x int"),
            Example("approx_percentile(x, 0.5)", "cast(null as double)", _NOTHING, "x int"),
        ),
    ),
)

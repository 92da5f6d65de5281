"""What is written `||`, and the brackets that make and open collections."""

from functools import partial

from oftra.functions.model import Example, Function

_operator = partial(Function, kind="scalar", area="operators")


FUNCTIONS = (
    _operator(
        name="concat",
        doc="One after the other; null if one is null.",
        signatures=(
            "(left string, right string...) -> string",
            "(left binary, right binary...) -> binary",
            "(left array<T>, right array<T>...) -> array<T>",
        ),
        operator="||",
        also=("array_concat", "array_cat", "list_concat"),
        examples=(
            Example("'a' || 'b' || 'c'", "'abc'"),
            Example("concat('a', '', 'ß')", "'aß'"),
            Example("'a' || cast(null as string)", "cast(null as string)"),
            Example("concat('a', cast(null as string))", "cast(null as string)"),
            Example("x'00' || x'ff'", "x'00ff'"),
            Example("[1] || [2, 3]", "[1, 2, 3]"),
            Example("[1] || cast(null as array<int>)", "cast(null as array<int>)"),
        ),
    ),
    _operator(
        name="element",
        doc="The element of an array at a place counted from 1, or the value of a map under a key; null where "
        "there is none.",
        signatures=("(items array<T>, index I) -> T", "(entries map<K, V>, key K) -> V"),
        nulls="always",
        operator="[]",
        also=("element_at", "list_extract", "array_extract", "try_element_at", "map_extract"),
        examples=(
            Example("[10, 20, 30][1]", "10"),
            Example("[10, 20, 30][0]", "cast(null as int)"),
            Example("[10, 20, 30][4]", "cast(null as int)"),
            Example("[10, 20, 30][-1]", "cast(null as int)"),
            Example("map('a', 1, 'b', 2)['b']", "2"),
            Example("map('a', 1)['z']", "cast(null as int)"),
        ),
    ),
    _operator(
        name="array",
        doc="An array of these elements.",
        signatures=("() -> array<null>", "(items T...) -> array<T>"),
        nulls="never",
        operator="[…]",
        also=("list_value", "make_array"),
        examples=(
            Example("[1, 2.5]", "cast([1.0, 2.5] as array<decimal(2, 1)>)"),
            Example("[1, null]", "cast([1, null] as array<int>)"),
        ),
    ),
    _operator(
        name="map",
        doc="A map of keys and values in turn. A key may be neither null nor there twice: the run fails.",
        signatures=("() -> map<null, null>", "((key K, value V)...) -> map<K, V>"),
        nulls="never",
        also=("make_map",),
        examples=(
            Example("map('a', 1, 'b', 2)", "map('a', 1, 'b', 2)"),
            Example("map('a', cast(null as int))['a']", "cast(null as int)"),
            Example("map('a', 1, 'a', 2)", "error"),
            Example("map(cast(null as string), 1)", "error"),
        ),
    ),
)

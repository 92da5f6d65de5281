"""More functions of maps: their entries, what they are made of, and what is left of them."""

from functools import partial

from oftra.functions.model import Example, Function

_map = partial(Function, kind="scalar", area="nested")

_NO_MAP = "cast(null as map<string, int>)"
_AB = "map('a', 1, 'b', 2)"

ENTRIES = (
    _map(
        name="map_entries",
        doc="The keys and values of a map as structs, in its order.",
        signatures=("(entries map<K, V>) -> array<struct<key K, value V>>",),
        examples=(
            Example(f"map_entries({_AB})", "[struct('a' as key, 1 as value), struct('b' as key, 2 as value)]"),
            Example(f"size(map_entries({_NO_MAP}))", "cast(null as int)"),
        ),
    ),
    _map(
        name="map_from_entries",
        doc="The map of structs with the fields `key` and `value`. A key may be neither null nor there twice: the run "
        "fails.",
        signatures=("(entries array<struct<key K, value V>>) -> map<K, V>",),
        examples=(
            Example("map_from_entries([struct('a' as key, 1 as value)])", "map('a', 1)"),
            Example("map_from_entries([struct('a' as key, 1 as value), struct('a' as key, 2 as value)])", "error"),
            Example(f"map_from_entries(map_entries({_AB}))", _AB),
        ),
    ),
    _map(
        name="map_from_arrays",
        doc="The map of keys and the values at their places. A run fails where there are more of one than of the "
        "other, and where a key is null or there twice.",
        signatures=("(keys array<K>, values array<V>) -> map<K, V>",),
        examples=(
            Example("map_from_arrays(['a', 'b'], [1, 2])", _AB),
            Example("map_from_arrays(['a'], [cast(null as int)])", "map('a', cast(null as int))"),
            Example("map_from_arrays(['a', 'b'], [1])", "error"),
            Example("map_from_arrays(['a', 'a'], [1, 2])", "error"),
            Example("map_from_arrays(cast(null as array<string>), [1])", _NO_MAP),
        ),
    ),
    _map(
        name="map_concat",
        doc="The entries of the first map whose keys the second lacks, and then those of the second.",
        signatures=("(left map<K, V>, right map<K, V>) -> map<K, V>",),
        also=("map_union", "map_merge"),
        examples=(
            Example("map_concat(map('a', 1, 'b', 2), map('c', 3))", "map('a', 1, 'b', 2, 'c', 3)"),
            Example("map_concat(map('a', 1, 'b', 2), map('a', 3))", "map('b', 2, 'a', 3)"),
            Example(f"map_concat(map('a', 1), {_NO_MAP})", _NO_MAP),
        ),
    ),
)

LAMBDAS = (
    _map(
        name="map_filter",
        doc="The entries for whose key and value the condition is true.",
        signatures=("(entries map<K, V>, keep (K, V) -> boolean) -> map<K, V>",),
        examples=(
            Example(f"map_filter({_AB}, (k, v) -> v > 1)", "map('b', 2)"),
            Example("map_filter(map('a', cast(null as int)), (k, v) -> v > 1)", "cast(map() as map<string, int>)"),
            Example(f"map_filter({_NO_MAP}, (k, v) -> v > 1)", _NO_MAP),
        ),
    ),
    _map(
        name="transform_values",
        doc="The map with what the function makes of each key and value as its value.",
        signatures=("(entries map<K, V>, by (K, V) -> U) -> map<K, U>",),
        also=("map_transform_values",),
        examples=(
            Example(f"transform_values({_AB}, (k, v) -> v * 10)", "map('a', 10, 'b', 20)"),
            Example(f"transform_values({_AB}, (k, v) -> k || 'x')", "map('a', 'ax', 'b', 'bx')"),
            Example(f"transform_values({_NO_MAP}, (k, v) -> v)", _NO_MAP),
        ),
    ),
    _map(
        name="transform_keys",
        doc="The map with what the function makes of each key and value as its key, which may be neither null nor "
        "there twice: the run fails.",
        signatures=("(entries map<K, V>, by (K, V) -> K1) -> map<K1, V>",),
        also=("map_transform_keys",),
        examples=(
            Example(f"transform_keys({_AB}, (k, v) -> upper(k))", "map('A', 1, 'B', 2)"),
            Example(f"transform_keys({_AB}, (k, v) -> 'x')", "error"),
            Example(f"transform_keys({_NO_MAP}, (k, v) -> k)", _NO_MAP),
        ),
    ),
)

FUNCTIONS = ENTRIES + LAMBDAS

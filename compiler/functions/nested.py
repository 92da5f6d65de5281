"""Functions of arrays and maps. What they hold may be null; places are counted from 1."""

from functools import partial

from oftra.functions.model import Example, Function

_nested = partial(Function, kind="scalar", area="nested")

_NO_INT = "cast(null as int)"
_NO_INTS = "cast(null as array<int>)"

ARRAYS = (
    _nested(
        name="size",
        doc="How many elements an array has, or how many keys a map.",
        signatures=("(items array<T>) -> int", "(entries map<K, V>) -> int"),
        also=("cardinality", "array_length", "array_size", "list_size", "map_size"),
        examples=(
            Example("size([1, null])", "2"),
            Example("size(cast([] as array<int>))", "0"),
            Example("size(map('a', 1))", "1"),
            Example(f"size({_NO_INTS})", _NO_INT),
        ),
    ),
    _nested(
        name="array_contains",
        doc="Whether an element equals the value; elements that are null equal nothing.",
        signatures=("(items array<O>, value O) -> boolean",),
        also=("list_contains", "array_has", "member"),
        examples=(
            Example("array_contains([1, 2], 2)", "true"),
            Example("array_contains([1, null], 2)", "false"),
            Example(f"array_contains([1, null], {_NO_INT})", "cast(null as boolean)"),
        ),
    ),
    _nested(
        name="array_position",
        doc="The place of the first element that equals the value; 0 if there is none.",
        signatures=("(items array<O>, value O) -> int",),
        also=("list_position", "list_indexof", "array_indexof"),
        examples=(
            Example("array_position([10, 20, 20], 20)", "2"),
            Example("array_position([10, null], 20)", "0"),
            Example(f"array_position([10, null], {_NO_INT})", _NO_INT),
        ),
    ),
    _nested(
        name="array_sort",
        doc="The elements in ascending order, nulls first; or with `'desc'` in descending order, nulls last.",
        signatures=("(items array<O>) -> array<O>", "(items array<O>, order constant word) -> array<O>"),
        words=("asc", "desc"),
        also=("sort_array", "list_sort", "sorted", "list_reverse_sort", "array_reverse_sort"),
        examples=(
            Example("array_sort([3, null, 1])", "[null, 1, 3]"),
            Example("array_sort(['b', 'a'])", "['a', 'b']"),
            Example("array_sort([3, null, 1], 'desc')", "[3, 1, null]"),
            Example("array_sort([3, null, 1], 'asc')", "[null, 1, 3]"),
        ),
    ),
    _nested(
        name="array_reverse",
        doc="The elements from last to first.",
        signatures=("(items array<T>) -> array<T>",),
        also=("list_reverse",),
        examples=(Example("array_reverse([1, null, 3])", "[3, null, 1]"),),
    ),
    _nested(
        name="array_distinct",
        doc="Each different element once, at its first place; nulls count as equal.",
        signatures=("(items array<O>) -> array<O>",),
        also=("list_distinct", "array_unique"),
        examples=(
            Example("array_distinct([3, 1, 3, 2, 1])", "[3, 1, 2]"),
            Example("array_distinct([1, null, null])", "[1, null]"),
        ),
    ),
    _nested(
        name="array_min",
        doc="The element that sorts first; nulls are left out.",
        signatures=("(items array<O>) -> O",),
        nulls="always",
        also=("list_min",),
        examples=(Example("array_min([3, null, 1])", "1"), Example("array_min(cast([] as array<int>))", _NO_INT)),
    ),
    _nested(
        name="array_max",
        doc="The element that sorts last; nulls are left out.",
        signatures=("(items array<O>) -> O",),
        nulls="always",
        also=("list_max",),
        examples=(Example("array_max([3, null, 1])", "3"), Example("array_max(cast([] as array<int>))", _NO_INT)),
    ),
    _nested(
        name="array_join",
        doc="The elements one after the other with `separator` between them; nulls are left out.",
        signatures=("(items array<string>, separator constant string) -> string",),
        also=("array_to_string", "list_to_string"),
        examples=(
            Example("array_join(['a', null, 'b'], ', ')", "'a, b'"),
            Example("array_join(cast([] as array<string>), ',')", "''"),
            Example("array_join(cast(null as array<string>), ',')", "cast(null as string)"),
        ),
    ),
    _nested(
        name="slice",
        doc="The `count` elements from place `start` on, as far as there are any.",
        signatures=("(items array<T>, start int, count int) -> array<T>",),
        examples=(
            Example("slice([1, 2, 3], 2, 1)", "[2]"),
            Example("slice([1, 2, 3], 2, 9)", "[2, 3]"),
            Example("slice([1, 2, 3], 4, 1)", "cast([] as array<int>)"),
            Example("slice([1, 2, 3], 0, 2)", "[1]"),
            Example("slice([1, 2, 3], 1, 0)", "cast([] as array<int>)"),
        ),
    ),
    _nested(
        name="flatten",
        doc="The elements of all inner arrays, in order; inner arrays that are null are left out.",
        signatures=("(items array<array<T>>) -> array<T>",),
        examples=(
            Example("flatten([[1], [2, 3]])", "[1, 2, 3]"),
            Example("flatten([[1], cast([] as array<int>)])", "[1]"),
            Example("flatten([[1], null])", "[1]"),
        ),
    ),
    _nested(
        name="sequence",
        doc="The whole numbers from `first` to `last`, `step` (1 if not given) apart; empty if `last` lies "
        "the other way.",
        signatures=("(first I, last I, step I = 1) -> array<I>",),
        also=("generate_series", "generate_array"),
        examples=(
            Example("sequence(1, 3)", "[1, 2, 3]"),
            Example("sequence(5, 1, -2)", "[5, 3, 1]"),
            Example("sequence(3, 1)", "cast([] as array<int>)"),
            Example("sequence(1, 1)", "[1]"),
        ),
    ),
)

LAMBDAS = (
    _nested(
        name="transform",
        doc="What the function makes of each element, in order.",
        signatures=("(items array<T>, by T -> U) -> array<U>",),
        also=("list_transform", "array_transform", "apply", "list_apply"),
        examples=(
            Example("transform([1, 2, null], x -> x + 1)", "[2, 3, null]"),
            Example("transform(['a', 'bc'], x -> length(x))", "[1, 2]"),
            Example("transform(cast([] as array<int>), x -> x)", "cast([] as array<int>)"),
        ),
    ),
    _nested(
        name="filter",
        doc="The elements for which the condition is true, in order.",
        signatures=("(items array<T>, keep T -> boolean) -> array<T>",),
        also=("list_filter", "array_filter"),
        examples=(
            Example("filter([1, 2, 3, null], x -> x > 1)", "[2, 3]"),
            Example("filter([1], x -> x > 1)", "cast([] as array<int>)"),
        ),
    ),
    _nested(
        name="any_match",
        doc="Whether the condition is true for an element.",
        signatures=("(items array<T>, condition T -> boolean) -> boolean",),
        also=("exists_match", "array_any", "list_any"),
        examples=(
            Example("any_match([1, 2, null], x -> x > 1)", "true"),
            Example("any_match([1, null], x -> x > 1)", "false"),
            Example("any_match(cast([] as array<int>), x -> x > 1)", "false"),
            Example(f"any_match({_NO_INTS}, x -> x > 1)", "cast(null as boolean)"),
        ),
    ),
    _nested(
        name="all_match",
        doc="Whether the condition is true for every element.",
        signatures=("(items array<T>, condition T -> boolean) -> boolean",),
        also=("forall", "array_all", "every_match"),
        examples=(
            Example("all_match([2, 3], x -> x > 1)", "true"),
            Example("all_match([2, null], x -> x > 1)", "false"),
            Example("all_match(cast([] as array<int>), x -> x > 1)", "true"),
        ),
    ),
)

MAPS = (
    _nested(
        name="map_keys",
        doc="The keys of a map, in the order in which they were put in.",
        signatures=("(entries map<K, V>) -> array<K>",),
        examples=(Example("map_keys(map('b', 1, 'a', 2))", "['b', 'a']"),),
    ),
    _nested(
        name="map_values",
        doc="The values of a map, in the order of its keys.",
        signatures=("(entries map<K, V>) -> array<V>",),
        examples=(Example("map_values(map('b', 1, 'a', null))", "[1, null]"),),
    ),
    _nested(
        name="map_contains_key",
        doc="Whether a map has this key.",
        signatures=("(entries map<K, V>, key K) -> boolean",),
        also=("map_contains", "has_key"),
        examples=(
            Example("map_contains_key(map('a', cast(null as int)), 'a')", "true"),
            Example("map_contains_key(map('a', 1), 'b')", "false"),
        ),
    ),
)

FUNCTIONS = ARRAYS + LAMBDAS + MAPS

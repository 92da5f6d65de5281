"""More functions of arrays: what is put in, taken out, compared and gathered up."""

from functools import partial

from oftra.functions import nulls, widths
from oftra.functions.model import Example, Function

_array = partial(Function, kind="scalar", area="nested")

_NO_INT = "cast(null as int)"
_NO_INTS = "cast(null as array<int>)"
_EMPTY = "cast([] as array<int>)"

CHANGES = (
    _array(
        name="array_append",
        doc="The elements and then the value, also where that is null.",
        signatures=("(items array<T>, value T) -> array<T>",),
        may_be_null=nulls.of_first,
        also=("list_append", "array_push_back"),
        examples=(
            Example("array_append([1, 2], 3)", "[1, 2, 3]"),
            Example(f"array_append([1], {_NO_INT})", "[1, null]"),
            Example(f"array_append({_NO_INTS}, 1)", _NO_INTS),
        ),
    ),
    _array(
        name="array_prepend",
        doc="The value, also where that is null, and then the elements.",
        signatures=("(items array<T>, value T) -> array<T>",),
        may_be_null=nulls.of_first,
        also=("list_prepend", "array_push_front"),
        examples=(
            Example("array_prepend([1, 2], 3)", "[3, 1, 2]"),
            Example(f"array_prepend([1], {_NO_INT})", "[null, 1]"),
            Example(f"array_prepend({_NO_INTS}, 1)", _NO_INTS),
        ),
    ),
    _array(
        name="array_remove",
        doc="The elements that don't equal the value, those that are null among them.",
        signatures=("(items array<O>, value O) -> array<O>",),
        also=("list_remove",),
        examples=(
            Example("array_remove([1, null, 2, 1], 1)", "[null, 2]"),
            Example("array_remove([1], 1)", _EMPTY),
            Example(f"array_remove([1, null], {_NO_INT})", _NO_INTS),
        ),
    ),
    _array(
        name="array_compact",
        doc="The elements that are not null.",
        signatures=("(items array<T>) -> array<T>",),
        also=("array_remove_nulls",),
        examples=(
            Example("array_compact([1, null, 2])", "[1, 2]"),
            Example(f"array_compact([{_NO_INT}])", _EMPTY),
            Example(f"array_compact({_NO_INTS})", _NO_INTS),
        ),
    ),
    _array(
        name="array_repeat",
        doc="An array of the value, `count` times; empty for none and fewer.",
        signatures=("(value T, count int) -> array<T>",),
        may_be_null=nulls.of_second,
        examples=(
            Example("array_repeat('a', 2)", "['a', 'a']"),
            Example(f"array_repeat({_NO_INT}, 1)", f"[{_NO_INT}]"),
            Example("array_repeat(cast(7 as bigint), 1)", "cast([7] as array<bigint>)"),
            Example("array_repeat(1, -1)", _EMPTY),
            Example(f"array_repeat(1, {_NO_INT})", _NO_INTS),
        ),
    ),
)

SETS = (
    _array(
        name="array_union",
        doc="Each different element of either array once, in order; nulls count as equal.",
        signatures=("(left array<O>, right array<O>) -> array<O>",),
        also=("list_union",),
        examples=(
            Example("array_union([1, 2, 2], [3, 1])", "[1, 2, 3]"),
            Example("array_union([1, null], [null])", "[1, null]"),
            Example(f"array_union([1], {_NO_INTS})", _NO_INTS),
        ),
    ),
    _array(
        name="array_intersect",
        doc="Each different element of the first array that the second has too, once, in order; nulls count as equal.",
        signatures=("(left array<O>, right array<O>) -> array<O>",),
        also=("list_intersect", "array_intersection"),
        examples=(
            Example("array_intersect([3, 1, 2, 1], [1, 3])", "[3, 1]"),
            Example("array_intersect([1, null], [null, 2])", f"[{_NO_INT}]"),
            Example("array_intersect([1], [2])", _EMPTY),
            Example(f"array_intersect({_NO_INTS}, [2])", _NO_INTS),
        ),
    ),
    _array(
        name="array_except",
        doc="Each different element of the first array that the second lacks, once, in order; nulls count as equal.",
        signatures=("(left array<O>, right array<O>) -> array<O>",),
        also=("list_except", "array_difference"),
        examples=(
            Example("array_except([3, 1, 3, 2], [1])", "[3, 2]"),
            Example("array_except([1, null, 2], [null])", "[1, 2]"),
            Example("array_except([1], [1])", _EMPTY),
            Example(f"array_except([1], {_NO_INTS})", _NO_INTS),
        ),
    ),
    _array(
        name="arrays_overlap",
        doc="Whether the arrays have an element in common; elements that are null equal nothing.",
        signatures=("(left array<O>, right array<O>) -> boolean",),
        also=("list_has_any", "array_has_any", "array_includes_any"),
        examples=(
            Example("arrays_overlap([1, 2], [2, 3])", "true"),
            Example("arrays_overlap([1, null], [null, 2])", "false"),
            Example(f"arrays_overlap([1], {_EMPTY})", "false"),
            Example(f"arrays_overlap([1], {_NO_INTS})", "cast(null as boolean)"),
        ),
    ),
)

TOGETHER = (
    _array(
        name="array_sum",
        doc="The total of the elements that are not null, as `sum` has it; null of none.",
        signatures=(
            "(items array<I>) -> bigint",
            "(items array<D>) -> decimal",
            "(items array<double>) -> double",
        ),
        returns=widths.of_elements_total,
        nulls="always",
        also=("list_sum",),
        examples=(
            Example("array_sum([1, 2, null])", "cast(3 as bigint)"),
            Example("array_sum([0.10, 0.20])", "cast(0.30 as decimal(12, 2))"),
            Example("array_sum([0.5e0, 0.25e0])", "0.75e0"),
            Example(f"array_sum({_EMPTY})", "cast(null as bigint)"),
        ),
    ),
    _array(
        name="reduce",
        doc="What is left of all elements in order: the function makes the next value of the value so far, which is "
        "`start` at first, and an element; it must keep the type of that.",
        signatures=("(items array<T>, start U, by (U, T) -> U) -> U",),
        nulls="always",
        also=("list_reduce", "array_reduce", "aggregate", "fold"),
        examples=(
            Example("reduce([1, 2, 3], 10, (total, x) -> total + x)", "16"),
            Example("reduce(['a', 'b'], '', (text, x) -> x || text)", "'ba'"),
            Example(f"reduce({_EMPTY}, 5, (total, x) -> total + x)", "5"),
            Example("reduce([1, 2], cast(1 as bigint), (total, x) -> total * x)", "cast(2 as bigint)"),
            Example("reduce([cast(5 as bigint), 6], 0, (total, x) -> total + x)", "cast(11 as bigint)"),
            Example("reduce([1, null], 0, (total, x) -> total + coalesce(x, 10))", "11"),
            Example(f"reduce({_NO_INTS}, 0, (total, x) -> total + x)", _NO_INT),
        ),
    ),
    _array(
        name="zip_with",
        doc="What the function makes of the elements of two arrays, place by place; null stands for what the shorter "
        "one lacks.",
        signatures=("(left array<T>, right array<U>, by (T, U) -> V) -> array<V>",),
        also=("list_zip_with", "map2"),
        examples=(
            Example("zip_with([1, 2], [10, 20], (x, y) -> x + y)", "[11, 22]"),
            Example("zip_with([1, 2], ['a'], (x, y) -> coalesce(y, '-'))", "['a', '-']"),
            Example(f"zip_with([1], {_NO_INTS}, (x, y) -> x + y)", _NO_INTS),
        ),
    ),
)

FUNCTIONS = CHANGES + SETS + TOGETHER

"""Functions over a window alone. Every aggregate can stand over a window too."""

from functools import partial

from oftra.functions import nulls
from oftra.functions.model import Example, Function

_window = partial(Function, kind="window", area="windows", nulls="never")

_TIES = "(1), (2), (2), (3)"
_GAPS = "(1, 'a'), (2, null), (3, 'c')"

FUNCTIONS = (
    _window(
        name="row_number",
        doc="The row's place in its partition, counted from 1; rows that sort alike get different ones, in any order.",
        signatures=("() -> bigint",),
        deterministic=False,
        examples=(
            Example("row_number() over (order by x)", "cast([1, 2, 3] as array<bigint>)", "(5), (7), (null)", "x int"),
        ),
    ),
    _window(
        name="rank",
        doc="One more than the rows that sort before it: rows that sort alike share a rank, and leave a gap behind.",
        signatures=("() -> bigint",),
        examples=(Example("rank() over (order by x)", "cast([1, 2, 2, 4] as array<bigint>)", _TIES, "x int"),),
    ),
    _window(
        name="dense_rank",
        doc="One more than the different values that sort before it: rows that sort alike share a rank, and "
        "leave no gap.",
        signatures=("() -> bigint",),
        examples=(Example("dense_rank() over (order by x)", "cast([1, 2, 2, 3] as array<bigint>)", _TIES, "x int"),),
    ),
    _window(
        name="percent_rank",
        doc="The rank as a fraction from 0 to 1; 0 if the row is alone.",
        signatures=("() -> double",),
        examples=(
            Example("percent_rank() over (order by x)", "[0e0, 0.5e0, 1e0]", "(1), (2), (3)", "x int"),
            Example("percent_rank() over (order by x)", "[0e0]", "(1)", "x int"),
        ),
    ),
    _window(
        name="cume_dist",
        doc="The fraction of rows that sort before it or alike.",
        signatures=("() -> double",),
        examples=(Example("cume_dist() over (order by x)", "[0.25e0, 0.75e0, 0.75e0, 1e0]", _TIES, "x int"),),
    ),
    _window(
        name="ntile",
        doc="The part that the row falls into if the partition is cut, in order, into `parts` as equal as can "
        "be, the longer ones first.",
        signatures=("(parts constant int) -> bigint",),
        examples=(
            Example("ntile(2) over (order by x)", "cast([1, 1, 2] as array<bigint>)", "(1), (2), (3)", "x int"),
            Example("ntile(3) over (order by x)", "cast([1, 2] as array<bigint>)", "(1), (2)", "x int"),
        ),
    ),
    _window(
        name="lag",
        doc="The value `offset` rows before (1 if not given); `otherwise` (null if not given) where there is "
        "no such row.",
        signatures=("(value T, offset constant int = 1, otherwise T = null) -> T",),
        may_be_null=nulls.unless_default,
        examples=(
            Example("lag(x) over (order by x)", "[null, 1, 2]", "(1), (2), (3)", "x int"),
            Example("lag(x, 2, 0) over (order by x)", "[0, 0, 1]", "(1), (2), (3)", "x int"),
            Example("lag(y, 1, 'z') over (order by x)", "['z', 'a', null]", _GAPS, "x int, y string"),
            Example("lag(y) ignore nulls over (order by x)", "[null, 'a', 'a']", _GAPS, "x int, y string"),
        ),
    ),
    _window(
        name="lead",
        doc="The value `offset` rows after (1 if not given); `otherwise` (null if not given) where there is "
        "no such row.",
        signatures=("(value T, offset constant int = 1, otherwise T = null) -> T",),
        may_be_null=nulls.unless_default,
        examples=(
            Example("lead(x) over (order by x)", "[2, 3, null]", "(1), (2), (3)", "x int"),
            Example("lead(x, 2, 0) over (order by x)", "[3, 0, 0]", "(1), (2), (3)", "x int"),
        ),
    ),
    _window(
        name="first_value",
        doc="The value of the first row of the frame.",
        signatures=("(value T) -> T",),
        nulls="empty",
        examples=(
            Example("first_value(x) over (order by x)", "[1, 1, 1]", "(1), (2), (3)", "x int"),
            Example(
                "first_value(y) over (order by x rows between 1 preceding and current row)",
                "['a', 'a', null]",
                _GAPS,
                "x int, y string",
            ),
            Example(
                "first_value(y) ignore nulls over (order by x rows between current row and unbounded following)",
                "['a', 'c', 'c']",
                _GAPS,
                "x int, y string",
            ),
        ),
    ),
    _window(
        name="last_value",
        doc="The value of the last row of the frame, which ends at the current row's peers unless it says otherwise.",
        signatures=("(value T) -> T",),
        nulls="empty",
        examples=(
            Example("last_value(x) over (order by x)", "[1, 2, 3]", "(1), (2), (3)", "x int"),
            Example(
                "last_value(x) over (order by x rows between unbounded preceding and unbounded following)",
                "[3, 3, 3]",
                "(1), (2), (3)",
                "x int",
            ),
            Example("last_value(y) ignore nulls over (order by x)", "['a', 'a', 'c']", _GAPS, "x int, y string"),
        ),
    ),
    _window(
        name="nth_value",
        doc="The value of the frame's row at a place counted from 1; null if the frame is shorter.",
        signatures=("(value T, place constant int) -> T",),
        nulls="always",
        examples=(Example("nth_value(x, 2) over (order by x)", "[null, 2, 2]", "(1), (2), (3)", "x int"),),
    ),
)

"""Functions that choose among their arguments."""

from functools import partial

from oftra.functions import nulls
from oftra.functions.model import Example, Function

_choice = partial(Function, kind="scalar", area="conditional")

FUNCTIONS = (
    _choice(
        name="coalesce",
        doc="The first value that is not null; null if all are.",
        signatures=("(first T, others T...) -> T",),
        nulls="all",
        also=("nvl", "ifnull", "isnull_or"),
        examples=(
            Example("coalesce(cast(null as int), 2, 3)", "2"),
            Example("coalesce(1, 2.5)", "cast(1.0 as decimal(2, 1))"),
            Example("coalesce(cast(null as string), cast(null as string))", "cast(null as string)"),
            Example("coalesce('', 'a')", "''"),
        ),
    ),
    _choice(
        name="if",
        doc="`then` if the condition is true, else `otherwise` (null if not given), also where the condition is null.",
        signatures=("(condition boolean, then T, otherwise T = null) -> T",),
        may_be_null=nulls.of_second_or_third,
        also=("iff", "iif", "case_when"),
        examples=(
            Example("if(1 < 2, 'yes', 'no')", "'yes'"),
            Example("if(cast(null as boolean), 'yes', 'no')", "'no'"),
            Example("if(false, 1)", "cast(null as int)"),
        ),
    ),
    _choice(
        name="nullif",
        doc="Null if both are equal, else the first.",
        signatures=("(value O, unwanted O) -> O",),
        nulls="always",
        examples=(
            Example("nullif(1, 1)", "cast(null as int)"),
            Example("nullif(1, 2)", "1"),
            Example("nullif(1, cast(null as int))", "1"),
            Example("nullif('', '')", "cast(null as string)"),
        ),
    ),
    _choice(
        name="greatest",
        doc="The value that sorts last; nulls are left out, so it is null only if all are.",
        signatures=("(first O, others O...) -> O",),
        nulls="all",
        also=("max_of",),
        examples=(
            Example("greatest(1, 3, 2)", "3"),
            Example("greatest(1, null)", "1"),
            Example("greatest(cast(null as int), cast(null as int))", "cast(null as int)"),
            Example("greatest('a', 'B')", "'a'"),
            Example("greatest(cast('NaN' as double), 1) = cast('NaN' as double)", "true"),
        ),
    ),
    _choice(
        name="least",
        doc="The value that sorts first; nulls are left out, so it is null only if all are.",
        signatures=("(first O, others O...) -> O",),
        nulls="all",
        also=("min_of",),
        examples=(
            Example("least(1, 3, -2)", "-2"),
            Example("least(null, 1)", "1"),
            Example("least(date '2026-01-31', date '2026-01-30')", "date '2026-01-30'"),
            Example("least(cast('NaN' as double), 1)", "1e0"),
        ),
    ),
)

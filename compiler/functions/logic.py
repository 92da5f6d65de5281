"""The operators of logic and comparison."""

from functools import partial

from oftra.functions.model import Example, Function

_operator = partial(Function, kind="scalar", area="operators")


def _comparison(name: str, operator: str, doc: str, *examples: Example) -> Function:
    return _operator(
        name=name, doc=doc, signatures=("(left O, right O) -> boolean",), operator=operator, examples=examples
    )


LOGIC = (
    _operator(
        name="and",
        doc="Whether all are true: false if one is false, else null if one is null.",
        signatures=("(left boolean, right boolean...) -> boolean",),
        nulls="any",
        operator="and",
        examples=(
            Example("true and true", "true"),
            Example("true and false", "false"),
            Example("null and false", "false"),
            Example("null and true", "cast(null as boolean)"),
        ),
    ),
    _operator(
        name="or",
        doc="Whether one is true: true if one is true, else null if one is null.",
        signatures=("(left boolean, right boolean...) -> boolean",),
        nulls="any",
        operator="or",
        examples=(
            Example("false or true", "true"),
            Example("false or false", "false"),
            Example("null or true", "true"),
            Example("null or false", "cast(null as boolean)"),
        ),
    ),
    _operator(
        name="not",
        doc="The opposite; of null, null.",
        signatures=("(operand boolean) -> boolean",),
        operator="not",
        examples=(
            Example("not true", "false"),
            Example("not cast(null as boolean)", "cast(null as boolean)"),
        ),
    ),
    _operator(
        name="is_null",
        doc="Whether the value is null.",
        signatures=("(operand T) -> boolean",),
        nulls="never",
        operator="is null",
        also=("isnull",),
        examples=(
            Example("cast(null as int) is null", "true"),
            Example("'' is null", "false"),
            Example("1 is not null", "true"),
        ),
    ),
    _operator(
        name="is_true",
        doc="Whether the value is true, and neither false nor null.",
        signatures=("(operand boolean) -> boolean",),
        nulls="never",
        operator="is true",
        examples=(
            Example("true is true", "true"),
            Example("cast(null as boolean) is true", "false"),
            Example("cast(null as boolean) is not true", "true"),
        ),
    ),
    _operator(
        name="is_false",
        doc="Whether the value is false, and neither true nor null.",
        signatures=("(operand boolean) -> boolean",),
        nulls="never",
        operator="is false",
        examples=(
            Example("false is false", "true"),
            Example("cast(null as boolean) is false", "false"),
        ),
    ),
)

COMPARISON = (
    _comparison(
        "equal",
        "=",
        "Whether both are the same; null if one is null. NaN equals itself.",
        Example("1 = 1.0", "true"),
        Example("'a' = 'A'", "false"),
        Example("1 = cast(null as int)", "cast(null as boolean)"),
        Example("cast('NaN' as double) = cast('NaN' as double)", "true"),
        Example("-0.0e0 = 0.0e0", "true"),
        Example("date '2026-01-31' = '2026-01-31'", "true"),
    ),
    _comparison(
        "not_equal",
        "<>",
        "Whether they differ; null if one is null.",
        Example("1 <> 2", "true"),
        Example("'a' <> cast(null as string)", "cast(null as boolean)"),
    ),
    _comparison(
        "less",
        "<",
        "Whether the left sorts before the right; null if one is null. Strings compare by code point, NaN "
        "is above every number.",
        Example("1 < 1.5", "true"),
        Example("'Z' < 'a'", "true"),
        Example("'ä' < 'z'", "false"),
        Example("cast('NaN' as double) < 1", "false"),
        Example("date '2026-01-31' < timestamp '2026-01-31 00:00:01Z'", "true"),
    ),
    _comparison(
        "less_equal",
        "<=",
        "Whether the left sorts before the right or equals it; null if one is null.",
        Example("1 <= 1", "true"),
        Example("[1, 2] <= [1, 3]", "true"),
        Example("cast(null as int) <= 1", "cast(null as boolean)"),
    ),
    _comparison(
        "greater",
        ">",
        "Whether the left sorts after the right; null if one is null.",
        Example("2 > 1", "true"),
        Example("cast('NaN' as double) > 1e308", "true"),
        Example("true > false", "true"),
    ),
    _comparison(
        "greater_equal",
        ">=",
        "Whether the left sorts after the right or equals it; null if one is null.",
        Example("-1 >= -1", "true"),
        Example("'b' >= 'abc'", "true"),
        Example("1 >= cast(null as int)", "cast(null as boolean)"),
    ),
    _operator(
        name="is_distinct",
        doc="Whether they differ, where null equals null and nothing else.",
        signatures=("(left O, right O) -> boolean",),
        nulls="never",
        operator="is distinct from",
        examples=(
            Example("1 is distinct from cast(null as int)", "true"),
            Example("cast(null as int) is distinct from cast(null as int)", "false"),
        ),
    ),
    _operator(
        name="is_not_distinct",
        doc="Whether they are the same, where null equals null and nothing else.",
        signatures=("(left O, right O) -> boolean",),
        nulls="never",
        operator="is not distinct from",
        examples=(
            Example("cast(null as int) is not distinct from cast(null as int)", "true"),
            Example("1 is not distinct from 2", "false"),
        ),
    ),
    _operator(
        name="between",
        doc="Whether the value is at least `low` and at most `high`.",
        signatures=("(operand O, low O, high O) -> boolean",),
        nulls="any",
        operator="between",
        examples=(
            Example("2 between 1 and 2", "true"),
            Example("2 between 3 and 1", "false"),
            Example("2 between cast(null as int) and 1", "false"),
            Example("2 between cast(null as int) and 3", "cast(null as boolean)"),
            Example("date '2026-01-15' between '2026-01-01' and '2026-01-31'", "true"),
        ),
    ),
    _operator(
        name="in",
        doc="Whether the value equals one of the others; null if none does and one of them, or the value, is null.",
        signatures=("(operand O, items O...) -> boolean",),
        nulls="any",
        operator="in",
        examples=(
            Example("2 in (1, 2)", "true"),
            Example("3 in (1, 2)", "false"),
            Example("3 in (1, null)", "cast(null as boolean)"),
            Example("1 in (1, null)", "true"),
            Example("'a' not in ('b', 'c')", "true"),
        ),
    ),
    _operator(
        name="like",
        doc="Whether all of the text has the form of `pattern`: `%` stands for any text, `_` for one "
        "character, `escape` before one of "
        "them for that character itself. Without `escape` nothing is escaped.",
        signatures=("(text string, pattern string, escape constant string = '') -> boolean",),
        operator="like",
        examples=(
            Example("'straße' like 'stra_e'", "true"),
            Example("'abc' like 'b%'", "false"),
            Example("'a\\b' like 'a\\%'", "true"),
            Example("'100%' like '100!%' escape '!'", "true"),
            Example("'100 ' like '100!%' escape '!'", "false"),
            Example("cast(null as string) like '%'", "cast(null as boolean)"),
        ),
    ),
)

FUNCTIONS = LOGIC + COMPARISON

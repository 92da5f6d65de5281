"""What Flink does not do as the language means it, by function and by call."""

from gap import Gap


def _lacking(kind: str, names: str, reason: str) -> dict[str, Gap]:
    return {name: Gap(kind, reason) for name in names.split()}  # type: ignore[arg-type]


_COLUMNS = ("as written", "on columns")


def _nan(*stages: str) -> Gap:
    why = "Flink compares doubles as IEEE does: NaN is not itself, and neither above nor below a number"
    return Gap("never", why, stages)


BY_SUBJECT: dict[str, Gap] = {
    **_lacking("never", "bit_and bit_xor shift_right shift_right_unsigned bit_count", "Flink has no operators of bits"),
    **_lacking("never", "bit_and_agg bit_or_agg bit_xor_agg", "Flink has no aggregates of bits"),
    **_lacking(
        "never",
        "transform filter any_match all_match reduce zip_with map_filter transform_values transform_keys",
        "Flink has no functions of functions",
    ),
    **_lacking(
        "never", "arg_max arg_min mode product map_agg skewness kurtosis approx_percentile", "no such aggregate"
    ),
    **_lacking("todo", "skewness kurtosis", "from sums of powers they would lose their digits"),
    **_lacking("never", "nth_value", "Flink has no such window function"),
    **_lacking("never", "levenshtein", "Flink has no such function"),
    **_lacking("never", "sequence date_sequence timestamp_sequence array_repeat", "Flink makes no array of many items"),
    **_lacking("never", "flatten array_sum map_from_entries", "Flink has no function for all items of an array"),
    **_lacking("never", "to_base64 from_base64", "Flink's own takes and gives texts, not bytes"),
    **_lacking("never", "chr ascii to_code_points code_points_to_string", "Flink knows the codes of ASCII alone"),
    **_lacking("todo", "initcap", "Flink begins a word after any character that is no letter"),
    **_lacking("todo", "json_query json_keys json_array_length", "parts of documents that are no single value"),
    **_lacking("never", "interval_microseconds", "Flink's intervals count milliseconds"),
}
"""What Flink has no words for: refused when the program is compiled."""

BY_CALL: dict[str, Gap] = {
    "format(-1e308 * 10e0, 0)": Gap("todo", "Flink makes a decimal of the double, and fails"),
    "6 | 3": Gap("never", "Flink has no operators of bits"),
    "1 | cast(null as int)": Gap("never", "Flink has no operators of bits", _COLUMNS),
    "[1, 2] <= [1, 3]": Gap("never", "Flink orders no arrays"),
    "timestamp '2026-01-02 00:00:00Z' - timestamp '2026-01-01 23:00:00Z' = interval 1 hour": Gap(
        "todo", "the time between two moments; Flink's intervals count milliseconds"
    ),
    "timestamp '2026-01-31 10:00:00.123456Z' - interval 1 microsecond": Gap(
        "never", "Flink's intervals count milliseconds"
    ),
    **dict.fromkeys(
        ("divide(10.00, 3, 4)", "divide(0.5, 100.00, 2)", "divide(-0.5, 100.00, 2)", "divide(1.00, 0, 2)"),
        Gap("todo", "Flink rounds a quotient of decimals before it can be rounded as asked"),
    ),
    **dict.fromkeys(("5.5e0 % 2", "5.5e0 % 0"), Gap("never", "Flink has no remainder of doubles")),
    "x'00' || x'ff'": Gap("never", "Flink puts no bytes together"),
    "octet_length(x'00ff')": Gap("never", "Flink does not count bytes"),
    **dict.fromkeys(
        ("hex(x'00ff')", "hex(x'')", "hex(cast(null as binary))"), Gap("never", "Flink's own takes texts, not bytes")
    ),
    "regexp_replace('John Smith', '(\\w+) (\\w+)', '\\2 \\1')": Gap(
        "never", "Flink puts in what is given as it is: it knows no groups there"
    ),
    "first_value(y) over (order by x rows between 1 preceding and current row)": Gap(
        "upstream", "Flink's own never sees a null"
    ),
    "lag(y) ignore nulls over (order by x)": Gap("upstream", "Flink looks no further than a null all the same"),
    "lag(y, 1, 'z') over (order by x)": Gap("upstream", "Flink makes '' or 0 of null beside a value for missing rows"),
    "cast('NaN' as double) = cast('NaN' as double)": _nan("on columns"),
    "cast('NaN' as double) in (1e0, cast('NaN' as double))": _nan("on columns"),
    **dict.fromkeys(
        (
            "cast('NaN' as double) > 1e308",
            "cast('NaN' as double) > cast('Infinity' as double)",
            "greatest(cast('NaN' as double), 1) = cast('NaN' as double)",
            "max(x) = cast('NaN' as double)",
        ),
        _nan(),
    ),
    **dict.fromkeys(
        ("1.00 / 8", "1 / 0", "0e0 / 0", "1e0 / 0", "cast(1.5 as decimal(10, 2)) / cast(0.5 as decimal(10, 2))"),
        Gap("upstream", "Flink's planner breaks down over a divisor that it finds to be constant", ("on columns",)),
    ),
    **dict.fromkeys(
        (
            "array_agg(x order by y)",
            "array_agg(x order by y desc)",
            "array_agg(x order by y nulls last)",
            "array_agg(y order by x)",
        ),
        Gap("never", "Flink collects in no order; only what is ordered by itself can be sorted afterwards"),
    ),
    "cast('2026-01-31 10:00:00+02:00' as timestamp)": Gap("todo", "Flink reads no offset from UTC; the run fails"),
    **dict.fromkeys(
        (
            "array_position([interval 1 day, interval 2 days], interval 2 days)",
            "array_position([interval 1 hour, interval 2 days], interval 1 hour)",
            "array_contains([interval 1 year], interval 12 months)",
        ),
        Gap("todo", "Flink has no name for the type of an array of intervals"),
    ),
    **dict.fromkeys(
        (
            "try_cast('{' as json) is null",
            "try_cast('[1, null]' as json) is null",
            "json_value(try_cast('{' as json), '$.a')",
        ),
        Gap("todo", "no try at a text as a document"),
    ),
    "cast('{' as json)": Gap("todo", "a text that is no document is not found out until it is asked for something"),
    "cast('2026-01-31T10:00' as datetime)": Gap("todo", "Flink reads no time without its seconds; the run fails"),
    **dict.fromkeys(
        ("try_cast('2026-01-31 10:00:00-0230' as timestamp)", "count(try_cast(x as timestamp))"),
        Gap("todo", "Flink reads no offset from UTC, so no try at a timestamp is made"),
    ),
}
"""Single calls of functions that Flink has; of a call that is made over other rows too, with its rows."""

BY_FOUND: dict[str, Gap] = {
    "the median of rows so far": Gap("todo", "Flink has no median over a window"),
    "what stands in for the row before is computed": Gap(
        "upstream", "Flink makes '' or 0 of null beside a value for missing rows"
    ),
    "one value that is no number spreads": Gap("todo", "no kurtosis and no skewness"),
    "what is there most often is a zero, or not a number": Gap("todo", "no mode"),
    "a null stands in what stands in for a missing row": Gap("todo", "no lead over arrays"),
    "what is divided is of a type that shows in no part of it": Gap("todo", "Flink rounds more than once"),
    "a key of grouping sets is there twice": Gap("todo", "Flink takes `coalesce` of one key for the key, and fails"),
    "pairs with what is no number lie on no line": Gap(
        "todo", "beside values that are all the same, a correlation with what is infinite is null"
    ),
    "the highest of no arrays": Gap("never", "Flink orders no arrays"),
    **dict.fromkeys(
        (
            "a pattern that may be empty, around a character of two halves",
            "a literal pattern that may be empty, around a character of two halves",
        ),
        Gap("todo", "Java finds what may be empty within a character of two halves, and behind what it replaced"),
    ),
    "parts by nothing are characters": Gap("todo", "Flink splits between the halves of a character by nothing"),
    "bits of bare numbers, as many as their type has": Gap("never", "Flink has no operators of bits"),
    "an item is asked for from farther away than any": Gap("todo", "places beyond an int"),
    "bits are turned before anything is computed of them": Gap("never", "Flink has no operators of bits"),
    "a constant is collected in an order, where a condition is true": Gap("never", "Flink has no mode"),
}
"""What random programs found once, by its title."""

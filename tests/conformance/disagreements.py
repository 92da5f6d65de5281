"""Where engines say different things to the same words: what each says by itself, and what Oftra means."""

from dataclasses import dataclass

from oftra.functions import Example

TOLD = ("duckdb", "spark")
"""The engines of which it is known what they say by themselves."""


@dataclass(frozen=True)
class Disagreement:
    """A matter, an example of it (whose result may be the code of an error), and what each engine says by itself.

    `duckdb` and `spark` are an expression in the engine's own SQL and its answer; `error` is one that fails.
    """

    matter: str
    example: Example
    duckdb: tuple[str, str]
    spark: tuple[str, str]

    @property
    def is_refused(self) -> bool:
        """Whether the answer is that nobody may ask."""
        return self.example.result.startswith("OF")


_PAIR = "from (values (1), (cast(null as int))) as t (x)"
_DECIMAL = "cast(1.5 as decimal(10, 2))"
_WIDE = "cast(1.5 as decimal(38, 10))"

DISAGREEMENTS = (
    Disagreement("a quotient", Example("7 / 2", "3.5e0"), ("7 / 2", "3.5"), ("7 / 2", "3.5")),
    Disagreement("a quotient by zero", Example("1 / 0", "cast(null as double)"), ("1 / 0", "inf"), ("1 / 0", "error")),
    Disagreement(
        "a double by zero", Example("1e0 / 0", "cast(null as double)"), ("1e0 / 0", "inf"), ("1e0 / 0", "error")
    ),
    Disagreement(
        "past an integer's range",
        Example("2147483647 + 1", "error"),
        ("2147483647::int + 1::int", "error"),
        ("2147483647 + 1", "error"),
    ),
    Disagreement(
        "a sum of integers, its type",
        Example("sum(x)", "cast(2147483648 as bigint)", "(2147483647), (1)", "x int"),
        ("(select typeof(sum(x)) from (values (1)) as t (x))", "HUGEINT"),
        ("(select typeof(sum(x)) from (values (1)) as t (x))", "bigint"),
    ),
    Disagreement(
        "a product of decimals, its type",
        Example("cast(1.5 as decimal(10, 2)) * cast(1.5 as decimal(10, 2))", "cast(2.25 as decimal(21, 4))"),
        (f"typeof({_DECIMAL} * {_DECIMAL})", "DECIMAL(18,4)"),
        (f"typeof({_DECIMAL} * {_DECIMAL})", "decimal(21,4)"),
    ),
    Disagreement(
        "a product of wide decimals",
        Example("cast(1.5 as decimal(38, 10)) * cast(1.5 as decimal(38, 10))", "cast(2.25 as decimal(38, 6))"),
        (f"typeof({_WIDE} * {_WIDE})", "DECIMAL(38,20)"),
        (f"typeof({_WIDE} * {_WIDE})", "decimal(38,6)"),
    ),
    Disagreement(
        "a quotient of decimals, its type",
        Example("cast(1.5 as decimal(10, 2)) / cast(0.5 as decimal(10, 2))", "3e0"),
        (f"typeof({_DECIMAL} / {_DECIMAL})", "DOUBLE"),
        (f"typeof({_DECIMAL} / {_DECIMAL})", "decimal(23,13)"),
    ),
    Disagreement(
        "a mean of decimals, its type",
        Example("avg(x)", "1.5e0", "(1.00), (2.00)", "x decimal(10, 2)"),
        (f"(select typeof(avg({_DECIMAL})))", "DOUBLE"),
        (f"(select typeof(avg({_DECIMAL})))", "decimal(14,6)"),
    ),
    Disagreement(
        "a sum of decimals, its type",
        Example("sum(x)", "cast(3.00 as decimal(20, 2))", "(1.00), (2.00)", "x decimal(10, 2)"),
        (f"(select typeof(sum({_DECIMAL})))", "DECIMAL(38,2)"),
        (f"(select typeof(sum({_DECIMAL})))", "decimal(20,2)"),
    ),
    Disagreement(
        "a number with a fraction as an integer",
        Example("cast(3.5 as int)", "3"),
        ("cast(3.5 as int)", "4"),
        ("cast(3.5 as int)", "3"),
    ),
    Disagreement(
        "a text with a fraction as an integer",
        Example("cast('2.7' as int)", "error"),
        ("cast('2.7' as int)", "3"),
        ("cast('2.7' as int)", "error"),
    ),
    Disagreement(
        "a cast out of range",
        Example("cast(300 as tinyint)", "error"),
        ("cast(300 as tinyint)", "error"),
        ("cast(300 as tinyint)", "error"),
    ),
    Disagreement(
        "a double as text",
        Example("cast(1e20 as string)", "OF0305"),
        ("cast(1e20 as varchar)", "1e+20"),
        ("cast(1e20 as string)", "1.0E20"),
    ),
    Disagreement(
        "where nulls stand in an order",
        Example("array_agg(y order by x)", "['b', 'a']", "(1, 'a'), (null, 'b')", "x int, y string"),
        (f"(select cast(x as varchar) {_PAIR} order by x limit 1)", "1"),
        (f"(select cast(x as string) {_PAIR} order by x limit 1)", "null"),
    ),
    Disagreement(
        "the first of an array",
        Example("[10, 20, 30][1]", "10"),
        ("[10, 20, 30][1]", "10"),
        ("array(10, 20, 30)[1]", "20"),
    ),
    Disagreement(
        "beyond an array",
        Example("[10, 20, 30][9]", "cast(null as int)"),
        ("[10, 20, 30][9]", "null"),
        ("array(10, 20, 30)[9]", "error"),
    ),
    Disagreement(
        "text put together with null",
        Example("concat('a', null)", "cast(null as string)"),
        ("concat('a', null)", "a"),
        ("concat('a', null)", "null"),
    ),
    Disagreement(
        "the greatest, with null",
        Example("greatest(1, null)", "1"),
        ("greatest(1, null)", "1"),
        ("greatest(1, null)", "1"),
    ),
    Disagreement(
        "a substring from 0",
        Example("substring('abc', 0, 2)", "'a'"),
        ("substring('abc', 0, 2)", "a"),
        ("substring('abc', 0, 2)", "ab"),
    ),
    Disagreement(
        "so many characters from the left, less than none",
        Example("left('abc', -1)", "''"),
        ("left('abc', -1)", "ab"),
        ("left('abc', -1)", ""),
    ),
    Disagreement(
        "a pattern replaced",
        Example("regexp_replace('abab', 'a', 'x')", "'xbxb'"),
        ("regexp_replace('abab', 'a', 'x')", "xbab"),
        ("regexp_replace('abab', 'a', 'x')", "xbxb"),
    ),
    Disagreement(
        "a pattern not found",
        Example("regexp_extract('abc', 'x')", "cast(null as string)"),
        ("regexp_extract('abc', 'x')", ""),
        ("regexp_extract('abc', 'x', 0)", ""),
    ),
    Disagreement(
        "a text split at a point",
        Example("split('a.b', '.')", "['a', 'b']"),
        ("split('a.b', '.')", "(a, b)"),
        ("split('a.b', '.')", "(, , , )"),
    ),
    Disagreement(
        "half of a double rounded",
        Example("round(1.005e0, 2)", "1.01e0"),
        ("round(1.005e0, 2)", "1.0"),
        ("round(1.005e0, 2)", "1.01"),
    ),
    Disagreement(
        "the logarithm of zero", Example("ln(0e0)", "cast(null as double)"), ("ln(0)", "-inf"), ("ln(0)", "null")
    ),
    Disagreement(
        "the month of a date, its type",
        Example("date_trunc('month', date '2026-01-31')", "date '2026-01-01'"),
        ("typeof(date_trunc('month', date '2026-01-31'))", "TIMESTAMP"),
        ("typeof(date_trunc('month', date '2026-01-31'))", "timestamp"),
    ),
    Disagreement(
        "a date and a month, its type",
        Example("date '2026-01-31' + interval 1 month", "date '2026-02-28'"),
        ("typeof(date '2026-01-31' + interval 1 month)", "TIMESTAMP"),
        ("typeof(date '2026-01-31' + interval 1 month)", "date"),
    ),
    Disagreement(
        "a date less a date, its type",
        Example("date '2026-02-01' - date '2026-01-31'", "cast(1 as bigint)"),
        ("typeof(date '2026-02-01' - date '2026-01-31')", "BIGINT"),
        ("typeof(date '2026-02-01' - date '2026-01-31')", "interval day"),
    ),
    Disagreement(
        "months between two days",
        Example("date_diff('month', date '2026-01-31', date '2026-02-01')", "cast(0 as bigint)"),
        ("date_diff('month', date '2026-01-31', date '2026-02-01')", "1"),
        ("timestampdiff(month, date '2026-01-31', date '2026-02-01')", "0"),
    ),
    Disagreement(
        "Sunday's number",
        Example("day_of_week(date '2026-02-01')", "7"),
        ("dayofweek(date '2026-02-01')", "0"),
        ("dayofweek(date '2026-02-01')", "1"),
    ),
    Disagreement(
        "a backslash in a pattern of `like`",
        Example(r"'a_' like 'a\_'", "false"),
        (r"'a_' like 'a\_'", "false"),
        (r"'a_' like r'a\_'", "true"),
    ),
    Disagreement(
        "NaN beside NaN",
        Example("cast('NaN' as double) = cast('NaN' as double)", "true"),
        ("'NaN'::double = 'NaN'::double", "true"),
        ("double('NaN') = double('NaN')", "true"),
    ),
    Disagreement(
        "the largest, with NaN",
        Example("max(x)", "cast('NaN' as double)", "(cast('NaN' as double)), (1e0)", "x double"),
        ("(select max(x) from (values ('NaN'::double), (1.0)) as t (x))", "nan"),
        ("(select max(x) from (values (double('NaN')), (1.0D)) as t (x))", "nan"),
    ),
    Disagreement(
        "a document that is none",
        Example("json_value(try_cast('{' as json), '$.a')", "cast(null as string)"),
        ("json_extract('{', '$.a')", "error"),
        ("get_json_object('{', '$.a')", "null"),
    ),
    Disagreement(
        "a text within a document",
        Example("""json_value(json '{"a": "x"}', '$.a')""", "'x'"),
        ("""json_extract('{"a": "x"}', '$.a')""", '"x"'),
        ("""get_json_object('{"a": "x"}', '$.a')""", "x"),
    ),
    Disagreement(
        "a key that a map lacks",
        Example("map('a', 1)['b']", "cast(null as int)"),
        ("map {'a': 1}['b']", "null"),
        ("map('a', 1)['b']", "null"),
    ),
    Disagreement(
        "columns that differ by case alone",
        Example("count(*)", "OF0209", "(1, 2)", "A int, a int"),
        ("{'A': 1, 'a': 2}", "error"),
        ("named_struct('A', 1, 'a', 2)", "{A: 1, a: 2}"),
    ),
    Disagreement("a number beside a text", Example("1 = '1'", "OF0301"), ("1 = '1'", "true"), ("1 = '1'", "true")),
    Disagreement(
        "capitals that are two letters",
        Example("upper('ß')", "'SS'"),
        ("upper('ß')", "ẞ"),
        ("upper('ß')", "SS"),
    ),
)

"""What holds on every engine and is no function's, by matter: casts, conversions, logic, order."""

from oftra.functions import Example

_NO_INT = "cast(null as int)"
_NONE = "cast(0 as bigint)"

_NO_DATES = (
    "",
    "1100",
    "1100-01",
    "2026-1-31",
    "2026/01/31",
    "20260131",
    "0000-12-31",
    "-0001-01-01",
    "12026-01-31",
    "+2026-01-31",
    " 2026-01-31",
    "2026-01-31 ",
    "2026-01-31T",
    "2026-01-31 10:00:00",
    "0044-03-15 (BC)",
    "infinity",
    "epoch",
)
_NO_TIMES = (
    "10:00:00",
    "2026-01-31 10",
    "2026-01-31  10:00",
    "2026-01-31 9:05:07",
    "2026-01-31 24:00:00",
    "2026-01-31 10:00:60",
    "2026-01-31 10:00:00.",
    "2026-01-31 10:00:00.1234567",
    "2026-01-31 10:00Z",
    "2026-01-31 10:00:00 Z",
    "2026-01-31 10:00:00 Europe/Berlin",
    "2026-01-31 10:00:00+18:00",
    "12026-01-31 10:00:00",
)


def _rows(*texts: tuple[str, ...]) -> str:
    return ", ".join(f"('{text}')" for some in texts for text in some)


MEANING: dict[str, tuple[Example, ...]] = {
    "cast to an integer": (
        Example("cast(2.5 as int)", "2"),
        Example("cast(-2.5 as int)", "-2"),
        Example("cast(3.99e0 as bigint)", "cast(3 as bigint)"),
        Example("cast('42' as int)", "42"),
        Example("cast('-42' as int)", "-42"),
        Example("cast('2.7' as int)", "error"),
        Example("cast('' as int)", "error"),
        Example("cast('1e3' as int)", "error"),
        Example("cast(300 as tinyint)", "error"),
        Example("cast(1e20 as bigint)", "error"),
        Example("cast(cast('NaN' as double) as int)", "error"),
        Example("cast(true as int)", "1"),
        Example("try_cast('2.7' as int)", _NO_INT),
        Example("try_cast('x' as int)", _NO_INT),
        Example("try_cast(300 as tinyint)", "cast(null as tinyint)"),
        Example("try_cast(' 7' as int)", _NO_INT),
    ),
    "cast to a decimal": (
        Example("cast('1.255' as decimal(4, 2))", "cast(1.26 as decimal(4, 2))"),
        Example("cast(1.255 as decimal(3, 2))", "1.26"),
        Example("cast(-1.255 as decimal(3, 2))", "-1.26"),
        Example("cast(0.125e0 as decimal(3, 2))", "cast(0.13 as decimal(3, 2))"),
        Example("cast(100 as decimal(3, 1))", "error"),
        Example("try_cast(100 as decimal(3, 1))", "cast(null as decimal(3, 1))"),
    ),
    "cast to a string": (
        Example("cast(42 as string)", "'42'"),
        Example("cast(1.50 as string)", "'1.50'"),
        Example("cast(true as string)", "'true'"),
        Example("cast(date '2026-01-31' as string)", "'2026-01-31'"),
        Example("cast(timestamp '2026-01-31 10:00:00Z' as string)", "'2026-01-31 10:00:00Z'"),
        Example("cast(datetime '2026-01-31 10:00:00' as string)", "'2026-01-31 10:00:00'"),
        Example("cast(datetime '2026-01-31 10:00:00.5' as string)", "'2026-01-31 10:00:00.5'"),
        Example("cast(null as string)", "cast(null as string)"),
    ),
    "cast to a document": (
        Example("try_cast('{' as json) is null", "true"),
        Example("try_cast('[1, null]' as json) is null", "false"),
        Example("json_value(cast('{\"a\": 1}' as json), '$.a')", "'1'"),
        Example("cast('{' as json)", "error"),
    ),
    "cast to a date or time": (
        Example("cast('2026-01-31' as date)", "date '2026-01-31'"),
        Example("cast('31.01.2026' as date)", "error"),
        Example("try_cast('2026-02-30' as date)", "cast(null as date)"),
        Example("cast(timestamp '2026-01-31 23:59:59Z' as date)", "date '2026-01-31'"),
        Example("cast(date '2026-01-31' as timestamp)", "timestamp '2026-01-31 00:00:00Z'"),
        Example("cast('2026-01-31 10:00:00+02:00' as timestamp)", "timestamp '2026-01-31 08:00:00Z'"),
        Example("cast('1100' as date)", "error"),
        Example("cast('12026-01-31' as timestamp)", "error"),
        Example("cast('2026-01-31 10:00:00Z' as datetime)", "error"),
        Example("cast('0001-01-01' as date)", "date '0001-01-01'"),
        Example("cast('9999-12-31' as datetime)", "datetime '9999-12-31 00:00:00'"),
        Example("cast('2026-01-31T10:00' as datetime)", "datetime '2026-01-31 10:00:00'"),
        Example("cast('2026-01-31 10:00:00.1234560' as datetime)", "datetime '2026-01-31 10:00:00.123456'"),
        Example("cast('2026-01-31 10:00:00.5Z' as timestamp)", "timestamp '2026-01-31 10:00:00.5Z'"),
        Example("cast('2026-01-31T10:00:00' as timestamp)", "timestamp '2026-01-31 10:00:00Z'"),
        Example("try_cast('2026-01-31 10:00:00-0230' as timestamp)", "timestamp '2026-01-31 12:30:00Z'"),
    ),
    "texts that are no dates or times": (
        Example("count(try_cast(x as date))", _NONE, _rows(_NO_DATES), "x string"),
        Example("count(try_cast(x as datetime))", _NONE, _rows(_NO_DATES[:-4], _NO_TIMES), "x string"),
        Example("count(try_cast(x as timestamp))", _NONE, _rows(_NO_DATES[:-4], _NO_TIMES), "x string"),
    ),
    "decimals": (
        Example(
            "cast(99999999.99 as decimal(10, 2)) * cast(99999999.99 as decimal(10, 2))",
            "cast(9999999998000000.0001 as decimal(21, 4))",
        ),
        Example(
            "cast(1.5 as decimal(38, 10)) * cast(1.5 as decimal(38, 10))",
            "cast(2.25 as decimal(38, 6))",
        ),
        Example(
            "cast(0.000001 as decimal(38, 10)) * cast(0.5 as decimal(38, 10))",
            "cast(0.000001 as decimal(38, 6))",
        ),
        Example(
            "cast(12345678901234.123456789 as decimal(38, 10)) * cast(-12345678901234.123456789 as decimal(38, 10))",
            "cast(-152415787532377393842473098.810797 as decimal(38, 6))",
        ),
        Example(
            "cast(99999999999999999999 as decimal(38, 10)) * cast(99999999999999999999 as decimal(38, 10))",
            "error",
        ),
        Example("cast(1 as bigint) * 1.5", "cast(1.5 as decimal(22, 1))"),
        Example("cast(9.99 as decimal(3, 2)) + cast(9.99 as decimal(3, 2))", "cast(19.98 as decimal(4, 2))"),
        Example("cast(99999999999999999999999999999999999999 as decimal(38, 0)) + 1", "error"),
        Example(
            "cast(9999999999999999999999999999.9999999995 as decimal(38, 10)) + cast(0.0 as decimal(2, 1))",
            "cast(10000000000000000000000000000.000000000 as decimal(38, 9))",
        ),
        Example(
            "cast(-99999999999999999999999999999.5 as decimal(38, 8)) - cast(0.000000250001 as decimal(38, 12))",
            "cast(-99999999999999999999999999999.5000003 as decimal(38, 7))",
        ),
        Example(
            "cast(5 as decimal(38, 8)) - cast(7.00000025 as decimal(38, 12))",
            "cast(-2.0000003 as decimal(38, 7))",
        ),
        Example("cast(0.00000005 as decimal(38, 8)) + cast(1 as bigint)", "cast(1.0000001 as decimal(38, 7))"),
        Example("-7.5 % 2", "cast(-1.5 as decimal(2, 1))"),
        Example("sum(x)", "cast(0.30 as decimal(38, 2))", "(0.10), (0.20)", "x decimal(38, 2)"),
        Example(
            "sum(x * y)",
            "cast(20.0000 as decimal(31, 4))",
            "(2.50, 4.00), (5.00, 2.00)",
            "x decimal(10, 2), y decimal(10, 2)",
        ),
    ),
    "numbers that are not": (
        Example("cast('NaN' as double) > cast('Infinity' as double)", "true"),
        Example("cast('NaN' as double) in (1e0, cast('NaN' as double))", "true"),
        Example("cast('-Infinity' as double) < -1e308", "true"),
        Example(
            "count(distinct x)",
            "cast(2 as bigint)",
            "(cast('NaN' as double)), (cast('NaN' as double)), (1e0)",
            "x double",
        ),
        Example("count(distinct x)", "cast(1 as bigint)", "(0e0), (-0e0)", "x double"),
    ),
    "days and zones": (
        Example("date '2024-01-31' + interval 1 month", "date '2024-02-29'"),
        Example("date '2026-01-31' + interval (1 + 1) days", "date '2026-02-02'"),
        Example("timestamp '2026-01-31 12:00:00Z' + interval 1 month", "timestamp '2026-02-28 12:00:00Z'"),
        Example("timestamp '2026-03-28 12:00:00Z' + interval 1 day", "timestamp '2026-03-29 12:00:00Z'"),
        Example("timestamp '2026-01-31 10:00:00+02:00' = timestamp '2026-01-31 08:00:00Z'", "true"),
        Example(
            "timestamp '2026-01-31 10:00:00.123456Z' - interval 1 microsecond",
            "timestamp '2026-01-31 10:00:00.123455Z'",
        ),
        Example("date '0001-01-01' < date '9999-12-31'", "true"),
        Example("array_position([interval 1 day, interval 2 days], interval 2 days)", "2"),
        Example("array_position([interval 1 hour, interval 2 days], interval 1 hour)", "1"),
        Example("array_contains([interval 1 year], interval 12 months)", "true"),
    ),
    "conversion": (
        Example("[1, 2.5e0][1]", "1e0"),
        Example("case when true then 1 else 2.5e0 end", "1e0"),
        Example("case when false then 1 end", _NO_INT),
        Example("date '2026-01-31' < '2026-02-01'", "true"),
        Example("1.0 = 1", "true"),
        Example("struct(1 as a, null as b).a", "1"),
    ),
    "logic": (
        Example("(1, null) in ((1, 2), (2, 1))", "cast(null as boolean)"),
        Example("(1, 2) in ((1, 2), (2, 1))", "true"),
        Example("not (null and true)", "cast(null as boolean)"),
        Example("case when null then 1 else 2 end", "2"),
        Example("case cast(null as int) when null then 1 else 2 end", "2"),
    ),
    "order": (
        Example("array_agg(x order by y)", "['c', 'a', 'b']", "('a', 1), ('b', 2), ('c', null)", "x string, y int"),
        Example(
            "array_agg(x order by y desc)", "['b', 'a', 'c']", "('a', 1), ('b', 2), ('c', null)", "x string, y int"
        ),
        Example(
            "array_agg(x order by y nulls last)",
            "['a', 'b', 'c']",
            "('a', 1), ('b', 2), ('c', null)",
            "x string, y int",
        ),
        Example("array_agg(x order by x)", "['B', 'Z', 'a', 'ä']", "('ä'), ('a'), ('Z'), ('B')", "x string"),
        Example(
            "array_agg(x order by y)",
            "['b', 'c', 'a']",
            "('a', cast('NaN' as double)), ('b', -1e0), ('c', 1e308)",
            "x string, y double",
        ),
    ),
}

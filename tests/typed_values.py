"""Values of every type that there is, lowest first: what operators over types are asked with."""

from oftra.datatypes import (
    BINARY,
    BOOLEAN,
    DATE,
    DATETIME,
    DAYS,
    DOUBLE,
    FLOAT,
    INT,
    JSON,
    MONTHS,
    SIMPLE,
    STRING,
    TIME,
    TIMESTAMP,
    Array,
    DataType,
    Decimal,
    Field,
    Map,
    Struct,
)

PAIR = Struct((Field("n", INT), Field("s", STRING)))


def numbers(word: str, *values: str) -> tuple[tuple[str, ...], ...]:
    """Numbers of a type, one for each value."""
    return tuple([(f"cast('{value}' as {word})",) for value in values])


VALUES: dict[DataType, tuple[tuple[str, ...], ...]] = {
    BOOLEAN: (("false",), ("true",)),
    SIMPLE["tinyint"]: numbers("tinyint", "-128", "0", "127"),
    SIMPLE["smallint"]: numbers("smallint", "-32768", "-1", "32767"),
    INT: (("-2147483647 - 1", "cast('-2147483648' as int)"), ("7",), ("2147483647",)),
    SIMPLE["bigint"]: numbers("bigint", "-9223372036854775808", "0", "9223372036854775807"),
    FLOAT: (("cast('-Infinity' as float)",), ("cast(0 as float)", "cast(-0e0 as float)"), ("cast('NaN' as float)",)),
    DOUBLE: (("-1.5e0",), ("0e0", "-0e0"), ("cast('NaN' as double)", "cast('nan' as double)")),
    Decimal(4, 2): (("-99.99",), ("00.50", "cast(0.5 as decimal(4, 2))"), ("99.99",)),
    Decimal(38, 0): numbers("decimal(38, 0)", "-" + "9" * 38, "0", "9" * 38),
    Decimal(38, 38): numbers("decimal(38, 38)", "-0.5", "0." + "0" * 37 + "1", "0." + "9" * 38),
    STRING: (("''",), ("'Z'", "concat('Z', '')"), ("'a'",)),
    BINARY: (("x''",), ("x'00ff'",), ("x'ff'", "x'FF'")),
    DATE: (("date '0001-01-01'",), ("date '1969-12-31'",), ("date '9999-12-31'",)),
    TIMESTAMP: (
        ("timestamp '1969-12-31 23:59:59.999999Z'",),
        ("timestamp '2026-03-29 01:30:00Z'", "timestamp '2026-03-29 03:30:00+02:00'"),
        ("timestamp '9999-12-31 23:59:59Z'",),
    ),
    DATETIME: (
        ("datetime '1969-12-31 23:59:59.999999'",),
        ("datetime '2026-03-29 02:30:00'",),
        ("datetime '9999-12-31 23:59:59'",),
    ),
    MONTHS: (("interval (-1) months",), ("interval 1 year", "interval 12 months"), ("interval 13 months",)),
    DAYS: (("interval (-1) days",), ("interval 1 week", "interval 7 days"), ("interval 8 days",)),
    TIME: (("interval (-1) seconds",), ("interval 36 hours", "interval 2160 minutes"), ("interval 37 hours",)),
    JSON: (("json '{\"a\":1}'",), ("json '[]'",), ("json '\"x\"'",)),
    Array(INT): (("[null, 9]",), ("[1]",), ("[1, null]",)),
    Array(DOUBLE): (("cast([] as array<double>)",), ("[0e0, 1e0]", "[-0e0, 1e0]"), ("[cast('NaN' as double)]",)),
    Array(Array(STRING)): (("[['a'], null]",), ("[['a'], ['b', null]]",), ("[['ab']]",)),
    Array(JSON): (("[json '1']",), ("[json '2', null]",)),
    PAIR: (("struct(null as n, 'z' as s)",), ("struct(1 as n, null as s)",), ("struct(1 as n, '' as s)",)),
    Struct((Field("m", Map(STRING, INT)),)): (("struct(map('k', 1) as m)",), ("struct(null as m)",)),
    Array(PAIR): (
        ("[struct(null as n, 'a' as s)]",),
        ("[struct(1 as n, null as s)]",),
        ("[struct(1 as n, 'a' as s)]",),
    ),
    Map(STRING, INT): (("map('k', 1, 'l', null)",), ("map('k', 2)",)),
    Map(INT, Array(DATE)): (("map(1, [date '2026-01-31'])",), ("map(2, null)",)),
}
"""By type its values, lowest first, or just different if the type has no order. Those in one place are equal."""

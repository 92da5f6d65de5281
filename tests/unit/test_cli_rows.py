"""Rows as JSON, csv and tables."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from oftra.cli.rows import csv_rows, json_rows, json_value, names_of, plain, rows_of, show_table


@pytest.mark.parametrize(
    ("value", "as_json", "as_text"),
    [
        (None, "null", ""),
        (True, "true", "true"),
        (2, "2", "2"),
        (2.0, "2.0", "2.0"),
        (float("nan"), '"NaN"', "NaN"),
        (float("-inf"), '"-Infinity"', "-Infinity"),
        (Decimal("9.20"), "9.20", "9.20"),
        (Decimal("1E+3"), "1000", "1000"),
        ('a"b\n', '"a\\"b\\n"', 'a"b\n'),
        (b"\x00\xff", '"00ff"', "00ff"),
        (date(2026, 1, 31), '"2026-01-31"', "2026-01-31"),
        (datetime(2026, 1, 31, 10, tzinfo=UTC), '"2026-01-31 10:00:00Z"', "2026-01-31 10:00:00Z"),
        (datetime(2026, 1, 31, 10, 0, 0, 500), '"2026-01-31 10:00:00.0005"', "2026-01-31 10:00:00.0005"),
        (datetime(1, 1, 1), '"0001-01-01 00:00:00"', "0001-01-01 00:00:00"),
        ([1, None], "[1, null]", "[1, null]"),
        (pa.MonthDayNano([14, 0, 0]), '"14 months"', "14 months"),
        (pa.MonthDayNano([0, 1, -5_400_500_000_000]), '"1 day -1 hour -30 minutes -0.5 seconds"', None),
        (pa.MonthDayNano([0, 0, 0]), '"0 seconds"', "0 seconds"),
        ({"a": Decimal("1.5")}, '{"a": 1.5}', '{"a": 1.5}'),
    ],
)
def test_values(value: object, as_json: str, as_text: str | None) -> None:
    assert json_value(value) == as_json
    assert plain(value) == (json.loads(as_json) if as_text is None else as_text)
    json.loads(as_json)


def test_json_of_no_rows_and_of_names_alike() -> None:
    assert json_rows(pa.table({"z": pa.array([], pa.int64())})) == "[]"
    assert json_rows(pa.table({"z": [2]})) == '[{"z": 2}]'
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"])
    assert json_rows(twice) == '[{"x": 1, "x_2": 2}]'


def test_days_and_times_of_years_that_python_has_not() -> None:
    days = pa.array([2932897, -719163, -719529, None, 0], pa.int32()).cast(pa.date32())
    assert csv_rows(pa.table({"d": days})) == "d\n+10000-01-01\n0000-12-31\n-0001-12-31\n\n1970-01-01\n"
    far = pa.array([253402300800500000, -62135596800000001, 0])
    moments = pa.table({"z": far.cast(pa.timestamp("us", "UTC")), "l": far.cast(pa.timestamp("us"))})
    assert csv_rows(moments).splitlines()[1:] == [
        "+10000-01-01 00:00:00.5Z,+10000-01-01 00:00:00.5",
        "0000-12-31 23:59:59.999999Z,0000-12-31 23:59:59.999999",
        "1970-01-01 00:00:00Z,1970-01-01 00:00:00",
    ]
    first = pa.array([2932897], pa.int32()).cast(pa.date32())
    inside = pa.table(
        {
            "s": pa.StructArray.from_arrays([first, pa.array([1.5])], ["a", "b"]),
            "l": pa.ListArray.from_arrays([0, 1], first),
            "m": pa.MapArray.from_arrays([0, 1], pa.array(["k"]), first),
        }
    )
    assert (
        json_rows(inside)
        == '[{"s": {"a": "+10000-01-01", "b": 1.5}, "l": ["+10000-01-01"], "m": [["k", "+10000-01-01"]]}]'
    )


def test_csv_tells_null_from_empty_and_quotes_what_needs_it() -> None:
    table = pa.table({"a": ["x,y", None, ""], "b": [1, 2, None]})
    assert csv_rows(table) == 'a,b\n"x,y",1\n,2\n"",\n'
    assert csv_rows(pa.table({"a": [None, ""]}).cast(pa.schema([("a", pa.string())]))) == 'a\n\n""\n'


def shown(table: pa.Table, color: bool = False, total: int | None = None) -> str:
    return "".join(show_table(None, names_of(table), rows_of(table), color, total))


def test_a_table_aligns_numbers_to_the_right_and_says_what_is_left_out() -> None:
    table = pa.table({"name": ["a", None], "n": [1, 100]})
    assert shown(table, total=5) == "name    n\n----  ---\na       1\nnull  100\n... 3 more\n"


def test_a_cell_cannot_break_the_table_or_the_terminal() -> None:
    table = pa.table({"a": ["x\n\x1b[31my"]})
    assert shown(table) == "a\n------------\nx\\n\\x1b[31my\n".replace("------------", "-" * 12)
    assert "\x1b[31my" not in shown(table, color=True)
    assert "[bold]" in shown(pa.table({"a": ["[bold]"]}), color=True)

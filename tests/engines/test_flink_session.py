"""A small Flink beside the process: what it answers comes with exact types, what it can't do with its words."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

import oftra
from oftra.target import RunError
from oftra.targets.document import render
from oftra.targets.engines.flink.dialect import FLINK
from oftra.targets.flink_sql.engine import ENGINE, FlinkSession
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.write_query import Writer

VALUES: dict[str, tuple[str, object, pa.DataType]] = {
    "boolean": ("true", True, pa.bool_()),
    "tinyint": ("cast(-128 as tinyint)", -128, pa.int8()),
    "bigint": ("9223372036854775807", 2**63 - 1, pa.int64()),
    "decimal": (
        "cast('1234567890123456789012345678.1234567890' as decimal(38, 10))",
        Decimal("1234567890123456789012345678.1234567890"),
        pa.decimal128(38, 10),
    ),
    "float": ("cast(1.5 as float)", 1.5, pa.float32()),
    "double": ("cast('-Infinity' as double)", float("-inf"), pa.float64()),
    "string": ("'it''s 👍'", "it's 👍", pa.string()),
    "bytes": ("x'00ff'", b"\x00\xff", pa.binary()),
    "date": ("date '0001-01-01'", date(1, 1, 1), pa.date32()),
    "timestamp": (
        "timestamp '1969-12-31 23:59:59.999999'",
        datetime(1969, 12, 31, 23, 59, 59, 999999),
        pa.timestamp("us"),
    ),
    "timestamp_ltz": (
        "cast(timestamp '9999-12-31 23:59:59.123456' as timestamp_ltz(6))",
        datetime(9999, 12, 31, 23, 59, 59, 123456, UTC),
        pa.timestamp("us", tz="UTC"),
    ),
    "array": ("array[1, cast(null as int)]", [1, None], pa.list_(pa.field("l", pa.int32()))),
    "map": ("map['a', 1]", [("a", 1)], pa.map_(pa.string(), pa.int32())),
    "row": (
        "cast(row(1, 'a') as row<x int, y string>)",
        {"x": 1, "y": "a"},
        pa.struct([("x", pa.int32()), ("y", pa.string())]),
    ),
}
"""SQL, the value that it has, and its type."""

HOSTILE = ["`", "a`b", "select", "'; drop table x; --", "ä 👍", "${x}", "{{ x }}", "%s", "a\\b"]


@pytest.fixture(scope="module")
def session() -> Iterator[FlinkSession]:
    opened = ENGINE.open(".")
    yield opened
    opened.close()


def test_values_of_every_type(session: FlinkSession) -> None:
    asked = ", ".join(f"{text} as c{at}" for at, (text, _, _) in enumerate(VALUES.values()))
    table = session.raw(f"select {asked}")
    found = dict(zip(VALUES, zip(table.to_pylist()[0].values(), table.schema.types)))
    assert found == {name: (value, type_) for name, (_, value, type_) in VALUES.items()}


def test_names_and_texts_stay_what_they_are(session: FlinkSession) -> None:
    items = tuple([q.SelectItem(sql.Text(text), text) for text in HOSTILE])
    table = session.raw(render(Writer(FLINK).query(q.Select(items))).text)
    assert table.to_pylist() == [{text: text for text in HOSTILE}]


@pytest.mark.parametrize(
    "text, said",
    [
        ("select cast('x' as int)", "'x'"),
        ("select nobody(1)", "nobody"),
        ("select * from nowhere", "nowhere"),
        ("select 1 from from", "from"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(text: str, said: str, session: FlinkSession) -> None:
    with pytest.raises(RunError, match=said) as found:
        session.raw(text)
    assert "\n" not in str(found.value)
    assert session.raw("select 1 as a").to_pylist() == [{"a": 1}]


FAILING = """\
contract line { text string }
connection lake = files { root: 'data', format: csv }
source lines: line from lake { path: 'lines.csv' }
table numbers in lake { format: json } = from lines |> select cast(text as int) as n
"""


def test_a_run_that_fails_names_what_it_was_writing(tmp_path: Path, session: FlinkSession) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "lines.csv").write_text("text\n1\nx\n")
    (tmp_path / "program.oftra").write_text(FAILING)
    with pytest.raises(RunError) as found:
        oftra.load(tmp_path).run(engine="flink")
    assert found.value.relation == "numbers"


def test_words_that_flink_keeps_for_itself_are_names(tmp_path: Path) -> None:
    words = ("bitmap", "comment", "hash", "include", "materialized", "monday", "quarters", "refresh", "views", "weeks")
    with_names = ", ".join([f"{at} as {word}" for at, word in enumerate(words)])
    (tmp_path / "program.oftra").write_text("")
    (tmp_path / "oftra.toml").write_text('[project]\nname = "words"\n')
    found = oftra.load(str(tmp_path)).query(f"from values (1) as t (a) |> select {with_names}", engine="flink")
    assert found.to_pylist() == [{word: at for at, word in enumerate(words)}]

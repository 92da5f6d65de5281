"""Decimals in parquet files that Flink can't read: said before anything runs; and those that it can."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from places import Place, engine_of

from oftra.target import RunError

PROGRAM = """
connection lake = files { root: 'data', format: parquet }
contract item { id int, price decimal(10, 2) }
source items: item from lake { path: 'items.parquet' }
"""


@pytest.mark.parametrize("as_integer", [True, False])
def test_small_decimals(as_integer: bool, tmp_path: Path) -> None:
    place = Place(tmp_path, engine_of("flink"))
    rows = pa.table({"id": pa.array([1], pa.int32()), "price": pa.array([Decimal("1.50")], pa.decimal128(10, 2))})
    pq.write_table(rows, tmp_path / "data" / "items.parquet", store_decimal_as_integer=as_integer)
    place.load(PROGRAM)
    if as_integer:
        assert place.query("from items") == [{"id": 1, "price": Decimal("1.50")}]
    else:
        with pytest.raises(RunError, match="`price` is a decimal of 10 digits that its files store as bytes"):
            place.query("from items")

"""What one engine writes the other reads: of every type that can be stored, the same value of the same type."""

from typing import Any

import pytest
from arrow_types import arrow_type
from places import ENGINES, Place, engine_of
from typed_values import VALUES

from oftra.datatypes import DOUBLE, FLOAT, Array, DataType, Decimal, Interval, Map, Struct, show

STORED = [type_ for type_ in VALUES if not isinstance(type_, Interval)]
PLAIN = [type_ for type_ in STORED if not isinstance(type_, Array | Map | Struct)]
FORMATS: dict[str, list[DataType]] = {
    "parquet": STORED,
    "csv": PLAIN,
    "json": [type_ for type_ in STORED if type_ not in (FLOAT, DOUBLE, Array(DOUBLE), Decimal(38, 38))],
}
"""The types that files of a format hold. A cell of csv has no parts, JSON has no word for NaN; DuckDB writes no zero
before 38 digits behind the point, without which a number is none in JSON."""


READ = [(writer, reader, "parquet") for writer in ENGINES for reader in ENGINES]
READ += [("duckdb", "duckdb", "csv"), ("duckdb", "duckdb", "json"), ("duckdb", "spark", "json")]


def program(written_by: str) -> str:
    """A table of each format, and a source that reads it."""
    parts = ["connection data = files { root: 'data', null_text: 'NULL' }"]
    for format_, types in FORMATS.items():
        columns = ", ".join([f"v{at} {show(type_)}" for at, type_ in enumerate(types)])
        rows = []
        for place in range(3):
            cells = [VALUES[type_][min(place, len(VALUES[type_]) - 1)][0] for type_ in types]
            rows.append(f"({place}, {', '.join(cells)})")
        rows.append(f"(3, {', '.join(['null'] * len(types))})")
        names = ", ".join([f"v{at}" for at in range(len(types))])
        place = f"{format_}.{format_}" + ("" if written_by == "duckdb" else f"/*.{format_}")
        parts += [
            f"contract {format_}_row {{ id int not null, {columns} }}",
            f"table {format_}_written: {format_}_row in data {{ format: {format_}, path: '{format_}.{format_}' }} ="
            f" from values {', '.join(rows)} as t (id, {names})",
            f"source {format_}_read: {format_}_row from data {{ format: {format_}, path: '{place}' }}",
        ]
    return "\n".join(parts)


@pytest.fixture(scope="module")
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Tables that an engine wrote."""
    place = Place(tmp_path_factory.mktemp(request.param), engine_of(request.param))
    place.load(program(request.param))
    place.run()
    return place


@pytest.mark.parametrize("written, reader, format_", READ, indirect=["written"])
def test_read_as_it_was_written(format_: str, reader: str, written: Place) -> None:
    expected: Any = written.program.query(f"from {format_}_written |> order by id")
    rows: Any = written.program.query(f"from {format_}_read |> order by id", engine=reader)
    for at, type_ in enumerate(FORMATS[format_]):
        came, wanted = rows[f"v{at}"], expected[f"v{at}"]
        assert came.type == arrow_type(type_), show(type_)
        # Of two NaN neither is equal to the other.
        assert repr(came.to_pylist()) == repr(wanted.to_pylist()), show(type_)

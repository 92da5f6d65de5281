"""What one engine writes the other reads: of every type that can be stored, the same value of the same type."""

from typing import Any

import pytest
from places import ENGINES, Place, engine_of
from stored_values import STORED, columns_of, differences, rows_of

from oftra.datatypes import INT, STRING, Array, DataType, Decimal, Map, Struct, show
from oftra.target import RunError

FORMATS: dict[str, list[DataType]] = {
    "parquet": STORED,
    "csv": [type_ for type_ in STORED if not isinstance(type_, Array | Map | Struct)],
    "json": STORED,
}
"""The types that files of a format hold."""
REFUSED = {("duckdb", "json"): [Decimal(38, 38)]}
"""Those that a writer refuses besides."""


def held(format_: str, writer: str) -> list[DataType]:
    return [type_ for type_ in FORMATS[format_] if type_ not in REFUSED.get((writer, format_), [])]


def program(written_by: str) -> str:
    """A table of each format, and a source that reads it."""
    parts = ["connection data = files { root: 'data', null_text: 'NULL' }"]
    for format_ in FORMATS:
        types = held(format_, written_by)
        place = f"{format_}.{format_}" + ("" if written_by == "duckdb" else f"/*.{format_}")
        parts += [
            f"contract {format_}_row {{ {columns_of(types)} }}",
            f"table {format_}_written: {format_}_row in data {{ format: {format_}, path: '{format_}.{format_}' }} ="
            f" {rows_of(types)}",
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


@pytest.mark.parametrize("written", ENGINES, indirect=True)
@pytest.mark.parametrize("format_", FORMATS)
def test_read_as_it_was_written(format_: str, written: Place) -> None:
    writer = written.engine.name
    wanted: Any = written.program.query(f"from {format_}_written |> order by id")
    found = {"itself": written.session().read(written.program.ir, f"{format_}_written").sort_by("id")}
    for reader in ENGINES:
        found[reader] = written.program.query(f"from {format_}_read |> order by id", engine=reader)
    types = held(format_, writer)
    assert {name: differences(came, wanted, types) for name, came in found.items()} == {name: [] for name in found}


@pytest.mark.parametrize("place, format_, type_", [
    ("duckdb", "csv", Array(INT)), ("spark", "csv", Map(STRING, INT)), ("duckdb", "json", Decimal(38, 38)),
    ("spark", "json", Map(Array(INT), INT)),
], indirect=["place"])  # fmt: skip
def test_what_files_cannot_hold(format_: str, type_: DataType, place: Place) -> None:
    place.load(
        f"connection data = files {{ root: 'data', format: {format_} }}\n"
        f"table t in data = from values (cast(null as {show(type_)})) as t (v)"
    )
    with pytest.raises(RunError, match=f"can't write `v` of `t` to {format_}"):
        place.run()

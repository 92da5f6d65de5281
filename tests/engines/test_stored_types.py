"""What one engine writes the other reads: of every type that can be stored, the same value of the same type."""

from typing import Any

import pytest
from arrow_types import arrow_type
from places import ENGINES, Place, engine_of
from typed_values import VALUES

from oftra.datatypes import (
    BINARY,
    DATE,
    INT,
    STRING,
    TIMESTAMP,
    Array,
    DataType,
    Decimal,
    Field,
    Interval,
    Map,
    Struct,
    show,
)
from oftra.target import RunError

MORE: dict[DataType, tuple[str, ...]] = {
    Decimal(38, 20): ("cast('123456789012345678.00000000000000000001' as decimal(38, 20))", "0"),
    Decimal(20, 10): ("cast('0.0000000001' as decimal(20, 10))", "cast('-9999999999.9999999999' as decimal(20, 10))"),
    Array(Decimal(20, 10)): ("[cast('0.0000000001' as decimal(20, 10)), null]",),
    Map(DATE, INT): ("map(date '0001-01-01', 1)",),
    Map(TIMESTAMP, STRING): ("map(timestamp '1969-12-31 23:59:59.999999Z', '')",),
    Struct((Field("b", BINARY), Field("f", Array(BINARY)))): ("struct(x'00ff' as b, [x'', null] as f)",),
}
"""Values whose texts engines shorten, or write in ways of their own."""

CELLS = {type_: tuple([cells[0] for cells in values]) for type_, values in VALUES.items()} | MORE
STORED = [type_ for type_ in CELLS if not isinstance(type_, Interval)]
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
        columns = ", ".join([f"v{at} {show(type_)}" for at, type_ in enumerate(types)])
        rows = []
        for place in range(3):
            cells = [CELLS[type_][min(place, len(CELLS[type_]) - 1)] for type_ in types]
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


def differences(came: Any, wanted: Any, types: list[DataType]) -> list[str]:
    """Of which types what came is not what was wanted."""
    found = []
    for at, type_ in enumerate(types):
        one, other = came[f"v{at}"], wanted[f"v{at}"]
        # Of two NaN neither is equal to the other.
        if one.type != arrow_type(type_) or repr(one.to_pylist()) != repr(other.to_pylist()):
            found.append(f"{show(type_)}: {one.type} {one.to_pylist()}, not {other.to_pylist()}")
    return found


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

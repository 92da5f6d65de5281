"""Which types files can hold so that every engine reads the values that were written."""

from collections.abc import Iterator

from oftra.connectors import format_of
from oftra.connectors.format import TEXT
from oftra.datatypes import Array, DataType, Decimal, Map, Struct, show
from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedStoredType
from oftra.ir.expr import Column
from oftra.ir.program import Connection, Relation, Sink


def refuse_types(
    output: Relation | Sink, columns: tuple[Column, ...], connection: Connection, target: str, report: Report
) -> None:
    """Report columns of a table or sink that files of its format would not hold exactly."""
    if connection.kind != "files":
        return
    format_ = format_of(output.options, connection)
    for column in columns:
        if not all(_holds(format_, one, target) for one in inside(column.type)):
            found = UnsupportedStoredType(
                output.name, column.name, show(column.type), format_, target, span=output.span
            )
            report.add(found)


def _holds(format_: str, type_: DataType, target: str) -> bool:
    match type_:
        case Map(Array() | Map() | Struct(), _):
            return format_ not in TEXT
        case Array() | Map() | Struct():
            return format_ != "csv"
        case Decimal(38, 38):
            # DuckDB writes no zero before the point, and a number without one is none in JSON.
            return format_ != "json" or target != "duckdb"
        case _:
            return True


def inside(type_: DataType) -> Iterator[DataType]:
    """A type, and all that it is made of."""
    yield type_
    match type_:
        case Array(element):
            yield from inside(element)
        case Map(key, value):
            yield from inside(key)
            yield from inside(value)
        case Struct(fields):
            for field in fields:
                yield from inside(field.type)

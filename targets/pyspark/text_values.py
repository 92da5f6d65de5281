"""Values in files of text: documents as such in JSON, bytes in base64, and digits written out, where Spark shortens."""

from oftra.connectors.format import TEXT
from oftra.datatypes import Array, Binary, DataType, Date, Datetime, Decimal, Json, Map, Struct, Timestamp
from oftra.ir.expr import Column
from oftra.targets.python import tree as py
from oftra.targets.stored_types import inside

LONGEST = 6
"""How many digits behind the point Spark writes without an exponent, whatever they are."""


def written(columns: tuple[Column, ...], format_: str) -> dict[str, py.Expr]:
    """What is written to a file of this format instead of those columns that Spark's own text would not keep."""
    found: dict[str, py.Expr] = {}
    if format_ not in TEXT:
        return found
    for column in columns:
        if any(_differs(one, format_) for one in inside(column.type)):
            found[column.name] = _text(py.call("F.col", py.String(column.name)), column.type, format_)
    return found


def needs_documents(columns: tuple[Column, ...], format_: str) -> bool:
    """Whether values are written to a file of this format by way of documents."""
    types = [one for column in columns for one in inside(column.type)]
    return format_ == "json" and any(isinstance(one, Json) or _is_small(one) for one in types)


def holds_documents(columns: tuple[Column, ...]) -> bool:
    """Whether one of the columns is a document, or has one in it."""
    return any(isinstance(one, Json) for column in columns for one in inside(column.type))


def _differs(type_: DataType, format_: str) -> bool:
    match type_:
        case Json():
            return format_ == "json"
        case Binary():
            return format_ == "csv"
        case Map(key, _):
            return isinstance(key, Date | Datetime | Timestamp | Binary)
        case _:
            return _is_small(type_)


def _is_small(type_: DataType) -> bool:
    """Whether values may be so near to zero that they would get an exponent."""
    return isinstance(type_, Decimal) and type_.scale > LONGEST


def _text(value: py.Expr, type_: DataType, format_: str) -> py.Expr:
    match type_:
        case Binary():
            return py.call("F.base64", value)
        case Json():
            return py.call("F.parse_json", value)
        case Decimal():
            digits = py.method(value, "cast", py.String("string"))
            return digits if format_ == "csv" else py.call("F.parse_json", digits)
        case Array(element):
            return py.call("F.transform", value, py.Lambda(("item",), _part(py.Name("item"), element, format_)))
        case Map(key, of):
            return _entries(value, key, of, format_)
        case Struct(fields):
            parts = []
            for field in fields:
                part = py.Subscript(value, (py.String(field.name),))
                parts.append(py.method(_part(part, field.type, format_), "alias", py.String(field.name)))
            return py.call("F.when", py.method(value, "isNotNull"), py.call("F.struct", *parts))
        case _:
            return value


def _part(value: py.Expr, type_: DataType, format_: str) -> py.Expr:
    return _text(value, type_, format_) if any(_differs(one, format_) for one in inside(type_)) else value


def _entries(value: py.Expr, key: DataType, of: DataType, format_: str) -> py.Expr:
    name, one = py.Name("key"), py.Name("value")
    changed = _part(one, of, format_)
    if changed is not one:
        value = py.call("F.transform_values", value, py.Lambda(("key", "value"), changed))
    match key:
        case Binary():
            shown: py.Expr = py.call("F.base64", name)
        case Date() | Datetime() | Timestamp() | Decimal():
            shown = py.method(name, "cast", py.String("string"))
        case _:
            return value
    return py.call("F.transform_keys", value, py.Lambda(("key", "value"), shown))

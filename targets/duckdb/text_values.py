"""Values in files of text: bytes in base64, and a digit before the point, where DuckDB writes what it alone reads."""

from collections.abc import Callable

from oftra.connectors.format import TEXT
from oftra.datatypes import STRING, Array, Binary, DataType, Decimal, Double, Field, Float, Map, Struct
from oftra.ir.expr import Column
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call, column


def as_written(rows: "q.Query | sql.Name", columns: tuple[Column, ...], format_: str) -> "q.Query | sql.Name":
    """What is copied to a file of this format instead of `rows`, which have these columns."""
    if format_ not in TEXT or not any(_differs(one.type, format_) for one in columns):
        return rows
    source: q.FromItem = q.Table(rows) if isinstance(rows, sql.Name) else q.Derived(rows)
    return _each(source, columns, _text(format_))


def as_read(source: q.TableFunction, columns: tuple[Column, ...], in_order: bool = True) -> q.Query:
    """The rows of a file that was written so, by its columns or, where these aren't `in_order`, by their names."""
    if in_order and not any(_holds_bytes(one.type) for one in columns):
        return q.Select((q.SelectItem(sql.STAR),), source)
    return _each(source, columns, _value)


def value_as_text(value: sql.Expr, type_: DataType, format_: str) -> sql.Expr:
    """A value as it stands in text of this format."""
    return _text(format_)(value, type_)


def type_in_text(type_: DataType) -> DataType:
    """The type that values of `type_` are of in the file."""
    match type_:
        case Binary():
            return STRING
        case Array(element):
            return Array(type_in_text(element))
        case Map(key, value):
            return Map(type_in_text(key), type_in_text(value))
        case Struct(fields):
            return Struct(tuple([Field(field.name, type_in_text(field.type)) for field in fields]))
        case _:
            return type_


def _each(source: q.FromItem, columns: tuple[Column, ...], change: Callable[[sql.Expr, DataType], sql.Expr]) -> q.Query:
    items = []
    for one in columns:
        value = column(one.name)
        changed = change(value, one.type)
        items.append(q.SelectItem(changed, None if changed is value else one.name))
    return q.Select(tuple(items), source)


def _holds_bytes(type_: DataType) -> bool:
    return type_in_text(type_) != type_


def _differs(type_: DataType, format_: str) -> bool:
    """Whether DuckDB's own text of a value is none that everybody reads."""
    match type_:
        case Binary():
            return True
        case Double() | Float():
            return format_ == "json"
        case Decimal(precision, scale):
            return precision == scale
        case Array(element):
            return _differs(element, format_)
        case Map(key, value):
            return _differs(_key(key), format_) or _differs(value, format_)
        case Struct(fields):
            return any(_differs(field.type, format_) for field in fields)
        case _:
            return False


def _text(format_: str) -> Callable[[sql.Expr, DataType], sql.Expr]:
    def change(value: sql.Expr, type_: DataType) -> sql.Expr:
        match type_:
            case Binary():
                return call("to_base64", value)
            case Decimal(precision, scale) if precision == scale and format_ == "csv":
                text = sql.Cast(value, "varchar")
                return call("regexp_replace", text, sql.Text("^(-?)[.]"), sql.Text("\\10."))
            case Decimal(precision, scale) if precision == scale < 38:
                return sql.Cast(value, f"decimal({precision + 1}, {scale})")
            case Double() | Float() if format_ == "json":
                return call("json_double", value)
            case _:
                return _inside(value, type_, change) if _differs(type_, format_) else value

    return change


def _value(value: sql.Expr, type_: DataType) -> sql.Expr:
    if isinstance(type_, Binary):
        return call("from_base64", value)
    return _inside(value, type_, _value) if _holds_bytes(type_) else value


def _inside(value: sql.Expr, type_: DataType, change: Callable[[sql.Expr, DataType], sql.Expr]) -> sql.Expr:
    """A value whose parts are changed."""
    match type_:
        case Array(element):
            return call("list_transform", value, _lambda("item", element, change))
        case Map(key, of):
            pair = Struct((Field("key", _key(key)), Field("value", of)))
            return call(
                "map_from_entries", call("list_transform", call("map_entries", value), _lambda("entry", pair, change))
            )
        case Struct(fields):
            parts = [(field.name, change(sql.Member(value, field.name), field.type)) for field in fields]
            return sql.Case(((sql.Postfix(value, "is not null"), sql.StructOf(tuple(parts))),))
        case _:
            return value


def _key(key: DataType) -> DataType:
    """What a key is written like: a number that JSON has no word for is a text already."""
    return STRING if isinstance(key, Double | Float) else key


def _lambda(name: str, type_: DataType, change: Callable[[sql.Expr, DataType], sql.Expr]) -> sql.Lambda:
    return sql.Lambda((name,), change(column(name), type_))

"""Values of records that come as text, decoded exactly: what would have to be rounded or guessed is null.

A null of a value that was there says that the record is not readable. A cell of csv is a text, a field of JSON a value
of type JSON that is null where the record has none; composites in a cell are JSON.
"""

from typing import assert_never

from oftra.datatypes import (
    Array,
    Binary,
    Boolean,
    DataType,
    Date,
    Datetime,
    Decimal,
    Double,
    Float,
    Integer,
    Interval,
    Json,
    Map,
    Null,
    String,
    Struct,
    Timestamp,
    Unknown,
)
from oftra.targets.engines.duckdb.datatypes import type_name
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call

NOT_FINITE = ("NaN", "Infinity", "-Infinity")
"""Numbers that JSON has no words for: they stand in quotes."""

_TYPED = {Date: "exact_date", Datetime: "exact_datetime", Timestamp: "exact_timestamp"}


def from_text(text: sql.Expr, type_: DataType) -> sql.Expr:
    """A cell as a value of `type_`."""
    match type_:
        case String():
            return text
        case Boolean():
            return sql.Cast(_matching(text, "^(?i:true|false)$"), "boolean", safe=True)
        case Integer():
            return sql.Cast(_matching(text, "^[+-]?[0-9]+$"), type_name(type_), safe=True)
        case Decimal(_, scale):
            fraction = rf"(?:\.[0-9]{{0,{scale}}}0*)?" if scale else r"(?:\.0*)?"
            return sql.Cast(_matching(text, f"^[+-]?[0-9]+{fraction}$"), type_name(type_), safe=True)
        case Double():
            return call("exact_double", text)
        case Float():
            return sql.Cast(call("exact_double", text), "float", safe=True)
        case Date() | Datetime() | Timestamp():
            return call(_TYPED[type(type_)], text)
        case Binary():
            return call("try", call("from_base64", text))
        case Json() | Array() | Map() | Struct():
            value = sql.Case(((call("json_valid", text), sql.Cast(text, "json")),))
            return value if isinstance(type_, Json) else from_json(value, type_)
        case Interval() | Null() | Unknown():
            return sql.NULL
        case _:
            assert_never(type_)


def from_json(value: sql.Expr, type_: DataType) -> sql.Expr:
    """A field as a value of `type_`."""
    match type_:
        case String():
            return call("json_text", value)
        case Boolean():
            return sql.Cast(_matching(sql.Cast(value, "varchar"), "^(?:true|false)$"), "boolean", safe=True)
        case Integer():
            digits = call(
                "regexp_extract", call("json_digits", value), sql.Text(r"^(-?[0-9]+)(?:\.0*)?$"), sql.integer(1)
            )
            return sql.Cast(digits, type_name(type_), safe=True)
        case Decimal():
            return from_text(call("json_digits", value), type_)
        case Double() | Float():
            special = sql.In(sql.Cast(value, "varchar"), tuple([sql.Text(f'"{word}"') for word in NOT_FINITE]))
            text = sql.Case(((special, call("json_text", value)),), call("json_number", value))
            return from_text(text, type_)
        case Date() | Datetime() | Timestamp() | Binary():
            return from_text(call("json_text", value), type_)
        case Json():
            return call("plain_numbers", value)
        case Array(element):
            return _array(value, element)
        case Map(key, element):
            return _map(value, key, element)
        case Struct():
            return _struct(value, type_)
        case Interval() | Null() | Unknown():
            return sql.NULL
        case _:
            assert_never(type_)


def is_decoded(given: sql.Expr, value: sql.Expr) -> sql.Expr:
    """Whether a value is what was given, or nothing was."""
    return sql.Chain("or", (sql.Postfix(given, "is null"), sql.Postfix(value, "is not null")))


def fields_of(record: sql.Expr, names: tuple[str, ...]) -> sql.Expr:
    """A struct of these fields of a JSON object, each of type JSON."""
    return call("from_json", record, sql.Text(_shape(names)))


def _shape(names: tuple[str, ...]) -> str:
    # `json.dumps` would be loaded for this alone, and names here are the program's: quoted like any JSON string.
    quoted = [name.replace("\\", "\\\\").replace('"', '\\"') for name in names]
    return "{" + ", ".join([f'"{name}": "JSON"' for name in quoted]) + "}"


def _matching(text: sql.Expr, pattern: str) -> sql.Expr:
    """A text of this form, else one that is nothing of the kind: DuckDB would round or guess."""
    return call("regexp_extract", text, sql.Text(pattern))


def _is(value: sql.Expr, kind: str) -> sql.Expr:
    return sql.Binary("=", call("json_type", value), sql.Text(kind))


def _all(items: sql.Expr, name: str, given: sql.Expr, value: sql.Expr) -> sql.Expr:
    """Whether each of `items`, called `name`, could be decoded."""
    fails = sql.Lambda((name,), sql.Unary("not", is_decoded(given, value)))
    return sql.Binary("=", call("len", call("list_filter", items, fails)), sql.integer(0))


def _array(value: sql.Expr, element: DataType) -> sql.Expr:
    items = call("from_json", value, sql.Text('["JSON"]'))
    item = sql.column("item")
    decoded = from_json(item, element)
    made = call("list_transform", items, sql.Lambda(("item",), decoded))
    whole = sql.Case(((_all(items, "item", item, decoded), made),))
    return sql.Case(((_is(value, "ARRAY"), whole),))


def _map(value: sql.Expr, key: DataType, element: DataType) -> sql.Expr:
    entries = call("map_entries", call("from_json", value, sql.Text('"MAP(VARCHAR, JSON)"')))
    entry = sql.column("entry")
    name, item = sql.Member(entry, "key"), sql.Member(entry, "value")
    keys, decoded = from_text(name, key), from_json(item, element)
    pair = sql.StructOf((("key", keys), ("value", decoded)))
    made = call("map_from_entries", call("list_transform", entries, sql.Lambda(("entry",), pair)))
    checks: list[sql.Expr] = [_all(entries, "entry", item, decoded)]
    if not isinstance(key, String):
        checks.append(_all(entries, "entry", name, keys))
    whole = sql.Case(((sql.all_of(tuple(checks)), made),))
    return sql.Case(((_is(value, "OBJECT"), whole),))


def _struct(value: sql.Expr, type_: Struct) -> sql.Expr:
    """The fields are parsed once: a list of one gives them a name."""
    part = sql.column("part")
    given = [sql.Member(part, field.name) for field in type_.fields]
    decoded = [from_json(one, field.type) for one, field in zip(given, type_.fields)]
    checks = tuple([is_decoded(one, other) for one, other in zip(given, decoded)])
    made = sql.StructOf(tuple([(field.name, one) for field, one in zip(type_.fields, decoded)]))
    whole = sql.Lambda(("part",), sql.Case(((sql.all_of(checks), made),)))
    parsed = fields_of(value, tuple([field.name for field in type_.fields]))
    inside = sql.Index(call("list_transform", sql.ListOf((parsed,)), whole), sql.integer(1))
    return sql.Case(((_is(value, "OBJECT"), inside),))

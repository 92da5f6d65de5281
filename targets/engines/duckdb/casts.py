"""Casts as language.md fixes their meaning, where DuckDB's own would mean something else."""

from oftra.datatypes import (
    Array,
    Binary,
    DataType,
    Date,
    Datetime,
    Decimal,
    Double,
    Float,
    Integer,
    Map,
    String,
    Struct,
    Timestamp,
    leaf_casts,
)
from oftra.targets.engines.duckdb.datatypes import type_name
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call

ONE_INTEGER = "^[+-]?[0-9]+$"

_TIME_TEXTS = {Date: "date_text", Datetime: "datetime_text", Timestamp: "timestamp_text"}


def cast(operand: sql.Expr, given: DataType, wanted: DataType, safe: bool = False) -> sql.Expr:
    """`operand`, a value of type `given`, as one of type `wanted`; with `safe` null where that can't be done."""
    name = type_name(wanted)
    match given, wanted:
        case (Decimal() | Double() | Float(), Integer()):
            # DuckDB rounds; a fraction is dropped here.
            return sql.Cast(call("trunc", operand), name, safe)
        case String(), Integer():
            # DuckDB reads `2.7`, `1e3` and `0x1f` as integers too: what is none is made a text that is none to it.
            return sql.Cast(call("regexp_extract", operand, sql.Text(ONE_INTEGER)), name, safe)
        case String(), Date() | Datetime() | Timestamp():
            # DuckDB reads `infinity` and `2026/1/31` as days too, and leaves out what it can't read behind one.
            return sql.Cast(call(_TIME_TEXTS[type(wanted)], operand), name, safe)
        case Timestamp(), String():
            # DuckDB would write the zone as `+00`.
            return sql.Chain("||", (sql.Cast(sql.Cast(operand, "timestamp"), "varchar"), sql.Text("Z")))
        case Binary(), String():
            return _tried_text(operand) if safe else call("decode", operand)
        case String(), Binary():
            return call("encode", operand)
        case _ if not is_plain(given, wanted):
            return _inside(operand, given, wanted, safe)
        case _:
            return sql.Cast(operand, name, safe)


def _tried_text(operand: sql.Expr) -> sql.Expr:
    """DuckDB's TRY has neither an aggregate nor a query in it: these stand outside of a lambda."""
    if isinstance(operand, sql.Name):
        return call("try", call("decode", operand))
    tried = sql.Lambda(("bytes",), call("try", call("decode", sql.column("bytes"))))
    return sql.Index(call("list_transform", sql.ListOf((operand,)), tried), sql.integer(1))


def is_plain(given: DataType, wanted: DataType) -> bool:
    """Whether DuckDB's own cast means what the language says, also of what is inside composites."""
    return all(_is_as_here(a, b) for a, b in leaf_casts(given, wanted))


def _is_as_here(given: DataType, wanted: DataType) -> bool:
    match given, wanted:
        case (Decimal() | Double() | Float() | String(), Integer()) | (Timestamp() | Binary(), String()):
            return False
        case String(), Binary() | Date() | Datetime() | Timestamp():
            return False
        case _:
            return True


def _inside(operand: sql.Expr, given: DataType, wanted: DataType, safe: bool) -> sql.Expr:
    """A cast of a composite whose parts need their own casts."""
    part = sql.column("part")
    match given, wanted:
        case Array(a), Array(b):
            return call("list_transform", operand, sql.Lambda(("part",), cast(part, a, b, safe)))
        case Map(k, v), Map(l, w):
            key, value = sql.Member(part, "key"), sql.Member(part, "value")
            entry = sql.StructOf((("key", cast(key, k, l, safe)), ("value", cast(value, v, w, safe))))
            entries = call("list_transform", call("map_entries", operand), sql.Lambda(("part",), entry))
            return call("map_from_entries", entries)
        case Struct(a), Struct(b):
            fields = [
                (y.name, cast(sql.Member(operand, x.name), x.type, y.type, safe)) for x, y in zip(a, b, strict=True)
            ]
            made = sql.StructOf(tuple(fields))
            return sql.Case(((sql.Postfix(operand, "is not null"), made),))
        case _:
            raise AssertionError(f"{given} holds nothing")

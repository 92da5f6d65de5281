"""Casts as language.md fixes their meaning, where Spark's own would mean something else."""

from oftra.datatypes import (
    Array,
    Binary,
    DataType,
    Date,
    Datetime,
    Integer,
    Json,
    Map,
    String,
    Struct,
    Timestamp,
    leaf_casts,
)
from oftra.targets.engines.spark.datatypes import sort_of, type_name
from oftra.targets.engines.spark.functions.definitions import DATE_TEXT, DATETIME_TEXT, TIMESTAMP_TEXT
from oftra.targets.engines.spark.wording import cast as plain
from oftra.targets.engines.spark.wording import short, text, when
from oftra.targets.python import tree as py

ONE_INTEGER = "^[+-]?[0-9]+\\z"

_TIME_TEXTS = {Date: DATE_TEXT, Datetime: DATETIME_TEXT, Timestamp: TIMESTAMP_TEXT}


def cast(operand: py.Expr, given: DataType, wanted: DataType, safe: bool = False) -> py.Expr:
    """`operand`, a value of type `given`, as one of type `wanted`; with `safe` null where that can't be done."""
    if sort_of(given) == sort_of(wanted) and not makes_json(given, wanted):
        return operand
    match given, wanted:
        case String(), Json():
            # A document is kept as text, which is parsed to see that it is one; what is known to be there, Spark
            # would not parse to learn that.
            parsed = py.call("F.try_parse_json" if safe else "F.parse_json", short(operand))
            return when(py.method(parsed if safe else py.call("F.to_json", parsed), "isNotNull"), operand)
        case String(), Integer():
            # Spark leaves out spaces around a number: what is none is made a text that is none to it.
            whole = py.call("F.regexp_extract", short(operand), py.String(ONE_INTEGER), py.number(0))
            return _plain(whole, wanted, safe)
        case String(), Date() | Datetime() | Timestamp():
            # Spark reads `1100` and `2026-1-31` as days too, and leaves out what it can't read behind one.
            return _plain(py.call(_TIME_TEXTS[type(wanted)], short(operand)), wanted, safe)
        case Timestamp() | Datetime(), Date() if not safe:
            match operand:
                case py.Call(py.Attribute(py.Call(py.Attribute(_, "from_utc_timestamp")) as clock, "cast")):
                    return py.call("F.to_date", clock)
                case _:
                    return py.call("F.to_date", short(operand))
        case Timestamp(), String():
            return py.call("F.concat", plain(operand, "string"), text("Z"))
        case Binary(), String():
            # A cast would take bytes that are no text for one.
            if safe:
                return py.call("F.try_validate_utf8", plain(operand, "string"))
            return py.call("F.decode", short(operand), py.String("UTF-8"))
        case _ if not is_plain(given, wanted):
            return _inside(operand, given, wanted, safe)
        case _:
            return _plain(operand, wanted, safe)


def _plain(operand: py.Expr, wanted: DataType, safe: bool) -> py.Expr:
    return py.method(operand, "try_cast" if safe else "cast", py.String(type_name(wanted)))


def makes_json(given: DataType, wanted: DataType) -> bool:
    """Whether texts, also those inside composites, are to be documents."""
    return any(isinstance(a, String) and isinstance(b, Json) for a, b in leaf_casts(given, wanted))


def is_plain(given: DataType, wanted: DataType) -> bool:
    """Whether Spark's own cast means what the language says, also of what is inside composites."""
    return all(_is_as_here(a, b) for a, b in leaf_casts(given, wanted))


def _is_as_here(given: DataType, wanted: DataType) -> bool:
    match given, wanted:
        case (String(), Integer() | Date() | Datetime() | Timestamp() | Json()) | (Timestamp() | Binary(), String()):
            return False
        case _:
            return True


def _inside(operand: py.Expr, given: DataType, wanted: DataType, safe: bool) -> py.Expr:
    """A cast of a composite whose parts need their own casts."""
    match given, wanted:
        case Array(a), Array(b):
            return py.call("F.transform", operand, py.Lambda(("part",), cast(py.Name("part"), a, b, safe)))
        case Map(k, v), Map(l, w):
            key, value = py.Name("key"), py.Name("value")
            made = operand
            if sort_of(v) != sort_of(w) or makes_json(v, w):
                body = cast(value, v, w, safe)
                made = py.call("F.transform_values", made, py.Lambda(("key", "value"), body))
            if sort_of(k) != sort_of(l):
                made = py.call("F.transform_keys", made, py.Lambda(("key", "value"), cast(key, k, l, safe)))
            return made
        case Struct(a), Struct(b):
            fields = [
                py.method(
                    cast(py.Subscript(operand, (py.String(x.name),)), x.type, y.type, safe), "alias", py.String(y.name)
                )
                for x, y in zip(a, b, strict=True)
            ]
            return when(py.method(operand, "isNotNull"), py.call("F.struct", *fields))
        case _:
            raise AssertionError(f"{given} holds nothing")

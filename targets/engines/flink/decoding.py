"""Values of records that come as text, decoded exactly: what would have to be rounded or guessed is null.

A null of a value that was there says that the record is not readable. A cell of csv is a text. A field of JSON is the
text of an array of it alone (`[12.50]`, `["a"]`), as `json_query` gives it in a wrapper: its form tells its kind, and
numbers keep their digits. A field that is null, or not there, is null.
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
from oftra.targets.engines.flink.datatypes import type_name
from oftra.targets.engines.flink.wording import Refused, only_if
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MINUTE = "[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]"
_SECOND = r":[0-5][0-9](?:\.[0-9]{1,6})?"
_ELEMENTS = {"string": '"[^"]*"', "integer": "-?[0-9]+"}


def from_text(text: sql.Expr, type_: DataType) -> sql.Expr:
    """A cell as a value of `type_`."""
    match type_:
        case String():
            return text
        case Boolean():
            return _boolean(call("lower", text), "true", "false")
        case Integer() | Decimal():
            return sql.Cast(_matching(text, rf"^([+-]?{_number(type_)})$"), type_name(type_), safe=True)
        case Double() | Float():
            number = _finite(_matching(text, r"^([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)$"), type_)
            return call("coalesce", number, _named_number(text, type_))
        case Date():
            return sql.Cast(_matching(text, f"^({_DAY})$"), "date", safe=True)
        case Datetime() | Timestamp():
            return _moment(text, type_)
        case Json():
            return only_if(sql.Postfix(text, "is json"), text)
        case Binary() | Array() | Map() | Struct():
            raise Refused(f"a {type_} in a text")
        case Interval() | Null() | Unknown():
            return sql.Cast(sql.NULL, type_name(type_))
        case _:
            assert_never(type_)


def from_json(field: sql.Expr, type_: DataType) -> sql.Expr:
    """A field as a value of `type_`."""
    match type_:
        case String():
            return json_text(field)
        case Boolean():
            return _boolean(field, "[true]", "[false]")
        case Integer():
            return sql.Cast(_matching(field, r"^\[(-?[0-9]+)(?:\.0*)?\]$"), type_name(type_), safe=True)
        case Decimal():
            # With an exponent it is a whole number.
            number = rf"{_number(type_)}|[0-9](?:\.[0-9]+)?E\+[0-9]+"
            return sql.Cast(_matching(field, rf"^\[(-?(?:{number}))\]$"), type_name(type_), safe=True)
        case Double() | Float():
            return _finite(_matching(field, r"^\[(-?[0-9].*)\]$"), type_)
        case Date() | Datetime() | Timestamp():
            return from_text(json_text(field), type_)
        case Json():
            return call("substring", field, sql.integer(2), _without_brackets(field))
        case Struct(fields):
            values = [sql.Cast(from_json(member(field, f.name), f.type), type_name(f.type)) for f in fields]
            made = sql.Cast(call("row", *values), type_name(type_))
            parts = [is_decoded(member(field, f.name), value) for f, value in zip(fields, values)]
            return only_if(sql.all_of((_like(field, "[{%"), *parts)), made)
        case Array(String() | Integer() as element):
            return _array(field, "string" if isinstance(element, String) else "integer", type_)
        case Binary() | Array() | Map():
            raise Refused(f"a {type_} in JSON")
        case Interval() | Null() | Unknown():
            return sql.Cast(sql.NULL, type_name(type_))
        case _:
            assert_never(type_)


def member(field: sql.Expr, name: str) -> sql.Expr:
    """A field of the object that a field is."""
    return at(field, (0, name))


def at(document: sql.Expr, path: tuple[str | int, ...]) -> sql.Expr:
    """What a document has at a path of names and places, alone in an array."""
    pieces = ("json_query(", document, ", ", sql.Text(path_of(path)), " with unconditional array wrapper)")
    return sql.Raw(pieces, is_call=True)


def json_text(field: sql.Expr) -> sql.Expr:
    """What a JSON string says; null if the field is none."""
    return call("json_unquote", _matching(field, r'(?s)^\[(".*")\]$'))


def is_one_object(line: sql.Expr) -> tuple[sql.Expr, ...]:
    """What a text is that is one JSON object, with each field once: Flink looks no further than its end."""
    same = sql.Binary("=", _skeleton(line), _skeleton(call("json_query", line, sql.Text("$"))))
    ends = call("regexp", line, sql.Text(r"\}\s*$"))
    return sql.Postfix(line, "is json object"), ends, same


def _skeleton(json: sql.Expr) -> sql.Expr:
    """How many strings there are, and signs between values: a field that is lost takes some with it."""
    return call("regexp_count", json, sql.Text(r'"(?:[^"\\]++|\\.)*+"|[{}\[\]:,]'))


def is_decoded(given: sql.Expr, value: sql.Expr) -> sql.Expr:
    """Whether a value is what was given, or nothing was."""
    return sql.Chain("or", (sql.Postfix(given, "is null"), sql.Postfix(value, "is not null")))


def path_of(path: tuple[str | int, ...]) -> str:
    """A path in the words of JSON's functions."""
    steps = []
    for step in path:
        if isinstance(step, int):
            steps.append(f"[{step}]")
        elif step.isascii() and step.isidentifier():
            steps.append(f".{step}")
        else:
            quoted = step.replace("\\", "\\\\").replace("'", "\\'")
            steps.append(f"['{quoted}']")
    return "$" + "".join(steps)


def _number(type_: Integer | Decimal) -> str:
    if isinstance(type_, Decimal) and type_.scale:
        return rf"[0-9]+(?:\.[0-9]{{0,{type_.scale}}}0*)?"
    return r"[0-9]+(?:\.0*)?" if isinstance(type_, Decimal) else "[0-9]+"


def _matching(text: sql.Expr, pattern: str) -> sql.Expr:
    """The part of a text that has this form; null if it has another: Flink would round or guess."""
    return call("regexp_extract", text, sql.Text(pattern), sql.integer(1))


def _like(text: sql.Expr, pattern: str) -> sql.Expr:
    return sql.Like("like", text, sql.Text(pattern))


def _boolean(text: sql.Expr, true: str, false: str) -> sql.Expr:
    return sql.Case(((sql.Text(true), sql.TRUE), (sql.Text(false), sql.FALSE)), operand=text)


def _finite(text: sql.Expr, type_: DataType) -> sql.Expr:
    """A number that is none too large for its type."""
    name = type_name(type_)
    value = sql.Cast(text, name, safe=True)
    return only_if(sql.Binary("<", call("abs", value), sql.Cast(sql.Text("Infinity"), name)), value)


def _named_number(text: sql.Expr, type_: DataType) -> sql.Expr:
    """What is no number, or none that ends: Flink knows each in one spelling."""
    names = (("nan", "NaN"), ("inf", "Infinity"), ("infinity", "Infinity"), ("-inf", "-Infinity"))
    lower, branches = call("lower", text), (*names, ("-infinity", "-Infinity"))
    found = [(sql.Text(ours), sql.Cast(sql.Text(theirs), type_name(type_))) for ours, theirs in branches]
    return sql.Case(tuple(found), operand=lower)


def _moment(text: sql.Expr, type_: DataType) -> sql.Expr:
    """A reading of a clock, or an instant, in UTC unless it says otherwise. To Flink a 30th of February is one."""
    zone = r"(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?" if isinstance(type_, Timestamp) else ""
    day = sql.Cast(_matching(text, f"^({_DAY})(?:{_MINUTE}(?:{_SECOND}0*)?{zone})?$"), "date", safe=True)
    clock = call("coalesce", _matching(text, rf"[T ]([0-9:]{{5}}(?:{_SECOND})?)"), sql.Text("00:00"))
    # Where seconds are missing these are the first that there are.
    seconds = sql.Chain("||", (clock, sql.Text(":00")))
    whole = call("regexp_extract", seconds, sql.Text(r"^[0-9:]{8}(?:\.[0-9]+)?"), sql.integer(0))
    reading: sql.Expr = sql.Cast(
        sql.Chain("||", (sql.Cast(day, "string"), sql.Text(" "), whole)), "timestamp(6)", safe=True
    )
    if not isinstance(type_, Timestamp):
        return reading
    return sql.Cast(_shifted(reading, text), type_name(type_))


def _shifted(reading: sql.Expr, text: sql.Expr) -> sql.Expr:
    """The reading in UTC of a reading in a zone that its text names."""
    west = sql.Binary("=", _matching(text, r":[0-9.]+([+-])"), sql.Text("-"))
    sign = sql.Case(((west, sql.integer(1)),), sql.integer(-1))
    hours = sql.Cast(_matching(text, r":[0-9.]+[+-]([0-9]{2})"), "int")
    minutes = call("coalesce", sql.Cast(_matching(text, r":[0-9.]+[+-][0-9]{2}:?([0-9]{2})$"), "int"), sql.integer(0))
    amount = sql.Binary("*", sign, sql.Binary("+", sql.Binary("*", hours, sql.integer(60)), minutes))
    zone = call("regexp", text, sql.Text(r":[0-9.]+[+-][0-9]{2}(?::?[0-9]{2})?$"))
    return call("timestampadd", sql.Word("minute"), sql.Case(((zone, amount),), sql.integer(0)), reading)


def _without_brackets(field: sql.Expr) -> sql.Expr:
    return sql.Binary("-", call("char_length", field), sql.integer(2))


def _array(field: sql.Expr, kind: str, type_: Array) -> sql.Expr:
    """An array whose elements all have the form of their kind; Flink would take numbers for texts."""
    element = f"(?:{_ELEMENTS[kind]}|null)"
    plain = call("replace", call("replace", field, sql.Text("\\\\"), sql.Text("")), sql.Text('\\"'), sql.Text(""))
    fits = call("regexp", plain, sql.Text(rf"^\[\[(?:{element}(?:,{element})*)?\]\]$"))
    items = sql.Raw(("json_query(", field, ", ", sql.Text("$[0]"), " returning array<string>)"), is_call=True)
    made = items if kind == "string" else sql.Cast(items, type_name(type_), safe=True)
    return only_if(fits, made)

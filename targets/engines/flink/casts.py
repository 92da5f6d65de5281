"""Casts as language.md fixes their meaning, where Flink's own would mean something else.

Flink wraps integers that don't fit, and makes null of decimals that don't; only a cast from text fails. So what may not
fit goes by way of a text. The planner would drop such a way there and back: `trim` keeps it.
"""

from oftra.datatypes import (
    INTEGER_DIGITS,
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
    Json,
    Map,
    Null,
    String,
    Struct,
    Timestamp,
    leaf_casts,
)
from oftra.targets.engines.flink.datatypes import type_name
from oftra.targets.engines.flink.wording import Refused
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call

NO_INTEGER = r"(?s)^(?![+-]?[0-9]+\z).*\z"
NO_NUMBER = r"(?s)^(?![+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z).*\z"
NO_DOUBLE = r"(?s)^(?![+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z|(?i:nan|[+-]?inf(inity)?)\z).*\z"
NO_BOOLEAN = r"(?s)^(?!(?i:true|false|t|f|1|0|yes|no|y|n)\z).*\z"
_DAY = r"(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MINUTE = "[T ]([01][0-9]|2[0-3]):[0-9]{2}"
_SECOND = r":[0-9]{2}(\.[0-9]{1,6}0*)?"
NO_DATE = rf"(?s)^(?!{_DAY}\z).*\z"
NO_DATETIME = rf"(?s)^(?!{_DAY}({_MINUTE}({_SECOND})?)?\z).*\z"
NO_TIMESTAMP = rf"(?s)^(?!{_DAY}({_MINUTE}({_SECOND}(Z|\+00(:?00)?)?)?)?\z).*\z"


def cast(operand: sql.Expr, given: DataType, wanted: DataType, safe: bool = False) -> sql.Expr:
    """`operand`, a value of type `given`, as one of type `wanted`; with `safe` null where that can't be done."""
    name = type_name(wanted)
    match given, wanted:
        case _ if given == wanted:
            return operand
        case Null(), _:
            return sql.Cast(sql.NULL, name)
        case (Integer(), Integer() | Decimal()) | (Decimal(), Decimal() | Integer()):
            return sql.Cast(operand, name) if fits(given, wanted) else by_text(operand, name, safe)
        case ((Double() | Float()), Integer(bits)):
            return _whole(operand, bits, name, safe)
        case ((Double() | Float()), Decimal()):
            return by_text(operand, name, safe)
        case String(), Integer():
            return sql.Cast(_text(operand, NO_INTEGER, "no integer"), name, safe)
        case String(), Decimal():
            return sql.Cast(_text(operand, NO_NUMBER, "no number"), name, safe)
        case String(), Double() | Float():
            return sql.Cast(_double(operand), name, safe)
        case String(), Boolean():
            return sql.Cast(operand, name, safe)
        case String(), Json() if safe:
            raise Refused("a try at a text as a document")
        case String(), Timestamp():
            if safe:
                raise Refused("a try at a text as a timestamp")
            return sql.Cast(_reading(_text(operand, NO_TIMESTAMP, "no timestamp")), name, safe)
        case String(), Datetime():
            reading = _text(operand, NO_DATETIME, "no datetime")
            return sql.Cast(call("replace", reading, sql.Text("T"), sql.Text(" ")), name, safe)
        case String(), Date():
            return sql.Cast(_text(operand, NO_DATE, "no date"), name, safe)
        case Boolean(), String():
            return call("lower", sql.Cast(operand, name))
        case Boolean(), Integer():
            return sql.Cast(operand, name)
        case ((Timestamp() | Datetime()), String()):
            text = call("regexp_replace", sql.Cast(operand, name), sql.Text(r"\.?0*$"), sql.Text(""))
            return sql.Chain("||", (text, sql.Text("Z"))) if isinstance(given, Timestamp) else text
        case Binary(), String():
            if safe:
                raise Refused("a try at bytes as a text")
            return sql.Cast(operand, name)
        case Date(), Timestamp():
            return sql.Cast(sql.Cast(operand, "timestamp(6)"), name)
        case ((Array() | Map() | Struct()), _) if not is_plain(given, wanted):
            raise Refused(f"a cast of {given} to {wanted}")
        case _:
            return sql.Cast(operand, name, safe)


def is_plain(given: DataType, wanted: DataType) -> bool:
    """Whether Flink's own cast means what the language says, also of what is inside composites."""
    return all(_is_as_here(a, b) for a, b in leaf_casts(given, wanted))


def _is_as_here(given: DataType, wanted: DataType) -> bool:
    match given, wanted:
        case _ if given == wanted:
            return True
        case Null(), _:
            return True
        case ((Integer() | Decimal()), (Integer() | Decimal())):
            return fits(given, wanted)
        case ((Integer() | Decimal() | Float()), Double()):
            return True
        case ((Integer() | Decimal() | Date()), String()):
            return True
        case Date(), Datetime():
            return True
        case _:
            return False


def fits(given: DataType, wanted: DataType) -> bool:
    """Whether every exact number of one type is one of the other."""
    match given, wanted:
        case Integer(a), Integer(b):
            return a <= b
        case Integer(bits), Decimal(precision, scale):
            return INTEGER_DIGITS[bits] <= precision - scale
        case Decimal(p, s), Decimal(q, t):
            # A fraction that is rounded may be one more before the point.
            return p - s + (s > t) <= q - t
        case _:
            return False


def by_text(operand: sql.Expr, name: str, safe: bool = False) -> sql.Expr:
    """A number as one of type `name`; what doesn't fit fails, or is null if `safe`."""
    return sql.Cast(call("trim", sql.Cast(operand, "string")), name, safe)


def _whole(operand: sql.Expr, bits: int, name: str, safe: bool) -> sql.Expr:
    """Flink makes the nearest integer of what is past the range, and zero of NaN."""
    low, high = sql.Unary("-", sql.Number(f"{2 ** (bits - 1)}e0")), sql.Number(f"{2 ** (bits - 1)}e0")
    inside = sql.Chain(
        "and", (sql.Binary(">", operand, sql.Binary("-", low, sql.integer(1))), sql.Binary("<", operand, high))
    )
    if bits == 64:
        inside = sql.Chain("and", (sql.Binary(">=", operand, low), sql.Binary("<", operand, high)))
    past = sql.Cast(sql.Chain("||", (sql.Cast(operand, "string"), sql.Text(" is out of range"))), name)
    return sql.Case(((inside, sql.Cast(operand, name)),), None if safe else past)


def _text(operand: sql.Expr, none: str, instead: str) -> sql.Expr:
    """A text that Flink reads as a number only if it is one: it would cut off fractions and spaces."""
    return call("regexp_replace", operand, sql.Text(none), sql.Text(instead))


def _double(operand: sql.Expr) -> sql.Expr:
    """Flink takes `1d` for a number, and knows the words for those that are none in one spelling."""
    checked = _text(operand, NO_DOUBLE, "no number")
    nan = call("regexp_replace", checked, sql.Text(r"^(?i:nan)\z"), sql.Text("NaN"))
    return call("regexp_replace", nan, sql.Text(r"(?i:inf(inity)?)\z"), sql.Text("Infinity"))


def _reading(operand: sql.Expr) -> sql.Expr:
    """An instant in UTC as Flink reads it; another zone is none that it could read."""
    return call(
        "replace",
        call("regexp_replace", operand, sql.Text(r"(Z|\+00(:?00)?)$"), sql.Text("")),
        sql.Text("T"),
        sql.Text(" "),
    )

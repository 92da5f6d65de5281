"""Values of one type made into another: without being asked where that only widens, by `cast` where it can be done."""

from datetime import UTC, date, datetime, time
from decimal import Decimal as Number

from oftra.check.literals import temporal
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
    Json,
    Map,
    Null,
    String,
    Struct,
    Timestamp,
    Unknown,
    widens,
)
from oftra.diagnostics import Report
from oftra.ir.expr import Cast, Expr, Literal, Value


def convert(expr: Expr, wanted: DataType, report: Report) -> Expr:
    """`expr` as a `wanted`, which it is known to widen to. A literal becomes a literal of that type."""
    given = expr.type
    if given == wanted or isinstance(wanted, Unknown) or isinstance(given, Unknown):
        return expr
    if isinstance(expr, Literal):
        if isinstance(expr.value, str) and isinstance(wanted, Date | Timestamp | Datetime):
            return temporal(expr.value, wanted, expr.span, report)
        return Literal(_as(expr.value, wanted), wanted, span=expr.span)
    return Cast(expr, wanted, expr.nullable, implicit=True, span=expr.span)


def _as(value: Value, wanted: DataType) -> Value:
    match wanted, value:
        case (Double() | Float(), int() | Number()) if not isinstance(value, bool):
            return float(value)
        case Decimal(), int():
            return Number(value)
        case Datetime(), date() if not isinstance(value, datetime):
            return datetime.combine(value, time())
        case Timestamp(), date() if not isinstance(value, datetime):
            return datetime.combine(value, time(), tzinfo=UTC)
        case _:
            return value


def fits_cell(expr: Expr, wanted: DataType) -> bool:
    """Whether a constant may stand where `wanted` is: it widens to it, or is a literal that has just this value there.

    So `1` is a `bigint`, `1.50` a `decimal(10, 2)` or a `double`, and `'2026-01-31'` a date, if a column says so.
    """
    given = expr.type
    if widens(given, wanted):
        return True
    if not isinstance(expr, Literal):
        return False
    match wanted, expr.value:
        case (Date() | Timestamp() | Datetime() | Json(), str()):
            return True
        case Integer(bits), int() as whole if not isinstance(whole, bool):
            limit = 1 << (bits - 1)
            return -limit <= whole < limit
        case Float(), int() | float() | Number():
            return not isinstance(expr.value, bool)
        case Decimal(precision, scale), int() | Number() if not isinstance(expr.value, bool):
            return _holds(Number(expr.value), precision, scale)
        case _:
            return False


def _holds(value: Number, precision: int, scale: int) -> bool:
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    return -exponent <= scale and len(digits) + exponent <= precision - scale


def castable(given: DataType, wanted: DataType) -> bool:
    """Whether `cast(given as wanted)` has a meaning that all engines can be brought to."""
    if given == wanted:
        return True
    match given, wanted:
        case (Null() | Unknown(), _) | (_, Unknown()):
            return True
        case (Float() | Double(), String()):
            return False  # every engine writes doubles in its own way: `format` says how
        case (Integer() | Decimal() | Float() | Double(), Integer() | Decimal() | Float() | Double()):
            return True
        case (Integer() | Decimal() | Boolean() | Date() | Timestamp() | Datetime() | Binary() | Json(), String()):
            return True
        case (
            String(),
            Integer()
            | Decimal()
            | Float()
            | Double()
            | Boolean()
            | Date()
            | Timestamp()
            | Datetime()
            | Binary()
            | Json(),
        ):
            return True
        case (Boolean(), Integer()) | (Integer(), Boolean()):
            return True
        case (
            (Date(), Timestamp() | Datetime()) | (Timestamp(), Date() | Datetime()) | (Datetime(), Date() | Timestamp())
        ):
            return True
        case Array(a), Array(b):
            return castable(a, b)
        case Map(key_a, value_a), Map(key_b, value_b):
            return castable(key_a, key_b) and castable(value_a, value_b)
        case Struct(a), Struct(b):
            return [x.name for x in a] == [y.name for y in b] and all(castable(x.type, y.type) for x, y in zip(a, b))
        case _:
            return False

"""Values of one type made into another: without being asked where that only widens, by `cast` where it can be done."""

from datetime import date, datetime, time, timezone
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
            return datetime.combine(value, time(), tzinfo=timezone.utc)
        case _:
            return value


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
            Integer() | Decimal() | Float() | Double() | Boolean() | Date() | Timestamp() | Datetime() | Binary() | Json(),
        ):
            return True
        case (Boolean(), Integer()) | (Integer(), Boolean()):
            return True
        case (Date(), Timestamp() | Datetime()) | (Timestamp(), Date() | Datetime()) | (Datetime(), Date() | Timestamp()):
            return True
        case Array(a), Array(b):
            return castable(a, b)
        case Map(key_a, value_a), Map(key_b, value_b):
            return castable(key_a, key_b) and castable(value_a, value_b)
        case Struct(a), Struct(b):
            return [x.name for x in a] == [y.name for y in b] and all(castable(x.type, y.type) for x, y in zip(a, b))
        case _:
            return False

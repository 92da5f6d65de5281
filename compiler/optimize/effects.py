"""What an expression may do besides having a value: fail, give another value next time, cost a lot."""

from functools import cache

from oftra.datatypes import (
    DataType,
    Date,
    Datetime,
    Decimal,
    Double,
    Float,
    Integer,
    String,
    Timestamp,
    widens,
)
from oftra.functions import lookup
from oftra.ir.expr import (
    Call,
    Case,
    Cast,
    Column,
    ExistsQuery,
    Expr,
    FieldOf,
    Foreign,
    InQuery,
    Lambda,
    Literal,
    MakeStruct,
    Runtime,
    ScalarQuery,
)
from oftra.ir.rel import Limit, Opaque, Sample
from oftra.ir.walk import children, every_rel, expressions

_NEVER_FAIL = frozenset[str]().union(
    ["and", "or", "not", "is_null", "is_true", "is_false", "equal", "not_equal", "less", "less_equal", "greater"],
    ["greater_equal", "is_distinct", "is_not_distinct", "between", "in", "like", "is_nan", "concat", "element"],
    ["array", "coalesce", "if", "nullif", "greatest", "least", "lower", "upper", "length", "reverse", "trim"],
    ["ltrim", "rtrim", "strpos", "contains", "starts_with", "ends_with", "replace", "translate", "left", "right"],
    ["substring", "ascii", "md5", "sha256", "hex", "mod", "extract", "year", "quarter", "month", "week", "day"],
    ["day_of_week", "day_of_year", "hour", "minute", "second", "date_trunc", "date_diff", "last_day", "size"],
    ["array_contains", "array_position", "map_contains_key"],
)
"""Functions that have a value (perhaps null) for all arguments: they may be computed for a row that nobody needs."""

_FLOATING = frozenset(["add", "subtract", "multiply", "divide", "negate", "abs", "round", "floor", "ceil", "trunc"])
"""Functions that never fail on floating point, but may on exact numbers."""


def may_fail(expr: Expr) -> bool:
    """Whether the run could fail over `expr`: then it must not meet rows that it would not have met."""
    match expr:
        case Column() | Literal() | Runtime():
            return False
        case Call():
            if _is_moment(expr):
                return False
            if expr.function == "to_datetime":
                return not _is_zone(expr.arguments[1]) or may_fail(expr.arguments[0])
            total = expr.function in _NEVER_FAIL or (
                expr.function in _FLOATING and isinstance(expr.type, Double | Float)
            )
            return not total or any(may_fail(argument) for argument in expr.arguments)
        case Cast():
            return not (expr.safe or _casts_always(expr.operand.type, expr.type)) or may_fail(expr.operand)
        case Case() | FieldOf() | MakeStruct() | Lambda():
            return any(may_fail(child) for child in children(expr))
        case ExistsQuery() | InQuery():
            inside = [part for rel in every_rel(expr.query) for part in expressions(rel)]
            return any(may_fail(part) for part in [*children(expr), *inside])
        case _:
            # A scalar query fails on a second row, a sum past its range; an engine's own words may do anything.
            return True


def _is_moment(expr: Expr) -> bool:
    """Whether it is a moment of the run, so much earlier or later: that is far from where times end."""
    match expr:
        case Call("add" | "subtract", (Runtime() | Call() as moment, Literal() | Runtime())):
            return isinstance(expr.type, Timestamp) and (isinstance(moment, Runtime) or _is_moment(moment))
        case _:
            return False


def _is_zone(expr: Expr) -> bool:
    """Whether a text is known to name a time zone."""
    return isinstance(expr, Literal) and isinstance(expr.value, str) and _knows_zone(expr.value)


@cache
def _knows_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo  # few programs name a zone

    try:
        return name == "UTC" or ZoneInfo(name).key == name
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return False


def _casts_always(given: DataType, wanted: DataType) -> bool:
    if isinstance(given, Timestamp | Datetime) and isinstance(wanted, Date | Timestamp | Datetime):
        return True
    return widens(given, wanted) or (isinstance(wanted, String) and isinstance(given, Integer | Decimal))


def repeatable(expr: Expr) -> bool:
    """Whether `expr` has the same value however often and wherever it is computed for a row."""
    match expr:
        case Column() | Literal() | Runtime():
            return True
        case Foreign():
            return False
        case Call():
            function = lookup(expr.function)
            if function is None or not function.deterministic:
                return False
        case ScalarQuery() | ExistsQuery() | InQuery():
            for part in every_rel(expr.query):
                # Which rows a limit takes may depend on the order in which they are found.
                if isinstance(part, Limit | Sample | Opaque) or not all(repeatable(e) for e in expressions(part)):
                    return False
    return all(repeatable(child) for child in children(expr))


def has_query(expr: Expr) -> bool:
    """Whether a query stands in `expr`."""
    if isinstance(expr, Column | Literal):
        return False
    return isinstance(expr, ScalarQuery | ExistsQuery | InQuery) or any(has_query(child) for child in children(expr))


def binds(expr: Expr) -> bool:
    """Whether columns come into being in `expr`, in a query or a lambda: two copies of it would share their ids."""
    if isinstance(expr, Column | Literal):
        return False
    if isinstance(expr, ScalarQuery | ExistsQuery | InQuery | Lambda):
        return True
    return any(binds(child) for child in children(expr))


def cheap(expr: Expr) -> bool:
    """Whether computing `expr` again costs next to nothing, and reading it again neither."""
    match expr:
        case Column() | Literal() | Runtime():
            return True
        case FieldOf() | Cast(implicit=True):
            return cheap(expr.operand)
        case _:
            return False


def short(expr: Expr, room: int = 6) -> bool:
    """Whether `expr` is small enough to be said twice: it is made of at most `room` simple parts."""
    return _room_left(expr, room) >= 0


def _room_left(expr: Expr, room: int) -> int:
    if not isinstance(expr, Column | Literal | Runtime | Call | Cast | FieldOf):
        return -1
    room -= 1
    for child in children(expr):
        if room < 0:
            break
        room = _room_left(child, room)
    return room

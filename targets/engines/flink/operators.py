"""Logic, comparison and arithmetic: what they correct depends on the types that Flink gives to their operands."""

from collections.abc import Callable
from typing import TypeAlias

from oftra.datatypes import (
    BIGINT,
    BOOLEAN,
    DATETIME,
    DOUBLE,
    STRING,
    Array,
    DataType,
    Date,
    Decimal,
    Double,
    Float,
    Integer,
    Interval,
    Map,
    String,
    Struct,
    Timestamp,
)
from oftra.ir.expr import Call, Duration, Literal
from oftra.targets.engines.flink.casts import by_text
from oftra.targets.engines.flink.datatypes import CHARACTERS, digits, meeting, settle, type_name
from oftra.targets.engines.flink.wording import Refused, constant, fail, not_null
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.said import Said
from oftra.targets.sql.planning.settling import Operands, settled_together

Operator: TypeAlias = Callable[[Call, Operands], Said]

MOST_DIGITS = 38


def settle_together(operands: Operands, wanted: DataType) -> Operands:
    """Operands that Flink brings to `wanted` by itself."""
    return settled_together(operands, wanted, meeting, settle)


def _chain(word: str) -> Operator:
    def say(call: Call, operands: Operands) -> Said:
        parts: list[sql.Expr] = []
        for operand in operands:
            match operand.expr:
                case sql.Chain(inner, below) if inner == word:
                    parts.extend(below)
                case sql.Word("null"):
                    parts.append(sql.Cast(sql.NULL, "boolean"))
                case other:
                    parts.append(other)
        return Said(sql.Chain(word, tuple(parts)), BOOLEAN)  # type: ignore[arg-type]

    return say


OPPOSITE = {
    "=": "<>",
    "<>": "=",
    "is distinct from": "is not distinct from",
    "is not distinct from": "is distinct from",
}
ORDERED_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _not(call: Call, operands: Operands) -> Said:
    """`not (a is null)` is `a is not null`, and the like."""
    match operands[0].expr:
        case sql.Binary(operator, left, right) if operator in OPPOSITE:
            return Said(sql.Binary(OPPOSITE[operator], left, right), BOOLEAN)
        case sql.Postfix(operand, operator) if "not" in operator:
            expr: sql.Expr = sql.Postfix(operand, operator.replace(" not", ""))
        case sql.Postfix(operand, operator):
            expr = sql.Postfix(operand, operator.replace("is", "is not", 1))
        case sql.Between(operand, low, high, False):
            expr = sql.Between(operand, low, high, True)
        case sql.In(operand, items, False):
            expr = sql.In(operand, items, True)
        case sql.Exists(query, False):
            expr = sql.Exists(query, True)
        case sql.Like("like", operand, pattern, escape):
            expr = sql.Like("not like", operand, pattern, escape)
        case other:
            expr = sql.Unary("not", other)
    return Said(expr, BOOLEAN)


def _test(words: str) -> Operator:
    def say(call: Call, operands: Operands) -> Said:
        return Said(sql.Postfix(_typed_null(operands[0], call.arguments[0].type), words), BOOLEAN)

    return say


def _typed_null(said: Said, type_: DataType) -> sql.Expr:
    """A bare `null` has no type that Flink could work with."""
    return sql.Cast(sql.NULL, type_name(type_)) if said.expr == sql.NULL else said.expr


def _comparable(call: Call, operands: Operands, ordered: bool = True) -> tuple[sql.Expr, ...]:
    """Operands that Flink compares as the values that they are."""
    wanted = call.arguments[0].type
    if ordered and isinstance(wanted, Array | Map | Struct):
        raise Refused(f"{call.function} of {type(wanted).__name__.lower()}s")
    if isinstance(wanted, String) and all(said.type in (STRING, CHARACTERS) for said in operands):
        return tuple([said.expr for said in operands])
    operands = tuple(
        [Said(_typed_null(said, wanted), wanted if said.expr == sql.NULL else said.type) for said in operands]
    )
    if isinstance(wanted, Timestamp) and all(said.type == DATETIME for said in operands):
        # The ends of windows: all of them readings of the clock in UTC.
        return tuple([said.expr for said in operands])
    if isinstance(wanted, Integer | Decimal) and all(digits(said.type) is not None for said in operands):
        return tuple([said.expr for said in operands])
    return tuple([said.expr for said in settle_together(operands, wanted)])


def _compare(operator: str) -> Operator:
    ordered = operator in ORDERED_OPPOSITE

    def say(call: Call, operands: Operands) -> Said:
        left, right = _comparable(call, operands, ordered)
        return Said(sql.Binary(operator, left, right), BOOLEAN)

    return say


def _between(call: Call, operands: Operands) -> Said:
    operand, low, high = _comparable(call, operands)
    return Said(sql.Between(operand, low, high), BOOLEAN)


def _in(call: Call, operands: Operands) -> Said:
    operand, *items = _comparable(call, operands, ordered=False)
    return Said(sql.In(operand, tuple(items)), BOOLEAN)


def _like(call: Call, operands: Operands) -> Said:
    text, pattern, *escape = [_typed_null(said, STRING) for said in operands]
    given = escape[0] if escape and escape[0] != sql.Text("") else None
    return Said(sql.Like("like", text, pattern, given), BOOLEAN)


# ------------------------------------------------------------------------------------------------------- arithmetic


def _arithmetic(operator: str) -> Operator:
    def say(call: Call, operands: Operands) -> Said:
        first = call.arguments[0].type
        if isinstance(call.type, Decimal):
            return exact(operator, call, operands)
        if isinstance(call.type, Integer) and not isinstance(first, Date):
            return Said(by_text(wider(operator, call.type, operands), type_name(call.type)), call.type)
        if isinstance(call.type, Double | Float) and not isinstance(first, Date | Interval):
            left, right = settle_together(operands, call.type)
            return Said(sql.Binary(operator, left.expr, right.expr), call.type)
        return _on_time(operator, call, operands)

    return say


def wider(operator: str, type_: Integer, operands: Operands) -> sql.Expr:
    """Integers in a type that has room for what comes of any two of them."""
    left, right = [Said(_typed_null(said, type_), said.type) for said in operands]
    room = "bigint" if type_.bits < 64 else "decimal(19, 0)"
    return sql.Binary(operator, _in_room(left, room), _in_room(right, room) if type_.bits == 64 else right.expr)


def _in_room(said: Said, room: str) -> sql.Expr:
    return sql.Cast(said.expr, room)


def exact(operator: str, call: Call, operands: Operands) -> Said:
    """Arithmetic of decimals, whose widths Flink computes as the language does; what has no room in 38 digits fails."""
    wanted = call.type
    assert isinstance(wanted, Decimal)
    operands = tuple(
        [
            Said(_typed_null(s, a.type), a.type if s.expr == sql.NULL else s.type)
            for s, a in zip(operands, call.arguments)
        ]
    )
    pairs = [(said, digits(said.type)) for said in operands]
    settled = [
        (said, found)
        if found is not None
        else (Said(settle(said, argument.type), argument.type), digits(argument.type))
        for (said, found), argument in zip(pairs, call.arguments)
    ]
    (left, a), (right, b) = settled
    assert a is not None and b is not None
    made: sql.Expr = sql.Binary(operator, left.expr, right.expr)
    found = width(operator, a, b)
    if found.precision < MOST_DIGITS:
        return Said(made, found)
    # What has no room is null, in a type that has no null: only a try lets it be seen.
    lost: sql.Expr = sql.Postfix(sql.Cast(made, type_name(found), safe=True), "is null")
    nullable = [said.expr for said, argument in zip((left, right), call.arguments) if argument.nullable]
    lost = sql.all_of((*[not_null(expr) for expr in nullable], lost))
    return Said(sql.Case(((lost, fail("past 38 digits", type_name(found))),), made), found)


def width(operator: str, a: Decimal, b: Decimal) -> Decimal:
    """The decimal that Flink computes two others in."""
    if operator == "*":
        return _fit(a.precision + b.precision + 1, a.scale + b.scale)
    scale = max(a.scale, b.scale)
    whole = (min if operator == "%" else max)(a.precision - a.scale, b.precision - b.scale)
    return _fit(whole + scale + (operator != "%"), scale)


def _fit(precision: int, scale: int) -> Decimal:
    if precision <= MOST_DIGITS:
        return Decimal(precision, scale)
    return Decimal(MOST_DIGITS, max(MOST_DIGITS - (precision - scale), min(scale, 6)))


def _on_time(operator: str, call: Call, operands: Operands) -> Said:
    """Dates, moments and intervals."""
    left, right = [settle(said, a.type) for said, a in zip(operands, call.arguments)]
    match call.arguments[0].type, call.arguments[1].type, call.type:
        case Date(), Date(), _:
            return Said(sql.Cast(sql.call("timestampdiff", sql.Word("day"), right, left), "bigint"), BIGINT)
        case _, _, Interval() if not isinstance(call.arguments[0].type, Interval):
            raise Refused("the time between two moments")
        case _:
            return Said(sql.Binary(operator, left, right), call.type)


def divisor(call: Call, operand: sql.Expr) -> sql.Expr:
    """What is divided by, null instead of zero."""
    match call.arguments[1]:
        case Literal(value) if value and not isinstance(value, Duration):
            return operand
        case other if constant(other) == 0:
            return sql.Cast(sql.NULL, type_name(call.arguments[1].type))
        case _ if isinstance(operand, sql.Number) and float(operand.text):
            return operand
        case _:
            return sql.Function("nullif", (operand, sql.Number("0")))


def _divide(call: Call, operands: Operands) -> Said:
    if not isinstance(call.type, Double):
        raise Refused("divide of decimals: Flink rounds more than once")
    left, right = [Said(_typed_null(said, a.type), said.type) for said, a in zip(operands[:2], call.arguments)]
    return Said(sql.Binary("/", settle(left, DOUBLE), divisor(call, right.expr)), DOUBLE)


def _div(call: Call, operands: Operands) -> Said:
    """The least integer has no opposite of its type."""
    assert isinstance(call.type, Integer)
    left, right = [Said(_typed_null(said, call.type), said.type) for said in operands]
    known = constant(call.arguments[1])
    if isinstance(known, int) and known not in (0, -1):
        left, right = settle_together((left, right), call.type)
        return Said(sql.Binary("/", left.expr, right.expr), call.type)
    if call.type.bits == 64:
        # A decimal would not be divided as an integer.
        least = sql.Binary("=", left.expr, sql.Cast(sql.Text(str(-(2**63))), "bigint"))
        both = sql.Chain("and", (least, sql.Binary("=", right.expr, sql.integer(-1))))
        plain = sql.Binary("/", sql.Cast(left.expr, "bigint"), divisor(call, right.expr))
        return Said(sql.Case(((both, fail("past the range of bigint", "bigint")),), plain), BIGINT)
    quotient = sql.Binary("/", sql.Cast(left.expr, "bigint"), divisor(call, right.expr))
    return Said(by_text(quotient, type_name(call.type)), call.type)


def _mod(call: Call, operands: Operands) -> Said:
    if isinstance(call.type, Decimal):
        left, right = operands
        return exact("%", call, (left, Said(divisor(call, right.expr), right.type)))
    if isinstance(call.type, Double):
        raise Refused("mod of doubles")
    left, right = settle_together(operands, call.type)
    divided = Said(sql.call("mod", left.expr, divisor(call, right.expr)), None)
    return Said(settle(divided, call.type), call.type)


def _negate(call: Call, operands: Operands) -> Said:
    (operand,) = operands
    if isinstance(call.type, Integer):
        value = _typed_null(operand, call.type)
        room = "bigint" if call.type.bits < 64 else "decimal(19, 0)"
        return Said(by_text(sql.Unary("-", sql.Cast(value, room)), type_name(call.type)), call.type)
    return Said(sql.Unary("-", settle(operand, call.type)), call.type)


def tries(operator: str) -> Operator:
    """Null where the result has no room."""

    def say(call: Call, operands: Operands) -> Said:
        assert isinstance(call.type, Integer)
        return Said(by_text(wider(operator, call.type, operands), type_name(call.type), safe=True), call.type)

    return say


OPERATORS: dict[str, Operator] = {
    "and": _chain("and"),
    "or": _chain("or"),
    "not": _not,
    "is_null": _test("is null"),
    "is_true": _test("is true"),
    "is_false": _test("is false"),
    "equal": _compare("="),
    "not_equal": _compare("<>"),
    "less": _compare("<"),
    "less_equal": _compare("<="),
    "greater": _compare(">"),
    "greater_equal": _compare(">="),
    "is_distinct": _compare("is distinct from"),
    "is_not_distinct": _compare("is not distinct from"),
    "between": _between,
    "in": _in,
    "like": _like,
    "add": _arithmetic("+"),
    "subtract": _arithmetic("-"),
    "multiply": _arithmetic("*"),
    "divide": _divide,
    "div": _div,
    "mod": _mod,
    "negate": _negate,
    "try_add": tries("+"),
    "try_subtract": tries("-"),
    "try_multiply": tries("*"),
}
"""What is said here rather than in `functions/`, by registry name."""

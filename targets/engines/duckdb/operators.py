"""Logic, comparison and arithmetic: what they correct depends on the types that DuckDB gives to their operands."""

from collections.abc import Callable
from typing import TypeAlias

from oftra.datatypes import (
    BIGINT,
    BOOLEAN,
    DATETIME,
    DOUBLE,
    INTEGER_DIGITS,
    TIME,
    DataType,
    Date,
    Decimal,
    Double,
    Float,
    Integer,
    Interval,
    Timestamp,
)
from oftra.ir.expr import Call, Literal
from oftra.targets.engines.duckdb.datatypes import HUGEINT, meeting, type_name
from oftra.targets.engines.duckdb.functions.wide_products import WIDE_PRODUCT
from oftra.targets.engines.duckdb.functions.wide_sums import WIDE_SUM
from oftra.targets.engines.duckdb.wording import Said
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.engine import is_number

Operands: TypeAlias = tuple[Said, ...]
"""What stands on the sides of an operator, without the conversions that nobody wrote."""

Operator: TypeAlias = Callable[[Call, Operands], Said]


def settle(said: Said, wanted: DataType) -> sql.Expr:
    """An expression of exactly the type `wanted`."""
    if said.type == wanted:
        return said.expr
    if isinstance(wanted, Double):
        match said.expr:
            case sql.Number(text) if text.isdigit():
                return sql.Number(text + "e0")
            case sql.Unary("-", sql.Number(text)) if text.isdigit():
                return sql.Unary("-", sql.Number(text + "e0"))
    return sql.Cast(said.expr, type_name(wanted))


def settle_together(operands: Operands, wanted: DataType) -> Operands:
    """Operands that DuckDB brings to `wanted` by itself: as few of them converted as that takes.

    One of them must have that type already, and be no bare number: DuckDB fits that to what stands beside it.
    """
    if _come_to(operands, wanted):
        return operands
    for at, (expr, type_) in enumerate(operands):
        if type_ != wanted and not is_number(expr):
            operands = (*operands[:at], Said(settle(operands[at], wanted), wanted), *operands[at + 1 :])
            if _come_to(operands, wanted):
                return operands
    return tuple([Said(settle(operand, wanted), wanted) for operand in operands])


def _come_to(operands: Operands, wanted: DataType) -> bool:
    found = operands[0].type
    for operand in operands[1:]:
        found = meeting(found, operand.type)
    if found != wanted:
        return False
    anchored = any(type_ == wanted and not is_number(expr) for expr, type_ in operands)
    return anchored or all(type_ == wanted for _, type_ in operands)


def _chain(word: str) -> Operator:
    def say(call: Call, operands: Operands) -> Said:
        parts: list[sql.Expr] = []
        for operand in operands:
            match operand.expr:
                case sql.Chain(inner, below) if inner == word:
                    parts.extend(below)
                case other:
                    parts.append(other)
        return Said(sql.Chain(word, tuple(parts)), BOOLEAN)  # type: ignore[arg-type]

    return say


OPPOSITE = {
    "=": "<>",
    "<>": "=",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "is distinct from": "is not distinct from",
    "is not distinct from": "is distinct from",
}
"""What is true where the other is false, and null where it is null: all values of a type have an order."""


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
        return Said(sql.Postfix(operands[0].expr, words), BOOLEAN)

    return say


def _comparable(call: Call, operands: Operands) -> tuple[sql.Expr, ...]:
    """Operands that DuckDB compares as the values that they are."""
    wanted = call.arguments[0].type
    if isinstance(wanted, Integer | Decimal):
        # Of exact numbers DuckDB takes a type that holds both, whatever they are.
        return tuple([_shortest(operand.expr) for operand in operands])
    return tuple([operand.expr for operand in settle_together(operands, wanted)])


def _shortest(expr: sql.Expr) -> sql.Expr:
    """A number without digits that don't change its value."""
    match expr:
        case sql.Number(text) if "." in text and "e" not in text:
            return sql.Number(text.rstrip("0").removesuffix("."))
        case sql.Unary("-", sql.Number() as number):
            return sql.Unary("-", _shortest(number))
        case _:
            return expr


def _compare(operator: str) -> Operator:
    def say(call: Call, operands: Operands) -> Said:
        left, right = _comparable(call, operands)
        return Said(sql.Binary(operator, left, right), BOOLEAN)

    return say


def _between(call: Call, operands: Operands) -> Said:
    operand, low, high = _comparable(call, operands)
    return Said(sql.Between(operand, low, high), BOOLEAN)


def _in(call: Call, operands: Operands) -> Said:
    operand, *items = _comparable(call, operands)
    return Said(sql.In(operand, tuple(items)), BOOLEAN)


def _like(call: Call, operands: Operands) -> Said:
    text, pattern, *escape = [operand.expr for operand in operands]
    given = escape[0] if escape and escape[0] != sql.Text("") else None
    return Said(sql.Like("like", text, pattern, given), BOOLEAN)


def _arithmetic(operator: str) -> Operator:
    def say(call: Call, operands: Operands) -> Said:
        wanted = call.type
        match wanted:
            case Decimal():
                return _exact(operator, wanted, operands)
            case Integer() | Double() | Float() if not isinstance(call.arguments[0].type, Date):
                if not any(operand.type == HUGEINT for operand in operands):
                    operands = settle_together(operands, wanted)
                left, right = operands
                return Said(sql.Binary(operator, left.expr, right.expr), meeting(left.type, right.type))
            case _:
                return _on_time(operator, call, operands)

    return say


def _exact(operator: str, wanted: Decimal, operands: Operands) -> Said:
    """Arithmetic of decimals. DuckDB multiplies in 18 digits unless an operand has more: then one is made wider.

    Where digits after the point give way, what is rounded off may have been digits past 38.
    """
    left, right = operands
    a, b = digits(left.type), digits(right.type)
    if a is None or b is None:
        return Said(sql.Binary(operator, left.expr, right.expr), None)
    if operator != "*":
        scale = max(a.scale, b.scale)
        whole = max(a.precision - a.scale, b.precision - b.scale) + 1
        if scale > wanted.scale:
            return _wide_sum(operator, wanted, left, right)
        type_ = Decimal(whole + scale, scale) if whole + scale <= 38 else None
        return Said(sql.Binary(operator, left.expr, right.expr), type_)
    scale = a.scale + b.scale
    lost = scale - wanted.scale
    if lost > 0 and _fits(a, left.expr) + _fits(b, right.expr) > 38:
        widths = (sql.integer(lost), sql.integer(wanted.scale))
        text = sql.Function(WIDE_PRODUCT.name, (left.expr, right.expr, *widths))
        return Said(sql.Cast(text, type_name(wanted)), wanted)
    if _fits(a, left.expr) + _fits(b, right.expr) > 18 >= max(a.precision, b.precision):
        a = Decimal(19, a.scale)
        left = Said(sql.Cast(left.expr, type_name(a)), a)
    precision = a.precision + b.precision
    if max(a.precision, b.precision) <= 18:
        precision = min(precision, 18)
    found = Decimal(min(precision, 38), scale) if scale <= 38 else None  # past 38 digits the run fails
    return Said(sql.Binary(operator, left.expr, right.expr), found)


def _wide_sum(operator: str, wanted: Decimal, left: Said, right: Said) -> Said:
    """A sum whose last digits give way; `floor` makes a double of an integer."""
    x, y = [
        one.expr if isinstance(one.type, Decimal) else sql.Cast(one.expr, type_name(digits(one.type) or wanted))
        for one in (left, right)
    ]
    other = sql.Unary("-", y) if operator == "-" else y
    text = sql.Function(WIDE_SUM.name, (x, other, sql.integer(wanted.scale)))
    return Said(sql.Cast(text, type_name(wanted)), wanted)


def _fits(type_: Decimal, expr: sql.Expr) -> int:
    """How many digits a value can have: of a bare number those that it has."""
    match expr:
        case sql.Number(text) | sql.Unary("-", sql.Number(text)):
            return len(text.replace(".", ""))
        case _:
            return type_.precision


def digits(type_: DataType | None) -> Decimal | None:
    """The decimal that DuckDB takes a number of this type for; None if it is none that holds it."""
    match type_:
        case Decimal():
            return type_
        case Integer(bits) if bits in INTEGER_DIGITS:
            return Decimal(INTEGER_DIGITS[bits], 0)
        case _:
            return None


def _on_time(operator: str, call: Call, operands: Operands) -> Said:
    """Dates and intervals. A date and an interval give DuckDB a timestamp, whatever the interval's unit."""
    left, right = [
        settle(operand, argument.type) if not isinstance(argument.type, Interval) else operand.expr
        for operand, argument in zip(operands, call.arguments)
    ]
    expr = sql.Binary(operator, left, right)
    match call.arguments[0].type, call.type:
        case Date(), Date():
            return Said(sql.Cast(expr, "date"), call.type)
        case Date(), Integer():
            return Said(expr, BIGINT)
        case Date(), _:
            return Said(expr, DATETIME)
        case Timestamp(), Interval():
            return Said(expr, TIME)
        case _:
            return Said(expr, call.type)


def divisor(call: Call, operand: sql.Expr) -> sql.Expr:
    """What is divided by, null instead of zero."""
    match call.arguments[1]:
        case Literal(value) if value:
            return operand
        case _ if isinstance(operand, sql.Number) and float(operand.text):
            return operand
        case _:
            return sql.Function("nullif", (operand, sql.Number("0")))


def _divide(call: Call, operands: Operands) -> Said:
    left, right = operands[:2]
    if not isinstance(call.type, Double):
        return _divide_exactly(call, operands)
    if DOUBLE not in (left.type, right.type) and isinstance(meeting(left.type, right.type), Float):
        left = Said(sql.Cast(left.expr, "double"), DOUBLE)
    return Said(sql.Binary("/", left.expr, divisor(call, right.expr)), DOUBLE)


def _divide_exactly(call: Call, operands: Operands) -> Said:
    """`divide(a, b, scale)`: in integers, one digit more than asked for, rounded by the cast away from it.

    DuckDB has no division of decimals; its doubles would not be exact.
    """
    assert isinstance(call.type, Decimal)
    a, b = digits(call.arguments[0].type), digits(call.arguments[1].type)
    scale = call.type.scale
    assert a is not None and b is not None

    def unscaled(operand: sql.Expr, type_: Decimal, up: int) -> sql.Expr:
        shifted = operand
        if type_.scale + up:
            factor = sql.Cast(sql.Number("1" + "0" * (type_.scale + up)), f"decimal({type_.scale + up + 1}, 0)")
            wide = sql.Cast(operand, f"decimal({38 - type_.scale - up - 1}, {type_.scale})")
            shifted = sql.Binary("*", wide, factor)
        return sql.Cast(shifted, "hugeint")

    up = max(0, scale + 1 + b.scale - a.scale)
    extra = a.scale + up - b.scale - scale
    quotient = sql.Binary("//", unscaled(operands[0].expr, a, up), divisor(call, unscaled(operands[1].expr, b, 0)))
    # `quotient` has scale + extra digits after the point; a step towards the result's scale rounds half away from zero.
    shifted = sql.Binary("*", sql.Cast(quotient, "decimal(38, 0)"), sql.Number("0." + "0" * (scale + extra - 1) + "1"))
    return Said(sql.Cast(call_round(shifted, scale), type_name(call.type)), call.type)


def call_round(value: sql.Expr, scale: int) -> sql.Expr:
    """`round(value, scale)`."""
    return sql.Function("round", (value, sql.Number(str(scale))))


def _integer_division(operator: str) -> Operator:
    def say(call: Call, operands: Operands) -> Said:
        left, right = operands
        if isinstance(call.type, Integer | Double):
            left, right = settle_together(operands, call.type)
        expr = sql.Binary(operator, left.expr, divisor(call, right.expr))
        found = meeting(left.type, right.type) if isinstance(call.type, Integer | Double) else None
        return Said(expr, found)

    return say


def _negate(call: Call, operands: Operands) -> Said:
    (operand,) = operands
    if isinstance(call.type, Integer):
        # The least integer has no opposite of its type.
        settled = settle(operand, call.type)
        # DuckDB gives the opposite of a constant, cast or not, a type in which it fits.
        return Said(sql.Unary("-", settled), None if isinstance(settled, sql.Cast) else call.type)
    return Said(sql.Unary("-", operand.expr), operand.type)


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
    "div": _integer_division("//"),
    "mod": _integer_division("%"),
    "negate": _negate,
}
"""What is said here rather than in `functions/`, by registry name."""

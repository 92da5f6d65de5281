"""Logic, comparison and arithmetic: what they correct depends on the types that Spark gives to their operands."""

from collections.abc import Callable
from decimal import Decimal as Number
from typing import TypeAlias

from oftra.datatypes import (
    BIGINT,
    BOOLEAN,
    DATETIME,
    DOUBLE,
    INT,
    Date,
    Decimal,
    Double,
    Float,
    Integer,
    Interval,
)
from oftra.diagnostics.spark import TooManyDigits
from oftra.ir.expr import Cast, Duration, Expr, Literal
from oftra.targets.engines.spark import datatypes
from oftra.targets.engines.spark.datatypes import meeting, type_name
from oftra.targets.engines.spark.settling import binary, number, settle_together, settled
from oftra.targets.engines.spark.wording import Arguments, Asked, Said, cast, constant, short
from oftra.targets.python import tree as py

Operator: TypeAlias = Callable[[Asked, Arguments], Said]
"""Says an operator of what stands on its sides, without the conversions that nobody wrote."""


def _chain(operator: py.BinaryOperator) -> Operator:
    def say(asked: Asked, operands: Arguments) -> Said:
        made = operands[0].expr
        for operand in operands[1:]:
            made = py.Binary(operator, made, operand.expr)
        return Said(made, BOOLEAN)

    return say


def _not(asked: Asked, operands: Arguments) -> Said:
    """`not (a is null)` is `isNotNull`, and the like."""
    match operands[0].expr:
        case py.Call(py.Attribute(value, "isNull"), ()):
            return Said(py.method(value, "isNotNull"), BOOLEAN)
        case py.Call(py.Attribute(value, "isNotNull"), ()):
            return Said(py.method(value, "isNull"), BOOLEAN)
        case py.Unary("~", value):
            return Said(value, BOOLEAN)
        case other:
            return Said(py.Unary("~", other), BOOLEAN)


def _is_null(asked: Asked, operands: Arguments) -> Said:
    return Said(py.method(operands[0].expr, "isNull"), BOOLEAN)


def _is(value: bool) -> Operator:
    def say(asked: Asked, operands: Arguments) -> Said:
        if asked.call.arguments[0].nullable:
            return Said(py.method(operands[0].expr, "eqNullSafe", py.TRUE if value else py.FALSE), BOOLEAN)
        return operands[0] if value else _not(asked, operands)

    return say


def _comparable(asked: Asked, operands: Arguments) -> Arguments:
    """Operands that Spark compares as the values that they are."""
    wanted = asked.call.arguments[0].type
    if isinstance(wanted, Integer | Decimal | Interval) or all(operand.type is None for operand in operands):
        # Of exact numbers Spark takes a type that holds both, whatever they are.
        return operands
    return settle_together(operands, wanted)


_MIRRORED: dict[str, py.Comparator] = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _compare(operator: py.Comparator) -> Operator:
    def say(asked: Asked, operands: Arguments) -> Said:
        left, right = _comparable(asked, operands)
        if left.bare is not None and right.bare is None:
            return Said(py.Compare(_MIRRORED[operator], right.expr, number(left)), BOOLEAN)
        return Said(py.Compare(operator, left.expr, number(right)), BOOLEAN)

    return say


def _is_not_distinct(asked: Asked, operands: Arguments) -> Said:
    left, right = _comparable(asked, operands)
    return Said(py.method(left.expr, "eqNullSafe", right.beside), BOOLEAN)


def _is_distinct(asked: Asked, operands: Arguments) -> Said:
    return Said(py.Unary("~", _is_not_distinct(asked, operands).expr), BOOLEAN)


def _between(asked: Asked, operands: Arguments) -> Said:
    operand, low, high = _comparable(asked, operands)
    return Said(py.method(operand.expr, "between", number(low), number(high)), BOOLEAN)


def _in(asked: Asked, operands: Arguments) -> Said:
    operand, *items = _comparable(asked, operands)
    return Said(py.method(operand.expr, "isin", *[item.beside for item in items]), BOOLEAN)


def _like(asked: Asked, operands: Arguments) -> Said:
    """Spark takes a backslash for an escape where none is given."""
    text_, pattern, *escape = operands
    escaping = _text(asked.call.arguments[2]) if escape else ""
    known = _text(asked.call.arguments[1])
    if known is not None and escaping is not None:
        return Said(py.method(text_.expr, "like", py.String(_with_backslashes(known, escaping))), BOOLEAN)
    if escaping:
        return Said(py.call("F.like", text_.argument, pattern.argument, escape[0].expr), BOOLEAN)
    doubled = py.call(
        "F.replace", pattern.argument, py.call("F.lit", py.String("\\")), py.call("F.lit", py.String("\\\\"))
    )
    return Said(py.call("F.like", text_.argument, doubled), BOOLEAN)


def _text(expr: Expr) -> str | None:
    match expr:
        case Literal(str() as value):
            return value
        case _:
            return None


def _with_backslashes(pattern: str, escape: str) -> str:
    """A pattern of which `escape` takes the meaning from a character ('': none does), as Spark escapes it."""
    made: list[str] = []
    at = 0
    while at < len(pattern):
        one = pattern[at]
        if escape and one == escape and at + 1 < len(pattern):
            at += 1
            one = pattern[at]
            made.append("\\" + one if one in "%_\\" else one)
        else:
            made.append("\\\\" if one == "\\" else one)
        at += 1
    return "".join(made)


# ------------------------------------------------------------------------------------------------------- arithmetic


def _arithmetic(operator: py.BinaryOperator) -> Operator:
    def say(asked: Asked, operands: Arguments) -> Said:
        match asked.call.type:
            case Decimal() as wanted:
                return _exact(operator, wanted, operands)
            case Integer() | Double() | Float() as wanted if not isinstance(asked.call.arguments[0].type, Date):
                left, right = settle_together(operands, wanted)
                return Said(binary(operator, left, right), meeting(left.type, right.type))
            case _:
                return _on_time(operator, asked, operands)

    return say


_RULES = {"+": datatypes.sum_of, "-": datatypes.sum_of, "*": datatypes.product_of, "%": datatypes.remainder_of}


def _exact(operator: py.BinaryOperator, wanted: Decimal, operands: Arguments) -> Said:
    """Arithmetic of decimals. Spark takes a bigint for 20 digits: one more than it has, which may cost one behind."""
    a, b = (_digits(operand) for operand in operands)
    if a is None or b is None:
        left, right = [settled(operand, wanted) for operand in operands]
        return Said(binary(operator, left, right), None)
    found = _RULES[operator](a, b)
    if found.scale < wanted.scale:
        narrow = Decimal(19, 0)
        operands = tuple([settled(one, narrow) if one.type == BIGINT and one.bare is None else one for one in operands])
        a, b = [datatypes.decimal_of(operand.type) or narrow for operand in operands]
        found = _RULES[operator](a, b)
    return Said(binary(operator, *operands), found)


def _digits(said: Said) -> Decimal | None:
    """The decimal that Spark takes an operand for: a whole number as it stands for one of its own digits."""
    match said.bare, said.type:
        case ((py.Number(digits) | py.Unary("-", py.Number(digits))), Integer()):
            return Decimal(len(digits), 0)
        case _, type_:
            return datatypes.decimal_of(type_)


def _on_time(operator: py.BinaryOperator, asked: Asked, operands: Arguments) -> Said:
    """Dates, times and spans of time."""
    call = asked.call
    given = call.arguments[0].type
    left, right = operands
    match given, call.type:
        case Date(), Integer():
            return Said(py.call("F.date_diff", left.argument, right.argument), INT)
        case Date(), Date():
            return Said(_shifted(operator, left, right, call.arguments[1]), call.type)
        case Date(), _:
            return Said(cast(py.Binary(operator, left.expr, right.expr), "timestamp_ntz"), DATETIME)
        case Interval(), _ if isinstance(call.arguments[1].type, Integer):
            return Said(py.Binary(operator, left.expr, right.beside), call.type)
        case Interval(), Interval():
            return Said(py.Binary(operator, left.expr, right.expr), call.type)
        case _:
            if not isinstance(call.arguments[1].type, Interval):
                left, right = _comparable(asked, operands)
            return Said(py.Binary(operator, left.expr, right.expr), call.type)


def _shifted(operator: str, left: Said, right: Said, span: Expr) -> py.Expr:
    """A date so many days or months later or earlier."""
    sign = -1 if operator == "-" else 1
    match right.expr:
        case py.Call(py.Attribute(py.Name("F"), "make_ym_interval"), (py.Call(py.Attribute(_, "lit")), count)):
            assert not isinstance(count, py.Keyword | py.Starred)
            return py.call("F.add_months", left.argument, short(count) if sign > 0 else py.Unary("-", count))
        case py.Binary("*", py.Call(py.Attribute(_, "expr"), (py.String("interval 1 day"),)), count):
            return py.call("F.date_add" if sign > 0 else "F.date_sub", left.argument, short(count))
    match span:
        case Literal(Duration(months, 0), _) if months:
            return py.call("F.add_months", left.argument, py.number(sign * months))
        case Literal(Duration(0, micros), _) if micros % 86_400_000_000 == 0:
            days = sign * (micros // 86_400_000_000)
            if days < 0:
                return py.call("F.date_sub", left.argument, py.number(-days))
            return py.call("F.date_add", left.argument, py.number(days))
        case _ if isinstance(span.type, Interval) and span.type.kind == "months":
            return py.Binary("-" if sign < 0 else "+", left.expr, right.expr)
        case _:
            return cast(py.Binary("-" if sign < 0 else "+", left.expr, right.expr), "date")


def is_not_zero(expr: Expr) -> bool:
    """Whether a divisor is known not to be zero."""
    match expr:
        case Literal(value):
            return not isinstance(value, str | bytes) and bool(value)
        case Cast(operand, implicit=True):
            return is_not_zero(operand)
        case _:
            return False


def divisor(asked: Asked, operand: Said) -> py.Expr:
    """What is divided by, null instead of zero."""
    if is_not_zero(asked.call.arguments[1]):
        return number(operand)
    return py.call("F.nullif", operand.argument, py.call("F.lit", py.number(0)))


def _divide(asked: Asked, operands: Arguments) -> Said:
    if not isinstance(asked.call.type, Double):
        return _divide_exactly(asked, operands)
    left, right = [_as_double(operand, given) for operand, given in zip(operands, asked.call.arguments)]
    if DOUBLE not in (left.type, right.type):
        # Of integers Spark makes a double, of anything beside a double too; of decimals, a decimal.
        if not isinstance(left.type, Integer):
            left = settled(left, DOUBLE)
        elif not isinstance(right.type, Integer):
            right = settled(right, DOUBLE)
    if is_not_zero(asked.call.arguments[1]):
        return Said(binary("/", left, right), DOUBLE)
    return Said(py.call("F.try_divide", left.argument, right.argument), DOUBLE)


def _as_double(said: Said, given: Expr) -> Said:
    """An operand of a division of doubles; a constant is written as the number that it is."""
    match given:
        case Literal(Number() as value) if value == int(value) and abs(value) < 2**31:
            return constant(py.number(int(value)), INT)
        case Literal(Number() as value):
            return constant(py.number(float(value)), DOUBLE)
        case _:
            return said if isinstance(said.type, Integer | Decimal | Double) else settled(said, DOUBLE)


def _divide_exactly(asked: Asked, operands: Arguments) -> Said:
    """`divide(a, b, scale)`: Spark's own quotient, rounded.

    Spark rounds it too, to one digit more than the divisor has behind the dividend's: so far behind the digits asked
    for, provided that the dividend has as many, that no digit rounded there could make a half here.
    """
    wanted = asked.call.type
    assert isinstance(wanted, Decimal)
    left, right = [
        operand if _digits(operand) is not None else settled(operand, argument.type)
        for operand, argument in zip(operands[:2], asked.call.arguments)
    ]
    a, b = _digits(left), _digits(right)
    assert a is not None and b is not None
    if a.scale < wanted.scale:
        a = Decimal(a.precision - a.scale + wanted.scale, wanted.scale)
        left = Said(cast(left.expr, type_name(a)), a)
    if a.precision > 38 or a.precision - a.scale + b.scale + max(6, a.scale + b.precision + 1) > 38:
        asked.around.report.add(TooManyDigits(asked.call.function, span=asked.call.span))
        return Said(py.call("F.lit", py.NONE), wanted)
    if is_not_zero(asked.call.arguments[1]):
        return Said(cast(binary("/", left, right), type_name(wanted)), wanted)
    return Said(cast(py.call("F.try_divide", left.argument, right.argument), type_name(wanted)), wanted)


def _div(asked: Asked, operands: Arguments) -> Said:
    """Spark divides to a bigint."""
    left, right = operands
    below = divisor(asked, right)
    beside = below if isinstance(below, py.Call) else py.call("F.lit", below)
    return Said(py.call("F.call_function", py.String("div"), left.argument, beside), BIGINT)


def _mod(asked: Asked, operands: Arguments) -> Said:
    left, right = operands
    wanted = asked.call.type
    if isinstance(wanted, Integer | Double):
        left, right = settle_together(operands, wanted)
        found = meeting(left.type, right.type)
    else:
        a, b = _digits(left), _digits(right)
        found = None if a is None or b is None else datatypes.remainder_of(a, b)
    below = divisor(asked, right)
    return Said(py.Binary("%", left.expr, below), found)


def _negate(asked: Asked, operands: Arguments) -> Said:
    (operand,) = operands
    if isinstance(asked.call.type, Integer) and operand.type != asked.call.type:
        # The least integer has no opposite of its type.
        operand = settled(operand, asked.call.type)
    return Said(py.Unary("-", operand.expr), operand.type)


OPERATORS: dict[str, Operator] = {
    "and": _chain("&"),
    "or": _chain("|"),
    "not": _not,
    "is_null": _is_null,
    "is_true": _is(True),
    "is_false": _is(False),
    "equal": _compare("=="),
    "not_equal": _compare("!="),
    "less": _compare("<"),
    "less_equal": _compare("<="),
    "greater": _compare(">"),
    "greater_equal": _compare(">="),
    "is_distinct": _is_distinct,
    "is_not_distinct": _is_not_distinct,
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
}
"""What is said here rather than in `functions/`, by registry name."""

"""Expressions, typed: names found, operators made calls, conversions put in."""

from decimal import Decimal as Number
from typing import assert_never

from oftra.check import literals
from oftra.check.call import type_of_call
from oftra.check.context import BROKEN
from oftra.check.convert import castable, convert
from oftra.check.declared import declared_type
from oftra.check.fit import apply, apply_checked
from oftra.check.frame import Frame, at, settle
from oftra.check.name import type_of_column, type_of_member
from oftra.check.scope import Scope
from oftra.datatypes import (
    BIGINT,
    BOOLEAN,
    NULL,
    STRING,
    DataType,
    Date,
    Datetime,
    Decimal,
    Double,
    Float,
    Integer,
    Interval,
    String,
    Timestamp,
    Unknown,
    common,
    show,
    widens,
)
from oftra.diagnostics.typecheck import (
    BadCast,
    BadInterval,
    ColumnCount,
    Mismatch,
    MisplacedExpression,
    MoneyMeetsDouble,
    NoCommonType,
    NotGroupable,
)
from oftra.functions import comparable
from oftra.ir.expr import Case, Cast, Column, Duration, ExistsQuery, Expr, InQuery, Literal, ScalarQuery
from oftra.ir.rel import Item, Project, Rel
from oftra.source import Span
from oftra.syntax import nodes

BINARY: dict[str, str] = {
    "=": "equal",
    "<>": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "%": "mod",
    "||": "concat",
    "&": "bit_and",
    "|": "bit_or",
    "^": "bit_xor",
    "<<": "shift_left",
    ">>": "shift_right",
    "and": "and",
    "or": "or",
}

MOMENTS = (Date, Datetime, Timestamp)
"""What an interval is added to, whichever of the two stands first."""


def type_of(node: nodes.Expr, scope: Scope) -> Expr:
    """The typed form of `node`; `BROKEN` where something is wrong (reported)."""
    match node:
        case nodes.Column():
            return type_of_column(node, scope)
        case nodes.Member():
            return type_of_member(node, scope)
        case nodes.Number(text):
            return literals.number(text, node.span, scope.context.report)
        case nodes.String(value):
            return Literal(value, STRING, span=node.span)
        case nodes.Call():
            return type_of_call(node, scope)
        case nodes.Binary():
            return _binary(node, scope)
        case nodes.Parenthesised(operand):
            return type_of(operand, scope)
        case nodes.Cast():
            return _cast(node, scope)
        case nodes.Unary():
            return _unary(node, scope)
        case nodes.Case():
            return _case(node, scope)
        case nodes.Is(operand, what, negated):
            test = apply(f"is_{what}", (type_of(operand, scope),), node.span, scope.context)
            return _negated(test, negated, scope)
        case nodes.In():
            return _in(node, scope)
        case nodes.Between(operand, low, high, negated):
            arguments = tuple([type_of(part, scope) for part in (operand, low, high)])
            return _negated(apply("between", arguments, node.span, scope.context), negated, scope)
        case nodes.Like(operand, pattern, escape, negated):
            parts = (operand, pattern) if escape is None else (operand, pattern, escape)
            arguments = tuple([type_of(part, scope) for part in parts])
            return _negated(apply("like", arguments, node.span, scope.context), negated, scope)
        case nodes.IsDistinct(left, right, negated):
            name = "is_not_distinct" if negated else "is_distinct"
            return apply(name, (type_of(left, scope), type_of(right, scope)), node.span, scope.context)
        case nodes.Boolean(value):
            return Literal(value, BOOLEAN, span=node.span)
        case nodes.Null():
            return Literal(None, NULL, span=node.span)
        case nodes.TypedLiteral(word, text):
            return literals.typed(word, text, node.span, scope.context.report)
        case nodes.Interval():
            return _interval(node, scope)
        case nodes.Index(operand, index):
            return apply("element", (type_of(operand, scope), type_of(index, scope)), node.span, scope.context)
        case nodes.Array(items):
            return apply("array", tuple([type_of(item, scope) for item in items]), node.span, scope.context)
        case nodes.Extract(part, operand):
            part_and_time = (Literal(part, STRING, span=node.span), type_of(operand, scope))
            return apply_checked("extract", part_and_time, node.span, scope.context)
        case nodes.Subquery(query):
            return _scalar_query(query, node.span, scope)
        case nodes.Exists(query):
            frame = scope.context.query_of(query, scope.context, scope, scope.locals)
            return ExistsQuery(frame.rel, span=node.span)
        case nodes.InQuery():
            return _in_query(node, scope)
        case nodes.Tuple():
            advice = "a tuple only compares with tuples: `(a, b) in (...)`, `(a, b) = (c, d)`; make a `struct(...)`"
            return _misplaced("a tuple", advice, node.span, scope)
        case nodes.Lambda():
            return _misplaced("a lambda", "it is an argument of a function such as `transform`", node.span, scope)
        case nodes.BrokenExpr():
            return BROKEN
        case _:
            assert_never(node)


def _misplaced(what: str, advice: str, span: Span, scope: Scope) -> Expr:
    scope.context.report.add(MisplacedExpression(what, advice, span=span))
    return BROKEN


def _negated(test: Expr, negated: bool, scope: Scope) -> Expr:
    return apply("not", (test,), test.span, scope.context) if negated else test


def _binary(node: nodes.Binary, scope: Scope) -> Expr:
    operator = node.operator
    if operator in ("and", "or"):
        operands = [type_of(operand, scope) for operand in _chain(node, operator)]
        return apply(operator, tuple(operands), node.span, scope.context)
    left, right = _bare(node.left), _bare(node.right)
    if isinstance(left, nodes.Tuple) and isinstance(right, nodes.Tuple) and operator in ("=", "<>"):
        equal = _tuples_equal(left, right, scope)
        return _negated(equal, operator == "<>", scope)
    arguments = (type_of(node.left, scope), type_of(node.right, scope))
    if operator == "+" and isinstance(arguments[0].type, Interval) and isinstance(arguments[1].type, MOMENTS):
        arguments = (arguments[1], arguments[0])
    return apply(BINARY[operator], arguments, node.span, scope.context)


def _bare(node: nodes.Expr) -> nodes.Expr:
    while isinstance(node, nodes.Parenthesised):
        node = node.operand
    return node


def _chain(node: nodes.Binary, operator: str) -> list[nodes.Expr]:
    """The operands of `a and b and c`, which is written as nested pairs and means one call."""
    operands: list[nodes.Expr] = [node.right]
    left = node.left
    while isinstance(left, nodes.Binary) and left.operator == operator:
        operands.append(left.right)
        left = left.left
    operands.append(left)
    operands.reverse()
    return operands


def _tuples_equal(left: nodes.Tuple, right: nodes.Tuple, scope: Scope) -> Expr:
    """`(a, b) = (c, d)` is `a = c and b = d`."""
    if len(left.items) != len(right.items):
        scope.context.report.add(ColumnCount("this tuple", len(left.items), len(right.items), span=right.span))
        return BROKEN
    pairs = zip(left.items, right.items)
    equal = [
        apply("equal", (type_of(a, scope), type_of(b, scope)), left.span.to(right.span), scope.context)
        for a, b in pairs
    ]
    return apply("and", tuple(equal), left.span.to(right.span), scope.context)


def _unary(node: nodes.Unary, scope: Scope) -> Expr:
    operand = type_of(node.operand, scope)
    match node.operator:
        case "not":
            return apply("not", (operand,), node.span, scope.context)
        case "-":
            # The lowest integers are only written with their sign: -9223372036854775808 is a bigint.
            if isinstance(operand, Literal) and isinstance(node.operand, nodes.Number) and operand.value is not None:
                if node.operand.text == "9223372036854775808":
                    return Literal(-(2**63), BIGINT, span=node.span)
                assert not isinstance(operand.value, str | bytes | tuple | bool) and hasattr(operand.value, "__neg__")
                if isinstance(operand.value, Number) and operand.value:
                    # Python's minus rounds to 28 digits.
                    return Literal(operand.value.copy_negate(), operand.type, span=node.span)
                return Literal(-operand.value, operand.type, span=node.span)
            return apply("negate", (operand,), node.span, scope.context)
        case "~":
            return apply("bit_not", (operand,), node.span, scope.context)
        case "+":
            return operand
        case _:
            assert_never(node.operator)


def _cast(node: nodes.Cast, scope: Scope) -> Expr:
    operand = type_of(node.operand, scope)
    wanted = declared_type(node.type, scope.context.report)
    if isinstance(wanted, Unknown) or isinstance(operand.type, Unknown):
        return Literal(None, wanted, span=node.span) if isinstance(operand.type, Unknown) else BROKEN
    if not castable(operand.type, wanted):
        scope.context.report.add(BadCast(show(operand.type), show(wanted), span=node.span))
        return Literal(None, wanted, span=node.span)
    if operand.type == wanted:
        return operand
    if isinstance(operand, Literal) and operand.value is None:
        return Literal(None, wanted, span=node.span)
    return Cast(operand, wanted, node.safe or operand.nullable, node.safe, span=node.span)


def _case(node: nodes.Case, scope: Scope) -> Expr:
    context = scope.context
    branches: list[tuple[Expr, Expr]] = []
    subject = type_of(node.operand, scope) if node.operand is not None else None
    for when, then in node.branches:
        if subject is None:
            condition = scope.inside(place="`when`").condition_of(when)
        else:
            condition = apply("equal", (subject, type_of(when, scope)), when.span, context)
        branches.append((condition, type_of(then, scope)))
    otherwise = type_of(node.otherwise, scope) if node.otherwise is not None else Literal(None, NULL, span=node.span)
    values = unified([value for _, value in branches] + [otherwise], "`case`", scope)
    if values is None:
        return BROKEN
    pairs = tuple([(condition, value) for (condition, _), value in zip(branches, values)])
    nullable = any(value.nullable for value in values)
    return Case(pairs, values[-1], values[-1].type, nullable, span=node.span)


def unified(values: list[Expr], place: str, scope: Scope) -> list[Expr] | None:
    """The values, all of the type that they share; None if they share none (reported)."""
    report = scope.context.report
    joined: DataType = NULL
    among_decimals = any(isinstance(value.type, Decimal) for value in values)
    for value in values:
        given = value.type
        if among_decimals and isinstance(given, Integer) and isinstance(value, Literal):
            # A whole number beside decimals counts by its own digits, as it does in arithmetic.
            given = Decimal(len(str(abs(int(str(value.value))))), 0)
        if given == joined:
            continue
        wider = _temporal_beside(joined, value, values) or common(joined, given)
        if wider is None:
            report.add(NoCommonType(place, show(joined), show(given), span=value.span))
            return None
        warn_of_money(place, joined, given, value.span, scope)
        joined = wider
    return [convert(value, joined, report) for value in values]


def _temporal_beside(joined: DataType, value: Expr, values: list[Expr]) -> Date | Timestamp | Datetime | None:
    """The type of a date or time that a string literal stands beside, if it does."""
    if isinstance(joined, Date | Timestamp | Datetime) and isinstance(value.type, String):
        return joined if isinstance(value, Literal) else None
    if isinstance(joined, String) and isinstance(value.type, Date | Timestamp | Datetime):
        strings = [other for other in values if isinstance(other.type, String)]
        return value.type if all(isinstance(other, Literal) for other in strings) else None
    return None


def warn_of_money(place: str, left: DataType, right: DataType, span: Span, scope: Scope) -> None:
    """Warn where exact decimals become doubles because a double stands beside them."""
    if isinstance(left, Double | Float):
        left, right = right, left
    if isinstance(left, Decimal) and isinstance(right, Double | Float) and left.scale > 0:
        scope.context.report.add(MoneyMeetsDouble(place, show(left), show(right), span=span))


def _in(node: nodes.In, scope: Scope) -> Expr:
    operand = _bare(node.operand)
    if isinstance(operand, nodes.Tuple):
        tests: list[Expr] = []
        for item in node.items:
            bare = _bare(item)
            if not isinstance(bare, nodes.Tuple):
                scope.context.report.add(ColumnCount("this tuple", len(operand.items), 1, span=item.span))
                return BROKEN
            tests.append(_tuples_equal(operand, bare, scope))
        test = tests[0] if len(tests) == 1 else apply("or", tuple(tests), node.span, scope.context)
        return _negated(test, node.negated, scope)
    arguments = (type_of(node.operand, scope), *[type_of(item, scope) for item in node.items])
    return _negated(apply("in", arguments, node.span, scope.context), node.negated, scope)


def _interval(node: nodes.Interval, scope: Scope) -> Expr:
    unit = node.unit.lower().removesuffix("s")
    type_ = literals.interval_type(unit)
    if type_ is None:
        scope.context.report.add(BadInterval(node.unit, literals.UNITS, span=node.span))
        return BROKEN
    amount = type_of(node.amount, scope)
    if isinstance(amount, Literal) and isinstance(amount.value, int) and not isinstance(amount.value, bool):
        count = amount.value
        if unit in literals.MONTH_UNITS:
            duration = Duration(months=count * literals.MONTH_UNITS[unit])
        elif unit in literals.DAY_UNITS:
            duration = Duration(micros=count * literals.DAY_UNITS[unit] * literals.MICROS_OF_DAY)
        else:
            duration = Duration(micros=count * literals.TIME_UNITS[unit])
        return Literal(duration, type_, span=node.span)
    if not widens(amount.type, BIGINT):
        scope.context.report.add(Mismatch("an interval", "int", show(amount.type), span=amount.span))
        return BROKEN
    return apply(f"interval_{unit}s", (amount,), node.span, scope.context)


def _scalar_query(query: nodes.Query, span: Span, scope: Scope) -> Expr:
    frame = scope.context.query_of(query, scope.context, scope, scope.locals)
    if len(frame.entries) != 1:
        scope.context.report.add(ColumnCount("a query used as a value", 1, len(frame.entries), span=span))
        return BROKEN
    return ScalarQuery(settle(frame, scope.context), frame.entries[0][1].type, span=span)


def _in_query(node: nodes.InQuery, scope: Scope) -> Expr:
    """The query's columns are converted where that makes them comparable with the operands."""
    context = scope.context
    bare = _bare(node.operand)
    written = bare.items if isinstance(bare, nodes.Tuple) else (node.operand,)
    operands = [type_of(operand, scope) for operand in written]
    frame = context.query_of(node.query, context, scope, scope.locals)
    if len(frame.entries) != len(operands):
        place = "the query after `in`"
        context.report.add(ColumnCount(place, len(operands), len(frame.entries), span=node.query.span))
        return BROKEN
    nullable = False
    values: list[tuple[str, Expr]] = []
    for position, (name, column) in enumerate(frame.entries):
        operand = operands[position]
        pair = unified([operand, at(column, operand.span)], "`in`", scope)
        if pair is None:
            return BROKEN
        if not comparable(pair[0].type):
            context.report.add(NotGroupable("`in`", show(pair[0].type), span=operand.span))
            return BROKEN
        operands[position] = pair[0]
        values.append((name, pair[1]))
        nullable = nullable or operand.nullable or column.nullable
    rel = _converted_rel(frame, values, scope)
    test = InQuery(tuple(operands), rel, nullable, span=node.span)
    return _negated(test, node.negated, scope)


def _converted_rel(frame: Frame, values: list[tuple[str, Expr]], scope: Scope) -> Rel:
    """The frame's relation of these values, which are its columns, some of them converted."""
    if all(isinstance(value, Column) for _, value in values):
        return settle(frame, scope.context)
    items: list[Item] = []
    for name, value in values:
        if isinstance(value, Column):
            items.append(Item(value, value))
        else:
            items.append(Item(scope.context.column(name, value.type, value.nullable, value.span), value))
    return Project(frame.rel, tuple(items), span=frame.rel.span)

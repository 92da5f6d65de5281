"""A call of a registry function: its arguments as the function takes them, its result's type and nullability."""

import re
from dataclasses import replace

from oftra import functions
from oftra.check.context import BROKEN, Context
from oftra.check.convert import convert
from oftra.check.scope import Scope
from oftra.datatypes import BOOLEAN, UNKNOWN, DataType, Decimal, Integer, common, show
from oftra.diagnostics.typecheck import (
    BadConstant,
    Mismatch,
    MisplacedExpression,
    NoSignature,
)
from oftra.functions import BadConstant as ConstantFault
from oftra.functions import Function
from oftra.ir.expr import (
    Call,
    Cast,
    Expr,
    Lambda,
    Literal,
)
from oftra.source import Span
from oftra.syntax import nodes


def apply(name: str, arguments: tuple[Expr, ...], span: Span, context: Context) -> Expr:
    """A call of the registry's scalar function `name`: it must be there."""
    function = functions.lookup(name)
    assert function is not None, f"no function {name}"
    fitted = fit(function, arguments, span, context)
    if fitted is None:
        return BROKEN
    converted, type_ = fitted
    return Call(function.name, converted, type_, functions.nullable(function, converted), span=span)


def apply_checked(name: str, arguments: tuple[Expr, ...], span: Span, context: Context) -> Expr:
    """As `apply`, for a function some of whose arguments must be certain literals."""
    function = functions.lookup(name)
    assert function is not None, f"no function {name}"
    return BROKEN if reported_constants(function, arguments, context) else apply(name, arguments, span, context)


def fit(
    function: Function, arguments: tuple[Expr, ...], span: Span, context: Context
) -> tuple[tuple[Expr, ...], DataType] | None:
    """The arguments as the function takes them and the type of its result; None if they don't fit (reported)."""
    types = tuple([argument.type for argument in arguments])
    match = functions.match_call(function, types, functions.constants_of(arguments))
    if match is None and function.name in _COMPARISONS and (wide := _widest_decimal(types)) is not None:
        return tuple([_with_room(argument, wide) for argument in arguments]), BOOLEAN
    if match is None:
        if UNKNOWN not in types:
            context.report.add(
                NoSignature(
                    function.operator or function.name,
                    tuple(map(show, types)),
                    tuple(_spelt_out(function, signature) for signature in function.signatures),
                    function.name,
                    span=span,
                )
            )
        return None
    converted = tuple(
        [
            argument if argument.type == wanted else _converted(argument, wanted, context)
            for argument, wanted in zip(arguments, match.parameters)
        ]
    )
    return converted, match.returns


_COMPARISONS = frozenset(
    {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "between", "in", "is_distinct"}
)


def _widest_decimal(types: tuple[DataType, ...]) -> Decimal | None:
    """The decimal that decimals of no common type are compared as: no digit behind the point is lost."""
    if not all(isinstance(type_, Decimal | Integer) for type_ in types):
        return None
    return Decimal(38, max([type_.scale for type_ in types if isinstance(type_, Decimal)], default=0))


def _with_room(argument: Expr, wanted: Decimal) -> Expr:
    """`argument` as `wanted`: the run fails where a value has no room in front of the point."""
    return argument if argument.type == wanted else Cast(argument, wanted, argument.nullable, span=argument.span)


def _converted(argument: Expr, wanted: DataType, context: Context) -> Expr:
    if isinstance(argument, Lambda):
        return replace(argument, body=convert(argument.body, wanted, context.report))
    return convert(argument, wanted, context.report)


_VARIABLES = {"N": "number", "I": "integer", "D": "decimal", "O": "value"}
_INFIX = re.compile(r"\(\w+ ([^,]+), \w+ ([^,]+)\) -> (.+)")


def _spelt_out(function: Function, signature: str) -> str:
    """A signature as a message shows it: variables of numbers as words, operators between their operands."""
    spelt = re.sub(r"\b([NIDO])\d?\b", lambda found: _VARIABLES[found[1]], signature)
    infix = _INFIX.fullmatch(spelt)
    if function.operator is not None and infix is not None:
        same = " of one type" if infix[1] == infix[2] == "value" else ""
        return f"{infix[1]} {function.operator} {infix[2]}{same}"
    return f"{function.name}{spelt}"


def reported_constants(function: Function, arguments: tuple[Expr, ...], context: Context) -> bool:
    """Whether an argument that must be a certain literal is none; it is reported then."""
    fault = functions.bad_constant(function, arguments)
    if not isinstance(fault, ConstantFault):
        return False
    argument = arguments[fault.position]
    text = str(argument.value) if isinstance(argument, Literal) else None
    context.report.add(BadConstant(function.name, fault.parameter, text, fault.allowed, span=argument.span))
    return True


def arguments_of(node: nodes.Call, function: Function, scope: Scope) -> tuple[Expr, ...] | None:
    """The arguments typed, lambdas by what the function gives them; None if one can't stand there (reported)."""
    arguments: list[Expr] = []
    report = scope.context.report
    for written in node.arguments:
        if isinstance(written, nodes.Star):
            report.add(MisplacedExpression("`*`", "name the columns", span=written.span))
            return None
        if isinstance(written, nodes.Item):
            report.add(MisplacedExpression("a name", "only the fields of `struct(...)` are named", span=written.span))
            return None
        if isinstance(written, nodes.Lambda):
            wanted = functions.lambda_parameters(function, tuple([argument.type for argument in arguments]))
            if wanted is None or len(wanted) != len(written.parameters):
                report.add(
                    MisplacedExpression(
                        "this lambda", f"`{function.name}` is {' or '.join(function.signatures)}", span=written.span
                    )
                )
                return None
            made = _lambda(written, wanted, scope)
            if functions.goes_round(function):
                made = _until_it_stays(made, written, wanted, scope)
            arguments.append(made)
        else:
            arguments.append(scope.type_of(written))
    return tuple(arguments)


def _lambda(written: nodes.Lambda, types: tuple[DataType, ...], scope: Scope) -> Lambda:
    """A lambda whose parameters have these types."""
    parameters = tuple(
        [scope.context.column(p.text, type_, True, p.span) for p, type_ in zip(written.parameters, types)]
    )
    inner = scope.inside(values={**scope.values, **{column.name: column for column in parameters}})
    return Lambda(parameters, inner.type_of(written.body), span=written.span)


def _until_it_stays(made: Lambda, written: nodes.Lambda, types: tuple[DataType, ...], scope: Scope) -> Lambda:
    """A lambda that is given what it made: of the type that it makes, if it then makes the same."""
    first = common(types[0], made.body.type)
    if first is None or first == types[0] or UNKNOWN in (first, made.body.type):
        return made
    again = _lambda(written, (first, *types[1:]), scope)
    if again.body.type not in (first, UNKNOWN):
        what = "what the function makes of the value so far"
        scope.context.report.add(Mismatch(what, show(first), show(again.body.type), span=written.body.span))
    return again

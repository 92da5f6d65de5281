"""Functions that the program declares: their bodies, with the arguments in the parameters' place."""

from oftra.check.context import BROKEN, Context
from oftra.check.convert import convert
from oftra.check.declared import declared_type
from oftra.check.own_words import check_holes, numbered
from oftra.check.scope import Scope
from oftra.datatypes import UNKNOWN, DataType, Null, Unknown, show, widens
from oftra.diagnostics.escapes import DuplicateParameter, NeedsReturnType
from oftra.diagnostics.typecheck import (
    Mismatch,
    MisplacedExpression,
    NotYet,
    RecursiveFunction,
    WrongArity,
)
from oftra.ir.expr import (
    Expr,
    Foreign,
)
from oftra.resolve.model import Declared
from oftra.syntax import nodes


def call_declared(node: nodes.Call, declared: Declared, scope: Scope) -> Expr:
    """A function of the program: its body, typed with the arguments in its parameters' place."""
    context = scope.context
    function = declared.declaration
    assert isinstance(function, nodes.Function)
    if isinstance(function.body, nodes.Query | nodes.PythonBody):
        what = "a function over relations" if isinstance(function.body, nodes.Query) else "a function in Python"
        if isinstance(function.body, nodes.Query):
            context.report.add(MisplacedExpression(what, f"use `|> call {declared.name}(...)`", span=node.span))
        else:
            context.report.add(NotYet(what, span=node.span))
        return BROKEN
    arguments = [scope.type_of(a) for a in node.arguments if not isinstance(a, nodes.Star | nodes.Item)]
    values = bind_arguments(node, function, arguments, declared, context)
    if values is None:
        return BROKEN
    if declared.name in context.calling:
        context.report.add(RecursiveFunction(declared.name, span=node.span))
        return BROKEN
    returns = _returned(function.returns, context)
    if isinstance(function.body, tuple):
        bodies = tuple([(body.engine.text, numbered(body.text.value, tuple(values))) for body in function.body])
        return Foreign(declared.name, bodies, tuple(values.values()), returns or UNKNOWN, span=node.span)
    calling, context.calling = context.calling, (*context.calling, declared.name)
    namespace, context.namespace = context.namespace, declared.namespace
    body = context.type_of(function.body, Scope(context, None, f"the function `{declared.name}`", values=values))
    context.calling, context.namespace = calling, namespace
    if returns is not None and not isinstance(body.type, Unknown):
        if not widens(body.type, returns):
            context.report.add(
                Mismatch(f"the function `{declared.name}`", show(returns), show(body.type), span=function.body.span)
            )
            return BROKEN
        return convert(body, returns, context.report)
    return body


def _returned(returns: nodes.Type | nodes.RelationType | None, context: Context) -> DataType | None:
    if returns is None or isinstance(returns, nodes.RelationType):
        return None
    return declared_type(returns, context.report)


def check_function(declared: Declared, context: Context) -> None:
    """Report what is wrong with a function wherever it is called, and also if nothing calls it."""
    function = declared.declaration
    assert isinstance(function, nodes.Function)
    seen: dict[str, nodes.Name] = {}
    for parameter in function.parameters:
        name = parameter.name
        if (first := seen.setdefault(name.text.lower(), name)) is not name:
            context.report.add(DuplicateParameter(name.text, first.span, span=name.span))
        if not isinstance(parameter.type, nodes.RelationType):
            declared_type(parameter.type, context.report)
    if function.returns is not None and not isinstance(function.returns, nodes.RelationType):
        declared_type(function.returns, context.report)
    if not isinstance(function.body, tuple):
        return
    if function.returns is None:
        context.report.add(NeedsReturnType(declared.name, span=function.name.span))
    names = tuple([parameter.name.text for parameter in function.parameters])
    for body in function.body:
        check_holes(body.text, body.engine.text, declared.name, names, context.report)


def bind_arguments(
    node: nodes.Call | nodes.CallOperator,
    function: nodes.Function,
    arguments: list[Expr],
    declared: Declared,
    context: Context,
) -> dict[str, Expr] | None:
    """The function's scalar parameters and their values; None if the arguments don't fit (reported)."""
    parameters = [p for p in function.parameters if not isinstance(p.type, nodes.RelationType)]
    least = sum(parameter.default is None for parameter in parameters)
    if not least <= len(arguments) <= len(parameters):
        wanted = len(parameters) if len(arguments) > len(parameters) else least
        context.report.add(WrongArity(declared.name, wanted, len(arguments), declared.span, span=node.span))
        return None
    values: dict[str, Expr] = {}
    for position, parameter in enumerate(parameters):
        assert not isinstance(parameter.type, nodes.RelationType)
        wanted_type = declared_type(parameter.type, context.report)
        if position < len(arguments):
            argument = arguments[position]
        else:
            assert parameter.default is not None
            argument = context.type_of(parameter.default, Scope(context, None, "a default"))
        if isinstance(argument.type, Null) or widens(argument.type, wanted_type):
            values[parameter.name.text] = convert(argument, wanted_type, context.report)
        else:
            place = f"`{parameter.name.text}` of `{declared.name}`"
            context.report.add(Mismatch(place, show(wanted_type), show(argument.type), span=argument.span))
            values[parameter.name.text] = BROKEN
    return values

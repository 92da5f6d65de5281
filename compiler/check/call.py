"""Calls as they are written: the registry's functions, the program's own, and the few that are forms by themselves."""

from oftra import functions
from oftra.check.context import BROKEN
from oftra.check.fit import apply, arguments_of, reported_constants
from oftra.check.naming import implied_name
from oftra.check.over_rows import call_aggregate, call_window
from oftra.check.own_function import call_declared
from oftra.check.scope import Scope
from oftra.datatypes import STRING, Field, Struct, show
from oftra.diagnostics.names import DuplicateColumn, UnknownFunction
from oftra.diagnostics.typecheck import (
    BadConstant,
    Mismatch,
    MisplacedExpression,
    MisplacedModifier,
    MissingOver,
    NotAWindowFunction,
    NotYet,
    WrongArity,
)
from oftra.functions import Elsewhere, Function
from oftra.ir.expr import (
    Expr,
    Literal,
    MakeStruct,
    Runtime,
)
from oftra.syntax import nodes


def type_of_call(node: nodes.Call, scope: Scope) -> Expr:
    """A call as it was written, whatever its name turns out to be."""
    context = scope.context
    name = node.function.text
    if (measure := scope.measures.get(name)) is not None:
        return measure(node)
    if (declared := context.names.find("function", name, context.namespace)) is not None:
        return call_declared(node, declared, scope)
    if len(node.function.parts) == 1:
        if (special := _SPECIAL.get(name.lower())) is not None:
            return special(node, scope)
        if (function := functions.lookup(name)) is not None:
            return _call_registered(node, function, scope)
    if context.names.find("model", name, context.namespace) is not None:
        context.report.add(NotYet(f"calling the model `{name}`", span=node.span))
        return BROKEN
    own = context.names.visible("function", context.namespace)
    known = functions.elsewhere(name) or Elsewhere()
    near = None if known != Elsewhere() else functions.suggest(name)
    near = next((one for one in own if one.lower() == name.lower()), near)
    context.report.add(UnknownFunction(name, near, known.instead, known.reason, span=node.function.span))
    for argument in node.arguments:
        if not isinstance(argument, nodes.Star | nodes.Item):
            scope.type_of(argument)
    return BROKEN


def _call_registered(node: nodes.Call, function: Function, scope: Scope) -> Expr:
    if node.over is not None:
        if function.kind == "scalar":
            scope.context.report.add(NotAWindowFunction(function.name, span=node.function.span))
            return BROKEN
        return call_window(node, function, scope)
    match function.kind:
        case "aggregate":
            return call_aggregate(node, function, scope)
        case "window":
            scope.context.report.add(MissingOver(function.name, span=node.span))
            return BROKEN
    for modifier, there in (
        ("distinct", node.distinct),
        ("filter", node.filter),
        ("order by", node.order_by),
        ("ignore nulls", node.nulls),
    ):
        if there:
            scope.context.report.add(MisplacedModifier(function.name, modifier, span=node.span))
    arguments = arguments_of(node, function, scope)
    if arguments is None or reported_constants(function, arguments, scope.context):
        return BROKEN
    return apply(function.name, arguments, node.span, scope.context)


def _struct(node: nodes.Call, scope: Scope) -> Expr:
    """`struct(1 as a, x)`: a field is named as it says, or by the column that it is."""
    fields: list[Field] = []
    values: list[Expr] = []
    for position, written in enumerate(node.arguments, 1):
        if isinstance(written, nodes.Star):
            scope.context.report.add(MisplacedExpression("`*`", "name the fields", span=written.span))
            continue
        item = written if isinstance(written, nodes.Item) else nodes.Item(written, span=written.span)
        value = scope.type_of(item.expr)
        name = item.name.text if item.name is not None else implied_name(item.expr) or f"_{position}"
        if any(field.name.lower() == name.lower() for field in fields):
            scope.context.report.add(DuplicateColumn(name, span=written.span))
            continue
        fields.append(Field(name, value.type))
        values.append(value)
    return MakeStruct(tuple(values), Struct(tuple(fields)), span=node.span)


def _env(node: nodes.Call, scope: Scope) -> Expr:
    """`env('NAME', default)`, which the generated program reads; `secret('scope/name')`, read where it is used."""
    arguments = [scope.type_of(a) for a in node.arguments if not isinstance(a, nodes.Star | nodes.Item)]
    kind = node.function.text.lower()
    most = 2 if kind == "env" else 1
    if not 1 <= len(arguments) <= most or len(arguments) != len(node.arguments):
        scope.context.report.add(WrongArity(kind, 1, len(node.arguments), span=node.span))
        return BROKEN
    if not isinstance(arguments[0], Literal) or not isinstance(arguments[0].value, str):
        scope.context.report.add(BadConstant(kind, "name", None, (), span=arguments[0].span))
        return BROKEN
    for argument in arguments[1:]:
        if argument.type != STRING:
            scope.context.report.add(
                Mismatch("the default of `env`", "string", show(argument.type), span=argument.span)
            )
    default = arguments[1] if len(arguments) == 2 else None
    return Runtime("env" if kind == "env" else "secret", arguments[0].value, STRING, default, span=node.span)


_SPECIAL = {"struct": _struct, "env": _env, "secret": _env}

"""Calls: the registry's functions with conversions put in, aggregates, window functions, the program's own ones."""

import re
from dataclasses import replace

from oftra import functions
from oftra.check.context import BROKEN, Context
from oftra.check.convert import convert
from oftra.check.declared import declared_type
from oftra.check.scope import Scope
from oftra.datatypes import STRING, UNKNOWN, DataType, Field, Null, Struct, Unknown, show, widens
from oftra.diagnostics.names import UnknownFunction, UnknownWindow
from oftra.diagnostics.typecheck import (
    BadConstant,
    Mismatch,
    MisplacedAggregate,
    MisplacedExpression,
    MisplacedModifier,
    MisplacedWindow,
    MissingOver,
    NoSignature,
    NotAWindowFunction,
    NotGroupable,
    NotYet,
    RecursiveFunction,
    WrongArity,
)
from oftra.functions import BadConstant as ConstantFault
from oftra.functions import Function
from oftra.ir.expr import (
    AggregateCall,
    Call,
    Expr,
    Foreign,
    Frame,
    FrameBound,
    Lambda,
    Literal,
    MakeStruct,
    Runtime,
    SortKey,
    WindowCall,
)
from oftra.resolve.model import Declared
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
    return BROKEN if _reported_constants(function, arguments, context) else apply(name, arguments, span, context)


def fit(
    function: Function, arguments: tuple[Expr, ...], span: Span, context: Context
) -> tuple[tuple[Expr, ...], DataType] | None:
    """The arguments as the function takes them and the type of its result; None if they don't fit (reported)."""
    types = tuple([argument.type for argument in arguments])
    match = functions.match_call(function, types, functions.constants_of(arguments))
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


def type_of_call(node: nodes.Call, scope: Scope) -> Expr:
    """A call as it was written, whatever its name turns out to be."""
    context = scope.context
    name = node.function.text
    if (declared := context.names.find("function", name, context.namespace)) is not None:
        return _call_declared(node, declared, scope)
    if len(node.function.parts) == 1:
        if (special := _SPECIAL.get(name.lower())) is not None:
            return special(node, scope)
        if (function := functions.lookup(name)) is not None:
            return _call_registered(node, function, scope)
    if context.names.find("model", name, context.namespace) is not None:
        context.report.add(NotYet(f"calling the model `{name}`", span=node.span))
        return BROKEN
    own = context.names.visible("function", context.namespace)
    near = functions.suggest(name) or next((one for one in own if one.lower() == name.lower()), None)
    context.report.add(UnknownFunction(name, near, span=node.function.span))
    for argument in node.arguments:
        if not isinstance(argument, nodes.Star | nodes.Item):
            scope.type_of(argument)
    return BROKEN


def _call_registered(node: nodes.Call, function: Function, scope: Scope) -> Expr:
    if node.over is not None:
        if function.kind == "scalar":
            scope.context.report.add(NotAWindowFunction(function.name, span=node.function.span))
            return BROKEN
        return _call_window(node, function, scope)
    match function.kind:
        case "aggregate":
            return _call_aggregate(node, function, scope)
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
    if arguments is None or _reported_constants(function, arguments, scope.context):
        return BROKEN
    return apply(function.name, arguments, node.span, scope.context)


def _reported_constants(function: Function, arguments: tuple[Expr, ...], context: Context) -> bool:
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
            parameters = tuple(
                [scope.context.column(p.text, type_, True, p.span) for p, type_ in zip(written.parameters, wanted)]
            )
            inner = scope.inside(values={**scope.values, **{column.name: column for column in parameters}})
            arguments.append(Lambda(parameters, inner.type_of(written.body), span=written.span))
        else:
            arguments.append(scope.type_of(written))
    return tuple(arguments)


def _rows_arguments(node: nodes.Call, function: Function, scope: Scope) -> tuple[Expr, ...] | None:
    """The arguments of a call over rows: no other such call stands in them."""
    if len(node.arguments) == 1 and isinstance(node.arguments[0], nodes.Star):
        if function.name == "count":
            return ()
        scope.context.report.add(
            MisplacedExpression("`*`", f"say what to `{function.name}`", span=node.arguments[0].span)
        )
        return None
    inner = scope.inside(aggregates=None, windows=None, place=f"an argument of `{function.name}`")
    return arguments_of(node, function, inner)


def _call_aggregate(node: nodes.Call, function: Function, scope: Scope) -> Expr:
    context = scope.context
    collected = scope.aggregates
    if collected is None:
        context.report.add(MisplacedAggregate(function.name, scope.place, span=node.span))
        return BROKEN
    arguments = _rows_arguments(node, function, scope)
    inner = scope.inside(aggregates=None, windows=None, place="`filter`")
    condition = inner.condition_of(node.filter) if node.filter is not None else None
    order_by = sort_keys(node.order_by, inner)
    if arguments is None or _reported_constants(function, arguments, context):
        return BROKEN
    fitted = fit(function, arguments, node.span, context)
    if fitted is None:
        return BROKEN
    converted, type_ = fitted
    _check_distinct(node, function, converted, context)
    may_be_empty = not collected.has_keys or condition is not None
    nullable = functions.nullable(function, converted, may_be_empty)
    call = AggregateCall(function.name, converted, type_, nullable, node.distinct, condition, order_by, span=node.span)
    return collected.column_of(call, scope.name or function.name)


def _check_distinct(node: nodes.Call, function: Function, arguments: tuple[Expr, ...], context: Context) -> None:
    if node.distinct and not all(functions.comparable(argument.type) for argument in arguments):
        context.report.add(NotGroupable("`distinct`", show(arguments[0].type), span=node.span))
    if node.nulls and function.name not in _IGNORING:
        context.report.add(MisplacedModifier(function.name, f"{node.nulls} nulls", span=node.span))


_IGNORING = frozenset({"lag", "lead", "first_value", "last_value", "nth_value", "any_value"})


def _call_window(node: nodes.Call, function: Function, scope: Scope) -> Expr:
    context = scope.context
    if scope.windows is None:
        context.report.add(MisplacedWindow(function.name, scope.place, span=node.span))
        return BROKEN
    assert node.over is not None
    arguments = _rows_arguments(node, function, scope)
    inner = scope.inside(aggregates=scope.aggregates, windows=None, place="`over`")
    over = _named_window(node.over, scope)
    partition_by = tuple([inner.type_of(key) for key in over.partition_by])
    order_by = sort_keys(over.order_by, inner)
    frame = _frame(over.frame, inner) if over.frame is not None else None
    condition = inner.condition_of(node.filter) if node.filter is not None else None
    if arguments is None or _reported_constants(function, arguments, context):
        return BROKEN
    fitted = fit(function, arguments, node.span, context)
    if fitted is None:
        return BROKEN
    for key in partition_by:
        if not functions.comparable(key.type):
            context.report.add(NotGroupable("`partition by`", show(key.type), span=key.span))
    converted, type_ = fitted
    _check_distinct(node, function, converted, context)
    may_be_empty = condition is not None or (frame is not None and not _holds_current_row(frame))
    call = WindowCall(
        function.name,
        converted,
        type_,
        functions.nullable(function, converted, may_be_empty),
        partition_by,
        order_by,
        frame,
        condition,
        node.nulls == "ignore",
        node.distinct,
        span=node.span,
    )
    return scope.windows.column_of(call, scope.name or function.name)


def _named_window(over: nodes.Over, scope: Scope) -> nodes.Over:
    """The window with what its base says put in."""
    if over.base is None:
        return over
    windows = scope.frame.windows if scope.frame is not None else {}
    base = windows.get(over.base.text)
    if base is None:
        scope.context.report.add(UnknownWindow(over.base.text, tuple(windows), span=over.base.span))
        return over
    base = _named_window(base, scope)
    return nodes.Over(
        None,
        over.partition_by or base.partition_by,
        over.order_by or base.order_by,
        over.frame or base.frame,
        span=over.span,
    )


def _frame(frame: nodes.Frame, scope: Scope) -> Frame:
    start = _bound(frame.start, scope)
    end = _bound(frame.end, scope) if frame.end is not None else FrameBound("current row")
    exclude = None if frame.exclude == "no others" else frame.exclude
    return Frame(frame.unit, start, end, exclude)


def _bound(bound: nodes.FrameBound, scope: Scope) -> FrameBound:
    return FrameBound(bound.kind, scope.type_of(bound.offset) if bound.offset is not None else None)


def _holds_current_row(frame: Frame) -> bool:
    return frame.start.kind != "following" and frame.end.kind != "preceding" and frame.exclude is None


def sort_keys(written: tuple[nodes.SortKey, ...], scope: Scope) -> tuple[SortKey, ...]:
    """Keys to sort by. Null sorts lowest: first ascending and last descending, unless the key says otherwise."""
    keys: list[SortKey] = []
    for key in written:
        expr = scope.type_of(key.expr)
        if not functions.comparable(expr.type):
            scope.context.report.add(NotGroupable("`order by`", show(expr.type), span=expr.span))
        descending = key.direction == "desc"
        nulls_first = key.nulls == "first" if key.nulls is not None else not descending
        keys.append(SortKey(expr, descending, nulls_first))
    return tuple(keys)


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
        fields.append(Field(name, value.type))
        values.append(value)
    return MakeStruct(tuple(values), Struct(tuple(fields)), span=node.span)


def implied_name(expr: nodes.Expr) -> str:
    """The name that an expression gives its column without `as`: of the column or field that it is; else ''."""
    match expr:
        case nodes.Column(name) | nodes.Member(name=name):
            return name.text
        case nodes.Parenthesised(operand):
            return implied_name(operand)
        case _:
            return ""


def column_hint(name: str, expr: nodes.Expr) -> str:
    """The name for a column that a call over rows makes: the item's, where the item is that call and nothing else."""
    return name if isinstance(expr, nodes.Call) else ""


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


def _call_declared(node: nodes.Call, declared: Declared, scope: Scope) -> Expr:
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
        bodies = tuple([(body.engine.text, _holes(body.text.value, tuple(values))) for body in function.body])
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


def _holes(text: str, names: tuple[str, ...]) -> str:
    """The engine's words with `{name}` as the argument's number."""
    for position, name in enumerate(names):
        text = text.replace("{" + name + "}", "{" + str(position) + "}")
    return text


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

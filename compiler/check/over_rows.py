"""Aggregates and window functions: calls that look at many rows."""

from oftra import functions
from oftra.check.context import BROKEN, Context
from oftra.check.fit import arguments_of, fit, reported_constants
from oftra.check.scope import Scope
from oftra.datatypes import show
from oftra.diagnostics.names import UnknownWindow
from oftra.diagnostics.typecheck import (
    MisplacedAggregate,
    MisplacedExpression,
    MisplacedModifier,
    MisplacedWindow,
    NotGroupable,
)
from oftra.functions import Function
from oftra.ir.expr import (
    AggregateCall,
    Expr,
    Frame,
    FrameBound,
    SortKey,
    WindowCall,
)
from oftra.syntax import nodes


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


def call_aggregate(node: nodes.Call, function: Function, scope: Scope) -> Expr:
    context = scope.context
    collected = scope.aggregates
    if collected is None:
        context.report.add(MisplacedAggregate(function.name, scope.place, span=node.span))
        return BROKEN
    arguments = _rows_arguments(node, function, scope)
    inner = scope.inside(aggregates=None, windows=None, place="`filter`")
    condition = inner.condition_of(node.filter) if node.filter is not None else None
    order_by = sort_keys(node.order_by, inner)
    if arguments is None or reported_constants(function, arguments, context):
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


def call_window(node: nodes.Call, function: Function, scope: Scope) -> Expr:
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
    if arguments is None or reported_constants(function, arguments, context):
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

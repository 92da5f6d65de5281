"""Ways through an expression: what stands directly in it, and rewriting it.

Whatever rewrites gives back the very object where nothing changed, so that a pass costs only what it changes.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias, TypeVar, assert_never

from oftra.ir.expr import (
    AggregateCall,
    Call,
    Case,
    Cast,
    Column,
    ExistsQuery,
    Expr,
    FieldOf,
    Foreign,
    Frame,
    FrameBound,
    InQuery,
    Lambda,
    Literal,
    MakeStruct,
    Runtime,
    ScalarQuery,
    SortKey,
    WindowCall,
)
from oftra.ir.rel import Rel

T = TypeVar("T")
ChangeExpr: TypeAlias = Callable[[Expr], Expr]
ChangeRel: TypeAlias = Callable[[Rel], Rel]


def unchanged(rel: Rel) -> Rel:
    """The rewrite of a relation that does nothing."""
    return rel


def map_tuple(items: tuple[T, ...], change: Callable[[T], T]) -> tuple[T, ...]:
    """`change` done to each; the same tuple if it gave back the same objects."""
    changed = tuple([change(item) for item in items])
    for old, new in zip(items, changed):
        if old is not new:
            return changed
    return items


def map_children(expr: Expr, change: ChangeExpr, query: ChangeRel = unchanged) -> Expr:
    """`expr` with `change` done to the expressions directly in it and `query` to a query directly in it."""
    match expr:
        case Column() | Literal():
            return expr
        case Call():
            arguments = map_tuple(expr.arguments, change)
            if arguments is expr.arguments:
                return expr
            return Call(expr.function, arguments, expr.type, expr.nullable, span=expr.span)
        case Cast():
            operand = change(expr.operand)
            if operand is expr.operand:
                return expr
            return Cast(operand, expr.type, expr.nullable, expr.safe, expr.implicit, span=expr.span)
        case Case():
            return _map_case(expr, change)
        case FieldOf():
            operand = change(expr.operand)
            return (
                expr
                if operand is expr.operand
                else FieldOf(operand, expr.name, expr.type, expr.nullable, span=expr.span)
            )
        case AggregateCall() | WindowCall():
            return _map_call_over_rows(expr, change)
        case Runtime():
            default = map_optional(expr.default, change)
            if default is expr.default:
                return expr
            return Runtime(expr.kind, expr.name, expr.type, default, expr.nullable, span=expr.span)
        case MakeStruct():
            values = map_tuple(expr.values, change)
            return expr if values is expr.values else MakeStruct(values, expr.type, span=expr.span)
        case Lambda():
            body = change(expr.body)
            return expr if body is expr.body else Lambda(expr.parameters, body, span=expr.span)
        case Foreign():
            arguments = map_tuple(expr.arguments, change)
            if arguments is expr.arguments:
                return expr
            return Foreign(expr.name, expr.bodies, arguments, expr.type, expr.nullable, span=expr.span)
        case ScalarQuery() | ExistsQuery() | InQuery():
            return _map_query(expr, change, query)
        case _:
            assert_never(expr)


def _map_case(expr: Case, change: ChangeExpr) -> Case:
    def change_branch(branch: tuple[Expr, Expr]) -> tuple[Expr, Expr]:
        condition, value = change(branch[0]), change(branch[1])
        return branch if condition is branch[0] and value is branch[1] else (condition, value)

    branches = map_tuple(expr.branches, change_branch)
    otherwise = change(expr.otherwise)
    if branches is expr.branches and otherwise is expr.otherwise:
        return expr
    return Case(branches, otherwise, expr.type, expr.nullable, span=expr.span)


def _map_call_over_rows(expr: AggregateCall | WindowCall, change: ChangeExpr) -> Expr:
    arguments = map_tuple(expr.arguments, change)
    order_by = map_sort_keys(expr.order_by, change)
    filter_ = map_optional(expr.filter, change)
    same = arguments is expr.arguments and order_by is expr.order_by and filter_ is expr.filter
    if isinstance(expr, AggregateCall):
        if same:
            return expr
        return AggregateCall(
            expr.function, arguments, expr.type, expr.nullable, expr.distinct, filter_, order_by, span=expr.span
        )
    partition_by = map_tuple(expr.partition_by, change)
    frame = None if expr.frame is None else _map_frame(expr.frame, change)
    if same and partition_by is expr.partition_by and frame is expr.frame:
        return expr
    return WindowCall(
        expr.function,
        arguments,
        expr.type,
        expr.nullable,
        partition_by,
        order_by,
        frame,
        filter_,
        expr.ignore_nulls,
        expr.distinct,
        span=expr.span,
    )


def _map_query(expr: ScalarQuery | ExistsQuery | InQuery, change: ChangeExpr, query: ChangeRel) -> Expr:
    inside = query(expr.query)
    match expr:
        case ScalarQuery():
            return expr if inside is expr.query else ScalarQuery(inside, expr.type, span=expr.span)
        case ExistsQuery():
            return expr if inside is expr.query else ExistsQuery(inside, span=expr.span)
        case InQuery():
            operands = map_tuple(expr.operands, change)
            if operands is expr.operands and inside is expr.query:
                return expr
            return InQuery(operands, inside, expr.nullable, span=expr.span)


def map_optional(expr: Expr | None, change: ChangeExpr) -> Expr | None:
    """`change` done to `expr`, if there is one."""
    return None if expr is None else change(expr)


def map_sort_keys(keys: tuple[SortKey, ...], change: ChangeExpr) -> tuple[SortKey, ...]:
    """`keys` with `change` done to what they order by."""

    def change_key(key: SortKey) -> SortKey:
        expr = change(key.expr)
        return key if expr is key.expr else SortKey(expr, key.descending, key.nulls_first)

    return map_tuple(keys, change_key)


def _map_frame(frame: Frame, change: ChangeExpr) -> Frame:
    def change_bound(bound: FrameBound) -> FrameBound:
        offset = map_optional(bound.offset, change)
        return bound if offset is bound.offset else FrameBound(bound.kind, offset)

    start, end = change_bound(frame.start), change_bound(frame.end)
    return frame if start is frame.start and end is frame.end else Frame(frame.unit, start, end, frame.exclude)


def rewriter(rule: ChangeExpr, query: ChangeRel = unchanged) -> ChangeExpr:
    """The rewrite that does `rule` to every part of an expression, children first, and `query` to the queries in it."""

    def rewrite(expr: Expr) -> Expr:
        return rule(map_children(expr, rewrite, query))

    return rewrite


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly in `expr`; not those of a query in it."""
    match expr:
        case Column() | Literal() | ScalarQuery() | ExistsQuery():
            return ()
        case Call() | Foreign():
            return expr.arguments
        case Cast() | FieldOf():
            return (expr.operand,)
        case Case():
            return (*[part for branch in expr.branches for part in branch], expr.otherwise)
        case AggregateCall() | WindowCall():
            return tuple(_parts_over_rows(expr))
        case Runtime():
            return () if expr.default is None else (expr.default,)
        case MakeStruct():
            return expr.values
        case Lambda():
            return (expr.body,)
        case InQuery():
            return expr.operands
        case _:
            assert_never(expr)


def _parts_over_rows(expr: AggregateCall | WindowCall) -> Iterator[Expr]:
    yield from expr.arguments
    for key in expr.order_by:
        yield key.expr
    if expr.filter is not None:
        yield expr.filter
    if isinstance(expr, WindowCall):
        yield from expr.partition_by
        if expr.frame is not None:
            for bound in (expr.frame.start, expr.frame.end):
                if bound.offset is not None:
                    yield bound.offset

"""The columns of a tree: which an expression uses, which a relation makes, and other ids or values for them."""

from collections.abc import Callable, Mapping
from typing import assert_never

from oftra.ir.expr import Call, Column, ExistsQuery, Expr, InQuery, Lambda, Literal, ScalarQuery
from oftra.ir.rel import (
    Aggregate,
    Checked,
    Distinct,
    Filter,
    Item,
    Join,
    Limit,
    Opaque,
    Project,
    Read,
    Recursion,
    Rel,
    Round,
    Rule,
    Sample,
    Scan,
    SetOperation,
    Sort,
    Step,
    TimeWindow,
    Unnest,
    Values,
    Window,
)
from oftra.ir.walk import ChangeRel, children, every_rel, expressions, map_children, map_exprs, map_inputs, unchanged


def defines(rel: Rel) -> tuple[Column, ...]:
    """The columns that come into being in `rel` itself (and, of a `Checked`, those that it says more about)."""
    match rel:
        case Scan() | Read() | Values() | SetOperation() | Checked() | Opaque() | Recursion() | Round():
            return rel.columns
        case Project() | Window():
            return tuple([item.column for item in rel.items])
        case Aggregate():
            return rel.columns
        case Unnest():
            return (rel.element,) if rel.offset is None else (rel.element, rel.offset)
        case TimeWindow():
            return (rel.start, rel.end)
        case Filter() | Join() | Sort() | Limit() | Distinct() | Sample() | Step():
            return ()
        case _:
            assert_never(rel)


def add_uses(expr: Expr, ids: set[int]) -> None:
    """Add to `ids` every column that `expr` names, those named inside its queries and lambdas included."""
    match expr:
        case Column():
            ids.add(expr.id)
        case Literal():
            pass
        case Call():
            for argument in expr.arguments:
                add_uses(argument, ids)
        case ScalarQuery() | ExistsQuery() | InQuery():
            for part in every_rel(expr.query):
                for inside in expressions(part):
                    add_uses(inside, ids)
            for child in children(expr):
                add_uses(child, ids)
        case _:
            for child in children(expr):
                add_uses(child, ids)


def free_columns(expr: Expr) -> set[int]:
    """The ids of the columns that `expr` needs from the rows around it."""
    used = set[int]()
    add_uses(expr, used)
    return used - _bound(expr) if used else used


def _bound(expr: Expr) -> set[int]:
    match expr:
        case Column() | Literal():
            return set()
        case Lambda():
            return {parameter.id for parameter in expr.parameters} | _bound(expr.body)
        case ScalarQuery() | ExistsQuery() | InQuery():
            return {id_ for child in children(expr) for id_ in _bound(child)} | defined(expr.query)
        case _:
            return {id_ for child in children(expr) for id_ in _bound(child)}


def defined(rel: Rel) -> set[int]:
    """The ids of all columns that come into being anywhere in `rel`, in its queries and lambdas too."""
    ids = set[int]()
    for part in every_rel(rel):
        ids.update([column.id for column in defines(part)])
        for expr in expressions(part):
            ids |= _bound(expr)
    return ids


def max_id(rel: Rel) -> int:
    """The highest id of a column of `rel`; 0 if it has none."""
    return max(defined(rel), default=0)


def substitute(expr: Expr, values: Mapping[int, Expr]) -> Expr:
    """`expr` with these columns replaced by these values, inside its queries too."""

    def replace(part: Expr) -> Expr:
        if isinstance(part, Column):
            return values.get(part.id, part)
        return map_children(part, replace, query)

    def query(rel: Rel) -> Rel:
        return map_exprs(map_inputs(rel, query), replace)

    return replace(expr)


def freshen(
    rel: Rel, next_id: Callable[[], int], ids: dict[int, int] | None = None, scan: ChangeRel = unchanged
) -> Rel:
    """A copy of `rel` whose columns have ids of their own; those of columns around it stay.

    `ids` says which ids some columns get; the others take `next_id()`. `scan` is done to each copied `Scan`.
    """
    new = {} if ids is None else ids

    def define(column: Column) -> Column:
        id_ = new.get(column.id)
        if id_ is None:
            id_ = new[column.id] = next_id()
        return Column(id_, column.name, column.type, column.nullable, span=column.span)

    def copy_expr(expr: Expr) -> Expr:
        if isinstance(expr, Column):
            id_ = new.get(expr.id)
            return expr if id_ is None else Column(id_, expr.name, expr.type, expr.nullable, span=expr.span)
        if isinstance(expr, Lambda):
            parameters = tuple([define(parameter) for parameter in expr.parameters])
            return Lambda(parameters, copy_expr(expr.body), span=expr.span)
        return map_children(expr, copy_expr, copy)

    def copy(part: Rel) -> Rel:
        part = _redefine(map_inputs(part, copy), define)
        return scan(part) if isinstance(part, Scan) else map_exprs(part, copy_expr)

    return copy(rel)


def _redefine(rel: Rel, define: Callable[[Column], Column]) -> Rel:
    """`rel` with `define` done to the columns that come into being in it."""

    def all_of(columns: tuple[Column, ...]) -> tuple[Column, ...]:
        return tuple([define(column) for column in columns])

    def items(old: tuple[Item, ...]) -> tuple[Item, ...]:
        return tuple([Item(define(item.column), item.value) for item in old])

    match rel:
        case Scan():
            return Scan(rel.relation, all_of(rel.columns), alias=rel.alias, span=rel.span)
        case Project():
            return Project(rel.source, items(rel.items), span=rel.span)
        case Filter() | Join() | Sort() | Limit() | Distinct() | Sample() | Step():
            return rel
        case Aggregate():
            return Aggregate(rel.source, items(rel.keys), items(rel.aggregates), rel.sets, span=rel.span)
        case Window():
            return Window(rel.source, items(rel.items), span=rel.span)
        case SetOperation():
            return SetOperation(rel.kind, rel.all, rel.inputs, all_of(rel.columns), span=rel.span)
        case Recursion():
            return Recursion(rel.name, rel.all, rel.inputs, all_of(rel.columns), span=rel.span)
        case Round():
            return Round(rel.name, all_of(rel.columns), span=rel.span)
        case Read():
            return Read(rel.source, all_of(rel.columns), span=rel.span)
        case Values():
            return Values(rel.rows, all_of(rel.columns), alias=rel.alias, span=rel.span)
        case Unnest():
            offset = None if rel.offset is None else define(rel.offset)
            return Unnest(rel.source, rel.array, define(rel.element), offset, rel.outer, span=rel.span)
        case TimeWindow():
            start, end = define(rel.start), define(rel.end)
            return TimeWindow(rel.kind, rel.source, rel.time, rel.sizes, start, end, rel.partition_by, span=rel.span)
        case Checked():
            rules = tuple([_redefine_rule(rule, all_of(rule.columns)) for rule in rel.rules])
            return Checked(rel.source, rules, all_of(rel.columns), span=rel.span)
        case Opaque():
            inputs = tuple([Scan(scan.relation, all_of(scan.columns), span=scan.span) for scan in rel.inputs])
            return Opaque(rel.engine, rel.text, inputs, all_of(rel.columns), rel.name, span=rel.span)
        case _:
            assert_never(rel)


def _redefine_rule(rule: Rule, columns: tuple[Column, ...]) -> Rule:
    return Rule(
        rule.name,
        rule.kind,
        rule.action,
        rule.condition,
        columns,
        rule.target,
        rule.target_columns,
        rule.into,
        span=rule.span,
    )

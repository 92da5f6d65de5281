"""Ways through a relation: what stands directly in it, and rewriting it; for expressions see `walk_expr`.

Whatever rewrites gives back the very object where nothing changed, so that a pass costs only what it changes.
"""

from collections.abc import Iterator
from typing import Final, TypeAlias, assert_never

from oftra.ir.expr import Column, ExistsQuery, Expr, InQuery, Literal, ScalarQuery
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
from oftra.ir.walk_expr import (
    ChangeExpr,
    ChangeRel,
    children,
    map_children,
    map_optional,
    map_sort_keys,
    map_tuple,
    rewriter,
    unchanged,
)

__all__ = [
    "ChangeExpr", "ChangeRel", "Unary", "bottom_up", "children", "every_rel", "expressions", "inputs", "map_children",
    "map_exprs", "map_inputs", "map_items", "map_optional", "map_sort_keys", "map_tuple", "rewriter", "unchanged",
    "with_source",
]  # fmt: skip


def inputs(rel: Rel) -> tuple[Rel, ...]:
    """The relations directly in `rel`."""
    match rel:
        case Scan() | Read() | Values() | Round():
            return ()
        case Join():
            return (rel.left, rel.right)
        case SetOperation() | Opaque() | Recursion():
            return rel.inputs
        case _:
            return (rel.source,)


def map_inputs(rel: Rel, change: ChangeRel) -> Rel:
    """`rel` with `change` done to the relations directly in it. The inputs of an `Opaque` stay as they are."""
    match rel:
        case Scan() | Read() | Values() | Opaque() | Round():
            return rel
        case Recursion():
            first, again = change(rel.inputs[0]), change(rel.inputs[1])
            if first is rel.inputs[0] and again is rel.inputs[1]:
                return rel
            return Recursion(rel.name, rel.all, (first, again), rel.columns, span=rel.span)
        case Join():
            left, right = change(rel.left), change(rel.right)
            if left is rel.left and right is rel.right:
                return rel
            return Join(rel.kind, left, right, rel.condition, rel.lateral, rel.ttl, span=rel.span)
        case SetOperation():
            sources = map_tuple(rel.inputs, change)
            return (
                rel if sources is rel.inputs else SetOperation(rel.kind, rel.all, sources, rel.columns, span=rel.span)
            )
        case _:
            source = change(rel.source)
            return rel if source is rel.source else with_source(rel, source)


Unary: TypeAlias = (
    Filter | Project | Aggregate | Window | Sort | Limit | Distinct | Unnest | Sample | TimeWindow | Checked | Step
)


def with_source(rel: Unary, source: Rel) -> Unary:
    """The operator `rel` over another source."""
    match rel:
        case Filter():
            return Filter(source, rel.condition, span=rel.span)
        case Project():
            return Project(source, rel.items, span=rel.span)
        case Aggregate():
            return Aggregate(source, rel.keys, rel.aggregates, rel.sets, span=rel.span)
        case Window():
            return Window(source, rel.items, span=rel.span)
        case Sort():
            return Sort(source, rel.keys, span=rel.span)
        case Limit():
            return Limit(source, rel.count, rel.skip, span=rel.span)
        case Distinct():
            return Distinct(source, span=rel.span)
        case Unnest():
            return Unnest(source, rel.array, rel.element, rel.offset, rel.outer, span=rel.span)
        case Sample():
            return Sample(source, rel.amount, rel.unit, rel.seed, span=rel.span)
        case TimeWindow():
            return TimeWindow(
                rel.kind, source, rel.time, rel.sizes, rel.start, rel.end, rel.partition_by, span=rel.span
            )
        case Checked():
            return Checked(source, rel.rules, rel.columns, span=rel.span)
        case Step():
            return Step(source, rel.name, rel.description, rel.shared, span=rel.span)
        case _:
            assert_never(rel)


def map_items(items: tuple[Item, ...], change: ChangeExpr) -> tuple[Item, ...]:
    """`items` with `change` done to their values."""

    def change_item(item: Item) -> Item:
        value = change(item.value)
        return item if value is item.value else Item(item.column, value)

    return map_tuple(items, change_item)


def map_exprs(rel: Rel, change: ChangeExpr) -> Rel:
    """`rel` with `change` done to the expressions that stand directly in it, its inputs left as they are."""
    match rel:
        case Project():
            items = map_items(rel.items, change)
            return rel if items is rel.items else Project(rel.source, items, span=rel.span)
        case (
            Scan()
            | Read()
            | SetOperation()
            | Limit()
            | Distinct()
            | Sample()
            | Opaque()
            | Recursion()
            | Round()
            | Step()
        ):
            return rel
        case Filter():
            condition = change(rel.condition)
            return rel if condition is rel.condition else Filter(rel.source, condition, span=rel.span)
        case Join():
            on = map_optional(rel.condition, change)
            return (
                rel
                if on is rel.condition
                else Join(rel.kind, rel.left, rel.right, on, rel.lateral, rel.ttl, span=rel.span)
            )
        case Aggregate():
            keys, aggregates = map_items(rel.keys, change), map_items(rel.aggregates, change)
            if keys is rel.keys and aggregates is rel.aggregates:
                return rel
            return Aggregate(rel.source, keys, aggregates, rel.sets, span=rel.span)
        case Window():
            items = map_items(rel.items, change)
            return rel if items is rel.items else Window(rel.source, items, span=rel.span)
        case Sort():
            sort_keys = map_sort_keys(rel.keys, change)
            return rel if sort_keys is rel.keys else Sort(rel.source, sort_keys, span=rel.span)
        case Values():
            rows = map_tuple(rel.rows, lambda row: map_tuple(row, change))
            return rel if rows is rel.rows else Values(rows, rel.columns, alias=rel.alias, span=rel.span)
        case Unnest():
            array = change(rel.array)
            if array is rel.array:
                return rel
            return Unnest(rel.source, array, rel.element, rel.offset, rel.outer, span=rel.span)
        case TimeWindow():
            return _map_time_window(rel, change)
        case Checked():
            rules = map_tuple(rel.rules, lambda rule: _map_rule(rule, change))
            return rel if rules is rel.rules else Checked(rel.source, rules, rel.columns, span=rel.span)
        case _:
            assert_never(rel)


def _map_time_window(rel: TimeWindow, change: ChangeExpr) -> TimeWindow:
    time, sizes, partition_by = change(rel.time), map_tuple(rel.sizes, change), map_tuple(rel.partition_by, change)
    if time is rel.time and sizes is rel.sizes and partition_by is rel.partition_by:
        return rel
    return TimeWindow(rel.kind, rel.source, time, sizes, rel.start, rel.end, partition_by, span=rel.span)


def _map_rule(rule: Rule, change: ChangeExpr) -> Rule:
    condition = map_optional(rule.condition, change)
    if condition is rule.condition:
        return rule
    return Rule(
        rule.name,
        rule.kind,
        rule.action,
        condition,
        rule.columns,
        rule.target,
        rule.target_columns,
        rule.into,
        span=rule.span,
    )


_NOTHING: Final[tuple[Expr, ...]] = ()


def expressions(rel: Rel) -> tuple[Expr, ...]:
    """The expressions that stand directly in `rel`."""
    match rel:
        case Project() | Window():
            return tuple([item.value for item in rel.items])
        case (
            Scan()
            | Read()
            | SetOperation()
            | Limit()
            | Distinct()
            | Sample()
            | Opaque()
            | Recursion()
            | Round()
            | Step()
        ):
            return _NOTHING
        case Filter():
            return (rel.condition,)
        case Join():
            return _NOTHING if rel.condition is None else (rel.condition,)
        case Aggregate():
            return tuple([item.value for item in rel.keys + rel.aggregates])
        case Sort():
            return tuple([key.expr for key in rel.keys])
        case Values():
            return tuple([cell for row in rel.rows for cell in row])
        case Unnest():
            return (rel.array,)
        case TimeWindow():
            return (rel.time, *rel.sizes, *rel.partition_by)
        case Checked():
            return tuple([rule.condition for rule in rel.rules if rule.condition is not None])
        case _:
            assert_never(rel)


def bottom_up(rel: Rel, rule: ChangeRel) -> Rel:
    """`rule` done to every relation of the tree, inputs first; not to queries inside expressions."""

    def rewrite(part: Rel) -> Rel:
        return rule(map_inputs(part, rewrite))

    return rewrite(rel)


def every_rel(rel: Rel) -> Iterator[Rel]:
    """`rel`, all relations in it and all in the queries of its expressions, in no order that means anything."""
    rels, exprs = [rel], list[Expr]()
    while rels:
        part = rels.pop()
        yield part
        rels += inputs(part)
        exprs += expressions(part)
        while exprs:
            expr = exprs.pop()
            if isinstance(expr, Column | Literal):
                continue
            if isinstance(expr, ScalarQuery | ExistsQuery | InQuery):
                rels.append(expr.query)
            exprs += children(expr)

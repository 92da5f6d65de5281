"""Conditions as near to where rows come from as their meaning lets them."""

from collections.abc import Iterable
from typing import assert_never

from oftra.datatypes import BOOLEAN
from oftra.ir.columns import add_uses, substitute
from oftra.ir.expr import Column, Expr, Literal, WindowCall
from oftra.ir.keys import conjuncts
from oftra.ir.rel import (
    Aggregate,
    Checked,
    Distinct,
    Filter,
    Item,
    Join,
    JoinKind,
    Limit,
    Opaque,
    Project,
    Read,
    Recursion,
    Rel,
    Round,
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
from oftra.ir.walk import map_inputs, with_source
from oftra.optimize.effects import binds, cheap, has_query, may_fail, repeatable, short
from oftra.optimize.simplify import simplify_expr
from oftra.optimize.simplify_logic import conjunction


def push_filters(rel: Rel) -> Rel:
    """operator | filter c  =>  filter c | operator, if the operator treats alike all rows that c treats alike

    Nothing passes `Checked`, `Opaque`, a limit or a sample. What may fail moves to no rows that it would not have met.
    """
    return _push(rel, [])


def _push(rel: Rel, conditions: list[Expr]) -> Rel:
    """`rel | filter conditions`, with the conditions inside `rel` where they can be."""
    match rel:
        case Filter():
            return _through_filter(rel, conditions)
        case Project():
            return _through_items(rel, rel.items, conditions)
        case Join():
            return _through_join(rel, conditions)
        case Aggregate():
            if rel.sets is not None or not rel.keys:
                return _stop(rel, conditions)
            return _through_items(rel, rel.keys, conditions, other_rows=True)
        case SetOperation():
            return _through_set_operation(rel, conditions)
        case Step(shared=True):
            return _stop(rel, conditions)  # a condition of one use is none of the others
        case Sort() | Distinct() | Step():
            return _over(rel, _push(rel.source, conditions))
        case Window():
            return _through_if(rel, conditions, _partition(rel.items))
        case Unnest():
            return _through_if(rel, conditions, _ids(rel.source.columns))
        case TimeWindow():
            # Which session a row falls into depends on the rows beside it.
            keeping = _plain(rel.partition_by) if rel.kind == "session" else _ids(rel.source.columns)
            return _through_if(rel, conditions, keeping)
        case Scan() | Read() | Values() | Limit() | Sample() | Checked() | Opaque() | Recursion() | Round():
            return _stop(rel, conditions)
        case _:
            assert_never(rel)


def _above(rel: Rel, conditions: list[Expr]) -> Rel:
    return Filter(rel, conjunction(conditions), span=conditions[0].span) if conditions else rel


def _stop(rel: Rel, conditions: list[Expr]) -> Rel:
    return _above(map_inputs(rel, push_filters), conditions)


def _over(rel: Sort | Distinct | Step | Window | Unnest | TimeWindow | Project | Aggregate, source: Rel) -> Rel:
    return rel if source is rel.source else with_source(rel, source)


def _ids(columns: Iterable[Column]) -> set[int]:
    return {column.id for column in columns}


def _uses(expr: Expr) -> set[int]:
    ids = set[int]()
    add_uses(expr, ids)
    return ids


def _through_filter(rel: Filter, conditions: list[Expr]) -> Rel:
    """filter a | filter b  =>  both further down; what has not the same value everywhere stays"""
    own = conjuncts(rel.condition)
    moving, staying = list[Expr](), list[Expr]()
    for condition in own:
        (moving if repeatable(condition) else staying).append(condition)
    if staying:
        # Past such a condition go only those that can't fail.
        for condition in conditions:
            (staying if may_fail(condition) else moving).append(condition)
        pushed = _above(_push(rel.source, moving), staying)
    else:
        pushed = _push(rel.source, moving + conditions)
    if isinstance(pushed, Filter) and pushed.source is rel.source and _same(conjuncts(pushed.condition), own):
        return rel
    return pushed


def _same(some: tuple[Expr, ...], others: tuple[Expr, ...]) -> bool:
    return len(some) == len(others) and all(one is other for one, other in zip(some, others))


def _through_items(
    rel: Project | Aggregate, items: tuple[Item, ...], conditions: list[Expr], *, other_rows: bool = False
) -> Rel:
    """project y = f(x) | filter c(y)  =>  filter c(f(x)) | project y = f(x), and so with the keys of an aggregate

    Only for short values: what is said (and perhaps computed) twice should be no burden.
    """
    values = {item.column.id: item.value for item in items}
    own = _ids(rel.columns) if conditions else set[int]()
    down, stay = list[Expr](), list[Expr]()
    for condition in conditions:
        used = _uses(condition) & own
        if not used <= values.keys() or (other_rows and (not used or may_fail(condition))):
            stay.append(condition)
        elif all(cheap(values[id_]) for id_ in used):
            down.append(simplify_expr(substitute(condition, {id_: values[id_] for id_ in used})))
        elif all(_may_repeat(values[id_]) for id_ in used):
            moved = simplify_expr(substitute(condition, {id_: values[id_] for id_ in used}))
            if may_fail(moved):
                stay.append(condition)
            else:
                down.append(moved)
        else:
            stay.append(condition)
    return _above(_over(rel, _push(rel.source, down)), stay)


def _may_repeat(value: Expr) -> bool:
    return short(value) and repeatable(value)


def _through_if(rel: Window | Unnest | TimeWindow, conditions: list[Expr], passing: set[int]) -> Rel:
    """Conditions go through that can't fail and look at nothing that comes from `rel` but the columns of `passing`."""
    own = _ids(rel.columns) if conditions else set[int]()
    down, stay = list[Expr](), list[Expr]()
    for condition in conditions:
        used = _uses(condition) & own
        (down if used and used <= passing and not may_fail(condition) else stay).append(condition)
    return _above(_over(rel, _push(rel.source, down)), stay)


def _partition(items: tuple[Item, ...]) -> set[int]:
    """The columns that every item is partitioned by."""
    partitions = [_plain(item.value.partition_by) for item in items if isinstance(item.value, WindowCall)]
    return set[int].intersection(*partitions) if partitions else set()


def _plain(exprs: tuple[Expr, ...]) -> set[int]:
    return {expr.id for expr in exprs if isinstance(expr, Column)}


def _through_set_operation(rel: SetOperation, conditions: list[Expr]) -> Rel:
    """union a, b | filter c  =>  union (a | filter c), (b | filter c), and so intersect and except"""
    down, stay = list[Expr](), list[Expr]()
    own = _ids(rel.columns) if conditions else set[int]()
    for condition in conditions:
        said_again = bool(_uses(condition) & own) and not binds(condition)
        kept = said_again and (rel.kind == "union" or not may_fail(condition))
        (down if kept else stay).append(condition)
    inputs = list[Rel]()
    for source in rel.inputs:
        values = {column.id: old for column, old in zip(rel.columns, source.columns)} if down else {}
        inputs.append(_push(source, [substitute(condition, values) for condition in down]))
    if all(new is old for new, old in zip(inputs, rel.inputs)):
        return _above(rel, stay)
    return _above(SetOperation(rel.kind, rel.all, tuple(inputs), rel.columns, span=rel.span), stay)


# Which conditions may move to a side of a join: those after it (`where`) and those in it (`on`).
_WHERE_LEFT: frozenset[JoinKind] = frozenset({"inner", "cross", "left", "semi", "anti"})
_WHERE_RIGHT: frozenset[JoinKind] = frozenset({"inner", "cross", "right"})
_ON_LEFT: frozenset[JoinKind] = frozenset({"inner", "cross", "right", "semi"})
_ON_RIGHT: frozenset[JoinKind] = frozenset({"inner", "cross", "left", "semi", "anti"})
_INNER: frozenset[JoinKind] = frozenset({"inner", "cross"})


def _through_join(rel: Join, conditions: list[Expr]) -> Rel:
    """a join b on c | filter (of a) and (of b) and (of both)  =>  (a | filter) join (b | filter) on c and (of both)"""
    left_ids, right_ids = _ids(rel.left.columns), _ids(rel.right.columns)
    to_left, to_right, on, stay = list[Expr](), list[Expr](), list[Expr](), list[Expr]()
    kind = rel.kind
    own = () if rel.condition is None else conjuncts(rel.condition)
    for condition in own:
        used = _uses(condition)
        of_left, of_right = bool(used & left_ids), bool(used & right_ids)
        if may_fail(condition) or of_left == of_right or not repeatable(condition):
            on.append(condition)
        elif of_left:
            (to_left if kind in _ON_LEFT else on).append(condition)
        else:
            (to_right if kind in _ON_RIGHT else on).append(condition)
    for condition in conditions:
        used = _uses(condition)
        of_left, of_right = bool(used & left_ids), bool(used & right_ids)
        if may_fail(condition):
            stay.append(condition)
        elif not of_right and kind in _WHERE_LEFT:
            to_left.append(condition)
        elif of_right and not of_left and kind in _WHERE_RIGHT:
            to_right.append(condition)
        elif kind in _INNER and used <= left_ids | right_ids and not has_query(condition):
            on.append(condition)
        else:
            stay.append(condition)
    left, right = _push(rel.left, to_left), _push(rel.right, to_right)
    if left is rel.left and right is rel.right and len(on) == len(own):
        return _above(rel, stay)
    if kind in _INNER:
        kind = "inner" if on else "cross"
    elif own and not on:
        on = [Literal(True, BOOLEAN, span=own[0].span)]
    return _above(Join(kind, left, right, conjunction(on) if on else None, rel.lateral, rel.ttl, span=rel.span), stay)

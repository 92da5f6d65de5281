"""Outer joins that keep no more than inner ones, as what they would add is left out further up."""

from collections.abc import Iterable
from typing import assert_never

from oftra.ir.expr import Column, Expr, WindowCall
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
from oftra.optimize.notes import Narrowed, note
from oftra.optimize.null_rows import NOTHING, present_if_there, present_if_true

Ids = frozenset[int]

_NARROWER: dict[tuple[JoinKind, bool, bool], JoinKind] = {
    ("left", False, True): "inner",
    ("left", True, True): "inner",
    ("right", True, False): "inner",
    ("right", True, True): "inner",
    ("full", True, False): "left",
    ("full", False, True): "right",
    ("full", True, True): "inner",
}
"""What a join becomes if rows further up have a value from its left side, and one from its right side."""


def narrow_joins(rel: Rel) -> Rel:
    """a left join b | filter that is not true where a column of b is null  =>  a inner join b | filter

    So full to left or right, too. What asks for a value may be a filter, a join's condition or an array that is taken
    apart, and stand behind projections and keys of groups; nothing is concluded across a limit, a sample or `Checked`.
    """
    return _narrow(rel, NOTHING)


def _narrow(rel: Rel, there: Ids) -> Rel:
    """`rel`, of which only rows are needed in which the columns of `there` are not null."""
    match rel:
        case Filter():
            return _over(rel, _narrow(rel.source, there | present_if_true(rel.condition)))
        case Project():
            return _over(rel, _narrow(rel.source, _behind(rel.items, there)))
        case Aggregate():
            known = _behind(rel.keys, there) if rel.sets is None else NOTHING
            return _over(rel, _narrow(rel.source, known))
        case Join():
            return _join(rel, there)
        case SetOperation():
            return _set_operation(rel, there)
        case Window():
            # A row that is left out later may still be seen by others of its partition.
            return _over(rel, _narrow(rel.source, there & _partition(rel.items) if there else there))
        case Unnest():
            known = there if rel.outer else there | present_if_there(rel.array)
            return _over(rel, _narrow(rel.source, known))
        case TimeWindow():
            known = there
            if rel.kind == "session":
                known = there & frozenset([key.id for key in rel.partition_by if isinstance(key, Column)])
            return _over(rel, _narrow(rel.source, known | present_if_there(rel.time)))
        case Sort() | Distinct() | Step(shared=False):
            return _over(rel, _narrow(rel.source, there))
        case Scan() | Read() | Values() | Limit() | Sample() | Checked() | Opaque() | Recursion() | Round() | Step():
            return map_inputs(rel, narrow_joins)
        case _:
            assert_never(rel)


def _over(
    rel: Filter | Project | Aggregate | Window | Unnest | TimeWindow | Sort | Distinct | Step, source: Rel
) -> Rel:
    return rel if source is rel.source else with_source(rel, source)


def _behind(items: tuple[Item, ...], there: Ids) -> Ids:
    """The columns without which those of `there`, some of which `items` make, would be null."""
    if not there:
        return there
    return there.union(*[present_if_there(item.value) for item in items if item.column.id in there])


def _partition(items: tuple[Item, ...]) -> Ids:
    calls = [item.value for item in items if isinstance(item.value, WindowCall)]
    partitions = [frozenset([key.id for key in call.partition_by if isinstance(key, Column)]) for call in calls]
    return partitions[0].intersection(*partitions[1:]) if partitions else NOTHING


def _join(rel: Join, there: Ids) -> Rel:
    kind, known = rel.kind, there
    if kind in ("left", "right", "full") and there:
        of_left = not there.isdisjoint([column.id for column in rel.left.columns])
        of_right = not there.isdisjoint([column.id for column in rel.right.columns])
        kind = _NARROWER.get((kind, of_left, of_right), kind)
    paired = _asked(() if rel.condition is None else conjuncts(rel.condition))
    if kind in ("inner", "cross", "semi"):
        known = there | paired
    # Of a side whose rows stay without a partner, only what is above decides; a partner has to fit the condition.
    left = _narrow(rel.left, known if kind != "right" and kind != "full" else paired if kind == "right" else NOTHING)
    right = _narrow(rel.right, known if kind in ("inner", "cross", "right") else paired if kind != "full" else NOTHING)
    if kind != rel.kind:
        note(Narrowed, rel, kind, there)
    elif left is rel.left and right is rel.right:
        return rel
    return Join(kind, left, right, rel.condition, rel.lateral, rel.ttl, span=rel.span)


def _asked(conditions: Iterable[Expr]) -> Ids:
    return NOTHING.union(*map(present_if_true, conditions))


def _set_operation(rel: SetOperation, there: Ids) -> Rel:
    inputs = list[Rel]()
    for source in rel.inputs:
        same = [old.id for column, old in zip(rel.columns, source.columns) if column.id in there] if there else ()
        inputs.append(_narrow(source, frozenset(same)))
    if all(new is old for new, old in zip(inputs, rel.inputs)):
        return rel
    return SetOperation(rel.kind, rel.all, tuple(inputs), rel.columns, span=rel.span)

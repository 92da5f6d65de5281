"""What a condition says of one side of an equality holds for the other side too."""

from collections.abc import Iterator
from itertools import chain

from oftra.datatypes import Boolean, Date, Datetime, Decimal, Integer, String, Timestamp
from oftra.ir.columns import free_columns, substitute
from oftra.ir.expr import Call, Column, Expr
from oftra.ir.keys import conjuncts
from oftra.ir.rel import (
    Aggregate,
    Distinct,
    Filter,
    Join,
    JoinKind,
    Project,
    Rel,
    SetOperation,
    Sort,
    Step,
    Unnest,
    Window,
)
from oftra.ir.walk import bottom_up
from oftra.optimize.effects import binds, may_fail, repeatable
from oftra.optimize.push_filters import push_filters
from oftra.optimize.simplify_logic import conjunction

_TO_RIGHT: frozenset[JoinKind] = frozenset({"inner", "left", "semi", "anti"})
_TO_LEFT: frozenset[JoinKind] = frozenset({"inner", "right", "semi"})
_SAME = (Boolean, Integer, Decimal, String, Date, Datetime, Timestamp)
"""Types of which equal values can't be told apart, as 0.0 and -0.0 can."""

_WORK = (Aggregate, Distinct, Window, Unnest, SetOperation)


def infer_conditions(rel: Rel) -> Rel:
    """a | filter a.x > 5 | join (b | aggregate by y) on a.x = b.y  =>  ... join (b | filter y > 5 | aggregate by y) ...

    Only for a side that does some work which the condition spares: of a relation that is just read, engines find the
    same by themselves, and code reads better without it.
    """
    return bottom_up(rel, _infer)


def _infer(rel: Rel) -> Rel:
    if not isinstance(rel, Join) or rel.lateral or rel.condition is None:
        return rel
    to_left, to_right = rel.kind in _TO_LEFT and _works(rel.left), rel.kind in _TO_RIGHT and _works(rel.right)
    if not (to_left or to_right):
        return rel
    of_left = {column.id: column for column in rel.left.columns}
    pairs = list[tuple[Column, Column]]()
    for part in conjuncts(rel.condition):
        match part:
            case Call("equal", (Column() as one, Column() as other)) if one.type == other.type and isinstance(
                one.type, _SAME
            ):
                pairs.append((one, other) if one.id in of_left else (other, one))
    left = _with(rel.left, _said(rel.right, [(b, a) for a, b in pairs])) if to_left else rel.left
    right = _with(rel.right, _said(rel.left, pairs)) if to_right else rel.right
    if left is rel.left and right is rel.right:
        return rel
    return Join(rel.kind, left, right, rel.condition, ttl=rel.ttl, span=rel.span)


def _works(rel: Rel) -> bool:
    """Whether rows of `rel` cost more than reading them."""
    while isinstance(rel, Filter | Project | Sort | Step) and not (isinstance(rel, Step) and rel.shared):
        rel = rel.source
    return isinstance(rel, _WORK)


def _said(rel: Rel, pairs: list[tuple[Column, Column]]) -> list[Expr]:
    """What conditions in `rel` say of the first of a pair, said of the second."""
    found = list[Expr]()
    for own, other in pairs:
        for condition in _conditions(rel, own.id):
            found.append(substitute(condition, {own.id: other}))
    return found


def _conditions(rel: Rel, id_: int) -> Iterator[Expr]:
    """The conditions that hold in `rel` for the column `id_` alone, and can be said anywhere."""
    match rel:
        case Filter():
            for condition in conjuncts(rel.condition):
                if free_columns(condition) == {id_} and _holds_anywhere(condition):
                    yield condition
            yield from _conditions(rel.source, id_)
        case Aggregate(sets=tuple()):
            return
        case Project() | Aggregate():
            items = rel.items if isinstance(rel, Project) else rel.keys
            below = next((item for item in items if item.column.id == id_), None)
            if below is not None and isinstance(below.value, Column):
                for condition in _conditions(rel.source, below.value.id):
                    yield substitute(condition, {below.value.id: below.column})
        case Sort() | Distinct() | Step() | Window() | Unnest():
            yield from _conditions(rel.source, id_)
        case Join("inner" | "cross"):
            yield from chain(_conditions(rel.left, id_), _conditions(rel.right, id_))
        case Join("left" | "semi" | "anti"):
            yield from _conditions(rel.left, id_)
        case Join("right"):
            yield from _conditions(rel.right, id_)
        case _:
            return


def _holds_anywhere(condition: Expr) -> bool:
    match condition:
        case Call("not", (Call("is_null"),)):
            return False  # the equality itself says so
        case _:
            return repeatable(condition) and not may_fail(condition) and not binds(condition)


def _with(rel: Rel, conditions: list[Expr]) -> Rel:
    """`rel` with those of `conditions` that it doesn't know yet, where they spare the most."""
    new = list[Expr]()
    for condition in conditions:
        (id_,) = free_columns(condition)
        if condition not in new and condition not in list(_conditions(rel, id_)):
            new.append(condition)
    if not new:
        return rel
    made = push_filters(Filter(rel, conjunction(new), span=new[0].span))
    if isinstance(made, Filter):
        return rel  # it stays above the work, and spares none
    known = [other for condition in new for id_ in free_columns(condition) for other in _conditions(made, id_)]
    return made if all(condition in known for condition in new) else rel

"""Relations that are listed side by side, joined along what connects them."""

from collections.abc import Iterable

from oftra.ir.columns import free_columns
from oftra.ir.expr import Call, Expr
from oftra.ir.keys import conjuncts
from oftra.ir.rel import (
    Aggregate,
    Distinct,
    Filter,
    Item,
    Join,
    Limit,
    Project,
    Rel,
    Sample,
    SetOperation,
    Sort,
    Step,
    TimeWindow,
    Unnest,
    Window,
)
from oftra.ir.walk import map_inputs
from oftra.optimize.effects import has_query, may_fail, repeatable
from oftra.optimize.simplify_logic import conjunction


def order_joins(rel: Rel) -> Rel:
    """a cross join b join c on a.x = c.x and b.y = c.y  =>  a join c on a.x = c.x join b on b.y = c.y

    Where each relation is joined to those before it, they stay in the order in which they are written. Else the next is
    the first one written that an equality connects to those before, or that any condition does; only if there is none
    does a cross join stay. Nothing is known of how many rows there are: that is left to the engine.
    """
    return _order(rel, False)


def _order(rel: Rel, any_order: bool) -> Rel:
    """`rel`, perhaps with its columns in another order, if `any_order` will do."""
    match rel:
        case Join("inner" | "cross", lateral=False, ttl=None):
            return _joins(rel, any_order)
        case Join():
            left, right = _order(rel.left, any_order), _order(rel.right, any_order or rel.kind in ("semi", "anti"))
            if left is rel.left and right is rel.right:
                return rel
            return Join(rel.kind, left, right, rel.condition, rel.lateral, rel.ttl, span=rel.span)
        case Project() | Aggregate():
            return map_inputs(rel, lambda source: _order(source, True))
        case Step(shared=True):
            return map_inputs(rel, order_joins)  # all uses stay alike
        case Filter() | Sort() | Limit() | Sample() | Distinct() | Step() | Window() | Unnest() | TimeWindow():
            return map_inputs(rel, lambda source: _order(source, any_order))
        case SetOperation():
            return map_inputs(rel, lambda source: _order(source, False))
        case _:
            return map_inputs(rel, order_joins)


def _joins(rel: Join, any_order: bool) -> Rel:
    """A chain of inner joins. Relations that stand in brackets stay together."""
    chain = list[Join]()
    first: Rel = rel
    while isinstance(first, Join) and first.kind in ("inner", "cross") and not first.lateral and first.ttl is None:
        chain.append(first)
        first = first.left
    chain.reverse()
    loose = any(join.condition is None for join in chain) and len(chain) > 1
    conditions = [part for join in chain if join.condition is not None for part in conjuncts(join.condition)]
    if loose and conditions and all(map(_may_move, conditions)):
        found = _connected([first, *[join.right for join in chain]], conditions)
        if found is not None:
            made = map_inputs(_rebuilt(found, conditions, rel), lambda source: _order(source, True))
            return made if any_order else Project(made, tuple([Item(c, c) for c in rel.columns]), span=rel.span)
    return map_inputs(rel, lambda source: _order(source, any_order))


def _may_move(condition: Expr) -> bool:
    return not may_fail(condition) and repeatable(condition) and not has_query(condition)


def _connected(rels: list[Rel], conditions: Iterable[Expr]) -> list[Rel] | None:
    """`rels` with each connected to those before it, as far as it goes; None if that is the order they are in."""
    homes = {column.id: at for at, rel in enumerate(rels) for column in rel.columns}
    links = list[tuple[set[int], bool]]()
    for condition in conditions:
        ends = {homes[id_] for id_ in free_columns(condition) if id_ in homes}
        links.append((ends, isinstance(condition, Call) and condition.function in ("equal", "is_not_distinct")))
    chosen, waiting = [0], list(range(1, len(rels)))
    while waiting:
        before = set(chosen)
        equal = [at for at in waiting if any(e and _joins_to(at, ends, before) for ends, e in links)]
        other = [at for at in waiting if any(_joins_to(at, ends, before) for ends, _ in links)]
        following = (equal or other or waiting)[0]
        chosen.append(following)
        waiting.remove(following)
    return None if chosen == sorted(chosen) else [rels[at] for at in chosen]


def _joins_to(at: int, ends: set[int], before: set[int]) -> bool:
    return at in ends and len(ends) > 1 and ends - {at} <= before


def _rebuilt(rels: list[Rel], conditions: list[Expr], rel: Join) -> Rel:
    """The joins of `rels`, each condition where all that it speaks of is there."""
    own = {column.id for source in rels for column in source.columns}
    waiting = [(free_columns(condition) & own, condition) for condition in conditions]
    made, known = rels[0], {column.id for column in rels[0].columns}
    for source in rels[1:]:
        known |= {column.id for column in source.columns}
        on = [condition for used, condition in waiting if used <= known]
        waiting = [one for one in waiting if not one[0] <= known]
        made = Join("inner" if on else "cross", made, source, conjunction(on) if on else None, span=rel.span)
    return made

"""One projection where there were several, as long as nothing is computed twice for it."""

from collections.abc import Iterable

from oftra.ir.columns import add_uses, substitute
from oftra.ir.expr import Column, Expr, Literal
from oftra.ir.rel import Aggregate, Item, Project, Rel
from oftra.ir.walk import bottom_up, children
from oftra.optimize.effects import binds, cheap, repeatable
from oftra.optimize.simplify import simplify_expr


def merge_projections(rel: Rel) -> Rel:
    """project y = f(x) | project z = g(y)  =>  project z = g(f(x)), if y is used once or cheap; also in aggregates"""
    return bottom_up(rel, _merge)


def _merge(rel: Rel) -> Rel:
    match rel:
        case Project(Project(source, inner), outer):
            if _may_merge(inner, [item.value for item in outer]):
                return Project(source, _substituted(outer, inner), span=rel.span)
        case Aggregate(Project(source, inner), keys, aggregates, sets):
            if _may_merge(inner, [item.value for item in keys + aggregates]):
                return Aggregate(
                    source, _substituted(keys, inner), _substituted(aggregates, inner), sets, span=rel.span
                )
    return rel


def _may_merge(inner: tuple[Item, ...], outer: list[Expr]) -> bool:
    """Whether each value of `inner` is computed as often in `outer` as before, or costs nothing."""
    dear = {item.column.id: 0 for item in inner if not cheap(item.value)}
    if any(item.value.type != item.column.type for item in inner):
        return False
    if not dear:
        return True
    for value in outer:
        if binds(value):
            # Inside a query or a lambda it would be computed again and again.
            ids = set[int]()
            add_uses(value, ids)
            if ids & dear.keys():
                return False
        else:
            _count(value, dear)
    if any(count > 1 for count in dear.values()):
        return False
    return all(dear[item.column.id] == 0 or repeatable(item.value) for item in inner if item.column.id in dear)


def _count(expr: Expr, counts: dict[int, int]) -> None:
    stack = [expr]
    while stack:
        part = stack.pop()
        if isinstance(part, Column):
            if part.id in counts:
                counts[part.id] += 1
        elif not isinstance(part, Literal):
            stack += children(part)


def _substituted(outer: tuple[Item, ...], inner: Iterable[Item]) -> tuple[Item, ...]:
    values = {item.column.id: item.value for item in inner if not item.passes}
    if not values:
        return outer
    items = list[Item]()
    for item in outer:
        value = substitute(item.value, values)
        items.append(item if value is item.value else Item(item.column, simplify_expr(value)))
    return tuple(items)

"""Limits, and the first rows in an order, taken before joins that add no rows."""

from collections.abc import Mapping

from oftra.ir.columns import free_columns, substitute
from oftra.ir.expr import Column, SortKey
from oftra.ir.keys import equated, keys_of
from oftra.ir.program import Interface
from oftra.ir.rel import Join, Limit, Project, Rel, Sort, Step
from oftra.ir.walk import bottom_up, with_source
from oftra.optimize.notes import Needless, NoTwoAlike, note


def push_limits(rel: Rel, interfaces: Mapping[str, Interface]) -> Rel:
    """a left join b on (key of b) = e | limit n  =>  a | limit n | left join b on (key of b) = e

    So with the first rows in an order of columns of a; those few are sorted again after the join. Projections may stand
    between.
    """
    return bottom_up(rel, lambda part: _push(part, interfaces) if isinstance(part, Limit) else part)


def _push(limit: Limit, interfaces: Mapping[str, Interface]) -> Rel:
    match limit.source:
        case Sort(source, keys) as sort:
            pushed = _below(limit, source, keys, interfaces)
            return limit if pushed is None else Sort(pushed, keys, span=sort.span)
        case source:
            return _below(limit, source, (), interfaces) or limit


def _below(limit: Limit, rel: Rel, keys: tuple[SortKey, ...], interfaces: Mapping[str, Interface]) -> Rel | None:
    """`rel | sort keys | limit`, in no order, with the limit below a join; None if there is none."""
    match rel:
        case Project():
            values = {item.column.id: item.value for item in rel.items}
            used = {id_ for key in keys for id_ in free_columns(key.expr)}
            if not all(isinstance(values.get(id_), Column) for id_ in used):
                return None
            inside = tuple([SortKey(substitute(key.expr, values), key.descending, key.nulls_first) for key in keys])
            source = _below(limit, rel.source, inside, interfaces)
            return None if source is None else with_source(rel, source)
        case Step(shared=False):
            source = _below(limit, rel.source, keys, interfaces)
            return None if source is None else with_source(rel, source)
        case Join("left", left, right, condition, False, ttl):
            of_right = {column.id for column in right.columns}
            if any(not of_right.isdisjoint(free_columns(key.expr)) for key in keys):
                return None
            _, equal = equated(rel)
            unique = next((key for key in keys_of(right, interfaces) if key <= equal), None) if equal else None
            if unique is None:
                return None
            names = [column.name for column in right.columns if column.id in unique]
            because = f"each row finds one partner at most: no two agree in ({', '.join(names)})"
            note(Needless, "limit of a left join  =>  limit of its left side", because, NoTwoAlike(right, unique))
            first: Rel = Sort(left, keys, span=limit.source.span) if keys else left
            fewer = _push(Limit(first, limit.count, limit.skip, span=limit.span), interfaces)
            return Join("left", fewer, right, condition, ttl=ttl, span=rel.span)
        case _:
            return None

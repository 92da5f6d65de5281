"""When a projection is said within the operator below it: expressions over aggregates stand in `agg` themselves."""

from collections import Counter
from collections.abc import Mapping

from oftra.ir.columns import substitute
from oftra.ir.expr import Column, Expr
from oftra.ir.rel import Aggregate, Item
from oftra.targets.engines.spark.needed import references
from oftra.targets.engines.spark.own_words import has_foreign


def merged(rel: Aggregate, items: tuple[Item, ...], final: bool) -> tuple[Item, ...] | None:
    """What `agg` makes for a projection over `rel`, but for its keys; None if it can't say the items.

    In the order of the projection if that is `final`, else in that of the aggregates.
    """
    keys = {item.column.id: item.value for item in rel.keys}
    aggregates = {item.column.id: item.value for item in rel.aggregates}
    order = list(aggregates)
    places: dict[int, int] = {}
    made: list[Item] = []
    for item in items:
        value = item.value
        if isinstance(value, Column) and value.id in keys:
            continue
        used = set(references(value))
        if not used & aggregates.keys():
            return None
        places[item.column.id] = min([order.index(id_) for id_ in used & aggregates.keys()])
        if any(rel.sets is not None or not isinstance(keys[id_], Column) for id_ in used & keys.keys()):
            # A computed key has no name yet that `agg` could call it by.
            return None
        made.append(item)
    if not final:
        made.sort(key=lambda item: places[item.column.id])
    return inlined(tuple(made), aggregates) if made else None


def partly_merged(rel: Aggregate, items: tuple[Item, ...]) -> tuple[Aggregate, tuple[Item, ...]] | None:
    """A projection over `rel`, which makes what needs an aggregate that nothing else does; None if that is none."""
    aggregates = {item.column.id: item.value for item in rel.aggregates}
    keys = {item.column.id for item in rel.keys}
    uses = Counter([id_ for item in items for id_ in references(item.value)])
    early: dict[int, Item] = {}
    for item in items:
        used = references(item.value)
        alone = not isinstance(item.value, Column) and rel.sets is None and not keys & set(used)
        if used and alone and not has_foreign(item.value) and all(uses[id_] == 1 and id_ in aggregates for id_ in used):
            early |= dict.fromkeys(used, item)
    if not early:
        return None
    made: list[Item] = []
    for one in rel.aggregates:
        item = early.get(one.column.id, one)
        if item.column.id not in {known.column.id for known in made}:
            made.append(Item(item.column, substitute(item.value, aggregates)))
    below = Aggregate(rel.source, rel.keys, tuple(made), rel.sets, span=rel.span)
    passed = {item.column.id for item in early.values()}
    return below, tuple([Item(i.column, i.column) if i.column.id in passed else i for i in items])


def inlined(items: tuple[Item, ...], inner: Mapping[int, Expr]) -> tuple[Item, ...] | None:
    """The items with these values where their columns stood; None if one would be said twice, or in own words."""
    if any(has_foreign(item.value) and not inner.keys().isdisjoint(references(item.value)) for item in items):
        return None
    found = [id_ for item in items for id_ in references(item.value) if id_ in inner]
    if len(found) != len(set(found)):
        return None
    return tuple([Item(item.column, substitute(item.value, inner)) for item in items])

"""Operators that do nothing where they stand."""

from collections.abc import Mapping

from oftra.ir.keys import keys_of
from oftra.ir.program import Interface
from oftra.ir.rel import Aggregate, Distinct, Filter, Join, Limit, Rel, SetOperation, Sort, Window
from oftra.ir.walk import bottom_up, map_inputs
from oftra.optimize.fold_constants import is_constant
from oftra.optimize.notes import NoTwoAlike, note


def remove_trivial(rel: Rel, interfaces: Mapping[str, Interface]) -> Rel:
    """filter true, limit all  =>  nothing;   limit n | limit m  =>  the smaller;   distinct over a key  =>  nothing

    sort | sort  =>  the last one;   sort | an operator that keeps no order  =>  the operator
    """
    return bottom_up(rel, lambda part: _remove(part, interfaces))


def _remove(rel: Rel, interfaces: Mapping[str, Interface]) -> Rel:
    match rel:
        case Filter(source, condition):
            return source if is_constant(condition, True) else rel
        case Limit():
            return _limit(rel)
        case Distinct():
            return _distinct(rel, interfaces)
        case Window(source, ()):
            return source
        case Sort(Sort(source), keys):
            return Sort(source, keys, span=rel.span)
        case Sort(source, ()):
            return source
        case Aggregate() | Join() | SetOperation() | Window():
            return _unsorted(rel)
        case _:
            return rel


def _distinct(rel: Distinct, interfaces: Mapping[str, Interface]) -> Rel:
    source = rel.source.source if isinstance(rel.source, Sort) else rel.source
    keys = keys_of(source, interfaces)
    if keys:
        note(NoTwoAlike, source, keys[0])
        return source
    return rel if source is rel.source else Distinct(source, span=rel.span)


def _unsorted(rel: Rel) -> Rel:
    return map_inputs(rel, lambda source: source.source if isinstance(source, Sort) else source)


def _limit(rel: Limit) -> Rel:
    if rel.count is None and rel.skip == 0:
        return rel.source
    match rel.source:
        case Limit(source, count, skip):
            left = None if count is None else max(count - rel.skip, 0)
            counts = [number for number in (left, rel.count) if number is not None]
            return Limit(source, min(counts, default=None), skip + rel.skip, span=rel.span)
        case _:
            return rel

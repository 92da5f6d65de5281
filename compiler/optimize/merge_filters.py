"""One filter where there were several."""

from oftra.ir.keys import conjuncts
from oftra.ir.rel import Filter, Rel
from oftra.ir.walk import bottom_up
from oftra.optimize.simplify_logic import conjunction


def merge_filters(rel: Rel) -> Rel:
    """filter a | filter b  =>  filter a and b"""
    return bottom_up(rel, _merge)


def _merge(rel: Rel) -> Rel:
    match rel:
        case Filter(Filter(source, first), second):
            return Filter(source, conjunction([*conjuncts(first), *conjuncts(second)]), span=rel.span)
        case _:
            return rel

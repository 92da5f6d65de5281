"""What Flink has no operator for, said with operators that it has: typed relations to typed relations.

semi, anti   rows for which the other side has one, or none: Flink has no such join
"""

from oftra.datatypes import BOOLEAN
from oftra.ir.expr import Call, ExistsQuery, Expr
from oftra.ir.rel import Filter, Join, Rel


def lower_join(rel: Join) -> Rel:
    """A join that only filters, as a condition."""
    inside = rel.right if rel.condition is None else Filter(rel.right, rel.condition, span=rel.span)
    found: Expr = ExistsQuery(inside, span=rel.span)
    if rel.kind == "anti":
        found = Call("not", (found,), BOOLEAN, False, span=rel.span)
    return Filter(rel.left, found, span=rel.span)

"""What a relation says twice under one name is computed once: filters and pruning treat its uses alike."""

from collections import Counter
from dataclasses import replace
from itertools import count

from oftra.ir.columns import free_columns, freshen
from oftra.ir.expr import ExistsQuery, Expr
from oftra.ir.rel import Checked, Filter, Project, Read, Rel, Scan, Step, Values
from oftra.ir.walk import every_rel, map_exprs, map_inputs
from oftra.ir.walk_expr import map_children


def share_steps(rel: Rel) -> Rel:
    """step s, and step s again  =>  shared step s, and shared step s again

    Both are the same but for their columns' ids, use nothing around them, and more than columns and conditions,
    which are read twice for less than it takes to keep them.
    """
    steps = [part for part in every_rel(rel) if isinstance(part, Step)]
    names = Counter([step.name for step in steps])
    forms = Counter([_plain(step) for step in steps if names[step.name] > 1 and _is_work(step)])

    def expr(part: Expr) -> Expr:
        return map_children(part, expr, mark)

    def mark(part: Rel) -> Rel:
        made = map_exprs(map_inputs(part, mark), expr)
        if isinstance(part, Step) and names[part.name] > 1 and _is_work(part) and forms[_plain(part)] > 1:
            assert isinstance(made, Step)
            return replace(made, shared=True)
        return made

    if not any(times > 1 for times in forms.values()):
        return rel
    marked = mark(rel)
    return rel if marked == rel else marked


def _plain(step: Step) -> Rel:
    """`step` with ids that depend on nothing but what it is."""
    return freshen(step, count(1).__next__)


def _is_work(step: Step) -> bool:
    if free_columns(ExistsQuery(step)):
        return False
    parts = list(every_rel(step))
    if any(isinstance(part, Checked) for part in parts):
        return False
    return any(not isinstance(part, Scan | Read | Values | Filter | Project | Step) for part in parts)

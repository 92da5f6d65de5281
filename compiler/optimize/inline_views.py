"""Views that one relation uses once become a step of it, so that filters and pruning reach through them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count

from oftra.ir.columns import freshen
from oftra.ir.program import Relation
from oftra.ir.rel import Checked, Item, Project, Rel, Scan, Step
from oftra.ir.walk import map_exprs, map_inputs, rewriter
from oftra.optimize.survey import Survey

DEEPEST = 200
"""How deep relations may come to stand in each other by it: walks are recursive."""


def inline_views(
    relations: Sequence[Relation], kept: frozenset[str], surveys: Mapping[str, Survey]
) -> tuple[tuple[Relation, ...], Mapping[str, Survey]]:
    """scan v, the only one of view v  =>  (what v is) | step v

    Views of `kept` stay, and so do those that are used more often, which are shared, and those under rules, which are
    judged by themselves. With the surveys afterwards.
    """
    uses = Counter([name for relation in relations for name in surveys[relation.name].scans])
    named = frozenset[str]().union(*[surveys[relation.name].named for relation in relations])
    once = {
        relation.name: relation
        for relation in relations
        if relation.kind == "view"
        and not isinstance(relation.rel, Checked)
        and uses[relation.name] == 1
        and relation.name not in kept
        and relation.name not in named
    }
    if not once:
        return tuple(relations), surveys
    # Sizes as they are after inlining; a view comes before what uses it.
    grown = dict(surveys)
    for relation in relations:
        own = grown[relation.name]
        for name in own.scans:
            if name in once:
                own = _with(own, grown[name])
                if own.depth > DEEPEST:
                    del once[name]
                    own = grown[relation.name]
                else:
                    grown[relation.name] = own
    found = list[Relation]()
    for relation in relations:
        if relation.name in once:
            continue
        if any(name in once for name in surveys[relation.name].scans):
            next_id = count(surveys[relation.name].highest_id + 1).__next__
            rel = _expand(relation.rel, once, next_id, surveys[relation.name].queries)
            relation = replace(relation, rel=rel)
        found.append(relation)
    return tuple(found), grown


def _with(outer: Survey, inner: Survey) -> Survey:
    """Of a relation after a view is inlined in it. Ids are counted as if each of the view's were a new one."""
    return Survey(
        outer.scans + inner.scans,
        outer.named | inner.named,
        outer.queries or inner.queries,
        outer.highest_id + inner.highest_id,
        outer.depth + inner.depth + 1,
        outer.repeats or inner.repeats,
        outer.marks | inner.marks,
    )


def _expand(rel: Rel, once: Mapping[str, Relation], next_id: Callable[[], int], queries: bool) -> Rel:
    def scan(part: Scan) -> Rel:
        view = once.get(part.relation)
        if view is None:
            return part
        names = {column.name: column for column in view.rel.columns}
        ids = {names[column.name].id: column.id for column in part.columns}
        body = Step(
            freshen(view.rel, next_id, ids, lambda inner: scan(inner) if isinstance(inner, Scan) else inner),
            view.short,
            view.description,
            span=part.span,
        )
        if len(names) == len(part.columns) and all(a.name == b.name for a, b in zip(view.rel.columns, part.columns)):
            return body
        return Project(body, tuple([Item(column, column) for column in part.columns]), span=part.span)

    def expand(part: Rel) -> Rel:
        if isinstance(part, Scan):
            return scan(part)
        part = map_inputs(part, expand)
        return map_exprs(part, inside) if queries else part

    inside = rewriter(lambda expr: expr, expand)
    return expand(rel)

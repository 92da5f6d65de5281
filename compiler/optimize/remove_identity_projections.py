"""Projections that change nothing."""

from oftra.ir.rel import Project, Rel
from oftra.ir.walk import bottom_up


def remove_identity_projections(rel: Rel) -> Rel:
    """rel | project all of its columns, in their order  =>  rel"""
    return bottom_up(rel, _remove)


def _remove(rel: Rel) -> Rel:
    if not isinstance(rel, Project):
        return rel
    for item in rel.items:
        if not item.passes:
            return rel
    return rel.source if rel.columns == rel.source.columns else rel

"""Grouping sets without keys: where there are no rows, engines give them no row, as an aggregate would."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from oftra.datatypes import NULL
from oftra.ir.columns import freshen
from oftra.ir.expr import Cast, Column, Literal
from oftra.ir.rel import Aggregate, Item, Project, Rel, SetOperation

Unique: TypeAlias = Callable[[tuple[Column, ...]], Iterable[str]]
"""Names for columns by which the engine can tell them apart."""


def sets_apart(rel: Aggregate, ids: Iterator[int], unique: Unique) -> Rel:
    """Each set of no keys as an aggregate of its own, beside one of the others; `ids` are for new columns."""
    if rel.sets is None or () not in rel.sets:
        return rel
    parts: list[Rel] = []
    others = tuple([positions for positions in rel.sets if positions])
    if others:
        parts.append(Aggregate(rel.source, rel.keys, rel.aggregates, others, span=rel.span))
    for _ in range(len(rel.sets) - len(others)):
        parts.append(_of_all(rel))
    columns = rel.columns
    inputs = tuple([freshen(part, lambda: next(ids)) for part in parts])
    if len(inputs) == 1:
        items = [Item(column, old) for column, old in zip(columns, inputs[0].columns)]
        return Project(inputs[0], tuple(items), span=rel.span)
    names = list(unique(columns))
    if names == [column.name for column in columns]:
        return SetOperation("union", True, inputs, columns, span=rel.span)
    # What is above tells the columns of a union by their names alone.
    told = tuple([Column(next(ids), name, c.type, c.nullable) for c, name in zip(columns, names)])
    union = SetOperation("union", True, inputs, told, span=rel.span)
    return Project(union, tuple([Item(column, old) for column, old in zip(columns, told)]), span=rel.span)


def _of_all(rel: Aggregate) -> Rel:
    aggregated = Aggregate(rel.source, (), rel.aggregates, span=rel.span)
    keys = [Item(i.column, Cast(Literal(None, NULL), i.column.type, True, implicit=True)) for i in rel.keys]
    values = [Item(item.column, item.column) for item in rel.aggregates]
    return Project(aggregated, (*keys, *values), span=rel.span)

"""A query that stands for one value: how its value comes to the rows around it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from oftra.datatypes import NULL
from oftra.ir.columns import substitute
from oftra.ir.expr import AggregateCall, Call, Case, Column, Expr, Literal
from oftra.ir.keys import keys_of
from oftra.ir.rel import Aggregate, Filter, Item, Join, JoinKind, Limit, Project, Rel, Sort, Step
from oftra.targets.engines.spark.attaching import of_nothing
from oftra.targets.engines.spark.correlation import all_of, count_rows, free_of, ids_of
from oftra.targets.engines.spark.pulling import Puller
from oftra.targets.engines.spark.tying import Tied, tied

if TYPE_CHECKING:  # it asks for values, and offers what that takes
    from oftra.targets.engines.spark.subqueries import Subqueries

_NO_NAME = re.compile(r"_\d+\Z")

ONLY_VALUE = "only_value"
"""`only_value(count, value)`: the value; a run fails where the count is over one."""


def scalar(subqueries: Subqueries, source: Rel, rel: Rel) -> tuple[Rel, Expr]:
    """`source` joined with what `rel` gives for each of its rows, and the value of that."""
    top = _aggregate_below(rel)
    if top is not None:
        return _of_one_row(subqueries, source, rel, top)
    (value,) = rel.columns
    found = tied(subqueries, source, rel)
    keys = found.keys
    held = ids_of([item.column for item in keys])
    if any(key <= held for key in keys_of(found.rel, subqueries.interfaces)):
        return _only_row(subqueries, source, found, value)
    number = subqueries.names.count("rows", source.columns)
    beside = (*source.columns, *[item.column for item in keys])
    named = subqueries.names.column(value.name, value.type, True, beside)
    aggregates = (Item(number, count_rows()), Item(named, _any(value)))
    grouped = Aggregate(found.rel, keys, aggregates, span=rel.span)
    return _joined(source, grouped, found), Call(ONLY_VALUE, (number, named), value.type, True, span=rel.span)


def _telling(rel: Rel, top: Aggregate) -> Rel:
    """`rel`, its value called by what it is, `max_price`, if nobody gave it a name."""
    match rel:
        case Project(Aggregate() as below, (Item(value, Column() as made),)) if below is top:
            for item in top.aggregates:
                if item.column == made and isinstance(item.value, AggregateCall) and _NO_NAME.match(value.name):
                    of = [argument.name for argument in item.value.arguments if isinstance(argument, Column)]
                    name = "_".join((item.value.function, *of))
                    named = Column(value.id, name, value.type, value.nullable, span=value.span)
                    return Project(top, (Item(named, made),), span=rel.span)
    return rel


def _only_row(subqueries: Subqueries, source: Rel, found: Tied, value: Column) -> tuple[Rel, Expr]:
    """The value of the one row that may be found."""
    span = found.rel.span
    keys = found.keys
    beside = (*source.columns, *[item.column for item in keys])
    named = subqueries.names.column(value.name, value.type, True, beside)
    if not found.conditions:
        return _joined(source, Aggregate(found.rel, (), (Item(named, _any(value)),), span=span), found), named
    return _joined(source, Project(found.rel, (*keys, Item(named, value)), span=span), found), named


def _joined(source: Rel, rel: Rel, found: Tied) -> Rel:
    kind: JoinKind = "left" if found.conditions else "cross"
    return Join(kind, source, rel, all_of(found.conditions), span=rel.span)


def _any(value: Column) -> AggregateCall:
    return AggregateCall("any_value", (value,), value.type, True)


def _of_one_row(subqueries: Subqueries, source: Rel, rel: Rel, top: Aggregate) -> tuple[Rel, Expr]:
    """What is computed from the one row of an aggregate: of no rows too."""
    if not free_of(rel) & ids_of(source.columns) and not _may_be_empty(rel, top):
        rel = _telling(rel, top)
        (value,) = rel.columns
        named = subqueries.names.column(value.name, value.type, value.nullable, source.columns)
        one = Project(rel, (Item(named, value),), span=rel.span)
        return Join("cross", source, one, span=rel.span), named
    grouped, conditions = _grouped(subqueries, source, top)
    renamed: list[Item] = []
    for item in grouped.aggregates:
        beside = (*source.columns, *[other.column for other in renamed])
        nullable = item.column.nullable or bool(conditions)
        column = subqueries.names.column(item.column.name, item.column.type, nullable, beside)
        renamed.append(Item(column, item.value))
    groups = Aggregate(grouped.source, grouped.keys, tuple(renamed), span=grouped.span)
    joined = _joined(source, groups, Tied(groups, conditions))
    values: dict[int, Expr] = {
        old.column.id: of_nothing(new) if conditions else new.column for old, new in zip(top.aggregates, renamed)
    }
    return subqueries.value_of(joined, _computed(rel, top, values))


def _grouped(subqueries: Subqueries, source: Rel, top: Aggregate) -> tuple[Aggregate, tuple[Expr, ...]]:
    """`top` by itself, with what ties it to the rows around as keys."""
    around = free_of(top) & ids_of(source.columns)
    if not around:
        return top, ()
    pulled = Puller(around, subqueries.names).grouped(top)
    if pulled is not None:
        assert isinstance(pulled.rel, Aggregate)
        return pulled.rel, pulled.conditions
    attacher = subqueries.attacher(source, around)
    attached = attacher.attach(top.source)
    keys = tuple([Item(column, column) for column in attached.values.values()])
    made = tuple([Item(item.column, substitute(item.value, attached.values)) for item in top.aggregates])
    return Aggregate(attached.rel, keys, made, span=top.span), (attacher.tied(attached.values),)


def _computed(rel: Rel, top: Aggregate, found: Mapping[int, Expr]) -> Expr:
    """The value that the operators above `top` make of its row, as an expression."""
    above: list[Rel] = []
    part = rel
    while part is not top:
        above.append(part)
        assert isinstance(part, Project | Filter | Step | Sort | Limit)
        part = part.source
    values = found
    conditions: list[Expr] = []
    for part in reversed(above):
        match part:
            case Project(_, items):
                values = {item.column.id: substitute(item.value, values) for item in items}
            case Filter(_, condition):
                conditions.append(substitute(condition, values))
    value = values[rel.columns[0].id]
    kept = all_of(conditions)
    if kept is None:
        return value
    return Case(((kept, value),), Literal(None, NULL), value.type, True, span=rel.span)


def _may_be_empty(rel: Rel, top: Aggregate) -> bool:
    """Whether something above `top` may leave its row out."""
    while rel is not top:
        if isinstance(rel, Filter):
            return True
        assert isinstance(rel, Project | Step | Sort | Limit)
        rel = rel.source
    return False


def _aggregate_below(rel: Rel) -> Aggregate | None:
    """The aggregate of one row that `rel` computes its value from, if there is one."""
    part = rel
    while True:
        match part:
            case Aggregate(_, (), _, None):
                return part
            case Project(source) | Filter(source) | Step(source) | Sort(source):
                part = source
            case Limit(source, count, 0) if count is None or count > 0:
                part = source
            case _:
                return None

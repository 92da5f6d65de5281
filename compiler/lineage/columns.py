"""Where the values of a column come from: what they are computed of, not what decided which rows there are."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias, assert_never

from oftra.ir.columns import add_uses
from oftra.ir.expr import Column, ExistsQuery, Expr, InQuery, Literal, ScalarQuery
from oftra.ir.program import Program, Relation
from oftra.ir.rel import (
    Aggregate,
    Checked,
    Distinct,
    Filter,
    Item,
    Join,
    Limit,
    Opaque,
    Project,
    Read,
    Recursion,
    Rel,
    Round,
    Sample,
    Scan,
    SetOperation,
    Sort,
    Step,
    TimeWindow,
    Unnest,
    Values,
    Window,
)
from oftra.ir.walk import children, every_rel, inputs

ColumnName: TypeAlias = tuple[str, str]
"""A relation's full name and the name of one of its columns."""

Origins: TypeAlias = frozenset[ColumnName]

NOWHERE: Origins = frozenset()


def lineage(program: Program) -> Mapping[ColumnName, Origins]:
    """For each column of each relation, the columns of sources that its values are computed of."""
    found = dict[ColumnName, Origins]()
    for (relation, column), steps in direct_lineage(program).items():
        if program.by_name[relation].kind == "source":
            found[relation, column] = frozenset({(relation, column)})
        else:
            found[relation, column] = NOWHERE.union(*[found.get(step, NOWHERE) for step in steps])
    return found


def direct_lineage(program: Program) -> Mapping[ColumnName, Origins]:
    """For each column of each relation, the columns of those relations that it reads; a source reads none."""
    found = dict[ColumnName, Origins]()
    for relation in program.relations:
        for column, origins in zip(relation.rel.columns, of_relation(relation)):
            found[relation.name, column.name] = origins
    return found


def of_relation(relation: Relation) -> list[Origins]:
    """For each of its columns, the columns of those relations that it reads."""
    origins = dict[int, Origins]()
    _add(relation.rel, origins)
    return [origins.get(column.id, NOWHERE) for column in relation.rel.columns]


def _add(rel: Rel, origins: dict[int, Origins]) -> None:
    """Add to `origins` where each column comes from that comes into being in `rel`."""
    for source in inputs(rel):
        _add(source, origins)
    match rel:
        case Scan():
            for column in rel.columns:
                origins[column.id] = frozenset({(rel.relation, column.name)})
        case Read() | Filter() | Join() | Sort() | Limit() | Distinct() | Sample() | Checked() | Step():
            pass
        case Values():
            for place, column in enumerate(rel.columns):
                origins[column.id] = _of_all([row[place] for row in rel.rows], origins)
        case Project() | Window():
            _add_items(rel.items, origins)
        case Aggregate():
            _add_items(rel.keys + rel.aggregates, origins)
        case Round():
            pass
        case Recursion():
            _add_rounds(rel, origins)
        case SetOperation():
            # The rows of a difference are the first input's; the others only say which are left out.
            for place, column in enumerate(rel.columns):
                sources = rel.inputs[:1] if rel.kind == "except" else rel.inputs
                ids = [source.columns[place].id for source in sources]
                origins[column.id] = NOWHERE.union(*[origins.get(id_, NOWHERE) for id_ in ids])
        case Unnest():
            found = _of(rel.array, origins)
            origins[rel.element.id] = found
            if rel.offset is not None:
                origins[rel.offset.id] = found
        case TimeWindow():
            origins[rel.start.id] = origins[rel.end.id] = _of(rel.time, origins)
        case Opaque():
            # Nobody knows what an engine's own text does with its inputs.
            everything = frozenset([(scan.relation, column.name) for scan in rel.inputs for column in scan.columns])
            for column in rel.columns:
                origins[column.id] = everything
        case _:
            assert_never(rel)


def _add_rounds(rel: Recursion, origins: dict[int, Origins]) -> None:
    """Where the columns of a recursion come from: what its rounds add is followed until nothing more is found."""
    first, again = rel.inputs
    rounds = [part for part in every_rel(again) if isinstance(part, Round) and part.name == rel.name]
    found = [origins.get(column.id, NOWHERE) for column in first.columns]
    while True:
        for part in rounds:
            for column, known in zip(part.columns, found):
                origins[column.id] = known
        _add(again, origins)
        more = [known | origins.get(column.id, NOWHERE) for known, column in zip(found, again.columns)]
        if more == found:
            break
        found = more
    for column, known in zip(rel.columns, found):
        origins[column.id] = known


def _add_items(items: Iterable[Item], origins: dict[int, Origins]) -> None:
    for item in items:
        if not item.passes:
            origins[item.column.id] = _of(item.value, origins)


def _of_all(exprs: Iterable[Expr], origins: dict[int, Origins]) -> Origins:
    return NOWHERE.union(*[_of(expr, origins) for expr in exprs])


def _of(expr: Expr, origins: dict[int, Origins]) -> Origins:
    match expr:
        case Column():
            return origins.get(expr.id, NOWHERE)
        case Literal():
            return NOWHERE
        case ScalarQuery() | InQuery():
            _add(expr.query, origins)
            return _of_all([*children(expr), *expr.query.columns], origins)
        case ExistsQuery():
            _add(expr.query, origins)
            used = set[int]()
            add_uses(expr, used)
            return NOWHERE.union(*[origins.get(id_, NOWHERE) for id_ in used])
        case _:
            return _of_all(children(expr), origins)

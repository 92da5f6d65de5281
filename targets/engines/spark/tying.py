"""A query that stands by itself, and the equations that tie its rows to the rows around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from oftra.ir.columns import free_columns
from oftra.ir.expr import Expr
from oftra.ir.rel import Item, Rel
from oftra.targets.engines.spark.correlation import equation, free_of, ids_of
from oftra.targets.engines.spark.pulling import Puller

if TYPE_CHECKING:  # who asks also offers what it takes
    from oftra.targets.engines.spark.subqueries import Subqueries


class Tied(NamedTuple):
    """A query by itself. Without conditions all of its rows are for every row around."""

    rel: Rel
    conditions: tuple[Expr, ...]

    @property
    def keys(self) -> tuple[Item, ...]:
        """The columns of the query that the conditions use."""
        used: set[int] = set()
        for condition in self.conditions:
            used |= free_columns(condition)
        return tuple([Item(column, column) for column in self.rel.columns if column.id in used])


def tied(subqueries: Subqueries, source: Rel, rel: Rel) -> Tied:
    """`rel` by itself, tied to the rows of `source` by equations alone."""
    around = free_of(rel) & ids_of(source.columns)
    if not around:
        return Tied(rel, ())
    pulled = Puller(around, subqueries.names).pull(rel)
    if pulled is not None:
        inside = ids_of(pulled.rel.columns)
        if all(equation(part, inside) for part in pulled.conditions):
            return Tied(pulled.rel, pulled.conditions)
    attacher = subqueries.attacher(source, around)
    attached = attacher.attach(rel)
    return Tied(attached.rel, (attacher.tied(attached.values),))

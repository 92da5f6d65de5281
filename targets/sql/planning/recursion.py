"""`with recursive`: a named query that reads itself."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from oftra.ir.columns import freshen
from oftra.ir.rel import Recursion, Rel, Round
from oftra.ir.walk import every_rel
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.block import Block, Relation
from oftra.targets.sql.planning.starting import start

if TYPE_CHECKING:  # the planner and what it plans a recursion by need each other
    from collections.abc import Mapping

    from oftra.targets.sql.planning.plan import Planner
    from oftra.targets.sql.planning.scope import Scope


def recursion(planner: Planner, rel: Recursion, outer: Scope | None) -> Block:
    """All rows of a recursion; the same one is computed once."""
    plain = freshen(rel, count(1).__next__)
    name = planner.recursions.get(plain)
    if name is None:
        name = planner.recursions[plain] = _named(planner, rel)
    return _whole(planner, name, rel, outer)


def _named(planner: Planner, rel: Recursion) -> str:
    """The name under which a recursion is computed before the query."""
    name = free_name(planner, rel.name)
    first = planner.plan(rel.inputs[0], None)
    # Its columns go by the names that a round reads.
    says = [first.scope.columns[column.id] for column in first.columns]
    first.columns = rel.columns
    first.scope.columns.update({column.id: said for column, said in zip(rel.columns, says)})
    around = planner.rounds
    planner.rounds = {**around, rel.name: name}
    again = planner.plan(rel.inputs[1], None)
    planner.rounds = around
    queries = (first.finish(exact=True)[0], again.finish(exact=True)[0])
    planner.ctes.append(q.Cte(name, q.Compound("union all" if rel.all else "union", queries), span=rel.span))
    planner.wanted[name] = name
    return name


def free_name(planner: Planner, wanted: str) -> str:
    """`wanted`, or with a number behind: what no named query and no relation is called."""
    names = {cte.name for cte in planner.ctes} | set(planner.rounds.values()) | planner.catalog.bare
    name, number = wanted, 1
    while name in names:
        number += 1
        name = f"{wanted}_{number}"
    return name


def last_round(planner: Planner, rel: Round, outer: Scope | None) -> Block:
    """The rows of the last round."""
    return _whole(planner, planner.rounds[rel.name], rel, outer)


def _whole(planner: Planner, name: str, rel: Recursion | Round, outer: Scope | None) -> Block:
    names = tuple([column.name for column in rel.columns])
    return start(planner.engine, Relation(name, q.Table(sql.Name((name,))), names), rel.columns, outer)


def in_round(rel: Rel, rounds: Mapping[str, str]) -> bool:
    """Whether a relation reads the last round of a recursion that is being planned: it can't be computed before."""
    return bool(rounds) and any(isinstance(part, Round) for part in every_rel(rel))

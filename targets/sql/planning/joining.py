"""Joins: what of both sides may stand in one FROM, and when `using` says the condition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oftra.ir.expr import Call, Column, Expr
from oftra.ir.rel import Join
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.block import Block, Joined, Relation
from oftra.targets.sql.planning.scope import Scope
from oftra.targets.sql.planning.starting import joined

if TYPE_CHECKING:  # the planner and the planning of joins need each other
    from oftra.targets.sql.planning.plan import Planner

WORDS = {
    "inner": "join",
    "left": "left join",
    "right": "right join",
    "full": "full join",
    "cross": "cross join",
    "semi": "semi join",
    "anti": "anti join",
}


class Joining:
    """Plans joins for a planner."""

    def __init__(self, planner: Planner) -> None:
        self.planner = planner

    def join(self, join: Join, outer: Scope | None) -> Block:
        """Both sides in one FROM, each as a query of its own only where it can't be helped."""
        kind = join.kind
        left = self.planner.plan(join.left, outer)
        if not self._may_stay_left(left, kind):
            left = self.planner.wrapped(left)
        left.order_by = []
        if join.lateral:
            return self._lateral(join, left)
        # The right side must not take a name that is taken on the left.
        seen = Scope({}, outer)
        seen.aliases = left.scope.aliases
        right = self.planner.plan(join.right, seen)
        if right.is_from:
            right.order_by = []
        if not self._may_stay_right(right, kind):
            right = self.planner.wrapped(right)
        assert right.relation is not None
        right.scope.outer = outer
        columns = {**left.scope.columns, **right.scope.columns}
        both = Scope(columns, outer)
        both.shown = left.scope.shown | right.scope.shown
        both.aliases = left.scope.aliases | right.scope.aliases
        if kind in ("cross", "inner"):
            left.where += right.where
            filters: tuple[sql.Expr, ...] = ()
        else:
            filters = tuple([condition.expr for condition in right.where])
        using = () if filters or join.condition is None else self._using(join.condition, left, right)
        condition = None if using or join.condition is None else self._condition(join.condition, both)
        if filters:
            condition = sql.all_of((*_parts(condition), *filters))
        words = WORDS[kind]
        if kind == "inner" and condition is None and not using:
            words = "cross join"
        elif kind not in ("cross", "inner") and condition is None and not using:
            condition = sql.TRUE
        if kind == "cross" and condition is not None:
            words = "join"
        left.joins.append(Joined(words, right.relation, condition, using, join.span))
        left.scope = both
        left.columns = join.columns
        left.volatile |= right.volatile
        return left

    def _condition(self, condition: Expr, scope: Scope) -> sql.Expr:
        return self.planner.engine.expressions(scope, self.planner.around).said(condition).expr

    def _may_stay_left(self, block: Block, kind: str) -> bool:
        if not block.is_from or block.relation is None or block.volatile:
            return False
        # Rows that the right side keeps alone have null for all of the left: nothing may be computed from that.
        return kind not in ("right", "full") or not (block.where or block.has_computed)

    def _may_stay_right(self, block: Block, kind: str) -> bool:
        if not block.is_from or block.relation is None or block.joins or block.volatile or block.sample:
            return False
        if kind in ("right", "full"):
            return not (block.where or block.has_computed)
        return kind != "left" or not block.has_computed

    def _lateral(self, join: Join, left: Block) -> Block:
        right = self.planner.plan(join.right, left.scope)
        query, names, says = right.finish()
        alias = right.alias
        count = 1
        while left.scope.sees(alias):
            count += 1
            alias = f"{right.alias}_{count}"
        relation = Relation(alias, q.Derived(query, alias, lateral=True), names)
        for column, name, said in zip(right.columns, names, says):
            left.scope.columns[column.id] = said._replace(expr=sql.Name((alias, name)))
        condition = None if join.condition is None else self._condition(join.condition, left.scope)
        if join.kind == "left":
            left.joins.append(joined("left join", relation, condition or sql.TRUE, join.span))
        else:
            left.joins.append(joined("cross join" if condition is None else "join", relation, condition, join.span))
        left.scope.aliases[alias] = names
        left.columns = join.columns
        return left

    def _using(self, condition: Expr, left: Block, right: Block) -> tuple[str, ...]:
        """The columns that `using` may name: equal ones of one name, which no other relation on the left has."""
        names: list[str] = []
        for part in _conjuncts(condition):
            match part:
                case Call("equal", (Column() as a, Column() as b)):
                    x, y = left.scope.columns.get(a.id), right.scope.columns.get(b.id)
                    if x is None and y is None:
                        x, y = left.scope.columns.get(b.id), right.scope.columns.get(a.id)
                case _:
                    return ()
            match x, y:
                case (sql.Name((_, name)), type_), (sql.Name((_, other)), type_b) if name == other and type_ == type_b:
                    owners = [r for r in left.relations() if r.columns is None or name in r.columns]
                    if len(owners) != 1 or any(name in joined.using for joined in left.joins):
                        return ()
                    names.append(name)
                case _:
                    return ()
        return tuple(names)


def _parts(condition: sql.Expr | None) -> tuple[sql.Expr, ...]:
    match condition:
        case None:
            return ()
        case sql.Chain("and", operands):
            return operands
        case _:
            return (condition,)


def _conjuncts(condition: Expr) -> tuple[Expr, ...]:
    match condition:
        case Call("and", parts):
            return parts
        case _:
            return (condition,)

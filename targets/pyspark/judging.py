"""Rules of contracts and assertions: one row that counts, for each rule, the rows that break it."""

from collections.abc import Mapping
from itertools import count

from oftra.datatypes import BIGINT, BOOLEAN
from oftra.ir.columns import freshen
from oftra.ir.expr import AggregateCall, Call, Column, Expr, Literal
from oftra.ir.rel import Aggregate, Checked, Filter, Item, Join, Project, Rel, Rule, Scan, Step
from oftra.ir.walk import every_rel

READ = "read"
"""The column that counts the rows judged."""


def counts(base: Rel, rules: tuple[Rule, ...], targets: Mapping[str, tuple[Column, ...]]) -> Rel:
    """How many rows of `base` there are, and how many break each of `rules`, a column each.

    `targets` are the columns of the relations that `references` rules look into.
    """
    return _Counting(base, targets).of(rules)


def base_of(checked: Checked, name: str) -> Rel:
    """The rows that a check judges, under a name of their own if they are not a relation already."""
    return checked.source if isinstance(checked.source, Scan) else Step(checked.source, name, span=checked.span)


class _Counting:
    def __init__(self, base: Rel, targets: Mapping[str, tuple[Column, ...]]) -> None:
        self.base = base
        self.targets = targets
        highest = max([column.id for part in every_rel(base) for column in part.columns], default=0)
        self.ids = count(highest + 1)

    def of(self, rules: tuple[Rule, ...]) -> Rel:
        """All of them."""
        row_by_row = tuple([self._broken(rule) for rule in rules if rule.kind == "check"])
        first = Item(self._column(READ), AggregateCall("count", (), BIGINT, False))
        joined: Rel = Aggregate(self.base, (), (first, *row_by_row))
        columns = {item.column.name: item.column for item in row_by_row}
        for rule in rules:
            if rule.kind in ("unique", "references"):
                other = self._repeated(rule) if rule.kind == "unique" else self._lost(rule)
                other = freshen(other, lambda: next(self.ids))
                columns[rule.name] = other.columns[0]
                joined = Join("cross", joined, other, span=rule.span)
        items = [Item(first.column, first.column), *[Item(c, c) for rule in rules if (c := columns.get(rule.name))]]
        return Project(joined, tuple(items))

    def _column(self, name: str) -> Column:
        return Column(next(self.ids), name, BIGINT, nullable=False)

    def _broken(self, rule: Rule) -> Item:
        """How often a condition is false."""
        assert rule.condition is not None
        return Item(self._column(rule.name), AggregateCall("count_if", (_not(rule.condition),), BIGINT, False))

    def _repeated(self, rule: Rule) -> Rel:
        """How many rows share their key with others."""
        rows = self._column("rows")
        keys = tuple([Item(Column(next(self.ids), c.name, c.type, c.nullable), c) for c in rule.columns])
        grouped = Aggregate(
            _whole(self.base, rule), keys, (Item(rows, AggregateCall("count", (), BIGINT, False)),), span=rule.span
        )
        shared = Filter(grouped, Call("greater", (rows, Literal(1, BIGINT)), BOOLEAN, False), span=rule.span)
        total = Column(next(self.ids), "total", BIGINT, nullable=True)
        summed = Aggregate(shared, (), (Item(total, AggregateCall("sum", (rows,), BIGINT, True)),), span=rule.span)
        value = Call("coalesce", (total, Literal(0, BIGINT)), BIGINT, False)
        return Project(summed, (Item(self._column(rule.name), value),), span=rule.span)

    def _lost(self, rule: Rule) -> Rel:
        """How many rows refer to what is not there."""
        assert rule.target is not None
        named = {column.name: column for column in self.targets[rule.target]}
        found = [named[name] for name in rule.target_columns]
        theirs = [Column(next(self.ids), column.name, column.type, column.nullable) for column in found]
        same = [Call("equal", (ours, other), BOOLEAN, True) for ours, other in zip(rule.columns, theirs)]
        condition: Expr = same[0] if len(same) == 1 else Call("and", tuple(same), BOOLEAN, True)
        scan = Scan(rule.target, tuple(theirs), span=rule.span)
        joined = Join("anti", _whole(self.base, rule), scan, condition, span=rule.span)
        item = Item(self._column(rule.name), AggregateCall("count", (), BIGINT, False))
        return Aggregate(joined, (), (item,), span=rule.span)


def _whole(base: Rel, rule: Rule) -> Rel:
    """The rows that have all of the rule's columns: a null is like no other, and refers to nothing."""
    there = [_not(Call("is_null", (c,), BOOLEAN, False)) for c in rule.columns if c.nullable]
    if not there:
        return base
    condition = there[0] if len(there) == 1 else Call("and", tuple(there), BOOLEAN, False)
    return Filter(base, condition, span=rule.span)


def _not(condition: Expr) -> Expr:
    match condition:
        case Call("not", (inner,)):
            return inner
        case _:
            return Call("not", (condition,), BOOLEAN, condition.nullable)

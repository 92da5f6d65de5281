"""Rules of contracts and assertions: queries that count the rows which break them."""

from itertools import count

from oftra.datatypes import BIGINT, BOOLEAN, STRING
from oftra.ir.expr import AggregateCall, Call, Column, Expr, Literal
from oftra.ir.rel import Aggregate, Checked, Filter, Item, Join, Project, Rel, Rule, Scan, SetOperation, Step
from oftra.ir.walk import every_rel


def counts(base: Rel, rules: tuple[Rule, ...], targets: dict[str, tuple[Column, ...]]) -> Rel:
    """A row for each of `rules`: its name, and how many rows of `base` break it.

    `targets` are the columns of the relations that `references` rules look into.
    """
    highest = max([column.id for part in every_rel(base) for column in part.columns], default=2)
    fresh = count(max(highest, 2) + 1)
    each = tuple([_count(base, rule, targets, fresh) for rule in rules])
    return each[0] if len(each) == 1 else SetOperation("union", True, each, each[0].columns)


def _count(base: Rel, rule: Rule, targets: dict[str, tuple[Column, ...]], fresh: "count[int]") -> Rel:
    rows = _broken(base, rule, targets, fresh)
    broken, number = [Column(next(fresh), "broken", BIGINT, nullable=False) for _ in range(2)]
    name = Column(next(fresh), "rule", STRING, nullable=False)
    counted = [Item(broken, AggregateCall("count", (), BIGINT, False))]
    value: Expr = broken
    if rule.kind == "unique":
        # Of rows that agree, all but one are too many.
        groups = Column(next(fresh), "groups", BIGINT, nullable=False)
        counted.append(Item(groups, AggregateCall("count", rule.columns, BIGINT, False, distinct=True)))
        value = Call("subtract", (broken, groups), BIGINT, False)
    items = (Item(name, Literal(rule.name, STRING)), Item(number, value))
    return Project(Aggregate(rows, (), tuple(counted), span=rule.span), items, span=rule.span)


def _broken(base: Rel, rule: Rule, targets: dict[str, tuple[Column, ...]], fresh: "count[int]") -> Rel:
    """The rows that break a rule; of a `unique` one all that could."""
    match rule.kind:
        case "check":
            assert rule.condition is not None
            return Filter(base, _not(rule.condition), span=rule.span)
        case "unique":
            return _whole(base, rule)
        case "readable":
            raise AssertionError("what could not be read has no rows to count")
        case "references":
            assert rule.target is not None
            named = {column.name: column for column in targets[rule.target]}
            found = [named[name] for name in rule.target_columns]
            theirs = [Column(next(fresh), column.name, column.type, column.nullable) for column in found]
            scan = Scan(rule.target, tuple(theirs), span=rule.span)
            same = [Call("equal", (ours, other), BOOLEAN, True) for ours, other in zip(rule.columns, theirs)]
            condition: Expr = same[0] if len(same) == 1 else Call("and", tuple(same), BOOLEAN, True)
            return Join("anti", _whole(base, rule), scan, condition, span=rule.span)


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


def base_of(checked: Checked) -> Rel:
    """The rows that a check judges, under a name of their own if they are not a relation already."""
    return checked.source if isinstance(checked.source, Scan) else Step(checked.source, "judged", span=checked.span)

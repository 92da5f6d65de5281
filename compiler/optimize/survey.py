"""A first look at a relation, in one walk: what it reads, whether queries stand in its expressions, its highest id."""

from collections.abc import Mapping
from typing import NamedTuple

from oftra.ir.columns import defines
from oftra.ir.expr import AggregateCall, Call, Cast, Column, ExistsQuery, Expr, InQuery, Lambda, Literal, ScalarQuery
from oftra.ir.program import Relation
from oftra.ir.rel import (
    Aggregate,
    Checked,
    Distinct,
    Item,
    Join,
    Limit,
    Opaque,
    Rel,
    Scan,
    SetOperation,
    Step,
    TimeWindow,
    Unnest,
    Window,
)
from oftra.ir.walk import children, expressions, inputs

MARKS: Mapping[type, str] = {
    Distinct: "distinct",
    Limit: "limit",
    SetOperation: "sets",
    TimeWindow: "times",
    Unnest: "unnest",
    Window: "window",
}
"""What is noted of operators; of a join its kind, of an aggregate whether it tells values apart."""


class Survey(NamedTuple):
    """What a relation's definition holds.

    `scans` are the relations that it scans, once for each scan; `named` those that it needs under their own name (the
    inputs of raw text, targets of rules). `depth` is how many relations stand in each other. `repeats` tells whether
    two steps have one name. `marks` names what only some passes look for (see `MARKS`).
    """

    scans: tuple[str, ...]
    named: frozenset[str]
    queries: bool
    highest_id: int
    depth: int
    repeats: bool = False
    marks: frozenset[str] = frozenset()

    @property
    def reads(self) -> frozenset[str]:
        """All relations that it needs."""
        return self.named.union(self.scans)


def survey_of(relation: Relation) -> Survey:
    """Look at a relation. A quarantine needs what fills it."""
    found = survey(relation.rel)
    late = [relation.late.into] if relation.late is not None and relation.late.into is not None else []
    if relation.feeds or relation.late_of or late:
        return found._replace(named=found.named.union(relation.feeds, relation.late_of, late))
    return found


def survey(rel: Rel) -> Survey:
    """Look at all of `rel`."""
    scans, named, steps, repeats = list[str](), set[str](), set[str](), False
    marks = set[str]()
    queries, highest, depth = False, 0, 0
    rels: list[tuple[Rel, int]] = [(rel, 1)]
    while rels:
        part, level = rels.pop()
        depth = max(depth, level)
        for column in defines(part):
            if column.id > highest:
                highest = column.id
        if isinstance(part, Scan):
            scans.append(part.relation)
            continue
        if isinstance(part, Step):
            repeats = repeats or part.name in steps
            steps.add(part.name)
        elif isinstance(part, Join):
            marks.add(part.kind)
        elif isinstance(part, Aggregate):
            marks.add("distinct" if any(map(_is_distinct, part.aggregates)) else "aggregate")
        elif type(part) in MARKS:
            marks.add(MARKS[type(part)])
        elif isinstance(part, Opaque):
            named.update([scan.relation for scan in part.inputs])
        elif isinstance(part, Checked):
            named.update([name for rule in part.rules for name in (rule.target, rule.into) if name is not None])
        rels += [(source, level + 1) for source in inputs(part)]
        stack: list[Expr] = list(expressions(part))
        while stack:
            expr = stack.pop()
            kind = type(expr)
            if kind is Column or kind is Literal:
                continue
            if isinstance(expr, Call):
                stack += expr.arguments
            elif isinstance(expr, Cast):
                stack.append(expr.operand)
            else:
                if isinstance(expr, ScalarQuery | ExistsQuery | InQuery):
                    queries = True
                    marks.add("query")
                    rels.append((expr.query, level + 1))
                elif isinstance(expr, Lambda):
                    highest = max(highest, *[parameter.id for parameter in expr.parameters], 0)
                stack += children(expr)
    return Survey(tuple(scans), frozenset(named), queries, highest, depth, repeats, frozenset(marks))


def _is_distinct(item: Item) -> bool:
    return isinstance(item.value, AggregateCall) and item.value.distinct

"""Only the columns that somebody needs, down to what is scanned, and through the views that several relations share."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from oftra.ir.columns import add_uses
from oftra.ir.expr import Column, ExistsQuery, Expr, InQuery, ScalarQuery
from oftra.ir.program import Interface, Relation
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
from oftra.ir.walk import Unary, expressions, map_children, map_exprs, with_source
from oftra.optimize.remove_joins import Known, known_of, remaining
from oftra.optimize.survey import Survey


def prune_columns(
    relations: Sequence[Relation], kept: frozenset[str], surveys: Mapping[str, Survey]
) -> tuple[Relation, ...]:
    """project a, b | ... that need only a  =>  project a | ...

    A join of which nothing is needed goes, too, if each row finds just one partner (see `remove_joins`). A source and a
    table keep their columns, and so does a view of `kept`; other views keep what their users need.
    """
    needed = dict[str, set[str]]()
    pruned = list[Relation]()
    known = known_of(relations, surveys)
    for relation in reversed(relations):
        pruner = _Pruner(needed, surveys[relation.name].queries, known)
        if relation.kind == "view" and relation.name not in kept:
            columns = _some(relation.rel.columns, needed.get(relation.name, set()))
        else:
            columns = relation.rel.columns
        rel = pruner.whole(relation.rel, columns)
        if len(columns) < len(relation.rel.columns):
            relation = replace(relation, interface=_narrowed(relation.interface, columns))
        pruned.append(relation if rel is relation.rel else replace(relation, rel=rel))
    return tuple(reversed(pruned))


def _some(columns: tuple[Column, ...], names: set[str]) -> tuple[Column, ...]:
    """Those of these names, but one at least: rows of no columns are beyond most engines."""
    return tuple([column for column in columns if column.name in names]) or columns[:1]


def _narrowed(interface: Interface, columns: tuple[Column, ...]) -> Interface:
    names = {column.name for column in columns}
    return Interface(
        tuple([column for column in interface.columns if column.name in names]),
        interface.bounded,
        interface.changes,
        tuple([key for key in interface.keys if names.issuperset(key)]),
        interface.event_time if interface.event_time in names else None,
        interface.watermark if interface.event_time in names else None,
        interface.window if interface.window is not None and names.issuperset(interface.window) else None,
    )


class _Pruner:
    """Prunes one relation, and notes in `needed` which columns of others it reads."""

    def __init__(self, needed: dict[str, set[str]], queries: bool, known: Known) -> None:
        self.needed = needed
        self.queries = queries
        self.known = known
        self.shared = dict[str, set[int]]()

    def whole(self, rel: Rel, columns: tuple[Column, ...]) -> Rel:
        """`exactly` of all of a relation. Each use of a shared step keeps what any of them needs."""
        pruned = self.exactly(rel, columns)
        known: dict[str, set[int]] = {}
        while known != self.shared:
            known = {name: set(places) for name, places in self.shared.items()}
            pruned = self.exactly(rel, columns)
        return pruned

    def exactly(self, rel: Rel, columns: tuple[Column, ...]) -> Rel:
        """`rel` with just these of its columns, in this order."""
        pruned = self.prune(rel, {column.id for column in columns})
        if [column.id for column in pruned.columns] == [column.id for column in columns]:
            return pruned
        return Project(pruned, tuple([Item(column, column) for column in columns]), span=rel.span)

    def prune(self, rel: Rel, need: set[int]) -> Rel:
        """`rel` with at least the columns of `need`."""
        match rel:
            case Scan():
                columns = tuple([column for column in rel.columns if column.id in need]) or rel.columns[:1]
                self.needed.setdefault(rel.relation, set()).update([column.name for column in columns])
                if len(columns) == len(rel.columns):
                    return rel
                return Scan(rel.relation, columns, alias=rel.alias, span=rel.span)
            case Read() | Opaque():
                for scan in rel.inputs if isinstance(rel, Opaque) else ():
                    self.prune(scan, {column.id for column in scan.columns})
                return rel
            case Round():
                return rel
            case Recursion():
                # A round may read any column of the one before.
                first, again = rel.inputs
                pruned = (self.exactly(first, first.columns), self.exactly(again, again.columns))
                return Recursion(rel.name, rel.all, pruned, rel.columns, span=rel.span)
            case Values():
                return self._prune_values(rel, need)
            case Project():
                items = tuple([item for item in rel.items if item.column.id in need]) or rel.items[:1]
                project = rel if len(items) == len(rel.items) else Project(rel.source, items, span=rel.span)
                return self._unary(project, set())
            case Aggregate():
                return self._prune_aggregate(rel, need)
            case Window():
                items = tuple([item for item in rel.items if item.column.id in need])
                if not items:
                    return self.prune(rel.source, need)
                window = rel if len(items) == len(rel.items) else Window(rel.source, items, span=rel.span)
                return self._unary(window, need)
            case Join():
                return self._prune_join(rel, need)
            case SetOperation():
                return self._prune_set_operation(rel, need)
            case Unnest():
                if rel.offset is not None and rel.offset.id not in need:
                    rel = Unnest(rel.source, rel.array, rel.element, None, rel.outer, span=rel.span)
                return self._unary(rel, need)
            case Distinct() | Checked():
                # Every column tells rows apart here, or is what a rule was judged on.
                return self._unary(rel, {column.id for column in rel.source.columns})
            case Step(shared=True):
                return self._prune_shared(rel, need)
            case Filter() | Sort() | Limit() | Sample() | TimeWindow() | Step():
                return self._unary(rel, need)
            case _:
                assert_never(rel)

    def _unary(self, rel: Unary, need: set[int]) -> Rel:
        """`rel` over a source that has what `need` and the expressions of `rel` ask for."""
        used = set(need)
        for expr in expressions(rel):
            add_uses(expr, used)
        source = self.prune(rel.source, used)
        if source is not rel.source:
            rel = with_source(rel, source)
        return self.inside(rel)

    def inside(self, rel: Rel) -> Rel:
        """The queries in the expressions of `rel`, pruned too."""
        return map_exprs(rel, self._inside_expr) if self.queries else rel

    def _inside_expr(self, expr: Expr) -> Expr:
        match expr:
            case ExistsQuery():
                return map_children(expr, self._inside_expr, lambda query: self.prune(query, set()))
            case ScalarQuery() | InQuery():
                return map_children(expr, self._inside_expr, lambda query: self.exactly(query, query.columns))
            case _:
                return map_children(expr, self._inside_expr)

    def _prune_shared(self, rel: Step, need: set[int]) -> Rel:
        places = self.shared.setdefault(rel.name, set())
        places.update([place for place, column in enumerate(rel.columns) if column.id in need])
        columns = tuple([column for place, column in enumerate(rel.columns) if place in places])
        source = self.exactly(rel.source, columns or rel.columns[:1])
        return rel if source is rel.source else with_source(rel, source)

    def _prune_values(self, rel: Values, need: set[int]) -> Rel:
        places = [place for place, column in enumerate(rel.columns) if column.id in need] or [0]
        if len(places) >= len(rel.columns):  # more, where the one row has no column at all
            return self.inside(rel)
        rows = tuple([tuple([row[place] for place in places]) for row in rel.rows])
        columns = tuple([rel.columns[place] for place in places])
        return self.inside(Values(rows, columns, alias=rel.alias, span=rel.span))

    def _prune_aggregate(self, rel: Aggregate, need: set[int]) -> Rel:
        aggregates = tuple([item for item in rel.aggregates if item.column.id in need])
        if not aggregates and not rel.keys:
            aggregates = rel.aggregates[:1]
        if len(aggregates) < len(rel.aggregates):
            rel = Aggregate(rel.source, rel.keys, aggregates, rel.sets, span=rel.span)
        return self._unary(rel, set())

    def _prune_join(self, rel: Join, need: set[int]) -> Rel:
        rest = remaining(rel, need, self.known)
        if rest is not None:
            return self.prune(rest, need)
        used = set(need)
        if rel.condition is not None:
            add_uses(rel.condition, used)
        right = self.prune(rel.right, used)
        if rel.lateral:
            used |= _uses_inside(right)
        left = self.prune(rel.left, used)
        if left is not rel.left or right is not rel.right:
            rel = Join(rel.kind, left, right, rel.condition, rel.lateral, rel.ttl, span=rel.span)
        return self.inside(rel)

    def _prune_set_operation(self, rel: SetOperation, need: set[int]) -> Rel:
        places = list(range(len(rel.columns)))
        if rel.kind == "union" and rel.all:
            places = [place for place in places if rel.columns[place].id in need] or [0]
        inputs = list[Rel]()
        for source in rel.inputs:
            columns = source.columns
            inputs.append(self.exactly(source, tuple([columns[place] for place in places])))
        if len(places) == len(rel.columns) and all(new is old for new, old in zip(inputs, rel.inputs)):
            return rel
        return SetOperation(
            rel.kind, rel.all, tuple(inputs), tuple([rel.columns[place] for place in places]), span=rel.span
        )


def _uses_inside(rel: Rel) -> set[int]:
    """The columns that expressions anywhere in `rel` name."""
    ids = set[int]()
    add_uses(ExistsQuery(rel), ids)
    return ids

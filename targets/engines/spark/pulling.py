"""Takes the conditions that tie a query to the rows around it out of the query, so that they can be a join's.

exists (from u |> where u.x = t.x and u.y > 1)     u |> where u.y > 1, and outside of it u.x = t.x
"""

from typing import NamedTuple

from oftra.datatypes import BIGINT
from oftra.ir.columns import free_columns
from oftra.ir.expr import Column, Expr, Literal, SortKey, WindowCall
from oftra.ir.rel import (
    Aggregate,
    Distinct,
    Filter,
    Item,
    Join,
    Limit,
    Project,
    Rel,
    Sort,
    Step,
    Unnest,
    Window,
)
from oftra.ir.walk import expressions
from oftra.targets.engines.spark.correlation import (
    Names,
    all_of,
    call,
    equation,
    free_of,
    ids_of,
    only,
    split,
)


class Pulled(NamedTuple):
    """A query that uses nothing around it, and what makes it the one that it was: conditions over both."""

    rel: Rel
    conditions: tuple[Expr, ...]


class Puller:
    """Pulls what uses one of the columns `around` out of queries."""

    def __init__(self, around: set[int], names: Names) -> None:
        self.around = around
        self.names = names

    def pull(self, rel: Rel) -> Pulled | None:
        """`rel` without what uses the columns around it; None where that can't be said as a condition behind it."""
        if not free_of(rel) & self.around:
            return Pulled(rel, ())
        match rel:
            case Filter(source, condition):
                found = self.pull(source)
                if found is None:
                    return None
                own, theirs = split(condition, self.around)
                return Pulled(_filtered(found.rel, own, rel), (*found.conditions, *theirs))
            case Project(source, items):
                found = self.pull(source)
                if found is None or self._uses(rel):
                    return None
                return Pulled(_projected(found, items, rel), found.conditions)
            case Join():
                return self._join(rel)
            case Aggregate():
                return self._aggregate(rel)
            case Window():
                return self._window(rel)
            case Distinct(source):
                equal = self._equations(self.pull(source))
                # Rows that agree in all but what is equated are still told apart by the rows around, one at a time.
                return None if equal is None else Pulled(Distinct(equal.rel, span=rel.span), equal.conditions)
            case Limit():
                return self._limit(rel)
            case Sort(source):
                return None if self._uses(rel) else self.pull(source)
            case Step(source, name, description):
                found = self.pull(source)
                return found and Pulled(Step(found.rel, name, description, span=rel.span), found.conditions)
            case Unnest(source, array, element, offset, outer):
                found = self.pull(source)
                if found is None or self._uses(rel):
                    return None
                return Pulled(Unnest(found.rel, array, element, offset, outer, span=rel.span), found.conditions)
            case _:
                return None

    def _uses(self, rel: Rel) -> bool:
        return any(free_columns(expr) & self.around for expr in expressions(rel))

    def _join(self, rel: Join) -> Pulled | None:
        if rel.lateral:
            return None
        left, right = self.pull(rel.left), self.pull(rel.right)
        if left is None or right is None:
            return None
        own, theirs = ([], []) if rel.condition is None else split(rel.condition, self.around)
        if rel.kind not in ("inner", "cross") and (right.conditions or theirs):
            return None
        if rel.kind in ("right", "full") and left.conditions:
            return None
        kind = "cross" if rel.kind == "inner" and not own else rel.kind
        joined = Join(kind, left.rel, right.rel, all_of(own), span=rel.span)
        return Pulled(joined, (*left.conditions, *right.conditions, *theirs))

    def _equations(self, found: Pulled | None) -> Pulled | None:
        """`found`, if each of its conditions equates something inside with something around."""
        if found is None:
            return None
        inside = ids_of(found.rel.columns)
        return found if all(equation(part, inside) for part in found.conditions) else None

    def _aggregate(self, rel: Aggregate) -> Pulled | None:
        if not rel.keys or rel.sets is not None or self._uses(rel):
            # Without keys there is a row also of nothing: that is not a matter of a condition.
            return None
        return self.grouped(rel)

    def grouped(self, rel: Aggregate) -> Pulled | None:
        """`rel` with what its rows are tied by as further keys."""
        found = self._equations(self.pull(rel.source))
        if found is None:
            return None
        keys = list(rel.keys)
        conditions: list[Expr] = []
        inside = ids_of(found.rel.columns)
        for part in found.conditions:
            made = equation(part, inside)
            assert made is not None
            word, ours, theirs = made
            key = next((item.column for item in keys if item.value == ours), None)
            if key is None:
                key = self._key(ours, (*rel.columns, *[item.column for item in keys]))
                keys.append(Item(key, ours))
            conditions.append(call(word, key, theirs))
        grouped = Aggregate(found.rel, tuple(keys), rel.aggregates, span=rel.span)
        return Pulled(grouped, tuple(conditions))

    def _key(self, value: Expr, beside: tuple[Column, ...]) -> Column:
        name = value.name if isinstance(value, Column) else "key"
        return self.names.column(name, value.type, value.nullable, beside)

    def _window(self, rel: Window) -> Pulled | None:
        found = self._equations(self.pull(rel.source))
        if found is None or self._uses(rel):
            return None
        by = self._partition(found)
        items = [
            Item(item.column, partitioned(item.value, by)) for item in rel.items if isinstance(item.value, WindowCall)
        ]
        return Pulled(Window(found.rel, tuple(items), span=rel.span), found.conditions)

    def _partition(self, found: Pulled) -> tuple[Expr, ...]:
        inside = ids_of(found.rel.columns)
        sides = [made[1] for part in found.conditions if (made := equation(part, inside)) is not None]
        return tuple(dict.fromkeys(sides))

    def _limit(self, rel: Limit) -> Pulled | None:
        """The first rows of each group of rows that are tied to the same row around."""
        source, keys = rel.source, tuple[SortKey, ...]()
        if isinstance(rel.source, Sort) and not self._uses(rel.source):
            source, keys = rel.source.source, rel.source.keys
        found = self._equations(self.pull(source))
        if found is None:
            return None
        numbered = first_rows(found.rel, self._partition(found), keys, rel, self.names)
        return Pulled(numbered, found.conditions)


def first_rows(source: Rel, by: tuple[Expr, ...], order: tuple[SortKey, ...], limit: Limit, names: Names) -> Rel:
    """`limit` done to each group of the rows of `source`."""
    number = names.count("number", source.columns)
    order = order or tuple([SortKey(expr) for expr in by])
    numbered = Window(source, (Item(number, WindowCall("row_number", (), BIGINT, False, by, order)),), span=limit.span)
    bounds: list[Expr] = []
    if limit.skip:
        bounds.append(call("greater", number, Literal(limit.skip, BIGINT)))
    if limit.count is not None:
        bounds.append(call("less_equal", number, Literal(limit.skip + limit.count, BIGINT)))
    condition = all_of(bounds)
    kept = numbered if condition is None else Filter(numbered, condition, span=limit.span)
    return only(kept, source.columns)


def partitioned(call: WindowCall, by: tuple[Expr, ...]) -> WindowCall:
    """`call` within each of the parts that `by` makes too."""
    return WindowCall(
        call.function,
        call.arguments,
        call.type,
        call.nullable,
        (*call.partition_by, *[expr for expr in by if expr not in call.partition_by]),
        call.order_by,
        call.frame,
        call.filter,
        call.ignore_nulls,
        call.distinct,
        span=call.span,
    )


def _filtered(source: Rel, conditions: list[Expr], rel: Filter) -> Rel:
    condition = all_of(conditions)
    return source if condition is None else Filter(source, condition, span=rel.span)


def _projected(found: Pulled, items: tuple[Item, ...], rel: Project) -> Rel:
    """The items, and the columns that the conditions need."""
    needed: set[int] = set()
    for part in found.conditions:
        needed |= free_columns(part)
    needed -= ids_of([item.column for item in items])
    more = [Item(column, column) for column in found.rel.columns if column.id in needed]
    return Project(found.rel, (*items, *more), span=rel.span)

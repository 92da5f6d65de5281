"""Asks a query for all rows around it at once: each of its rows then carries the values around that it is for.

What `pulling` can't say as a condition goes this way: whatever the query, it is done to pairs of the different values
around and its own rows (Neumann and Kemper, "Unnesting Arbitrary Queries").
"""

from collections.abc import Mapping
from typing import NamedTuple

from oftra.datatypes import Array
from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedOperator
from oftra.ir.columns import freshen, substitute
from oftra.ir.expr import AggregateCall, Call, Column, Expr, Literal, WindowCall
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
from oftra.ir.walk import map_exprs, with_source
from oftra.targets.engines.spark.correlation import Names, all_of, free_of, ids_of, same
from oftra.targets.engines.spark.pulling import first_rows, partitioned

ENGINE = "spark"


class Attached(NamedTuple):
    """A query whose rows carry values around it: for each column around, the one that holds it now."""

    rel: Rel
    values: Mapping[int, Column]


class Attacher:
    """Attaches the values of `around`, columns of the rows `outer`, to queries."""

    def __init__(self, outer: Rel, around: set[int], names: Names, report: Report) -> None:
        self.outer = outer
        self.around = tuple([column for column in outer.columns if column.id in around])
        self.ids = ids_of(self.around)
        self.names = names
        self.report = report

    def attach(self, rel: Rel) -> Attached:
        """`rel` done for all of the rows around."""
        if not free_of(rel) & self.ids:
            return self._beside(rel)
        match rel:
            case Filter() | Sort():
                found = self.attach(rel.source)
                return Attached(self._over(rel, found), found.values)
            case Project():
                found = self.attach(rel.source)
                made = self._over(rel, found)
                assert isinstance(made, Project)
                carried = [Item(column, column) for column in found.values.values()]
                return Attached(Project(found.rel, (*made.items, *carried), span=rel.span), found.values)
            case Join():
                return self._join(rel)
            case Aggregate():
                return self._aggregate(rel)
            case Window():
                return self._window(rel)
            case Limit():
                return self._limit(rel)
            case Distinct() | Unnest() | Step():
                found = self.attach(rel.source)
                return Attached(self._over(rel, found), found.values)
            case SetOperation():
                return self._combined(rel)
            case TimeWindow():
                found = self.attach(rel.source)
                made = self._over(rel, found)
                assert isinstance(made, TimeWindow)
                by = (*made.partition_by, *found.values.values())
                each = TimeWindow(made.kind, found.rel, made.time, made.sizes, rel.start, rel.end, by, span=rel.span)
                return Attached(each, found.values)
            case Values():
                return self._values(rel)
            case Sample() | Checked() | Opaque() | Recursion() | Round() | Scan() | Read():
                self.report.add(
                    UnsupportedOperator("this in a query that uses the rows around it", ENGINE, span=rel.span)
                )
                return self._beside(rel)

    def domain(self) -> Attached:
        """The different values around."""
        ids: dict[int, int] = {}
        copy = freshen(self.outer, lambda: next(self.names.ids), ids)
        values = {}
        for column in self.around:
            id_ = ids.get(column.id, column.id)
            values[column.id] = Column(id_, column.name, column.type, column.nullable)
        kept = Project(copy, tuple([Item(column, column) for column in values.values()]), span=self.outer.span)
        return Attached(Distinct(kept), values)

    def tied(self, values: Mapping[int, Column]) -> Expr:
        """What holds for a row around and the rows that are for it."""
        condition = all_of([same(column, values[column.id]) for column in self.around])
        assert condition is not None
        return condition

    def _beside(self, rel: Rel) -> Attached:
        around = self.domain()
        return Attached(Join("cross", around.rel, rel, span=rel.span), around.values)

    def _over(self, rel: Rel, found: Attached) -> Rel:
        """`rel` over what was found for its source, with the columns that are carried instead of those around."""
        changed = map_exprs(rel, lambda expr: substitute(expr, found.values))
        return with_source(changed, found.rel)  # type: ignore[arg-type]  # only those with one source come here

    def _join(self, rel: Join) -> Attached:
        left, right = rel.left, rel.right
        uses_left, uses_right = bool(free_of(left) & self.ids), bool(free_of(right) & self.ids)
        if rel.kind == "cross" and not uses_left:
            left, right, uses_left, uses_right = right, left, uses_right, uses_left
        if rel.kind in ("right", "full"):
            uses_left = uses_right = True
        ours = self.attach(left)
        conditions = [] if rel.condition is None else [substitute(rel.condition, ours.values)]
        if not uses_right:
            kind = "inner" if rel.kind == "cross" and conditions else rel.kind
            return Attached(Join(kind, ours.rel, right, all_of(conditions), span=rel.span), ours.values)
        theirs = self.attach(right)
        conditions = [same(ours.values[c.id], theirs.values[c.id]) for c in self.around] + conditions
        kind = "inner" if rel.kind == "cross" else rel.kind
        joined = Join(kind, ours.rel, theirs.rel, all_of(conditions), span=rel.span)
        if kind == "right":
            return Attached(joined, theirs.values)
        if kind != "full":
            return Attached(joined, ours.values)
        either = {
            c.id: (
                self.names.column(c.name, c.type, c.nullable),
                Call("coalesce", (ours.values[c.id], theirs.values[c.id]), c.type, c.nullable),
            )
            for c in self.around
        }
        passed = [Item(column, column) for column in rel.columns]
        items = (*passed, *[Item(column, value) for column, value in either.values()])
        return Attached(Project(joined, items, span=rel.span), {id_: column for id_, (column, _) in either.items()})

    def _aggregate(self, rel: Aggregate) -> Attached:
        found = self.attach(rel.source)
        made = self._over(rel, found)
        assert isinstance(made, Aggregate)
        carried = tuple([Item(column, column) for column in found.values.values()])
        sets = rel.sets
        if sets is not None:
            more = tuple(range(len(made.keys), len(made.keys) + len(carried)))
            sets = tuple([(*positions, *more) for positions in sets])
        grouped = Aggregate(found.rel, (*made.keys, *carried), made.aggregates, sets, span=rel.span)
        if rel.keys and sets is None:
            return Attached(grouped, found.values)
        if sets is not None and all(rel.sets or ()):
            return Attached(grouped, found.values)
        if sets is not None:
            self.report.add(
                UnsupportedOperator("grouping sets in a query that uses the rows around it", ENGINE, span=rel.span)
            )
            return Attached(grouped, found.values)
        # Of no rows there is a row too.
        around = self.domain()
        counted = [Item(self.names.found(item.column), item.value) for item in made.aggregates]
        grouped = Aggregate(found.rel, carried, tuple(counted), span=rel.span)
        condition = all_of([same(around.values[c.id], found.values[c.id]) for c in self.around])
        joined = Join("left", around.rel, grouped, condition, span=rel.span)
        items = [Item(item.column, of_nothing(other)) for item, other in zip(rel.aggregates, counted)]
        carried = tuple([Item(column, column) for column in around.values.values()])
        return Attached(Project(joined, (*items, *carried), span=rel.span), around.values)

    def _window(self, rel: Window) -> Attached:
        found = self.attach(rel.source)
        made = self._over(rel, found)
        assert isinstance(made, Window)
        by = tuple(found.values.values())
        items = []
        for item in made.items:
            value = item.value
            assert isinstance(value, WindowCall)
            items.append(Item(item.column, partitioned(value, by)))
        return Attached(Window(found.rel, tuple(items), span=rel.span), found.values)

    def _limit(self, rel: Limit) -> Attached:
        found = self.attach(rel.source)
        order = found.rel.keys if isinstance(found.rel, Sort) else ()
        source = found.rel.source if isinstance(found.rel, Sort) else found.rel
        by = tuple(found.values.values())
        return Attached(first_rows(source, by, order, rel, self.names), found.values)

    def _combined(self, rel: SetOperation) -> Attached:
        parts = [self.attach(part) for part in rel.inputs]
        inputs = []
        for part, source in zip(parts, rel.inputs):
            columns = (*source.columns, *[part.values[c.id] for c in self.around])
            inputs.append(Project(part.rel, tuple([Item(column, column) for column in columns]), span=source.span))
        values = {c.id: self.names.column(c.name, c.type, c.nullable, rel.columns) for c in self.around}
        columns = (*rel.columns, *values.values())
        return Attached(SetOperation(rel.kind, rel.all, tuple(inputs), columns, span=rel.span), values)

    def _values(self, rel: Values) -> Attached:
        """Rows that use the values around: each is made from every row of those."""
        parts: list[Attached] = []
        for row in rel.rows:
            around = self.domain()
            made = [
                Item(self.names.column(c.name, c.type, c.nullable), substitute(cell, around.values))
                for c, cell in zip(rel.columns, row)
            ]
            carried = [Item(column, column) for column in around.values.values()]
            parts.append(Attached(Project(around.rel, (*made, *carried), span=rel.span), around.values))
        values = {c.id: self.names.column(c.name, c.type, c.nullable, rel.columns) for c in self.around}
        columns = (*rel.columns, *values.values())
        rels = tuple([part.rel for part in parts])
        if len(rels) == 1:
            renamed = [Item(column, old) for column, old in zip(columns, rels[0].columns)]
            return Attached(Project(rels[0], tuple(renamed), span=rel.span), values)
        return Attached(SetOperation("union", True, rels, columns, span=rel.span), values)


def of_nothing(item: Item) -> Expr:
    """An aggregate's column behind a join: where that found no row, what the aggregate gives of no rows."""
    column, value = item.column, item.value
    assert isinstance(value, AggregateCall)
    if value.nullable:
        return column
    nothing = Call("array", (), column.type, False) if isinstance(column.type, Array) else Literal(0, column.type)
    return Call("coalesce", (column, nothing), column.type, False, span=value.span)

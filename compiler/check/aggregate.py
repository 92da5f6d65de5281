"""`aggregate ... group by ...`: keys, aggregates, and expressions over both."""

from itertools import combinations

from oftra import functions
from oftra.check.context import BROKEN, is_broken
from oftra.check.frame import Frame
from oftra.check.naming import column_hint, implied_name
from oftra.check.scope import Collected, Scope
from oftra.check.select import Named, ordinal
from oftra.datatypes import show
from oftra.diagnostics.typecheck import NotGroupable, NotGrouped, NothingAggregated
from oftra.ir.columns import free_columns
from oftra.ir.expr import Column, Expr, SortKey
from oftra.ir.rel import Aggregate, Item, Project, Sort
from oftra.ir.walk_expr import map_children
from oftra.source import Span
from oftra.syntax import nodes
from oftra.syntax.rewriting import parts_of


class Groups:
    """The groups that rows are put into: their keys, and the aggregates that are asked for one after another."""

    def __init__(self, frame: Frame, scope: Scope, written: tuple[nodes.Item | nodes.GroupingSets, ...]) -> None:
        self.frame = frame
        self.scope = scope
        self.context = scope.context
        self.keys: list[Item] = []
        self.names: list[str] = []
        self.directions: list[str | None] = []
        self.shown: list[int] = []
        self.sets: list[tuple[int, ...]] | None = None
        self._add_keys(written)
        self.collected = Collected(self.context, has_keys=bool(self.keys) and self.sets is None)
        scope.aggregates = self.collected

    def _add_keys(self, written: tuple[nodes.Item | nodes.GroupingSets, ...]) -> None:
        self.scope.place = "`group by`"
        plain: list[int] = []
        products: list[list[tuple[int, ...]]] = []
        for part in written:
            if isinstance(part, nodes.GroupingSets):
                sets = [tuple([self._key(item) for item in group]) for group in part.sets]
                products.append(_expanded(part.kind, sets))
            else:
                plain.append(self._key(part))
                self.shown.append(plain[-1])
        if products:
            self.shown = list(range(len(self.keys)))
            # Several of them, and plain keys beside them, are combined each with each.
            combined: list[tuple[int, ...]] = [tuple(plain)]
            for sets in products:
                combined = [(*left, *(key for key in right if key not in left)) for left in combined for right in sets]
            self.sets = combined
            self.keys = [
                Item(self.context.column(k.column.name, k.column.type, True, k.column.span), k.value) for k in self.keys
            ]

    def _key(self, item: nodes.Item) -> int:
        """The position of a key, added if it is new."""
        column = ordinal(item.expr, self.frame, self.context) if isinstance(item.expr, nodes.Number) else None
        value: Expr = column if column is not None else self.scope.type_of(item.expr)
        for position, key in enumerate(self.keys):
            if key.value == value and item.name is None:
                return position
        name = item.name.text if item.name is not None else implied_name(item.expr) or (column.name if column else "")
        if not functions.comparable(value.type):
            self.context.report.add(NotGroupable("`group by`", show(value.type), span=item.span))
        if type(value) is Column and value.name == name and self._passes(value):
            self.keys.append(Item(value, value))
        else:
            shown = name or f"_{len(self.keys) + 1}"
            self.keys.append(Item(self.context.column(shown, value.type, value.nullable, item.span), value))
        self.names.append(name)
        self.directions.append(item.direction)
        return len(self.keys) - 1

    def _passes(self, column: Column) -> bool:
        """Whether a key may be the column itself: it is one of these rows, and no key yet."""
        own = any(column.id == one.id for one in self.frame.rel.columns)
        return own and all(column.id != key.column.id for key in self.keys)

    def over(self, expr: Expr, windows: frozenset[int] = frozenset()) -> Expr:
        """`expr` over the rows of groups: what is a key is that key's column, and no other column of a row is left.

        `windows` are the columns of window functions over the groups.
        """
        for key in self.keys:
            if key.value == expr or key.column == expr:
                return key.column
        if type(expr) is not Column:
            return map_children(expr, lambda part: self.over(part, windows))
        if expr.id in windows or any(expr.id == item.column.id for item in self.collected.items):
            return expr
        if all(expr.id != column.id for column in self.frame.rel.columns):
            return expr  # of the rows around this query, or a lambda's parameter
        self.context.report.add(NotGrouped(expr.name, span=expr.span))
        return BROKEN

    def aggregates_in(self, value: Expr) -> bool:
        """Whether an item's value holds an aggregate, or an error that was reported."""
        return is_broken(value) or any(item.column.id in free_columns(value) for item in self.collected.items)

    def rel(self, span: Span) -> Aggregate:
        """The groups as a relation: the keys, then the aggregates that were met."""
        sets = tuple(self.sets) if self.sets is not None else None
        return Aggregate(self.frame.rel, tuple(self.keys), tuple(self.collected.items), sets, span=span)


def holds_aggregate(node: object) -> bool:
    """Whether an expression holds a call of an aggregate function that is no window's; queries inside do not count."""
    if isinstance(node, nodes.Call) and node.over is None and len(node.function.parts) == 1:
        function = functions.lookup(node.function.text)
        if function is not None and function.kind == "aggregate":
            return True
    if type(node) is tuple:
        return any(map(holds_aggregate, node))
    if isinstance(node, nodes.Query):
        return False
    return any(map(holds_aggregate, parts_of(node)))


def _expanded(kind: str, sets: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The grouping sets that `rollup` and `cube` stand for."""
    match kind:
        case "rollup":
            return [_joined(sets[:length]) for length in range(len(sets), -1, -1)]
        case "cube":
            return [
                _joined(list(chosen)) for length in range(len(sets), -1, -1) for chosen in combinations(sets, length)
            ]
        case _:
            return sets


def _joined(sets: list[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(dict.fromkeys([key for group in sets for key in group]))


def aggregate(operator: nodes.Aggregate, frame: Frame, scope: Scope) -> Frame:
    """One row a group: the keys, then the items."""
    context = scope.context
    groups = Groups(frame, scope, operator.keys)
    scope.place = "`aggregate`"
    typed: list[Named] = []
    for item in operator.items:
        name = item.name.text if item.name is not None else implied_name(item.expr)
        scope.name = column_hint(name, item.expr)
        value = scope.type_of(item.expr)
        if not groups.aggregates_in(value):
            context.report.add(NothingAggregated("aggregate", span=item.span))
        typed.append((name, value, item.name.span if item.name is not None else item.span))
    typed = [(name, groups.over(value), span) for name, value, span in typed]
    rel = groups.rel(operator.span)
    key_columns = [item.column for item in groups.keys]
    # A key that is written twice is shown twice, and is one column.
    entries: list[tuple[str, Column]] = [(groups.names[key], key_columns[key]) for key in groups.shown]
    made: list[Item] = []
    for position, (name, value, span) in enumerate(typed, len(entries) + 1):
        if type(value) is Column:
            entries.append((name, value))
        else:
            column = context.column(name or f"_{position}", value.type, value.nullable, span)
            made.append(Item(column, value))
            entries.append((name, column))
    result = Frame(rel, entries)
    if made:
        passed = [Item(column, column) for column in rel.columns]
        result.rel = Project(rel, tuple(passed + made), span=operator.span)
    if operator.ordered or any(groups.directions):
        keys = tuple(
            [
                SortKey(column, direction == "desc", direction != "desc")
                for column, direction in zip(key_columns, groups.directions)
                if operator.ordered or direction
            ]
        )
        result.rel = Sort(result.rel, keys, span=operator.span)
    result.is_broken = frame.is_broken
    return result

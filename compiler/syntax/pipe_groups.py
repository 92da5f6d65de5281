"""A standard query with groups in pipe form: `aggregate`, `where` for `having`, and what is made of both."""

from typing import Any

from oftra.syntax import nodes as n
from oftra.syntax.pipe_names import Names, NotSure, holds_aggregate, implied, is_aggregate, name_of
from oftra.syntax.rewriting import every, map_parts


def grouped(select: n.SelectQuery, order: n.OrderBy | None) -> list[n.Operator]:
    """What follows `where`."""
    if select.qualify is not None or any(isinstance(item, n.Star) for item in select.items):
        raise NotSure
    return _Groups(select).operators(order)


class _Groups:
    """The columns that groups have: keys, then aggregates. More aggregates are added as they are asked for."""

    def __init__(self, select: n.SelectQuery) -> None:
        self.select = select
        self.items = tuple([item for item in select.items if isinstance(item, n.Item)])
        self.names = Names(select)
        self.taken: list[str] = []
        self.known: dict[Any, n.Expr] = {}
        self.keys = tuple([self._key(key) for key in select.group_by])
        self.aggregates: list[n.Item] = []

    def operators(self, order: n.OrderBy | None) -> list[n.Operator]:
        select = self.select
        key_names = list(self.taken)
        shown = [self._shown(item) for item in self.items]
        having = None if select.having is None else self.over(select.having)
        before = None if order is None else self._order(order, shown)
        columns = [*key_names, *[name_of(item) for item in self.aggregates]]
        plain = [self._passed(item) for item in shown]
        span = select.group_by[0].span if select.group_by else select.span
        made: list[n.Operator] = [n.Aggregate(tuple(self.aggregates), self.keys, span=span)]
        if select.windows:
            made.append(n.WindowClause(self.over(select.windows), span=select.windows[0][1].span))
        if having is not None:
            made.append(n.Where(having, span=having.span))
        projected: n.Operator | None = n.Select(tuple(shown), select.distinct, span=select.span)
        if plain == columns:
            projected = n.Distinct(span=select.span) if select.distinct else None
        if order is None or before is None:
            return made + ([projected] if projected is not None else [])
        if projected is None or all(_said_by(key.expr, {name_of(item) for item in shown}) for key in before.keys):
            return [*made, *([projected] if projected is not None else []), before]
        if select.distinct or not all(_said_by(key.expr, set(columns)) for key in before.keys):
            raise NotSure
        return [*made, before, projected]

    # ------------------------------------------------------------------------------------------------------------ keys

    def _key(self, key: n.Item | n.GroupingSets) -> n.Item | n.GroupingSets:
        if isinstance(key, n.GroupingSets):
            sets = tuple([tuple([self._named(item) for item in one]) for one in key.sets])
            return n.GroupingSets(key.kind, sets, span=key.span)
        return self._named(key)

    def _named(self, key: n.Item) -> n.Item:
        """A key with the name that its column will have; the same key, for a second time, as it was."""
        expr = self._meant(key)
        own = implied(expr)
        if expr in self.known:
            name = implied(self.known[expr])
            return n.Item(expr, None if name == own else n.Name(name), span=key.span)
        given = next((item.name for item in self.items if item.expr == expr and item.name is not None), None)
        name = given.text if given is not None else own or self.names.fresh("key")
        if name in self.taken:
            name = self.names.fresh(name)
        self.taken.append(name)
        self.known[expr] = n.Column(n.Name(name))
        return n.Item(expr, None if name == own else n.Name(name), span=key.span)

    def _meant(self, key: n.Item) -> n.Expr:
        """The expression that a position or the name of an item stands for."""
        match key.expr:
            case n.Number(text) if text.isdigit() and 1 <= int(text) <= len(self.items):
                return self.items[int(text) - 1].expr
            case n.Column(name):
                for item in self.items:
                    if item.name == name and item.expr != key.expr:
                        if self._is_used(name.text):
                            return key.expr  # there is a column of that name, which counts before the item
                        return item.expr
        return key.expr

    def _is_used(self, name: str) -> bool:
        """Whether the rows have a column of that name, as far as can be told: something is computed from it."""
        used = (self.select.where, self.select.joins, self.items)
        return any(isinstance(part, n.Column) and part.name.text == name for part in every(used))

    # ----------------------------------------------------------------------------------------------------- over groups

    def _shown(self, item: n.Item) -> n.Item:
        """An item over the columns of groups."""
        name = item.name or (n.Name(implied(item.expr)) if implied(item.expr) else None)
        if item.expr not in self.known and holds_aggregate(item.expr) and not _has_window(item.expr):
            called = self._aggregate(item.expr, name.text if name is not None else "")
            expr: n.Expr = n.Column(called)
        else:
            expr = self.over(item.expr)
        return n.Item(expr, None if name is None or implied(expr) == name.text else name, span=item.span)

    def _aggregate(self, expr: n.Expr, wanted: str = "", span: Any = None) -> n.Name:
        """The name of the column that holds an aggregate, or something made of several."""
        name = wanted if wanted and wanted not in self.taken else self.names.fresh(wanted or _described(expr))
        self.taken.append(name)
        called = n.Name(name)
        self.aggregates.append(n.Item(expr, called, span=expr.span))
        self.known[expr] = n.Column(called)
        return called

    def over(self, expr: Any) -> Any:
        """`expr` with keys and aggregates by the names of their columns."""
        if isinstance(expr, n.Query | n.Name | n.Path | str) or expr is None:
            return expr
        if not isinstance(expr, tuple | n.Over | n.SortKey | n.Frame | n.FrameBound | n.Item):
            if expr in self.known:
                return self.known[expr]
            if is_aggregate(expr):
                return n.Column(self._aggregate(expr), span=expr.span)
            if isinstance(expr, n.Member) and isinstance(expr.operand, n.Column) and expr.name.text in self.taken:
                return n.Column(expr.name, span=expr.span)  # `t.c` where `c` is a key
        return map_parts(expr, self.over)

    def _passed(self, item: n.Item) -> str | None:
        """The column that an item passes on as it is."""
        return item.expr.name.text if isinstance(item.expr, n.Column) and item.name is None else None

    def _order(self, order: n.OrderBy, shown: list[n.Item]) -> n.OrderBy:
        names = {n.Column(item.name): item.expr for item in shown if item.name is not None}
        keys = []
        for key in order.keys:
            expr = key.expr
            if isinstance(expr, n.Number) and expr.text.isdigit() and 1 <= int(expr.text) <= len(shown):
                name = name_of(shown[int(expr.text) - 1])
                expr = n.Column(n.Name(name), span=expr.span) if name else expr
            elif expr not in names:
                expr = self.over(expr)
            keys.append(n.SortKey(expr, key.direction, key.nulls, span=key.span))
        return n.OrderBy(tuple(keys), span=order.span)


def _has_window(expr: n.Expr) -> bool:
    return any(isinstance(part, n.Over) for part in every(expr))


def _said_by(expr: n.Expr, names: set[str]) -> bool:
    for part in every(expr):
        if isinstance(part, n.Query | n.Member):
            return False
        if isinstance(part, n.Column) and part.name.text not in names:
            return False
    return True


def _described(expr: n.Expr) -> str:
    """`sum_price` for `sum(price)`."""
    match expr:
        case n.Call(function, arguments):
            inner = [implied(one) for one in arguments if not isinstance(one, n.Star | n.Item)]
            return "_".join([function.text, *[part for part in inner if part]])
        case _:
            return "value"

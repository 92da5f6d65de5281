"""Standard queries in pipe form: the same rows, said in the order in which they come about.

Only words are looked at, no relation is known. Where that isn't enough to be sure, a query stays as it is.
"""

from typing import Any

from oftra.syntax import nodes as n
from oftra.syntax.pipe_groups import grouped
from oftra.syntax.pipe_names import Names, NotSure, holds_aggregate, name_of, replaced
from oftra.syntax.rewriting import every, map_parts


def piped(tree: Any) -> Any:
    """`tree`, a file or a part of one, with every standard query in it in pipe form."""
    tree = map_parts(tree, piped)
    if not isinstance(tree, n.Query):
        return tree
    query = _query(tree)
    operators = tuple([made for operator in query.operators for made in _simpler(operator)])
    if operators == query.operators:
        return query
    return n.Query(query.start, operators, query.common, query.recursive, span=query.span)


def _simpler(operator: n.Operator) -> list[n.Operator]:
    """What a `|> select` with groups or windows behind its items says, an operator for each step."""
    if not isinstance(operator, n.Select):
        return [operator]
    aggregates = any(holds_aggregate(item.expr) for item in operator.items if isinstance(item, n.Item))
    if operator.group_by or aggregates:
        try:
            return grouped(
                n.SelectQuery(
                    operator.items, operator.distinct, group_by=operator.group_by, windows=operator.windows,
                    span=operator.span,
                ),
                None,
            )  # fmt: skip
        except NotSure:
            return [operator]
    if operator.windows:
        named = n.WindowClause(operator.windows, span=operator.windows[0][1].span)
        return [named, n.Select(operator.items, operator.distinct, span=operator.span)]
    return [operator]


def _query(query: n.Query) -> n.Query:
    match query.start:
        case n.SelectQuery() as select:
            rest = query.operators
            order = rest[0] if rest and isinstance(rest[0], n.OrderBy) else None
            if select.source is None:
                return _of_one_row(query, select)
            try:
                operators = _operators(select, order)
            except NotSure:
                return query
            rest = rest[1:] if order is not None else rest
            return n.Query(select.source, (*operators, *rest), query.common, query.recursive, span=query.span)
        case n.CompoundQuery() as compound:
            start, done = _compound(compound)
            return n.Query(start, (*done, *query.operators), query.common, query.recursive, span=query.span)
        case _:
            return query


def _of_one_row(query: n.Query, select: n.SelectQuery) -> n.Query:
    """`select` without `from` as `values`, where each item has a name and stands for itself."""
    names = [item.name for item in select.items if isinstance(item, n.Item) and item.name is not None]
    mentioned = {part.name.text for part in every(select.items) if isinstance(part, n.Column)}
    computed = any(holds_aggregate(part) or isinstance(part, n.Over) for part in every(select.items))
    if len(names) < len(select.items) or mentioned & {name.text for name in names} or computed:
        return query
    row = tuple([item.expr for item in select.items if isinstance(item, n.Item)])
    columns = tuple([n.ColumnDef(name, span=name.span) for name in names])
    alias = n.Name(Names(query).fresh("t"))
    start = n.From((n.Values((row,), alias, columns, span=select.span),), span=select.span)
    return n.Query(start, query.operators, query.common, query.recursive, span=query.span)


def _compound(compound: n.CompoundQuery) -> tuple[Any, tuple[n.Operator, ...]]:
    """The left side, and what is done to it."""
    left = compound.left
    operation = n.SetOperation(
        compound.kind, (compound.right,), compound.quantifier, compound.by_name, span=compound.span
    )
    if left.common or isinstance(left.start, n.SelectQuery | n.CompoundQuery):
        return left, (operation,)
    last = left.operators[-1] if left.operators else None
    if isinstance(last, n.SetOperation) and compound.kind == "union":
        same = (last.kind, last.quantifier, last.by_name) == ("union", compound.quantifier, compound.by_name)
        if same:
            queries = (*last.queries, compound.right)
            more = n.SetOperation("union", queries, last.quantifier, last.by_name, span=compound.span)
            return left.start, (*left.operators[:-1], more)
    return left.start, (*left.operators, operation)


def _operators(select: n.SelectQuery, order: n.OrderBy | None) -> list[n.Operator]:
    """What the rows of `from` go through."""
    made: list[n.Operator] = [*select.joins]
    if select.where is not None:
        made.append(n.Where(select.where, span=select.where.span))
    aggregates = any(holds_aggregate(item.expr) for item in select.items if isinstance(item, n.Item))
    if select.group_by or select.having is not None or aggregates:
        return made + grouped(select, order)
    if select.windows:
        made.append(n.WindowClause(select.windows, span=select.windows[0][1].span))
    if select.qualify is not None:
        return made + _qualified(select, order)
    if select.items == (n.Star(),) and not select.distinct:
        return made if order is None else [*made, order]
    if order is None:
        return [*made, _select(select.items, select)]
    keys = _over_items(order, select)
    if keys is not None:
        return [*made, _select(select.items, select), keys]
    return [*made, _over_rows(order, select), _select(select.items, select)]


def _select(items: tuple[n.Item | n.Star, ...], select: n.SelectQuery) -> n.Select:
    return n.Select(items, select.distinct, span=select.span)


# --- order ------------------------------------------------------------------------------------------------------------


def _over_items(order: n.OrderBy, select: n.SelectQuery) -> n.OrderBy | None:
    """The order by what the items are called; None if that doesn't say it."""
    names = {name_of(item) for item in select.items if isinstance(item, n.Item)}
    has_star = any(isinstance(item, n.Star) for item in select.items)
    keys = []
    for key in order.keys:
        expr = key.expr
        for item in select.items:
            if isinstance(item, n.Item) and item.expr == expr and name_of(item) and not isinstance(expr, n.Number):
                expr = n.Column(n.Name(name_of(item)), span=expr.span)
                break
        if not select.distinct and not _is_said_by(expr, names, has_star):
            return None
        keys.append(n.SortKey(expr, key.direction, key.nulls, span=key.span))
    return n.OrderBy(tuple(keys), span=order.span)


def _is_said_by(expr: n.Expr, names: set[str], has_star: bool) -> bool:
    for part in every(expr):
        if isinstance(part, n.Query | n.Over):
            return False
        if isinstance(part, n.Member) and isinstance(part.operand, n.Column):
            return part.operand.name.text in names and not has_star
        if isinstance(part, n.Column) and part.name.text not in names and not has_star:
            return False
    return True


def _over_rows(order: n.OrderBy, select: n.SelectQuery) -> n.OrderBy:
    """The order by the rows that the items are made of: what an item is called is said by its expression."""
    items = {item.name.text: item.expr for item in select.items if isinstance(item, n.Item) and item.name is not None}
    if any(isinstance(part, n.Over) for part in every(order)):
        raise NotSure
    keys = []
    for key in order.keys:
        expr = key.expr
        if isinstance(expr, n.Number):
            item = select.items[int(expr.text) - 1] if expr.text.isdigit() else None
            if not isinstance(item, n.Item):
                raise NotSure
            expr = item.expr
        elif isinstance(expr, n.Column) and expr.name.text in items:
            expr = items[expr.name.text]
        else:
            expr = replaced(expr, {n.Column(n.Name(name)): value for name, value in items.items()})
        if any(isinstance(part, n.Over) for part in every(expr)):
            raise NotSure
        keys.append(n.SortKey(expr, key.direction, key.nulls, span=key.span))
    return n.OrderBy(tuple(keys), span=order.span)


# --- qualify ----------------------------------------------------------------------------------------------------------


def _qualified(select: n.SelectQuery, order: n.OrderBy | None) -> list[n.Operator]:
    """`extend` by what windows compute, `where`, then the items."""
    assert select.qualify is not None
    names = Names(select)
    computed: list[n.Item] = []
    known: dict[n.Expr, n.Expr] = {}
    items: list[n.Item | n.Star] = []
    for item in select.items:
        if isinstance(item, n.Item) and any(isinstance(part, n.Over) for part in every(item.expr)):
            wanted = item.name.text if item.name is not None else "computed"
            called = n.Name(wanted if not names.is_mentioned(wanted) else names.fresh(wanted))
            computed.append(n.Item(item.expr, called, span=item.span))
            known[item.expr] = n.Column(called)
            if item.name is not None:
                known[n.Column(item.name)] = n.Column(called)
            items.append(n.Item(n.Column(called), item.name if item.name != called else None, span=item.span))
        else:
            if isinstance(item, n.Item) and item.name is not None and _mentions(select.qualify, item.name.text):
                raise NotSure  # the item, or a column of the rows that is called so
            items.append(item)
    for part in every(select.qualify):
        if isinstance(part, n.Call) and part.over is not None and part not in known:
            called = n.Name(names.fresh(part.function.text))
            computed.append(n.Item(part, called, span=part.span))
            known[part] = n.Column(called)
    hidden = [item for item in computed if item.expr not in [i.expr for i in select.items if isinstance(i, n.Item)]]
    condition = n.Where(replaced(select.qualify, known), span=select.qualify.span)
    made: list[n.Operator] = [n.Extend(tuple(computed), span=select.qualify.span)] if computed else []
    made.append(condition)
    if select.items == (n.Star(),) and not select.distinct and order is None:
        return [*made, n.Drop(tuple([item.name for item in hidden if item.name is not None]), span=select.span)]
    if any(isinstance(item, n.Star) for item in items):
        raise NotSure  # a star would take in what was computed
    if order is not None:
        keys = _over_items(order, select)
        if keys is None:
            raise NotSure
        return [*made, _select(tuple(items), select), keys]
    return [*made, _select(tuple(items), select)]


def _mentions(expr: n.Expr, name: str) -> bool:
    return any(isinstance(part, n.Column) and part.name.text == name for part in every(expr))

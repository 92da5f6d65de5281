"""Values that are computed once a row, however often they are asked for.

Flink puts an expression in the place of each column that stands for it, through all views, and writes it out in Java as
often: what decodes a record and judges it by ten rules became code that takes minutes to write. Nothing is put through
a row of an array of one.
"""

from dataclasses import replace

from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call


def once(value: sql.Expr, name: str) -> q.Join:
    """What is joined so that `name` is the value."""
    return _of(sql.ListOf((value,)), name)


def _of(rows: sql.Expr, name: str) -> q.Join:
    return q.Join("cross join", q.TableFunction(call("unnest", rows), f"{name}_once", (name,)))


def judged_once(query: q.Query) -> q.Query:
    """The query of rows that are judged, with the list of broken rules, which the outcome is told by, computed once."""
    if isinstance(query, q.With):
        return replace(query, query=judged_once(query.query))
    if not isinstance(query, q.Select) or not isinstance(query.source, q.Derived) or query.joins:
        return query
    inside = query.source.query
    if not isinstance(inside, q.Select):
        return query
    *items, broken = inside.items
    if broken.alias is None:
        return query
    # The list may be told by windows, which are only allowed among a query's items.
    name = f"{broken.alias}_list"
    listed = replace(inside, items=(*items, q.SelectItem(sql.ListOf((broken.expr,)), name)))
    return replace(query, source=replace(query.source, query=listed), joins=(_of(sql.column(name), broken.alias),))

"""Rows that come behind the watermark of a stream: kept out of what is made of it, and put in a table of their own."""

from collections.abc import Mapping
from dataclasses import replace

from oftra.ir.program import Relation
from oftra.targets.flink_sql.statements import View
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call, column


def late_rows(view: View, time: sql.Name, name: str, nullable: bool) -> tuple[View, View]:
    """The view without rows behind the watermark, and these alone. What has no time is never late."""
    assert isinstance(view.query, q.Select)
    now = call("current_watermark", time)
    comes = sql.Chain("or", (sql.Postfix(now, "is null"), sql.Binary(">", time, now)))
    comes = sql.Chain("or", (sql.Postfix(time, "is null"), *comes.operands)) if nullable else comes
    in_time = replace(view.query, where=(*view.query.where, q.Condition(comes)))
    behind = replace(view.query, where=(*view.query.where, q.Condition(sql.Binary("<=", time, now))))
    about = f"What came behind the watermark of {view.name}."
    return replace(view, query=in_time), View(name, behind, about, span=view.span)


def rows_of_late(relation: Relation, views: Mapping[str, str]) -> q.Query:
    """What came late of all that a table of late rows is of."""
    parts: list[q.Query] = []
    for name in relation.late_of:
        items = [q.SelectItem(column(one.name)) for one in relation.columns[:-1]]
        named = q.SelectItem(sql.Text(name), relation.columns[-1].name)
        parts.append(q.Select((*items, named), q.Table(column(views[name]))))
    return parts[0] if len(parts) == 1 else q.Compound("union all", tuple(parts))

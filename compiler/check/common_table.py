"""The relations that `with` names."""

from oftra.check.context import Context, Locals
from oftra.check.frame import Frame, settle_relation
from oftra.check.recursion import recursion, uses
from oftra.check.scope import Scope
from oftra.diagnostics.typecheck import ColumnCount
from oftra.ir.rel import Step, Values
from oftra.syntax import nodes


def with_locals(query: nodes.Query, context: Context, outer: Scope | None, known: Locals) -> Locals:
    """The relations that `with` names, beside those known already."""
    known = dict(known)
    for table in query.common:
        if query.recursive and uses(table.query, table.name.text):
            made = recursion(table, context, outer, known) or Values((), ())
            known[table.name.text] = Step(made, table.name.text, span=table.span)
            continue
        inner = context.query_of(table.query, context, outer, known)
        if table.columns:
            if len(table.columns) != len(inner.entries):
                place = f"`{table.name.text}`"
                context.report.add(ColumnCount(place, len(inner.entries), len(table.columns), span=table.span))
            names = [column.text for column in table.columns]
            entries = [(name, column) for name, (_, column) in zip(names, inner.entries)]
            inner = Frame(inner.rel, entries)
        known[table.name.text] = Step(settle_relation(inner, context, table.span), table.name.text, span=table.span)
    return known

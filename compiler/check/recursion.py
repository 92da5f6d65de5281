"""`with recursive`: rows to begin with, and those that each round makes of the last one's.

As standard SQL has it a round reads the last one once, and row by row: under no aggregate, window, order, limit, and on
no side of a join that may be missing. Beyond that engines give different rows.
"""

from typing import NamedTuple

from oftra.check.context import Context, Locals
from oftra.check.frame import Frame, must_compare
from oftra.check.scope import Scope
from oftra.check.sets import converted
from oftra.datatypes import DataType, common, show
from oftra.diagnostics import Report
from oftra.diagnostics.names import UnnamedColumn
from oftra.diagnostics.typecheck import ColumnCount, MisplacedExpression, NoCommonType, NotYet
from oftra.ir.columns import free_columns
from oftra.ir.expr import Column, ExistsQuery
from oftra.ir.rel import Filter, Join, Project, Recursion, Rel, Round, Step, Unnest
from oftra.syntax import nodes
from oftra.syntax.rewriting import every

_ROUNDS = 6
"""Types get no wider than a `decimal` of 38 digits: what hasn't settled by then changes from round to round."""


class Parts(NamedTuple):
    """What a recursive query is made of."""

    first: nodes.Query
    again: nodes.Query
    every: bool


def uses(query: nodes.Query, name: str) -> int:
    """How often a query reads the relation `name`."""
    refs = [part for part in every(query) if isinstance(part, nodes.TableRef)]
    return sum(ref.path.text == name for ref in refs)


def recursion(table: nodes.CommonTable, context: Context, outer: Scope | None, known: Locals) -> Rel | None:
    """The rows of a query that reads itself; None once it was reported as none that ends."""
    name = table.name.text
    parts = _parts(table.query)
    if parts is None or uses(parts.first, name) or uses(parts.again, name) != 1:
        advice = f"write `(first rows) union all (rows made of `{name}`)`, the second of which reads it once"
        context.report.add(MisplacedExpression(f"`{name}` in this part of its own query", advice, span=table.span))
        return None
    first = context.query_of(parts.first, context, outer, known)
    _name_columns(first, table, context)
    columns = _settled(table, first, parts, context, outer, known)
    again = _round(columns, table, parts, context, outer, known)
    if first.is_broken or again.is_broken or len(again.entries) != len(columns):
        if len(again.entries) != len(columns) and not (first.is_broken or again.is_broken):
            place = f"what a round adds to `{name}`"
            context.report.add(ColumnCount(place, len(columns), len(again.entries), span=parts.again.span))
        return None
    if not parts.every:
        must_compare(first.entries, "`union`", table.span, context)
    if not _is_row_by_row(again.rel, name):
        advice = "only `where`, `select`, `extend`, `unnest` and joins that keep its rows may stand between"
        context.report.add(MisplacedExpression(f"`{name}` below this", advice, span=parts.again.span))
        return None
    inputs = (converted(first, list(columns), context), converted(again, list(columns), context))
    rel = Recursion(name, parts.every, inputs, tuple([_anew(column, context) for column in columns]), span=table.span)
    if free_columns(ExistsQuery(rel)):
        context.report.add(NotYet("`with recursive` in a query that uses the rows around it", span=table.span))
    return rel


def _parts(query: nodes.Query) -> Parts | None:
    """The last `union` of a query as its two sides."""
    if not query.operators:
        match query.start:
            case nodes.CompoundQuery("union", left, right, quantifier, False) if not query.common:
                return Parts(left, right, quantifier == "all")
            case nodes.Query() if not query.common:
                return _parts(query.start)
        return None
    *before, last = query.operators
    if not isinstance(last, nodes.SetOperation) or last.kind != "union" or last.by_name or query.common:
        return None
    *others, again = last.queries
    if others:
        before.append(nodes.SetOperation("union", tuple(others), last.quantifier, span=last.span))
    return Parts(nodes.Query(query.start, tuple(before), span=query.span), again, last.quantifier == "all")


def _name_columns(first: Frame, table: nodes.CommonTable, context: Context) -> None:
    """Let the first rows' columns have the names that the table has given, or report what has none."""
    if table.columns:
        if len(table.columns) != len(first.entries) and not first.is_broken:
            place = f"`{table.name.text}`"
            context.report.add(ColumnCount(place, len(first.entries), len(table.columns), span=table.span))
            first.is_broken = True
        first.entries = [(name.text, column) for name, (_, column) in zip(table.columns, first.entries)]
    for name, column in first.entries:
        if not name:
            context.report.add(UnnamedColumn("name", span=column.span))
            first.is_broken = True
    first.aliases = {}
    first.changed()


def _settled(
    table: nodes.CommonTable, first: Frame, parts: Parts, context: Context, outer: Scope | None, known: Locals
) -> tuple[Column, ...]:
    """Columns of types that the first rows and those of a round share; found by trying, and silently."""
    columns = tuple([context.column(name, one.type, one.nullable, one.span) for name, one in first.entries])
    report, context.report = context.report, Report()
    try:
        for _ in range(_ROUNDS):
            again = _round(columns, table, parts, context, outer, known)
            if again.is_broken or len(again.entries) != len(columns):
                return columns
            wider = [_wider(column, made) for column, (_, made) in zip(columns, again.entries)]
            for column, type_, (_, made) in zip(columns, wider, again.entries):
                if type_ is None:
                    place = f"column `{column.name}` of `{table.name.text}`"
                    report.add(NoCommonType(place, show(column.type), show(made.type), span=parts.again.span))
                    first.is_broken = True
                    return columns
            settled = tuple(
                [
                    context.column(column.name, type_ or column.type, column.nullable or made.nullable, column.span)
                    for column, type_, (_, made) in zip(columns, wider, again.entries)
                ]
            )
            if [(c.type, c.nullable) for c in settled] == [(c.type, c.nullable) for c in columns]:
                return columns
            columns = settled
    finally:
        context.report = report
    advice = f"`cast` what `{table.name.text}` begins with and what a round makes to one type"
    report.add(MisplacedExpression("a column that gets wider from round to round", advice, span=table.span))
    first.is_broken = True
    return columns


def _wider(column: Column, made: Column) -> DataType | None:
    return common(column.type, made.type)


def _round(
    columns: tuple[Column, ...], table: nodes.CommonTable, parts: Parts, context: Context, outer: Scope | None,
    known: Locals,
) -> Frame:  # fmt: skip
    """What a round makes of rows of `columns`."""
    name = table.name.text
    return context.query_of(parts.again, context, outer, {**known, name: Round(name, columns, span=table.name.span)})


def _anew(column: Column, context: Context) -> Column:
    return context.column(column.name, column.type, column.nullable, column.span)


def _is_row_by_row(rel: Rel, name: str) -> bool:
    """Whether each row of the last round makes rows by itself."""
    match rel:
        case Round():
            return rel.name == name
        case Filter() | Project() | Unnest() | Step():
            return _is_row_by_row(rel.source, name)
        case Join("inner" | "cross"):
            return _is_row_by_row(rel.left, name) or _is_row_by_row(rel.right, name)
        case Join("left" | "semi" | "anti"):
            return _is_row_by_row(rel.left, name)
        case Join("right"):
            return _is_row_by_row(rel.right, name)
        case _:
            return False

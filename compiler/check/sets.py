"""Set operations and `distinct`: rows matched by position or by name, in types that they share."""

from oftra.check.context import Context, Locals
from oftra.check.convert import convert
from oftra.check.expression import warn_of_money
from oftra.check.frame import Frame, must_compare, settle
from oftra.check.scope import Scope
from oftra.datatypes import UNKNOWN, DataType, common, show
from oftra.diagnostics.names import UnknownColumn
from oftra.diagnostics.typecheck import ColumnCount, NoCommonType
from oftra.ir.expr import Column
from oftra.ir.rel import Distinct, Item, Project, Rel, SetOperation
from oftra.source import Span
from oftra.syntax import nodes


def set_operation(
    operator: nodes.SetOperation, frame: Frame, context: Context, outer: Scope | None, known: Locals
) -> Frame:
    """`union`, `intersect` or `except` with other queries. Without a word it means `distinct`."""
    others = [context.query_of(query, context, outer, known) for query in operator.queries]
    sides = [frame]
    for other, query in zip(others, operator.queries):
        if operator.by_name:
            other = _by_name(other, frame, query.span, context)
        if len(other.entries) != len(frame.entries):
            if not (other.is_broken or frame.is_broken):
                place = f"this side of `{operator.kind}`"
                context.report.add(ColumnCount(place, len(frame.entries), len(other.entries), span=query.span))
            frame.is_broken = True
            continue
        sides.append(other)
    columns = _shared_columns(sides, operator, context)
    every = operator.quantifier == "all"
    inputs = tuple([converted(side, columns, context) for side in sides])
    rel: Rel = SetOperation(operator.kind, every, inputs, tuple(columns), span=operator.span)
    if len(sides) == 1:
        rel = inputs[0]
        columns = list(rel.columns)
    result = Frame(rel, [(name, column) for (name, _), column in zip(frame.entries, columns)])
    result.is_broken = any(side.is_broken for side in sides)
    if not every or operator.kind != "union":
        must_compare(result.entries, f"`{operator.kind}`", operator.span, context)
    return result


def _by_name(other: Frame, frame: Frame, span: Span, context: Context) -> Frame:
    """`other` with its columns in the order that `frame` names them."""
    named = dict(other.entries)
    entries: list[tuple[str, Column]] = []
    for name, _ in frame.entries:
        if name in named:
            entries.append((name, named[name]))
        elif not other.is_broken:
            context.report.add(UnknownColumn(name, tuple(named), span=span))
    wanted = {name for name, _ in frame.entries}
    for name in named:
        if name not in wanted and not frame.is_broken:
            context.report.add(UnknownColumn(name, tuple(wanted), span=span))
    ordered = Frame(other.rel, entries)
    ordered.is_broken = other.is_broken or len(entries) != len(frame.entries)
    return ordered


def _shared_columns(sides: list[Frame], operator: nodes.SetOperation, context: Context) -> list[Column]:
    """The columns of the result: named by the first side, each of the type that all sides share."""
    columns: list[Column] = []
    for position, (name, first) in enumerate(sides[0].entries):
        joined: DataType = first.type
        nullable = first.nullable
        for side, query in zip(sides[1:], operator.queries):
            given = side.entries[position][1]
            wider = common(joined, given.type)
            place = f"column `{name}` of `{operator.kind}`"
            if wider is None:
                context.report.add(NoCommonType(place, show(joined), show(given.type), span=query.span))
                wider = UNKNOWN
            else:
                warn_of_money(place, joined, given.type, query.span, Scope(context, None, place))
            joined = wider
            nullable = nullable or (given.nullable and operator.kind == "union")
        columns.append(context.column(name or f"_{position + 1}", joined, nullable, first.span))
    return columns


def converted(side: Frame, columns: list[Column], context: Context) -> Rel:
    """The side's rows in the types of the result."""
    if all(column.type == wanted.type for (_, column), wanted in zip(side.entries, columns)):
        return settle(side, context)
    items: list[Item] = []
    for (name, column), wanted in zip(side.entries, columns):
        value = convert(column, wanted.type, context.report)
        made = context.column(name or wanted.name, wanted.type, column.nullable, column.span)
        items.append(Item(made, value))
    return Project(side.rel, tuple(items), span=side.rel.span)


def distinct(frame: Frame, context: Context, span: Span) -> Frame:
    """Each different row once."""
    rel = settle(frame, context)
    renamed = {old.id: new for (_, old), new in zip(frame.entries, rel.columns)}
    entries = [(name, column) for (name, _), column in zip(frame.entries, rel.columns)]
    aliases = {
        alias: {name: renamed[column.id] for name, column in columns.items() if column.id in renamed}
        for alias, columns in frame.aliases.items()
    }
    result = Frame(Distinct(rel, span=span), entries, aliases)
    result.is_broken = frame.is_broken
    must_compare(entries, "`distinct`", span, context)
    return result

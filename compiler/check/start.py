"""Where rows come from: relations by name, queries in brackets, rows that stand in the program, arrays taken apart."""

from typing import assert_never

from oftra.check.context import BROKEN, Context, Locals
from oftra.check.convert import convert, fits_cell
from oftra.check.declared import declared_type
from oftra.check.expression import unified
from oftra.check.frame import Frame, settle_relation
from oftra.check.scope import Scope
from oftra.datatypes import BIGINT, UNKNOWN, Array, DataType, Null, Unknown, show
from oftra.diagnostics.names import DuplicateColumn
from oftra.diagnostics.typecheck import ColumnCount, Mismatch, MisplacedExpression
from oftra.ir.columns import freshen
from oftra.ir.expr import Column, Expr
from oftra.ir.rel import Join, Rel, Scan, Unnest, Values
from oftra.source import Span
from oftra.syntax import nodes


def frame_of_from(start: nodes.From, context: Context, outer: Scope | None, known: Locals) -> Frame:
    """`from a, b`: each with each; an `unnest` may use the columns before it."""
    frame: Frame | None = None
    for ref in start.refs:
        if frame is None:
            frame = frame_of_ref(ref, context, outer, known)
        elif isinstance(ref, nodes.Unnest):
            frame = unnested(ref, frame, Scope(context, frame, "`unnest`", outer, known))
        else:
            lateral = isinstance(ref, nodes.QueryRef) and ref.lateral
            around = Scope(context, frame, "`lateral`", outer, known) if lateral else outer
            frame = crossed(frame, frame_of_ref(ref, context, around, known), ref.span, lateral=lateral)
    assert frame is not None
    return frame


def crossed(left: Frame, right: Frame, span: Span, *, lateral: bool = False) -> Frame:
    """Each row of `left` with each of `right`."""
    rel = Join("cross", left.rel, right.rel, lateral=lateral, span=span)
    return side_by_side(rel, left, right)


def side_by_side(rel: Rel, left: Frame, right: Frame) -> Frame:
    """A frame over `rel` with the names of both."""
    frame = Frame(rel, left.entries + right.entries, {**left.aliases, **right.aliases})
    for alias in left.aliases:
        if alias in right.aliases:
            # It means neither: what is behind it is asked for in vain.
            frame.aliases[alias] = {}
    frame.windows = left.windows
    frame.is_broken = left.is_broken or right.is_broken
    return frame


def frame_of_ref(ref: nodes.Ref, context: Context, outer: Scope | None, known: Locals) -> Frame:
    """The rows of one relation in `from` or `join`."""
    match ref:
        case nodes.TableRef(path, alias):
            return _named(path, alias.text if alias is not None else None, ref.span, context, known)
        case nodes.QueryRef(query, alias, columns=columns):
            inner = context.query_of(query, context, outer, known)
            if columns:
                inner = _called(inner, columns, context)
            rel = settle_relation(inner, context, query.span)
            frame = Frame.of(rel, alias.text if alias is not None else None)
            frame.is_broken = inner.is_broken
            return frame
        case nodes.Values():
            return _values(ref, Scope(context, None, "`values`", outer, known))
        case nodes.Unnest():
            nothing = Frame(Values(((),), ()), [])
            return unnested(ref, nothing, Scope(context, nothing, "`unnest`", outer, known))
        case nodes.JoinedRef(first, joins):
            # A query whose operators are joins keeps the aliases of all that it joins.
            begun = nodes.From((first,), span=first.span)
            return context.query_of(nodes.Query(begun, joins, span=ref.span), context, outer, known)
        case _:
            assert_never(ref)


def _called(frame: Frame, columns: tuple[nodes.ColumnDef, ...], context: Context) -> Frame:
    """The rows with all of their columns called anew."""
    if len(columns) != len(frame.entries) and not frame.is_broken:
        span = columns[0].span.to(columns[-1].span)
        context.report.add(ColumnCount("this list of names", len(frame.entries), len(columns), span=span))
    for column in columns:
        if column.type is not None:
            advice = "only `values` take types: `cast` the column in the query"
            context.report.add(MisplacedExpression("a type", advice, span=column.type.span))
    entries = [(column.name.text, entry) for column, (_, entry) in zip(columns, frame.entries)]
    result = Frame(frame.rel, entries)
    result.is_broken = frame.is_broken or len(columns) != len(frame.entries)
    return result


def _named(path: nodes.Path, given: str | None, span: Span, context: Context, known: Locals) -> Frame:
    name = path.text
    alias = given if given is not None else path.parts[-1].text
    if name in known:
        return Frame.of(freshen(known[name], context.next_id), alias)
    relation = context.relations.get(name)
    if relation is None:  # reported where names are bound, or broken itself
        frame = Frame(Values((), ()), [], {alias: {}})
        frame.is_broken = True
        return frame
    next_id = context.next_id
    columns = tuple([Column(next_id(), c.name, c.type, c.nullable, span=c.span) for c in relation.columns])
    frame = Frame.of(Scan(name, columns, alias=given, span=span), alias)
    frame.is_broken = relation.is_broken
    return frame


def _values(ref: nodes.Values, scope: Scope) -> Frame:
    """`values (0, 'a'), (1, 'b') as t (x, y)`: a column's type is the one given to it, or what its cells share."""
    context = scope.context
    width = len(ref.rows[0]) if ref.rows else len(ref.columns)
    rows: list[list[Expr]] = []
    for written in ref.rows:
        cells = [scope.type_of(cell) for cell in written]
        if len(cells) != width:
            context.report.add(
                ColumnCount("each row of `values`", width, len(cells), span=written[0].span if written else ref.span)
            )
            cells = (cells + [BROKEN] * width)[:width]
        rows.append(cells)
    names = [column.name.text for column in ref.columns]
    if ref.columns and len(ref.columns) != width:
        context.report.add(ColumnCount("this list of names", width, len(ref.columns), span=ref.columns[0].span))
    names = (names + [f"_{position}" for position in range(len(names) + 1, width + 1)])[:width]
    columns: list[Column] = []
    for position, name in enumerate(names):
        column_cells = [row[position] for row in rows]
        declared = ref.columns[position] if position < len(ref.columns) else None
        typed = _cells(column_cells, declared, name, scope)
        for row, cell in zip(rows, typed):
            row[position] = cell
        type_ = typed[0].type if typed else UNKNOWN
        span = declared.span if declared is not None else ref.span
        if any(column.name.lower() == name.lower() for column in columns):
            context.report.add(DuplicateColumn(name, span=span))
        columns.append(context.column(name, type_, any(cell.nullable for cell in typed), span))
    alias = ref.alias.text if ref.alias is not None else None
    rel = Values(tuple([tuple(row) for row in rows]), tuple(columns), alias=alias, span=ref.span)
    return Frame.of(rel, alias)


def _cells(cells: list[Expr], declared: nodes.ColumnDef | None, name: str, scope: Scope) -> list[Expr]:
    if declared is None or declared.type is None:
        return unified(cells, f"the column `{name}`", scope) or [BROKEN] * len(cells)
    wanted = declared_type(declared.type, scope.context.report)
    typed: list[Expr] = []
    for cell in cells:
        if not fits_cell(cell, wanted):
            place = f"the column `{name}`"
            scope.context.report.add(Mismatch(place, show(wanted), show(cell.type), span=cell.span))
            cell = BROKEN
        typed.append(convert(cell, wanted, scope.context.report))
    return typed


def unnested(ref: nodes.Unnest, frame: Frame, scope: Scope) -> Frame:
    """For each row of `frame` a row an element."""
    context = scope.context
    array = scope.type_of(ref.array)
    element: DataType = UNKNOWN
    match array.type:
        case Array(of):
            element = of
        case Unknown() | Null():
            pass
        case other:
            context.report.add(Mismatch("`unnest`", "array", show(other), span=array.span))
    name = ref.alias.text if ref.alias is not None else ""
    column = context.column(name or "_1", element, True, ref.span)
    offset = context.column(ref.offset.text, BIGINT, False, ref.offset.span) if ref.offset is not None else None
    entries = [(name, column)] + ([(offset.name, offset)] if offset is not None else [])
    rel = Unnest(frame.rel, array, column, offset, span=ref.span)
    result = Frame(rel, frame.entries + entries, frame.aliases)
    result.windows = frame.windows
    result.is_broken = frame.is_broken
    return result

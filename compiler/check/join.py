"""Joins: both sides' columns, the condition over them, and what `using` leaves of its keys."""

from dataclasses import replace

from oftra.check.as_of import valid_versions
from oftra.check.context import Context
from oftra.check.fit import apply
from oftra.check.frame import Ambiguous, Frame, at
from oftra.check.scope import Scope
from oftra.check.start import frame_of_ref, side_by_side, unnested
from oftra.datatypes import Unknown
from oftra.diagnostics.names import AmbiguousColumn, UnknownColumn
from oftra.diagnostics.typecheck import MissingCondition, NotConstant
from oftra.ir.expr import Column, Duration, Expr, Literal
from oftra.ir.rel import Item, Join, Unnest
from oftra.syntax import nodes


def join(operator: nodes.Join, frame: Frame, scope: Scope) -> Frame:
    """`join R on ...`, `join R using (...)`, `cross join R`, `semi join`, `join lateral (query)`."""
    context = scope.context
    ref = operator.ref
    if isinstance(ref, nodes.Unnest) and operator.kind in ("cross", "inner", "left") and operator.condition is None:
        scope.place = "`unnest`"
        result = unnested(ref, frame, scope)
        if operator.kind == "left" and isinstance(result.rel, Unnest):
            result.rel = replace(result.rel, outer=True)
        return result
    lateral = isinstance(ref, nodes.QueryRef) and ref.lateral
    around = Scope(context, frame, "`lateral`", scope.outer, scope.locals) if lateral else scope.outer
    right = frame_of_ref(ref, context, around, scope.locals)
    pair = side_by_side(frame.rel, frame, right)
    condition: Expr | None = None
    keys: list[tuple[str, Column, Column]] = []
    using = _shared_names(operator, frame, right) if operator.natural else operator.using
    if using:
        keys = _using_keys(using, frame, right, context)
        equal = [
            apply("equal", (at(left, name.span), at(right_key, name.span)), name.span, context)
            for name, (_, left, right_key) in zip(using, keys)
        ]
        condition = (
            equal[0] if len(equal) == 1 else apply("and", tuple(equal), operator.span, context) if equal else None
        )
    elif operator.condition is not None:
        condition = Scope(context, pair, "`on`", scope.outer, scope.locals).condition_of(operator.condition)
    elif operator.natural:
        if not (right.is_broken or frame.is_broken):
            context.report.add(MissingCondition(operator.kind, natural=True, span=operator.span))
    elif operator.kind != "cross" and not lateral:
        context.report.add(MissingCondition(operator.kind, span=operator.span))
    others = right.rel
    if operator.as_of is not None and not right.is_broken:
        others, condition = valid_versions(operator, frame, others, condition, scope)
    kind = "cross" if operator.kind == "inner" and condition is None else operator.kind
    rel = Join(kind, frame.rel, others, condition, lateral, _ttl(operator, scope), span=operator.span)
    if kind in ("semi", "anti"):
        result = Frame(rel, frame.entries, frame.aliases)
        result.windows = frame.windows
        result.is_broken = frame.is_broken
        return result
    pair.rel = rel
    if kind in ("left", "right", "full"):
        _take_nullability(pair)
    if keys:
        _merge_keys(pair, keys, kind, context)
    return pair


def _ttl(operator: nodes.Join, scope: Scope) -> Duration | None:
    """How long the row of a stream waits for partners."""
    if operator.ttl is None:
        return None
    match scope.type_of(operator.ttl):
        case Literal(Duration() as length) if length.months == 0 and length.micros > 0:
            return length
        case wrong:
            if not isinstance(wrong.type, Unknown):
                scope.context.report.add(NotConstant("`ttl`", "a constant interval of days or less", span=wrong.span))
            return None


def _shared_names(operator: nodes.Join, left: Frame, right: Frame) -> tuple[nodes.Name, ...]:
    """The names that both sides have, in the order of the left one: what a natural join equates."""
    others = set(right.names)
    return tuple([nodes.Name(name, span=operator.span) for name in left.names if name in others])


def _using_keys(
    names: tuple[nodes.Name, ...], left: Frame, right: Frame, context: Context
) -> list[tuple[str, Column, Column]]:
    """For each name the columns on both sides; those that are missing are reported and left out."""
    keys: list[tuple[str, Column, Column]] = []
    for name in names:
        found: list[Column] = []
        for side in (left, right):
            column = side.find(name.text)
            if isinstance(column, Column):
                found.append(column)
            elif isinstance(column, Ambiguous):
                context.report.add(AmbiguousColumn(name.text, tuple(column), span=name.span))
            elif not side.is_broken:
                context.report.add(UnknownColumn(name.text, side.names, span=name.span))
        if len(found) == 2:
            keys.append((name.text, found[0], found[1]))
    return keys


def _take_nullability(frame: Frame) -> None:
    """Let the frame's columns be as nullable as its relation's now are."""
    columns = {column.id: column for column in frame.rel.columns}
    frame.entries = [(name, columns.get(column.id, column)) for name, column in frame.entries]
    frame.aliases = {
        alias: {name: columns.get(column.id, column) for name, column in named.items()}
        for alias, named in frame.aliases.items()
    }
    frame.changed()


def _merge_keys(frame: Frame, keys: list[tuple[str, Column, Column]], kind: str, context: Context) -> None:
    """`using (k)` leaves one `k`, first: the side's that always has a row, both coalesced in a full join."""
    merged: list[tuple[str, Column]] = []
    made: list[Item] = []
    for name, left, right in keys:
        if kind == "full":
            columns = {column.id: column for column in frame.rel.columns}
            value = apply("coalesce", (columns[left.id], columns[right.id]), left.span, context)
            column = context.column(name, value.type, left.nullable or right.nullable, left.span)
            made.append(Item(column, value))
            merged.append((name, column))
        else:
            merged.append((name, right if kind == "right" else left))
    gone = {column.id for _, left, right in keys for column in (left, right)}
    frame.extend(made)
    frame.entries = merged + [(name, column) for name, column in frame.entries if column.id not in gone]
    frame.changed()

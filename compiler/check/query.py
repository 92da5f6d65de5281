"""Queries, typed: where rows start, and the operators that they go through."""

from typing import assert_never

from oftra.check import aggregate, join, operators, pivot, select, sets, unpivot
from oftra.check.common_table import with_locals
from oftra.check.context import Context, Locals
from oftra.check.frame import Frame
from oftra.check.scope import Scope
from oftra.check.standard import select_operator, select_query
from oftra.check.start import frame_of_from
from oftra.ir.rel import Values
from oftra.syntax import nodes


def query_of(query: nodes.Query, context: Context, outer: Scope | None, known: Locals) -> Frame:
    """The rows of `query`.

    `outer` is where it stands, if it stands in an expression or is lateral; `known` are relations that only the queries
    around it know.
    """
    if query.common:
        known = with_locals(query, context, outer, known)
    start, rest = query.start, query.operators
    if isinstance(start, nodes.SelectQuery):
        # Its `order by` may use what its items leave out.
        order = rest[0] if rest and isinstance(rest[0], nodes.OrderBy) else None
        frame = select_query(start, order, context, outer, known)
        rest = rest[1:] if order is not None else rest
    else:
        frame = _start(start, context, outer, known)
    for operator in rest:
        frame = _through(operator, frame, context, outer, known)
    return frame


def _start(
    start: "nodes.From | nodes.CompoundQuery | nodes.Query | nodes.BrokenOperator",
    context: Context,
    outer: Scope | None,
    known: Locals,
) -> Frame:
    match start:
        case nodes.From():
            return frame_of_from(start, context, outer, known)
        case nodes.CompoundQuery(kind, left, right, quantifier, by_name):
            frame = query_of(left, context, outer, known)
            operation = nodes.SetOperation(kind, (right,), quantifier, by_name, span=start.span)
            return sets.set_operation(operation, frame, context, outer, known)
        case nodes.Query():
            return query_of(start, context, outer, known)
        case nodes.BrokenOperator():
            return broken(context)
        case _:
            assert_never(start)


def broken(context: Context) -> Frame:
    """Rows of nothing, after an error that is reported already."""
    frame = Frame(Values((), ()), [])
    frame.is_broken = True
    return frame


def _through(operator: nodes.Operator, frame: Frame, context: Context, outer: Scope | None, known: Locals) -> Frame:
    scope = Scope(context, frame, "", outer, known)
    match operator:
        case nodes.Where():
            return operators.where(operator, frame, scope)
        case nodes.Select():
            return select_operator(operator, frame, scope)
        case nodes.Extend():
            return select.extend(operator, frame, scope)
        case nodes.Join():
            return join.join(operator, frame, scope)
        case nodes.Aggregate():
            return aggregate.aggregate(operator, frame, scope)
        case nodes.Set():
            return operators.set_columns(operator, frame, scope)
        case nodes.Drop():
            return operators.drop(operator, frame, scope)
        case nodes.Rename():
            return operators.rename(operator, frame, context)
        case nodes.As(alias):
            renamed = Frame(frame.rel, frame.entries, {alias.text: dict(frame.entries)})
            renamed.is_broken = frame.is_broken
            return renamed
        case nodes.SetOperation():
            return sets.set_operation(operator, frame, context, outer, known)
        case nodes.OrderBy():
            return operators.order_by(operator, frame, scope)
        case nodes.Limit():
            return operators.limit(operator, frame, scope)
        case nodes.Distinct():
            return sets.distinct(frame, context, operator.span)
        case nodes.TableSample():
            return operators.sample(operator, frame, scope)
        case nodes.CallOperator():
            return operators.call(operator, frame, scope)
        case nodes.Assert():
            return operators.assertion(operator, frame, scope)
        case nodes.WindowClause(windows):
            frame.windows.update({name.text: over for name, over in windows})
            return frame
        case nodes.Pivot():
            return pivot.pivot(operator, frame, scope)
        case nodes.Unpivot():
            return unpivot.unpivot(operator, frame, scope)
        case nodes.MatchRecognize():  # the parser has said that it is not yet there
            return broken(context)
        case nodes.BrokenOperator():
            frame.is_broken = True
            return frame
        case _:
            assert_never(operator)

"""Functions over relations: their queries, over the rows at hand in place of the parameter."""

from oftra.check.context import Context
from oftra.check.convert import convert
from oftra.check.declared import declared_type
from oftra.check.frame import Frame, settle_relation
from oftra.check.own_function import bind_arguments
from oftra.check.scope import Scope
from oftra.datatypes import DataType, show, widens
from oftra.diagnostics.escapes import NotSuchRows
from oftra.diagnostics.typecheck import MisplacedExpression, RecursiveFunction
from oftra.ir.expr import Column
from oftra.ir.rel import Item, Project, Rel, Step
from oftra.resolve.model import Declared
from oftra.source import Span
from oftra.syntax import nodes


def call_over_relation(operator: nodes.CallOperator, declared: Declared, frame: Frame, scope: Scope) -> Frame:
    """The function's query, over the rows at hand under the name that its parameter has."""
    context = scope.context
    function = declared.declaration
    assert isinstance(function, nodes.Function)
    over = [p for p in function.parameters if isinstance(p.type, nodes.RelationType)]
    if not isinstance(function.body, nodes.Query) or len(over) != 1 or function.parameters[0] is not over[0]:
        advice = "it needs one parameter that is a relation, its first, and a query as its body"
        context.report.add(MisplacedExpression(f"`call {declared.name}`", advice, span=operator.span))
        return frame
    scope.place = f"`call {declared.name}`"
    arguments = [scope.type_of(argument) for argument in operator.arguments]
    values = bind_arguments(operator, function, arguments, declared, context)
    if values is None:
        return frame
    if declared.name in context.calling:
        context.report.add(RecursiveFunction(declared.name, span=operator.span))
        return frame
    wanted = over[0].type
    assert isinstance(wanted, nodes.RelationType)
    rel, fits = _as_declared(frame, wanted, declared.name, operator.function.span, context)
    if not fits:
        frame.is_broken = True
        return frame
    around = Scope(context, None, scope.place, values=values)
    result = _result(function.body, declared, {over[0].name.text: rel}, around)
    if isinstance(function.returns, nodes.RelationType):
        rows, fits = _as_declared(result, function.returns, declared.name, function.body.span, context)
    else:
        rows = settle_relation(result, context, function.body.span)
    step = Step(rows, declared.name, span=operator.span)
    made = Frame.of(step, operator.alias.text if operator.alias is not None else None)
    made.is_broken = result.is_broken or not fits
    return made


def _result(body: nodes.Query, declared: Declared, locals_: dict[str, Rel], around: Scope) -> Frame:
    context = around.context
    calling, context.calling = context.calling, (*context.calling, declared.name)
    namespace, context.namespace = context.namespace, declared.namespace
    result = context.query_of(body, context, around, locals_)
    context.calling, context.namespace = calling, namespace
    return result


def _as_declared(
    frame: Frame, wanted: nodes.RelationType, function: str, place: Span, context: Context
) -> tuple[Rel, bool]:
    """The frame's rows with the columns that are declared, of their types, and whether all of them are there.

    Others go along only where `...` lets them.
    """
    rel = settle_relation(frame, context, place)
    types = {one.name.text: _type(one, context) for one in wanted.columns}
    given = {column.name: column for column in rel.columns}
    fits = not frame.is_broken
    for one in wanted.columns:
        name, type_ = one.name.text, types[one.name.text]
        found = given.get(name)
        if (found is None and fits) or (found is not None and type_ is not None and not widens(found.type, type_)):
            asked = show(type_) if type_ is not None else ""
            there = show(found.type) if found is not None else None
            context.report.add(NotSuchRows(function, name, asked, there, tuple(given), one.span, span=place))
            fits = False
    kept = rel.columns if wanted.open else tuple([given[name] for name in types if name in given])
    items = tuple([_item(column, types.get(column.name), context) for column in kept])
    if not fits or (len(items) == len(rel.columns) and all(i.column is c for i, c in zip(items, rel.columns))):
        return rel, fits
    return Project(rel, items, span=place), True


def _type(column: nodes.ColumnDef, context: Context) -> DataType | None:
    return declared_type(column.type, context.report) if column.type is not None else None


def _item(column: Column, wanted: DataType | None, context: Context) -> Item:
    if wanted is None or column.type == wanted:
        return Item(column, column)
    made = context.column(column.name, wanted, column.nullable, column.span)
    return Item(made, convert(column, wanted, context.report))

"""`unpivot`: columns that become values. An array of a row's columns, each with its name, is taken apart again."""

from oftra.check.context import BROKEN, Context
from oftra.check.expression import unified
from oftra.check.fit import apply
from oftra.check.frame import Frame
from oftra.check.naming import implied_name
from oftra.check.pivot import parts_of
from oftra.check.scope import Scope
from oftra.datatypes import STRING, Array, Field, Struct, Unknown
from oftra.diagnostics.typecheck import ColumnCount, MisplacedExpression
from oftra.ir.expr import Call, Column, Expr, FieldOf, Literal, MakeStruct
from oftra.ir.rel import Filter, Item, Project, Unnest
from oftra.syntax import nodes


def unpivot(operator: nodes.Unpivot, frame: Frame, scope: Scope) -> Frame:
    """For each row one for each of the columns named: what else the row has, the column's name, and its value.

    Rows whose values are all null are left out, but with `include nulls`.
    """
    context = scope.context
    scope.place = "`unpivot`"
    rows = [_row(item, operator, scope) for item in operator.columns]
    names = [operator.name.text, *[name.text for name in operator.values]]
    cells = [_shared([row[at] for row in rows], name, scope) for at, name in enumerate(names)]
    type_ = Struct(tuple([Field(name, column[0].type) for name, column in zip(names, cells)]))
    structs = [
        MakeStruct(tuple([column[at] for column in cells]), type_, span=item.span)
        for at, item in enumerate(operator.columns)
    ]
    array = Call("array", tuple(structs), Array(type_), False, span=operator.span)
    element = context.column("unpivoted", type_, False, operator.span)
    made: list[Item] = []
    for name, column, written in zip(names, cells, (operator.name, *operator.values)):
        nullable = any(cell.nullable for cell in column)
        value = FieldOf(element, name, column[0].type, nullable, span=written.span)
        made.append(Item(context.column(name, value.type, nullable, written.span), value))
    gone = {value.id for row in rows for value in row if isinstance(value, Column)}
    kept = [(name, column) for name, column in frame.entries if column.id not in gone]
    passed = tuple([Item(column, column) for column in dict.fromkeys([column for _, column in kept])])
    result = Frame(
        Project(Unnest(frame.rel, array, element, span=operator.span), (*passed, *made), span=operator.span),
        [*kept, *[(item.column.name, item.column) for item in made]],
    )
    values = [item.column for item in made[1:]]
    if not operator.nulls and all(value.nullable for value in values):
        result.rel = Filter(result.rel, _some_is_there(values, operator, context), span=operator.span)
    if operator.alias is not None:
        result.aliases = {operator.alias.text: dict(result.entries)}
    result.is_broken = frame.is_broken
    return result


def _row(item: nodes.Item, operator: nodes.Unpivot, scope: Scope) -> list[Expr]:
    """The name of what becomes a row, and its values."""
    wanted = len(operator.values)
    parts = parts_of(item.expr)
    if len(parts) != wanted:
        scope.context.report.add(ColumnCount("this item of `unpivot`", wanted, len(parts), span=item.span))
    values = [scope.type_of(part) for part in parts]
    for value in values:
        if not isinstance(value, Column | FieldOf) and not isinstance(value.type, Unknown):
            advice = "compute it by `extend` before"
            scope.context.report.add(MisplacedExpression("what is no column", advice, span=value.span))
    name = item.name.text if item.name is not None else "_".join([implied_name(part) for part in parts])
    return [Literal(name, STRING, span=item.span), *values, *[BROKEN] * wanted][: wanted + 1]


def _shared(column: list[Expr], name: str, scope: Scope) -> list[Expr]:
    """One column's values, all of one type."""
    return unified(column, f"the column `{name}` of `unpivot`", scope) or [BROKEN] * len(column)


def _some_is_there(values: list[Column], operator: nodes.Unpivot, context: Context) -> Expr:
    span = operator.span
    tests = tuple([apply("not", (apply("is_null", (v,), span, context),), span, context) for v in values])
    return tests[0] if len(tests) == 1 else apply("or", tests, span, context)

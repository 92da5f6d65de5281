"""`pivot`: values that become columns. It is an `aggregate`, of which each call sees the rows of one value."""

from oftra import functions
from oftra.check.context import BROKEN, Context, is_broken
from oftra.check.fit import apply
from oftra.check.frame import Frame
from oftra.check.naming import column_hint, implied_name
from oftra.check.scope import Collected, Scope
from oftra.datatypes import BIGINT, INT, Null, Struct, show
from oftra.diagnostics.typecheck import ColumnCount, NotGroupable, NothingAggregated
from oftra.ir.columns import free_columns, substitute
from oftra.ir.expr import AggregateCall, Case, Column, Expr, FieldOf, Literal
from oftra.ir.rel import Aggregate, Item, Project
from oftra.source import Span
from oftra.syntax import nodes


def pivot(operator: nodes.Pivot, frame: Frame, scope: Scope) -> Frame:
    """One row for each combination of the columns that `pivot` does not name; for each value a column an aggregate."""
    context = scope.context
    scope.place = "`pivot`"
    subjects = [_as_column(scope.type_of(part), frame, context) for part in parts_of(operator.column)]
    collected = Collected(context)
    calls = scope.inside(aggregates=collected)
    typed: list[tuple[str, Expr]] = []
    for item in operator.aggregates:
        name = item.name.text if item.name is not None else implied_name(item.expr)
        calls.name = column_hint(name, item.expr)
        value = calls.type_of(item.expr)
        made = {one.column.id for one in collected.items}
        if not free_columns(value) & made and not is_broken(value):
            context.report.add(NothingAggregated("pivot", span=item.span))
        typed.append((name, value))
    used = {id_ for subject in subjects for id_ in free_columns(subject)}
    used |= {id_ for item in collected.items for id_ in free_columns(item.value)}
    groups = _Groups(frame, used, collected, context)
    entries: list[tuple[str, Column]] = list(groups.entries)
    for chosen in operator.values:
        test = _test(subjects, chosen, scope)
        value_name = chosen.name.text if chosen.name is not None else _name_of(chosen.expr)
        for name, value in typed:
            whole = value_name if len(typed) == 1 else f"{value_name}_{name}" if value_name and name else ""
            entries.append((whole, groups.column_of(value, test, whole or f"_{len(entries) + 1}", chosen.span)))
    result = Frame(groups.rel(operator.span), entries)
    result.aliases = {operator.alias.text: dict(entries)} if operator.alias is not None else {}
    result.is_broken = frame.is_broken
    return result


def parts_of(node: nodes.Expr) -> tuple[nodes.Expr, ...]:
    """The columns of `(a, b)`; else the one that `node` is."""
    while isinstance(node, nodes.Parenthesised):
        node = node.operand
    return node.items if isinstance(node, nodes.Tuple) else (node,)


def _as_column(value: Expr, frame: Frame, context: Context) -> Expr:
    """`value` as a column of the frame: it is compared with each of the values, and computed once."""
    if isinstance(value, Column | Literal):
        return value
    column = context.column(
        value.name if isinstance(value, FieldOf) else "pivot", value.type, value.nullable, value.span
    )
    frame.rel = Project(frame.rel, (*[Item(c, c) for c in frame.rel.columns], Item(column, value)))
    return column


def _test(subjects: list[Expr], chosen: nodes.Item, scope: Scope) -> Expr:
    """Whether a row belongs to one of the values."""
    context = scope.context
    constants = Scope(context, None, "`pivot`")
    values = [context.type_of(part, constants) for part in parts_of(chosen.expr)]
    match subjects:
        case [subject] if isinstance(subject.type, Struct) and len(values) > 1:
            subjects = [FieldOf(subject, field.name, field.type) for field in subject.type.fields]
        case _:
            pass
    if len(subjects) != len(values):
        context.report.add(ColumnCount("this value of `pivot`", len(subjects), len(values), span=chosen.span))
        return BROKEN
    tests = [
        apply("is_null", (subject,), chosen.span, context)
        if isinstance(value.type, Null)
        else apply("equal", (subject, value), chosen.span, context)
        for subject, value in zip(subjects, values)
    ]
    return tests[0] if len(tests) == 1 else apply("and", tuple(tests), chosen.span, context)


def _name_of(node: nodes.Expr) -> str:
    """What the column of a value is called if nobody says it: as the value is written; '' if that makes no name."""
    match node:
        case nodes.String(text) | nodes.Number(text) | nodes.TypedLiteral(text=text):
            return text
        case nodes.Boolean(value):
            return "true" if value else "false"
        case nodes.Null():
            return "null"
        case _:
            return ""


class _Groups:
    """The rows of a `pivot`: what they are grouped by, and the aggregates of each value."""

    def __init__(self, frame: Frame, used: set[int], collected: Collected, context: Context) -> None:
        self.source = frame.rel
        self.context = context
        self.collected = collected
        self.keys: list[Item] = []
        self.entries: list[tuple[str, Column]] = []
        self.aggregates: list[Item] = []
        self.made: list[Item] = []
        for name, column in frame.entries:
            if column.id in used:
                continue
            if not functions.comparable(column.type):
                context.report.add(NotGroupable("`pivot`", show(column.type), span=column.span))
            passed = column.name == name and all(column.id != key.column.id for key in self.keys)
            key = column if passed else context.column(name or "_1", column.type, column.nullable, column.span)
            self.keys.append(Item(key, column))
            self.entries.append((name, key))

    def column_of(self, value: Expr, test: Expr, name: str, span: Span) -> Column:
        """The column of one aggregate of one value."""
        parts: dict[int, Expr] = {}
        direct = isinstance(value, Column)
        for item in self.collected.items:
            if item.column.id in free_columns(value):
                assert isinstance(item.value, AggregateCall)
                parts[item.column.id] = self._of_rows(item.value, test, name if direct else item.column.name, span)
        whole = substitute(value, parts)
        if isinstance(whole, Column):
            return whole
        column = self.context.column(name, whole.type, True, span)
        self.made.append(Item(column, whole))
        return column

    def _of_rows(self, call: AggregateCall, test: Expr, name: str, span: Span) -> Expr:
        """`call` of the rows of one value: null if there is none, also of a count."""
        one = self._aggregate(call.function, call.arguments, call, test, name, span)
        if one.nullable:
            return one
        rows = self._aggregate("count", (), None, test, "rows", span)
        some = apply("greater", (rows, Literal(0, INT, span=span)), span, self.context)
        return Case(((some, one),), Literal(None, one.type), one.type, True, span=span)

    def _aggregate(
        self, name: str, arguments: tuple[Expr, ...], like: AggregateCall | None, test: Expr, label: str, span: Span
    ) -> Column:
        function = functions.lookup(name)
        assert function is not None
        may_be_null = functions.nullable(function, arguments)
        if like is None:
            call = AggregateCall(name, arguments, BIGINT, may_be_null, False, test, span=span)
        else:
            both = test if like.filter is None else apply("and", (like.filter, test), span, self.context)
            call = AggregateCall(name, arguments, like.type, may_be_null, like.distinct, both, like.order_by, span=span)
        for item in self.aggregates:
            if item.value == call and (like is None or item.column.name == label):
                return item.column
        column = self.context.column(label, call.type, may_be_null, span)
        self.aggregates.append(Item(column, call))
        return column

    def rel(self, span: Span) -> Aggregate | Project:
        """The groups as a relation."""
        groups = Aggregate(self.source, tuple(self.keys), tuple(self.aggregates), span=span)
        if not self.made:
            return groups
        return Project(groups, (*[Item(column, column) for column in groups.columns], *self.made), span=span)

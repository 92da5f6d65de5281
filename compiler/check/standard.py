"""Standard SQL's `select ... from ... where ... group by ... having ...`, in the meaning of the pipe form."""

from oftra.check import join as joins
from oftra.check.aggregate import Groups, holds_aggregate
from oftra.check.context import Context, Locals
from oftra.check.frame import Frame
from oftra.check.naming import column_hint, implied_name
from oftra.check.ordering import finished, keys_before, needs_more
from oftra.check.scope import Collected, Scope
from oftra.check.select import Items, Named, add_star, select
from oftra.check.start import frame_of_from
from oftra.diagnostics.typecheck import MisplacedExpression
from oftra.ir.expr import SortKey
from oftra.ir.rel import Filter, Item, Values, Window
from oftra.syntax import nodes


def select_query(
    node: nodes.SelectQuery, order: nodes.OrderBy | None, context: Context, outer: Scope | None, known: Locals
) -> Frame:
    """The rows of a standard `select`, and of the `order by` behind it."""
    if node.source is not None:
        frame = frame_of_from(node.source, context, outer, known)
    else:
        frame = Frame(Values(((),), (), span=node.span), [])
    _refuse_joins_behind_commas(node, context)
    for operator in node.joins:
        frame = joins.join(operator, frame, Scope(context, frame, "`join`", outer, known))
    if node.where is not None:
        condition = Scope(context, frame, "`where`", outer, known).condition_of(node.where)
        frame.rel = Filter(frame.rel, condition, span=node.where.span)
    frame.windows = {name.text: over for name, over in node.windows}
    scope = Scope(context, frame, "`select`", outer, known)
    if node.group_by or node.having is not None or _aggregates(node):
        return _grouped(node, order, frame, scope)
    return _ungrouped(node, order, frame, scope)


def select_operator(operator: nodes.Select, frame: Frame, scope: Scope) -> Frame:
    """The rows of `|> select`: over each row or, if an item aggregates or there are keys, over groups."""
    frame.windows = {**frame.windows, **{name.text: over for name, over in operator.windows}}
    if not operator.group_by and not _aggregates(operator):
        return select(operator, frame, scope)
    query = nodes.SelectQuery(operator.items, operator.distinct, group_by=operator.group_by, span=operator.span)
    return _grouped(query, None, frame, scope)


def _refuse_joins_behind_commas(node: nodes.SelectQuery, context: Context) -> None:
    """A comma binds looser than a join elsewhere, but not here: report a join that would show the difference."""
    behind = node.source is not None and len(node.source.refs) > 1
    for operator in node.joins:
        if operator.span.start == operator.ref.span.start:
            behind = True
        elif behind and operator.kind in ("right", "full"):
            advice = "write `cross join` instead of the comma, or the join and what it joins in parentheses"
            context.report.add(
                MisplacedExpression(f"a {operator.kind} join behind a comma", advice, span=operator.span)
            )


def _aggregates(node: nodes.SelectQuery | nodes.Select) -> bool:
    """Whether an item aggregates all rows."""
    for item in node.items:
        if type(item) is nodes.Item and type(item.expr) is not nodes.Column and holds_aggregate(item.expr):
            return True
    return False


def _ungrouped(node: nodes.SelectQuery, order: nodes.OrderBy | None, frame: Frame, scope: Scope) -> Frame:
    """Items over each row. `qualify` keeps rows by their window functions, before the items leave columns out."""
    items = Items(frame, scope)
    for item in node.items:
        if isinstance(item, nodes.Star):
            add_star(item, items)
        else:
            items.add(item)
    condition = None
    if node.qualify is not None:
        scope.place = "`qualify`"
        condition = scope.condition_of(node.qualify)
    keys = None
    if order is not None and needs_more(order, items.typed, node):
        keys = keys_before(order, items.typed, scope)
    items.flush()
    if node.qualify is not None and condition is not None:
        frame.rel = Filter(frame.rel, condition, span=node.qualify.span)
    return finished(items.typed, keys, frame, node, order, scope)


def _grouped(node: nodes.SelectQuery, order: nodes.OrderBy | None, frame: Frame, scope: Scope) -> Frame:
    groups = Groups(frame, scope, _with_items(node, frame))
    windows = Collected(scope.context)
    scope.place, scope.windows = "`select`", windows
    typed = _group_items(node, scope)
    scope.earlier = lambda name: next((value for known_name, value, _ in typed if known_name == name), None)
    having = qualify = keys = None
    if node.having is not None:
        scope.place, scope.windows = "`having`", None
        having = scope.condition_of(node.having)
    scope.windows = windows
    if node.qualify is not None:
        scope.place = "`qualify`"
        qualify = scope.condition_of(node.qualify)
    if order is not None and needs_more(order, typed, node):
        keys = keys_before(order, typed, scope)
    made = frozenset([item.column.id for item in windows.items])
    window_items = tuple([Item(item.column, groups.over(item.value, made)) for item in windows.items])
    typed = [(name, groups.over(value, made), span) for name, value, span in typed]
    having = groups.over(having) if having is not None else None
    qualify = groups.over(qualify, made) if qualify is not None else None
    if keys is not None:
        keys = tuple([SortKey(groups.over(key.expr, made), key.descending, key.nulls_first) for key in keys])
    result = Frame(groups.rel(node.span), [])
    result.is_broken = frame.is_broken
    if having is not None:
        result.rel = Filter(result.rel, having, span=having.span)
    if window_items:
        result.rel = Window(result.rel, window_items)
    if qualify is not None:
        result.rel = Filter(result.rel, qualify, span=qualify.span)
    return finished(typed, keys, result, node, order, scope)


def _group_items(node: nodes.SelectQuery, scope: Scope) -> list[Named]:
    """The items over groups, typed."""
    typed: list[Named] = []
    for item in node.items:
        if isinstance(item, nodes.Star):
            advice = "name the keys and aggregates"
            scope.context.report.add(MisplacedExpression("`*` beside `group by`", advice, span=item.span))
            continue
        name = item.name.text if item.name is not None else implied_name(item.expr)
        scope.name = column_hint(name, item.expr)
        value = scope.type_of(item.expr)
        typed.append((name, value, item.name.span if item.name is not None else item.span))
    return typed


def _with_items(node: nodes.SelectQuery, frame: Frame) -> tuple[nodes.Item | nodes.GroupingSets, ...]:
    """The keys, with the items that they mean by position or (if no column is called so) by name put in their place."""
    named = {item.name.text: item for item in node.items if isinstance(item, nodes.Item) and item.name is not None}

    def meant(key: nodes.Item) -> nodes.Item:
        match key.expr:
            case nodes.Number(text) if text.isdigit() and 1 <= int(text) <= len(node.items):
                item = node.items[int(text) - 1]
                return nodes.Item(item.expr, span=key.span) if isinstance(item, nodes.Item) else key
            case nodes.Column(name) if name.text in named and frame.find(name.text) is None:
                return nodes.Item(named[name.text].expr, span=key.span)
            case _:
                return key

    keys: list[nodes.Item | nodes.GroupingSets] = []
    for key in node.group_by:
        if isinstance(key, nodes.GroupingSets):
            sets = tuple([tuple([meant(item) for item in group]) for group in key.sets])
            keys.append(nodes.GroupingSets(key.kind, sets, span=key.span))
        else:
            keys.append(meant(key))
    return tuple(keys)

"""Standard SQL's `select ... from ... where ... group by ... having ...`, in the meaning of the pipe form."""

from oftra import functions
from oftra.check import join as joins
from oftra.check.aggregate import Groups
from oftra.check.context import Context, Locals
from oftra.check.frame import Frame
from oftra.check.naming import column_hint, implied_name
from oftra.check.scope import Collected, Scope
from oftra.check.select import Items, Named, add_star, projected
from oftra.check.select import select as pipe_select
from oftra.check.start import frame_of_from
from oftra.diagnostics.typecheck import MisplacedExpression
from oftra.ir.expr import Expr
from oftra.ir.rel import Filter, Item, Values, Window
from oftra.syntax import nodes


def select_query(node: nodes.SelectQuery, context: Context, outer: Scope | None, known: Locals) -> Frame:
    """The rows of a standard `select`."""
    if node.source is not None:
        frame = frame_of_from(node.source, context, outer, known)
    else:
        frame = Frame(Values(((),), ()), [])
    for operator in node.joins:
        frame = joins.join(operator, frame, Scope(context, frame, "`join`", outer, known))
    if node.where is not None:
        condition = Scope(context, frame, "`where`", outer, known).condition_of(node.where)
        frame.rel = Filter(frame.rel, condition, span=node.where.span)
    frame.windows = {name.text: over for name, over in node.windows}
    if node.group_by or node.having is not None or _aggregates(node):
        return _grouped(node, frame, context, outer, known)
    if node.qualify is None:
        return pipe_select(
            nodes.Select(node.items, node.distinct, span=node.span), frame, Scope(context, frame, "", outer, known)
        )
    return _qualified(node, frame, context, outer, known)


def _aggregates(node: nodes.SelectQuery) -> bool:
    """Whether an item aggregates all rows."""
    return any(holds_aggregate(item.expr) for item in node.items if isinstance(item, nodes.Item))


def holds_aggregate(node: object) -> bool:
    """Whether an expression holds a call of an aggregate function that is no window's; queries inside do not count."""
    if isinstance(node, nodes.Call) and node.over is None and len(node.function.parts) == 1:
        function = functions.lookup(node.function.text)
        if function is not None and function.kind == "aggregate":
            return True
    if isinstance(node, tuple):
        return any(holds_aggregate(part) for part in node)
    if not hasattr(node, "__dataclass_fields__") or isinstance(node, nodes.Query | nodes.Name):
        return False
    return any(holds_aggregate(getattr(node, name)) for name in node.__dataclass_fields__ if name != "span")


def _qualified(node: nodes.SelectQuery, frame: Frame, context: Context, outer: Scope | None, known: Locals) -> Frame:
    """`qualify` keeps rows by their window functions, before the items leave columns out."""
    assert node.qualify is not None
    scope = Scope(context, frame, "`select`", outer, known)
    items = Items(frame, scope)
    for item in node.items:
        if isinstance(item, nodes.Star):
            add_star(item, items)
        else:
            items.add(item)
    scope.place = "`qualify`"
    condition = scope.condition_of(node.qualify)
    items.flush()
    frame.rel = Filter(frame.rel, condition, span=node.qualify.span)
    return projected(items.typed, frame, node, context)


def _grouped(node: nodes.SelectQuery, frame: Frame, context: Context, outer: Scope | None, known: Locals) -> Frame:
    scope = Scope(context, frame, "`group by`", outer, known)
    groups = Groups(frame, scope, _with_items(node, frame))
    windows = Collected(context)
    scope.place, scope.windows = "`select`", windows
    typed: list[Named] = []

    def earlier(name: str) -> Expr | None:
        return next((value for known_name, value, _ in typed if known_name == name), None)

    for item in node.items:
        if isinstance(item, nodes.Star):
            advice = "name the keys and aggregates"
            context.report.add(MisplacedExpression("`*` beside `group by`", advice, span=item.span))
            continue
        name = item.name.text if item.name is not None else implied_name(item.expr)
        scope.name = column_hint(name, item.expr)
        value = scope.type_of(item.expr)
        typed.append((name, value, item.name.span if item.name is not None else item.span))
    scope.earlier = earlier
    having = None
    if node.having is not None:
        scope.place, scope.windows = "`having`", None
        having = scope.condition_of(node.having)
    scope.windows = windows
    qualify = None
    if node.qualify is not None:
        scope.place = "`qualify`"
        qualify = scope.condition_of(node.qualify)
    made = frozenset([item.column.id for item in windows.items])
    window_items = tuple([Item(item.column, groups.over(item.value, made)) for item in windows.items])
    typed = [(name, groups.over(value, made), span) for name, value, span in typed]
    having = groups.over(having) if having is not None else None
    qualify = groups.over(qualify, made) if qualify is not None else None
    result = Frame(groups.rel(node.span), [])
    result.is_broken = frame.is_broken
    if having is not None:
        result.rel = Filter(result.rel, having, span=having.span)
    if window_items:
        result.rel = Window(result.rel, window_items)
    if qualify is not None:
        result.rel = Filter(result.rel, qualify, span=qualify.span)
    return projected(typed, result, node, context)


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

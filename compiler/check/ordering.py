"""The `order by` of a standard query: it may use what the items are called, and the columns that they leave out."""

from collections.abc import Sequence

from oftra.check.aggregate import holds_aggregate
from oftra.check.frame import Frame
from oftra.check.operators import order_by
from oftra.check.over_rows import sort_keys
from oftra.check.scope import Scope
from oftra.check.select import Named, projected
from oftra.diagnostics.typecheck import NotConstant
from oftra.ir.expr import Column, Expr, Literal, SortKey
from oftra.ir.rel import Item, Sort
from oftra.syntax import nodes


def needs_more(order: nodes.OrderBy | None, typed: list[Named], node: nodes.SelectQuery) -> bool:
    """Whether a key says more than what the items are called: the rows have to be sorted before items leave it out.

    Behind `distinct` nothing but the items is left to sort by.
    """
    if order is None or node.distinct:
        return False
    names = {name for name, _, _ in typed}
    return not all(_is_said_by(key.expr, names) and not holds_aggregate(key.expr) for key in order.keys)


def _is_said_by(node: object, names: set[str]) -> bool:
    match node:
        case nodes.Column(name):
            return name.text in names
        case nodes.Query() | nodes.Call(over=nodes.Over()):
            return False
        case tuple():
            return all(_is_said_by(part, names) for part in node)
        case _ if hasattr(node, "__dataclass_fields__"):
            return all(_is_said_by(getattr(node, name), names) for name in node.__dataclass_fields__)
        case _:
            return True


def keys_before(order: nodes.OrderBy, typed: list[Named], scope: Scope) -> tuple[SortKey, ...]:
    """The keys over the rows that the items are made of. What an item is called means the item."""
    values: dict[str, Expr] = {}
    for name, value, _ in typed:
        if name:
            values.setdefault(name, value)
    inside = scope.inside(place="`order by`", values={**scope.values, **values}, earlier=None, name="")
    keys: list[SortKey] = []
    for written in order.keys:
        (key,) = sort_keys((written,), inside)
        position = _position(written.expr)
        if position is not None:
            if not 1 <= position <= len(typed):
                allowed = f"a number from 1 to {len(typed)}"
                scope.context.report.add(NotConstant("a position", allowed, span=written.expr.span))
                continue
            key = SortKey(typed[position - 1][1], key.descending, key.nulls_first)
        keys.append(key)
    return tuple(keys)


def _position(node: nodes.Expr) -> int | None:
    return int(node.text) if isinstance(node, nodes.Number) and node.text.isdigit() else None


def finished(
    typed: list[Named],
    keys: Sequence[SortKey] | None,
    frame: Frame,
    node: nodes.SelectQuery,
    order: nodes.OrderBy | None,
    scope: Scope,
) -> Frame:
    """A frame of just these items, in order. `keys` are over `frame`; None if the items alone say the order."""
    context = scope.context
    if keys is None or order is None:
        result = projected(typed, frame, node, context)
        if order is None:
            return result
        return order_by(order, result, Scope(context, result, "`order by`", scope.outer, scope.locals))
    computed: list[Item] = []
    for position, (name, value, span) in enumerate(typed):
        if not isinstance(value, Column | Literal) and any(key.expr == value for key in keys):
            column = context.column(name or f"_{position + 1}", value.type, value.nullable, span)
            computed.append(Item(column, value))
            typed[position] = (name, column, span)
    frame.extend(computed)
    columns = [(item.value, item.column) for item in computed]
    sorted_by = [
        SortKey(next((c for value, c in columns if value == key.expr), key.expr), key.descending, key.nulls_first)
        for key in keys
    ]
    frame.rel = Sort(frame.rel, tuple(sorted_by), span=order.span)
    return projected(typed, frame, node, context)

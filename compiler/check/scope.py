"""What the names in an expression can mean, from the innermost rows outwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from oftra.check.context import Context, Locals
from oftra.check.frame import Frame
from oftra.datatypes import BOOLEAN, Boolean, Null, Unknown, show
from oftra.diagnostics.typecheck import Mismatch
from oftra.ir.expr import AggregateCall, Column, Expr, Literal, WindowCall
from oftra.ir.rel import Item
from oftra.syntax import nodes


class Collected:
    """Calls over rows that an operator's expressions hold: each becomes a column that its relation makes first."""

    def __init__(self, context: Context, has_keys: bool = False) -> None:
        self.context = context
        self.has_keys = has_keys
        self.items: list[Item] = []

    def column_of(self, call: AggregateCall | WindowCall, name: str) -> Column:
        """The column of `call`'s values: the same one for the same call."""
        for item in self.items:
            if item.value == call:
                return item.column
        column = self.context.column(name, call.type, call.nullable, call.span)
        self.items.append(Item(column, call))
        return column

    def taken(self) -> tuple[Item, ...]:
        """The items so far; they are forgotten here."""
        items, self.items = tuple(self.items), []
        return items


@dataclass
class Scope:
    """Where an expression stands.

    `place` names it in messages ("`where`"). `aggregates` and `windows` collect the calls over rows where they may
    stand. `earlier` gives the value of an item before this one. `values` are a function's or a lambda's parameters.
    `name` is what the item being typed will be called: columns made on its way take it. `measures` are the calls that
    may stand only here, `counts` finds what `a.b` is that a task counted.
    """

    context: Context
    frame: Frame | None
    place: str
    outer: Scope | None = None
    locals: Locals = field(default_factory=dict)
    aggregates: Collected | None = None
    windows: Collected | None = None
    earlier: Callable[[str], Expr | None] | None = None
    values: Mapping[str, Expr] = field(default_factory=dict)
    name: str = ""
    measures: Mapping[str, Callable[[nodes.Call], Expr]] = field(default_factory=dict)
    counts: Callable[[nodes.Member], Expr | None] | None = None

    def type_of(self, node: nodes.Expr) -> Expr:
        """The typed form of `node`."""
        return self.context.type_of(node, self)

    def condition_of(self, node: nodes.Expr) -> Expr:
        """The typed form of `node`, which has to be a boolean."""
        expr = self.context.type_of(node, self)
        return must_be_boolean(expr, self.place, self.context)

    def inside(self, **changes: object) -> Scope:
        """A scope like this one but for `changes`."""
        copy = Scope(
            self.context, self.frame, self.place, self.outer, self.locals, self.aggregates, self.windows, self.earlier,
            self.values, self.name, self.measures, self.counts,
        )  # fmt: skip
        for name, value in changes.items():
            setattr(copy, name, value)
        return copy


def must_be_boolean(expr: Expr, place: str, context: Context) -> Expr:
    """`expr`, reported if it is no boolean."""
    if isinstance(expr.type, Null):
        return Literal(None, BOOLEAN, span=expr.span)
    if not isinstance(expr.type, Boolean | Unknown):
        context.report.add(Mismatch(place, "boolean", show(expr.type), span=expr.span))
    return expr

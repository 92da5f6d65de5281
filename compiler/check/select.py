"""`select` and `extend`: items that may see those before them, stars, window functions."""

from oftra.check.context import Context
from oftra.check.frame import Frame, must_compare
from oftra.check.naming import column_hint, implied_name
from oftra.check.scope import Collected, Scope
from oftra.diagnostics.names import DuplicateAlias, UnknownAlias, UnknownColumn
from oftra.diagnostics.typecheck import MisplacedExpression, NotConstant
from oftra.ir.expr import Column, Expr, Literal
from oftra.ir.rel import Distinct, Item, Project, Window
from oftra.source import Span
from oftra.syntax import nodes

Named = tuple[str, Expr, Span]
"""An item's name ('' if none), its value, its place."""


class Items:
    """The items of a `select` or `extend`, typed one by one over a frame whose relation grows as they need it."""

    def __init__(self, frame: Frame, scope: Scope) -> None:
        self.frame = frame
        self.scope = scope
        self.context = scope.context
        self.windows = Collected(self.context)
        self.typed: list[Named] = []
        self._positions: dict[str, int] = {}
        scope.windows = self.windows
        scope.earlier = self._earlier

    def add(self, item: nodes.Item) -> None:
        """Type one item."""
        name = item.name.text if item.name is not None else implied_name(item.expr)
        self.scope.name = column_hint(name, item.expr)
        self.append(name, self.scope.type_of(item.expr), item.name.span if item.name is not None else item.span)

    def append(self, name: str, value: Expr, span: Span) -> None:
        """Add an item that is typed already."""
        if name:
            self._positions.setdefault(name, len(self.typed))
        self.typed.append((name, value, span))

    def _earlier(self, name: str) -> Expr | None:
        """The value of an item before this one. What is computed becomes a column first: it is computed once."""
        position = self._positions.get(name)
        if position is None:
            return None
        _, value, span = self.typed[position]
        if isinstance(value, Column | Literal):
            return value
        self.flush()
        column = self.context.column(name, value.type, value.nullable, span)
        self.frame.extend([Item(column, value)])
        self.typed[position] = (name, column, span)
        return column

    def flush(self) -> None:
        """Let the relation have the window functions met so far."""
        if self.windows.items:
            self.frame.rel = Window(self.frame.rel, self.windows.taken())


def select(operator: nodes.Select, frame: Frame, scope: Scope) -> Frame:
    """Rows of exactly the items; the aliases end here."""
    scope.place = "`select`"
    items = Items(frame, scope)
    for item in operator.items:
        if isinstance(item, nodes.Star):
            add_star(item, items)
        else:
            items.add(item)
    items.flush()
    return projected(items.typed, frame, operator, scope.context)


def projected(typed: list[Named], frame: Frame, operator: nodes.Select | nodes.SelectQuery, context: Context) -> Frame:
    """A frame of just these items over the relation of another."""
    columns: list[Item] = []
    entries: list[tuple[str, Column]] = []
    passed: set[int] = set()
    own = {column.id for column in frame.rel.columns}
    for position, (name, value, span) in enumerate(typed, 1):
        if type(value) is Column and value.name == name and value.id in own and value.id not in passed:
            passed.add(value.id)
            columns.append(Item(value, value))
            entries.append((name, value))
        else:
            column = context.column(name or f"_{position}", value.type, value.nullable, span)
            columns.append(Item(column, value))
            entries.append((name, column))
    rel = Project(frame.rel, tuple(columns), span=operator.span)
    result = Frame(Distinct(rel, span=operator.span) if operator.distinct else rel, entries)
    result.is_broken = frame.is_broken
    if operator.distinct:
        must_compare(entries, "`distinct`", operator.span, context)
    return result


def extend(operator: nodes.Extend, frame: Frame, scope: Scope) -> Frame:
    """The rows with the items behind their columns."""
    scope.place = "`extend`"
    context = scope.context
    items = Items(frame, scope)
    for item in operator.items:
        if isinstance(item, nodes.Star) and item.qualifier is None:
            advice = "all columns stay by themselves; `set c = e` changes one"
            context.report.add(MisplacedExpression("`*` in `extend`", advice, span=item.span))
        elif isinstance(item, nodes.Star):
            add_star(item, items)
        else:
            items.add(item)
    items.flush()
    made: list[Item] = []
    entries = list(frame.entries)
    own = {column.id for column in frame.rel.columns}
    for position, (name, value, span) in enumerate(items.typed, len(entries) + 1):
        if type(value) is Column and value.id in own:
            entries.append((name, value))
        else:
            column = context.column(name or f"_{position}", value.type, value.nullable, span)
            made.append(Item(column, value))
            entries.append((name, column))
    frame.extend(made)
    frame.entries = entries
    frame.changed()
    return frame


def add_star(star: nodes.Star, items: Items) -> None:
    """`*`, `t.*`, `* except (...)`, `* replace (e as c)`."""
    frame, context = items.frame, items.context
    entries = list(frame.entries)
    if star.qualifier is not None:
        columns = frame.aliases.get(star.qualifier.text)
        if not columns:
            name, span = star.qualifier.text, star.qualifier.span
            if not frame.is_broken:
                unknown = UnknownAlias(name, tuple(frame.aliases), span=span)
                context.report.add(unknown if columns is None else DuplicateAlias(name, span=span))
            return
        entries = list(columns.items())
    names = {name for name, _ in entries}
    for written in [*star.excluded, *[item.name for item in star.replaced if item.name is not None]]:
        if written.text not in names and not frame.is_broken:
            context.report.add(UnknownColumn(written.text, tuple(names), span=written.span))
    excluded = {name.text for name in star.excluded}
    replaced = {item.name.text: item for item in star.replaced if item.name is not None}
    for name, column in entries:
        if name in excluded:
            continue
        if name in replaced:
            items.add(replaced[name])
        else:
            items.append(name, Column(column.id, column.name, column.type, column.nullable, span=star.span), star.span)


def ordinal(node: nodes.Expr, frame: Frame, context: Context) -> Column | None:
    """The column whose position a bare whole number is; None if `node` is something else."""
    if not isinstance(node, nodes.Number) or not node.text.isdigit():
        return None
    position = int(node.text)
    if 1 <= position <= len(frame.entries):
        return frame.entries[position - 1][1]
    context.report.add(NotConstant("a position", f"a number from 1 to {len(frame.entries)}", span=node.span))
    return None

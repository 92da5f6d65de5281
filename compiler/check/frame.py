"""The rows that an operator has before it: their relation, the columns that names reach, the aliases that live."""

from collections import Counter

from oftra import functions
from oftra.check.context import Context
from oftra.datatypes import Interval, Null, show
from oftra.diagnostics.names import DuplicateColumn, UnnamedColumn
from oftra.diagnostics.typecheck import NotGroupable, NotStorable
from oftra.ir.expr import Column
from oftra.ir.rel import Item, Project, Rel
from oftra.source import Span
from oftra.syntax import nodes


class Ambiguous(tuple[str, ...]):
    """A name that is on both sides of a join, as it could be written instead."""

    __slots__ = ()


class Frame:
    """Rows in the middle of a query.

    `entries` are the columns that a `select *` would give, each under the name that it has here ('' if none). `rel` may
    have more: what was dropped or replaced stays reachable by an alias until the aliases end, and goes when the frame
    is settled.
    Of a frame that `is_broken` not all columns are known: a name that is not found in it may be right.
    """

    __slots__ = ("_by_name", "aliases", "entries", "is_broken", "rel", "windows")

    def __init__(
        self, rel: Rel, entries: list[tuple[str, Column]], aliases: dict[str, dict[str, Column]] | None = None
    ) -> None:
        self.rel = rel
        self.entries = entries
        self.aliases = aliases or {}
        self.windows: dict[str, nodes.Over] = {}
        self.is_broken = False
        self._by_name: dict[str, Column | Ambiguous] | None = None

    @classmethod
    def of(cls, rel: Rel, alias: str | None = None) -> "Frame":
        """All columns of `rel`, under their own names and, if given, an alias."""
        entries = [(column.name, column) for column in rel.columns]
        return cls(rel, entries, {alias: dict(entries)} if alias else None)

    def find(self, name: str) -> Column | Ambiguous | None:
        """The column that a bare `name` means."""
        if self._by_name is None:
            found: dict[str, Column | Ambiguous] = dict(self.entries)
            if len(found) < len(self.entries):
                for repeated in _repeated(self.entries):
                    found[repeated] = Ambiguous(
                        f"{alias}.{repeated}" for alias, columns in self.aliases.items() if repeated in columns
                    )
            self._by_name = found
        return self._by_name.get(name)

    def changed(self) -> None:
        """To be called after `entries` were changed."""
        self._by_name = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that can be used bare."""
        return tuple(dict.fromkeys(name for name, _ in self.entries if name))

    def extend(self, items: list[Item]) -> None:
        """Let the relation have `items` too."""
        if items:
            self.rel = Project(self.rel, tuple([Item(column, column) for column in self.rel.columns] + items))


def _repeated(entries: list[tuple[str, Column]]) -> list[str]:
    counts = Counter(name for name, _ in {(name, column.id) for name, column in entries})
    return [name for name, count in counts.items() if count > 1]


def settle(frame: Frame, context: Context) -> Rel:
    """The relation of exactly the frame's entries, each under its name (`_1` and so on where it has none)."""
    columns = frame.rel.columns
    if len(columns) == len(frame.entries):
        for position, (column, (name, entry)) in enumerate(zip(columns, frame.entries), 1):
            if column.id != entry.id or column.name != (name or f"_{position}"):
                break
        else:
            return frame.rel
    items: list[Item] = []
    used: set[int] = set()
    for position, (name, column) in enumerate(frame.entries, 1):
        if column.name == name and column.id not in used:
            items.append(Item(column, column))
        else:
            named = context.column(name or f"_{position}", column.type, column.nullable, column.span)
            items.append(Item(named, column))
        used.add(column.id)
    return Project(frame.rel, tuple(items), span=frame.rel.span)


def settle_relation(frame: Frame, context: Context, place: Span, *, stored: bool = False) -> Rel:
    """As `settle`, for what others read by name: each column has a name of its own, and a type that can be held.

    What is wrong is shown where the column was written, or at the last operator if that was not within `place`.
    """
    seen: dict[str, str] = {}
    for name, column in frame.entries:
        span = column.span if _within(column.span, place) else frame.rel.span
        if not name:
            context.report.add(UnnamedColumn("name", span=span))
        elif name.lower() in seen:
            qualified = tuple(f"{alias}.{name}" for alias, columns in frame.aliases.items() if name in columns)
            context.report.add(DuplicateColumn(name, qualified, span=span))
        seen.setdefault(name.lower(), name)
        if stored and isinstance(column.type, Interval | Null):
            context.report.add(NotStorable(name, show(column.type), span=span))
    return settle(frame, context)


def _within(inner: Span, outer: Span) -> bool:
    return inner.file == outer.file and outer.start <= inner.start and inner.end <= outer.end


def must_compare(entries: list[tuple[str, Column]], place: str, span: Span, context: Context) -> None:
    """Report columns whose values can't be told equal."""
    for _, column in entries:
        if not functions.comparable(column.type):
            context.report.add(NotGroupable(place, show(column.type), span=span))


def at(column: Column, span: Span) -> Column:
    """The column as it is used at `span`."""
    return Column(column.id, column.name, column.type, column.nullable, span=span)

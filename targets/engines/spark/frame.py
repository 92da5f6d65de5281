"""A DataFrame while it is planned: the calls made so far, and which of its columns hold which of the program's.

Columns are found by name. Where a join has two of one name, each is called by the alias of the DataFrame that it came
from; an alias is written only if something calls for it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from oftra.datatypes import DataType
from oftra.ir.expr import Column, Expr
from oftra.source import NOWHERE, Span
from oftra.targets.python import tree as py

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(eq=False)
class Owner:
    """A DataFrame that can be called by an alias: `wanted` if it is free, once that is `taken`."""

    wanted: str
    aliases: set[str]
    alias: str | None = None

    def called(self) -> str:
        """Its alias, which it has from now on."""
        if self.alias is None:
            name, count = self.wanted, 1
            while name.lower() in self.aliases:
                count += 1
                name = f"{self.wanted}_{count}"
            self.aliases.add(name.lower())
            self.alias = name
        return self.alias


@dataclass(eq=False)
class Slot:
    """A column that is physically there. `type` is that of the language whose Spark type it has, None if not known."""

    name: str
    type: DataType | None
    owner: Owner | None = None
    path: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What Spark compares names by."""
        return self.name.lower()


@dataclass
class Frame:
    """A DataFrame: where it starts, what is called on it, and its columns.

    `slots` are those that are there, in order, more perhaps than anything still needs. `columns` are those of the
    relation planned; `held` says which slot holds each.
    """

    start: py.Expr
    slots: list[Slot]
    columns: tuple[Column, ...]
    held: dict[int, Slot]
    calls: "list[Owner | Called]" = field(default_factory=list)
    span: Span = NOWHERE

    def call(self, method: str, *arguments: "Argument", span: Span = NOWHERE) -> None:
        """Call a method of it."""
        self.calls.append(Called(method, arguments, span))

    def finished(self) -> py.Expr:
        """The chain of calls, with what aliases were asked for."""
        made = self.start
        for part in self.calls:
            match part:
                case Owner():
                    if part.alias is not None:
                        made = py.method(made, "alias", py.String(part.alias))
                case Called(method, arguments, span):
                    made = py.method(made, method, *[_finished(argument) for argument in arguments])
                    if span.end:
                        made = py.Marked(made, span)
        return made

    def slot(self, column: Column) -> Slot:
        """What holds `column`."""
        return self.held[column.id]

    def is_ambiguous(self, slot: Slot) -> bool:
        """Whether its name alone could be that of another."""
        return sum([other.key == slot.key for other in self.slots]) > 1

    def path(self, slot: Slot) -> str:
        """How Spark is asked for a column."""
        parts = [quoted(slot.name), *map(quoted, slot.path)]
        if self.is_ambiguous(slot):
            assert slot.owner is not None, f"two columns {slot.name}, and no way to tell them apart"
            parts.insert(0, slot.owner.called())
        return ".".join(parts)

    def named(self, slot: Slot, name: str) -> py.Expr:
        """A column under this name: by its own where that is the same."""
        path = py.String(self.path(slot))
        if (slot.path[-1] if slot.path else slot.name) == name:
            return path
        return py.method(py.call("F.col", path), "alias", py.String(name))

    def replaced(self, slots: list[Slot], held: dict[int, Slot], columns: tuple[Column, ...]) -> None:
        """Say what columns are there now."""
        self.slots, self.held, self.columns = slots, held, columns

    def own(self, wanted: str, aliases: set[str]) -> None:
        """Let all of its columns be called by an alias of its own."""
        owner = Owner(wanted, aliases)
        self.calls.append(owner)
        moved = {id(slot): Slot(slot.name, slot.type, owner) for slot in self.slots}
        self.slots = [moved[id(slot)] for slot in self.slots]
        self.held = {
            id_: (moved[id(slot)] if id(slot) in moved else Slot(slot.name, slot.type, owner, slot.path))
            for id_, slot in self.held.items()
        }

    @property
    def has_duplicates(self) -> bool:
        """Whether two of its columns have one name."""
        keys = [slot.key for slot in self.slots]
        return len(set(keys)) < len(keys)


@dataclass(frozen=True)
class Called:
    """A method call."""

    method: str
    arguments: "tuple[Argument, ...]"
    span: Span = NOWHERE


Argument: TypeAlias = "py.Expr | py.Keyword | py.Starred | Frame"
"""What a call is given: another DataFrame is finished when this one is."""


def _finished(argument: Argument) -> "py.Expr | py.Keyword | py.Starred":
    return argument.finished() if isinstance(argument, Frame) else argument


def marked(said: py.Expr, value: Expr) -> py.Expr:
    """What says a `value` that is computed, with the place that it comes from."""
    return said if isinstance(value, Column) or not value.span.end else py.Marked(said, value.span)


def quoted(name: str) -> str:
    """A name as Spark reads it in a path."""
    return name if _PLAIN.match(name) else "`" + name.replace("`", "``") + "`"


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """`wanted`, or with a number behind if it is taken; letters' case makes no difference."""
    lower = {name.lower() for name in taken}
    name, count = wanted, 1
    while name.lower() in lower:
        count += 1
        name = f"{wanted}_{count}"
    return name


def unique_names(wanted: Iterable[str]) -> Iterator[str]:
    """The names, each free among those before it."""
    seen: list[str] = []
    for name in wanted:
        seen.append(free_name(name, seen))
        yield seen[-1]

"""What planning has to know of an engine: its types, its expressions, and which forms of a SELECT it lacks."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple, Protocol, TypeAlias

from oftra.datatypes import DataType
from oftra.diagnostics import Report
from oftra.ir.expr import Expr, Runtime, SortKey
from oftra.ir.rel import Rel
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.said import Said
from oftra.targets.sql.planning.scope import Scope

_HOLE = re.compile(r"\{\{|\}\}|\{(\w+)\}")


class Around(NamedTuple):
    """What expressions need besides a scope: who plans a query that stands in one, and who is told what.

    `runtimes` collects the values of the run that are used, by the variable that holds each.
    """

    report: Report
    subquery: Callable[[Rel, Scope, bool], tuple[q.Query, tuple[Said, ...]]]
    runtimes: dict[str, Runtime]


class Expressions(Protocol):
    """Says expressions over the columns of a scope."""

    def exact(self, expr: Expr) -> sql.Expr:
        """`expr` with exactly the engine's type of its own type."""

    def said(self, expr: Expr) -> Said:
        """`expr` with its value, and whatever type the engine gives it."""

    def loose(self, expr: Expr) -> Said:
        """`expr` without a conversion around it that nobody wrote and that the engine may do by itself."""

    def order(self, keys: tuple[SortKey, ...]) -> tuple[sql.OrderItem, ...]:
        """The keys of an `order by`."""


Meeting: TypeAlias = Callable[[DataType | None, DataType | None], DataType | None]


@dataclass(frozen=True)
class SqlEngine:
    """An engine that is asked in SQL.

    `meeting` is the type that it gives to a `case` or `union` of two; `settle` gives an expression exactly a type.
    With `names_items` an item's alias may stand for it in other items, in WHERE, GROUP BY and HAVING; with
    `from_nothing` a SELECT without FROM may have a WHERE. `ordinals` is the type that it numbers elements in, if it is
    not that of the language. With `bare_nulls` a null among values needs no type.
    """

    name: str
    type_name: Callable[[DataType], str]
    meeting: Meeting
    settle: Callable[[Said, DataType], sql.Expr]
    expressions: Callable[[Scope, Around], Expressions]
    lower: Callable[[Rel, "count[int]"], Rel]
    names_items: bool = True
    from_nothing: bool = True
    ordinals: DataType | None = None
    bare_nulls: bool = True


def filled(text: str, holes: dict[str, sql.Expr]) -> tuple[str | sql.Expr, ...]:
    """A text of the program with its holes `{name}` filled; `{{` and `}}` are braces."""
    pieces: list[str | sql.Expr] = []
    at = 0
    for hole in _HOLE.finditer(text):
        pieces.append(text[at : hole.start()])
        name = hole.group(1)
        pieces.append(hole.group()[0] if name is None else holes.get(name, hole.group()))
        at = hole.end()
    pieces.append(text[at:])
    return tuple([piece for piece in pieces if piece])


def is_number(value: sql.Expr) -> bool:
    """Whether this is a number as it stands, which an engine fits to the type beside it."""
    match value:
        case sql.Number() | sql.Unary("-", sql.Number()):
            return True
        case _:
            return False

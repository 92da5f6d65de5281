"""What the check of one declaration has at hand: where it stands, what is declared around it, and fresh column ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from oftra.datatypes import UNKNOWN, DataType, Unknown
from oftra.diagnostics import Report
from oftra.diagnostics.model import nearest
from oftra.diagnostics.names import NoRows, UnknownRelation
from oftra.ir.expr import Column, Expr, Literal
from oftra.ir.program import Relation
from oftra.ir.rel import Rel
from oftra.ir.walk import children
from oftra.resolve.model import Declared, Names
from oftra.source import Span
from oftra.syntax import nodes

if TYPE_CHECKING:  # a scope knows its context: the two are one thing in two files
    from oftra.check.frame import Frame
    from oftra.check.scope import Scope

BROKEN = Literal(None, UNKNOWN)
"""Stands for an expression that an error was reported of: it fits everywhere, so that the error is reported once."""


def is_broken(expr: Expr) -> bool:
    """Whether an error was reported of `expr` or of a part of it."""
    return isinstance(expr.type, Unknown) or any(map(is_broken, children(expr)))


Locals = Mapping[str, Rel]
"""Relations that only this query knows: those of its `with`, and a function's parameters."""


class Context:
    """One declaration's check. Ids are counted from 1 in each, so that a change elsewhere never renumbers them.

    `type_of` and `query_of` are how an expression's parts are typed and a query inside it is: an expression holds
    queries and a query holds expressions, and their modules stay apart so.
    """

    def __init__(
        self,
        report: Report,
        names: Names,
        namespace: str,
        relations: Mapping[str, Relation],
        type_of: Callable[[nodes.Expr, Scope], Expr],
        query_of: Callable[[nodes.Query, Context, Scope | None, Locals], Frame],
    ) -> None:
        self.report = report
        self.type_of = type_of
        self.query_of = query_of
        self.names = names
        self.namespace = namespace
        self.relations = relations
        self.calling: tuple[str, ...] = ()
        self._last_id = 0

    def next_id(self) -> int:
        """An id that no column of this declaration has yet."""
        self._last_id += 1
        return self._last_id

    def relation_named(self, name: str, span: Span) -> Declared | None:
        """The relation or sink called `name` here; None if there is none (reported)."""
        found = self.names.find("relation", name, self.namespace)
        if found is None:
            near = nearest(name, self.names.visible("relation", self.namespace))
            self.report.add(UnknownRelation(name, near, span=span))
        return found

    def with_rows(self, name: str, span: Span, *without: type[nodes.Declaration]) -> Declared | None:
        """The relation called `name` here, unless it is declared as one `without` rows; None else (reported)."""
        found = self.relation_named(name, span)
        if found is None or not isinstance(found.declaration, without):
            return found
        self.report.add(NoRows(found.name, type(found.declaration).__name__.lower(), span=span))
        return None

    def column(self, name: str, type_: DataType, nullable: bool, span: Span) -> Column:
        """A new column."""
        self._last_id += 1
        return Column(self._last_id, name, type_, nullable, span=span)

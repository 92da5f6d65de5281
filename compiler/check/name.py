"""Names in expressions: which column, field, parameter or value of the run they mean."""

from oftra.check.context import BROKEN
from oftra.check.declared import declared_type
from oftra.check.frame import Ambiguous, at
from oftra.check.scope import Scope
from oftra.datatypes import TIMESTAMP, Struct, Unknown, show
from oftra.diagnostics.names import AmbiguousColumn, DuplicateAlias, UnknownAlias, UnknownColumn, UnknownField
from oftra.ir.expr import Column, Expr, FieldOf, Runtime
from oftra.source import Span
from oftra.syntax import nodes


def type_of_column(node: nodes.Column, scope: Scope) -> Expr:
    """What a bare word means: a parameter, a column of the rows at hand, an item before, rows around, a `param`."""
    name = node.name.text
    frame = scope.frame
    if frame is not None and not scope.values:
        # The way that nearly every name goes, without a call more than it needs.
        found = frame.find(name)
        if type(found) is Column:
            return Column(found.id, found.name, found.type, found.nullable, span=node.span)
    value = _bare(name, node.span, scope)
    if value is None:
        if not _is_broken(scope):
            scope.context.report.add(UnknownColumn(name, _reachable(scope), span=node.span))
        return BROKEN
    return value


def _bare(name: str, span: Span, scope: Scope) -> Expr | None:
    """The value of a bare name; None if it means nothing. An ambiguous one is reported here."""
    here: Scope | None = scope
    while here is not None:
        if name in here.values:
            return here.values[name]
        found = here.frame.find(name) if here.frame is not None else None
        if isinstance(found, Column):
            return at(found, span)
        if isinstance(found, Ambiguous):
            scope.context.report.add(AmbiguousColumn(name, tuple(found), span=span))
            return BROKEN
        if here.earlier is not None and (value := here.earlier(name)) is not None:
            return value
        here = here.outer
    return _param(name, span, scope)


def _param(name: str, span: Span, scope: Scope) -> Expr | None:
    declared = scope.context.names.find("param", name, scope.context.namespace)
    if declared is None or not isinstance(declared.declaration, nodes.Param):
        return None
    type_ = declared_type(declared.declaration.type, scope.context.report)
    return Runtime("param", declared.name, type_, nullable=False, span=span)


def _is_broken(scope: Scope) -> bool:
    """Whether some of the rows around are known only in part."""
    here: Scope | None = scope
    while here is not None:
        if here.frame is not None and here.frame.is_broken:
            return True
        here = here.outer
    return False


def _reachable(scope: Scope) -> tuple[str, ...]:
    names: dict[str, None] = {}
    here: Scope | None = scope
    while here is not None:
        names.update(dict.fromkeys(here.values))
        if here.frame is not None:
            names.update(dict.fromkeys(here.frame.names))
        here = here.outer
    return tuple(names)


def type_of_member(node: nodes.Member, scope: Scope) -> Expr:
    """`a.b`: a column of the alias `a`, else a field of the column `a`, else of the run."""
    operand = node.operand
    if scope.counts is not None and (counted := scope.counts(node)) is not None:
        return counted
    if not isinstance(operand, nodes.Column):
        return field_of(scope.type_of(operand), node.name, node.span, scope)
    name = operand.name.text
    here: Scope | None = scope
    while here is not None:
        if name in here.values:
            return field_of(here.values[name], node.name, node.span, scope)
        frame = here.frame
        if frame is not None:
            columns = frame.aliases.get(name)
            if columns is not None:
                column = columns.get(node.name.text)
                if column is not None:
                    return at(column, node.span)
                if not columns and not frame.is_broken:
                    scope.context.report.add(DuplicateAlias(name, span=operand.span))
                elif not frame.is_broken:
                    scope.context.report.add(
                        UnknownColumn(node.name.text, tuple(columns), qualifier=name, span=node.name.span)
                    )
                return BROKEN
            if frame.find(name) is not None:
                return field_of(scope.type_of(operand), node.name, node.span, scope)
        here = here.outer
    if name == "run" and node.name.text in ("start", "end"):
        return Runtime("run", node.name.text, TIMESTAMP, span=node.span)
    value = _bare(name, operand.span, scope)
    if value is not None:
        return field_of(value, node.name, node.span, scope)
    if not _is_broken(scope):
        scope.context.report.add(UnknownAlias(name, _aliases(scope), span=operand.span))
    return BROKEN


def _aliases(scope: Scope) -> tuple[str, ...]:
    aliases: dict[str, None] = {}
    here: Scope | None = scope
    while here is not None:
        if here.frame is not None:
            aliases.update(dict.fromkeys(here.frame.aliases))
        here = here.outer
    return tuple(aliases)


def field_of(operand: Expr, name: nodes.Name, span: Span, scope: Scope) -> Expr:
    """A field of a struct."""
    type_ = operand.type
    if isinstance(type_, Unknown):
        return BROKEN
    fields = type_.fields if isinstance(type_, Struct) else ()
    for field in fields:
        if field.name == name.text:
            return FieldOf(operand, field.name, field.type, span=span)
    available = tuple(field.name for field in fields)
    scope.context.report.add(UnknownField(name.text, show(type_), available, span=name.span))
    return BROKEN

"""What the parser builds for each alternative of the grammar that is part of a query. See `build_name`."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, cast

from oftra.source import Span
from oftra.syntax import nodes as n
from oftra.syntax.build_expression import ParenQuery
from oftra.syntax.lexer import Tokens

JoinKind = Literal["inner", "left", "right", "full", "cross", "semi", "anti"]


class Piped:
    """A query that is still being read: operators are added as they come."""

    __slots__ = ("operators", "span", "start")

    def __init__(
        self,
        start: "n.From | n.SelectQuery | n.CompoundQuery | n.Query | n.BrokenOperator",
        operators: list[n.Operator],
        span: Span,
    ) -> None:
        self.start = start
        self.operators = operators
        self.span = span


# --- queries ----------------------------------------------------------------------------------------------------------


def query(t: Tokens, at: int, rows: n.Query) -> n.Query:
    return rows


def query_in_parentheses(t: Tokens, at: int, inner: ParenQuery) -> n.Query:
    return n.Query(with_parentheses(inner), span=inner.span)


def with_parentheses(inner: ParenQuery) -> n.Query:
    """The query with a span that takes in its parentheses."""
    q = inner.query
    return n.Query(q.start, q.operators, q.common, q.recursive, span=inner.span)


def rows(t: Tokens, at: int, piped: Piped) -> n.Query:
    return n.Query(piped.start, tuple(piped.operators), span=t.after(piped.span, at))


def rows_with(t: Tokens, at: int, word: int, common: list[n.CommonTable], piped: Piped) -> n.Query:
    return n.Query(piped.start, tuple(piped.operators), tuple(common), span=t.since(word, at))


def rows_with_recursive(
    t: Tokens, at: int, word: int, recursive: int, common: list[n.CommonTable], piped: Piped
) -> n.Query:
    return n.Query(piped.start, tuple(piped.operators), tuple(common), True, span=t.since(word, at))


def paren_query(t: Tokens, at: int, opening: int, inner: n.Query, closing: int) -> ParenQuery:
    return ParenQuery(inner, t.since(opening, at))


def common_table(t: Tokens, at: int, name: n.Name, a: int, inner: ParenQuery) -> n.CommonTable:
    return n.CommonTable(name, inner.query, span=t.after(name.span, at))


def common_table_with_columns(
    t: Tokens, at: int, name: n.Name, o: int, columns: list[n.Name], c: int, a: int, inner: ParenQuery
) -> n.CommonTable:
    return n.CommonTable(name, inner.query, tuple(columns), span=t.after(name.span, at))


def pipe(t: Tokens, at: int, before: Piped | ParenQuery, arrow: int, operator: n.Operator) -> Piped:
    if isinstance(before, ParenQuery):
        before = Piped(with_parentheses(before), [], before.span)
    before.operators.append(operator)
    return before


def values_piped(t: Tokens, at: int, written: n.Values) -> Piped:
    return Piped(n.From((written,), span=written.span), [], written.span)


def table_piped(t: Tokens, at: int, word: int, path: n.Path) -> Piped:
    span = t.since(word, at)
    return Piped(n.From((n.TableRef(path, span=path.span),), span=span), [], span)


def start(t: Tokens, at: int, begun: n.From | n.SelectQuery | n.CompoundQuery) -> Piped:
    return Piped(begun, [], begun.span)


def start_with_tail(t: Tokens, at: int, begun: n.SelectQuery | n.CompoundQuery, tail: list[n.Operator]) -> Piped:
    return Piped(begun, tail, begun.span)


def tail_first(t: Tokens, at: int, operator: n.Operator) -> list[n.Operator]:
    return [operator]


def tail(t: Tokens, at: int, order: n.Operator, limit: n.Operator) -> list[n.Operator]:
    return [order, limit]


# --- relations --------------------------------------------------------------------------------------------------------


def from_(t: Tokens, at: int, word: int, refs: list[n.Ref]) -> n.From:
    return n.From(tuple(refs), span=t.since(word, at))


def from_values(t: Tokens, at: int, word: int, written: n.Values) -> n.From:
    return n.From((written,), span=t.since(word, at))


def table_ref(t: Tokens, at: int, path: n.Path) -> n.TableRef:
    return n.TableRef(path, span=path.span)


def table_ref_bare(t: Tokens, at: int, path: n.Path, alias: n.Name) -> n.TableRef:
    return n.TableRef(path, alias, span=t.after(path.span, at))


def table_ref_columns(
    t: Tokens, at: int, path: n.Path, a: int, alias: n.Name, o: int, columns: list[n.ColumnDef], c: int
) -> n.QueryRef:
    return n.QueryRef(_all_of(path), alias, False, tuple(columns), span=t.after(path.span, at))


def sampled_ref(t: Tokens, at: int, path: n.Path, sample: n.TableSample, alias: n.Name | None) -> n.QueryRef:
    span = t.after(path.span, at)
    query = n.Query(_all_of(path).start, (sample,), span=Span(path.span.start, sample.span.end, t.path))
    return n.QueryRef(query, alias or path.parts[-1], span=span)


def _all_of(path: n.Path) -> n.Query:
    """All rows of a relation, as a query."""
    return n.Query(n.From((n.TableRef(path, span=path.span),), span=path.span), span=path.span)


def table_ref_as(t: Tokens, at: int, path: n.Path, a: int, alias: n.Name) -> n.TableRef:
    return n.TableRef(path, alias, span=t.after(path.span, at))


RefAlias = tuple[n.Name, list[n.ColumnDef]]
"""A relation's name in a query, and its columns' names if they are given."""


def query_ref(t: Tokens, at: int, inner: ParenQuery, alias: RefAlias | None) -> n.QueryRef | n.Values:
    name, columns = alias or (None, [])
    span = t.after(inner.span, at)
    match inner.query:
        case n.Query(n.From((n.Values(written, None, ()),)), (), ()):
            return n.Values(written, name, tuple(columns), span=span)
        case _:
            return n.QueryRef(inner.query, name, False, tuple(columns), span=span)


def lateral_ref(t: Tokens, at: int, word: int, inner: ParenQuery, alias: RefAlias | None) -> n.QueryRef:
    name, columns = alias or (None, [])
    return n.QueryRef(inner.query, name, True, tuple(columns), span=t.since(word, at))


def values(t: Tokens, at: int, word: int, written: list[list[n.Expr]], alias: RefAlias | None) -> n.Values:
    name, columns = alias or (None, [])
    return n.Values(tuple(map(tuple, written)), name, tuple(columns), span=t.since(word, at))


def ref_alias(t: Tokens, at: int, *words: Any) -> RefAlias:
    name: n.Name = words[-1]
    return (name, [])


def alias_with_columns(t: Tokens, at: int, *words: Any) -> RefAlias:
    alias, _, columns, _ = words[-4:]
    return (alias, columns)


def column_def(t: Tokens, at: int, name: n.Name) -> n.ColumnDef:
    return n.ColumnDef(name, span=name.span)


def typed_column_def(t: Tokens, at: int, name: n.Name, kind: n.Type) -> n.ColumnDef:
    return n.ColumnDef(name, kind, span=t.after(name.span, at))


def unnest(
    t: Tokens, at: int, word: int, o: int, array: n.Expr, c: int, alias: n.Name | None, offset: n.Name | None
) -> n.Unnest:
    return n.Unnest(array, alias, offset, span=t.since(word, at))


def joined(t: Tokens, at: int, ref: n.Ref, first: n.Join) -> list[n.Ref | n.Join]:
    return [ref, first]


def joined_ref(t: Tokens, at: int, opening: int, parts: list[Any], closing: int) -> n.JoinedRef:
    return n.JoinedRef(parts[0], tuple(parts[1:]), span=t.since(opening, at))


def offset(t: Tokens, at: int, w: int, word: int) -> n.Name:
    return n.Name("offset", span=t.span(word))


def offset_as(t: Tokens, at: int, w: int, word: int, a: int, name: n.Name) -> n.Name:
    return name


# --- joins ------------------------------------------------------------------------------------------------------------


class Versioned(NamedTuple):
    """A relation as it was at a time."""

    ref: n.TableRef
    as_of: n.Expr


KindOfJoin = tuple[JoinKind, int]
"""The kind and the first token of a join."""


def join_inner(t: Tokens, at: int, word: int) -> KindOfJoin:
    return ("inner", word)


def join_kind(t: Tokens, at: int, kind: int, *rest: int) -> KindOfJoin:
    return (cast(JoinKind, t.word(kind)), kind)


def join_kind_of_left(t: Tokens, at: int, left: int, kind: int, word: int) -> KindOfJoin:
    return (cast(JoinKind, t.word(kind)), left)


def versioned_ref(
    t: Tokens, at: int, path: n.Path, f: int, s: int, a: int, o: int, as_of: n.Expr, alias: n.Name | None
) -> Versioned:
    return Versioned(n.TableRef(path, alias, span=t.after(path.span, at)), as_of)


def join_on(t: Tokens, at: int, word: int, condition: n.Expr) -> n.Expr:
    return condition


def join_using(t: Tokens, at: int, word: int, o: int, columns: list[n.Name], c: int) -> list[n.Name]:
    return columns


def join(
    t: Tokens, at: int, kind: KindOfJoin, ref: n.Ref | Versioned, matched: n.Expr | list[n.Name] | None,
    ttl: n.Expr | None,
) -> n.Join:  # fmt: skip
    ref, as_of = ref if isinstance(ref, Versioned) else (ref, None)
    condition, using = (None, tuple(matched)) if isinstance(matched, list) else (matched, ())
    return n.Join(kind[0], ref, condition, using, as_of, ttl, span=t.since(kind[1], at))


def natural_join(t: Tokens, at: int, word: int, kind: KindOfJoin, ref: n.Ref | Versioned, ttl: n.Expr | None) -> n.Join:
    ref, as_of = ref if isinstance(ref, Versioned) else (ref, None)
    return n.Join(kind[0], ref, None, (), as_of, ttl, True, span=t.since(word, at))


def joins_comma(t: Tokens, at: int, joins: list[n.Join], comma: int, ref: n.Ref) -> list[n.Join]:
    joins.append(n.Join("cross", ref, span=ref.span))
    return joins


BUILDERS: dict[str, Callable[..., Any]] = {
    "query": query, "query_in_parentheses": query_in_parentheses, "rows": rows, "rows_with": rows_with,
    "rows_with_recursive": rows_with_recursive, "paren_query": paren_query, "common_table": common_table,
    "common_table_with_columns": common_table_with_columns, "pipe": pipe, "start": start,
    "start_with_tail": start_with_tail, "tail": tail, "tail_first": tail_first, "from": from_,
    "from_values": from_values, "table_ref": table_ref, "table_ref_as": table_ref_as, "query_ref": query_ref,
    "values_piped": values_piped, "table_piped": table_piped, "table_ref_bare": table_ref_bare,
    "table_ref_columns": table_ref_columns, "sampled_ref": sampled_ref, "join_kind_of_left": join_kind_of_left,
    "natural_join": natural_join, "lateral_ref": lateral_ref, "values": values, "ref_alias": ref_alias,
    "alias_with_columns": alias_with_columns, "column_def": column_def, "typed_column_def": typed_column_def,
    "unnest": unnest, "offset": offset, "offset_as": offset_as, "join_inner": join_inner, "join_kind": join_kind,
    "join_kind_outer": join_kind, "versioned_ref": versioned_ref, "join_on": join_on, "join_using": join_using,
    "join": join, "joined": joined, "joined_ref": joined_ref, "joins_comma": joins_comma,
}  # fmt: skip

"""What the parser builds for each alternative of the grammar that is part of a query. See `build_name`."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, cast

from oftra.source import Span
from oftra.syntax import nodes as n
from oftra.syntax.build_expression import ParenQuery
from oftra.syntax.lexer import Tokens

SetKind = Literal["union", "intersect", "except"]
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


class SetMode(NamedTuple):
    """What stands between `union` and its query."""

    quantifier: Literal["all", "distinct"] | None
    by_name: bool


class SelectRest(NamedTuple):
    """What follows the items of a standard query."""

    source: n.From
    joins: tuple[n.Join, ...]
    where: n.Expr | None
    group_by: tuple[n.Item | n.GroupingSets, ...]
    having: n.Expr | None
    windows: tuple[tuple[n.Name, n.Over], ...]
    qualify: n.Expr | None


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


def table_ref_as(t: Tokens, at: int, path: n.Path, a: int, alias: n.Name) -> n.TableRef:
    return n.TableRef(path, alias, span=t.after(path.span, at))


def query_ref(t: Tokens, at: int, inner: ParenQuery, alias: n.Name | None) -> n.QueryRef:
    return n.QueryRef(inner.query, alias, span=t.after(inner.span, at))


def lateral_ref(t: Tokens, at: int, word: int, inner: ParenQuery, alias: n.Name | None) -> n.QueryRef:
    return n.QueryRef(inner.query, alias, True, span=t.since(word, at))


ValuesAlias = tuple[n.Name, list[n.ColumnDef]]
ValueRows = list[list[n.Expr]]


def values(
    t: Tokens, at: int, opening: int, word: int, written: ValueRows, closing: int, alias: ValuesAlias | None
) -> n.Values:
    name, columns = alias or (None, [])
    return n.Values(tuple(map(tuple, written)), name, tuple(columns), span=t.since(opening, at))


def bare_values(t: Tokens, at: int, word: int, written: ValueRows, alias: ValuesAlias | None) -> n.Values:
    name, columns = alias or (None, [])
    return n.Values(tuple(map(tuple, written)), name, tuple(columns), span=t.since(word, at))


def values_alias(t: Tokens, at: int, a: int, alias: n.Name) -> ValuesAlias:
    return (alias, [])


def values_alias_with_columns(
    t: Tokens, at: int, a: int, alias: n.Name, o: int, columns: list[n.ColumnDef], c: int
) -> ValuesAlias:
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


def joins_comma(t: Tokens, at: int, joins: list[n.Join], comma: int, ref: n.Ref) -> list[n.Join]:
    joins.append(n.Join("cross", ref, span=ref.span))
    return joins


# --- standard queries -------------------------------------------------------------------------------------------------


def select_query(t: Tokens, at: int, word: int, items: list[Any], rest: SelectRest) -> n.SelectQuery:
    return n.SelectQuery(tuple(items), False, *rest, span=t.since(word, at))


def select_query_distinct(t: Tokens, at: int, word: int, d: int, items: list[Any], rest: SelectRest) -> n.SelectQuery:
    return n.SelectQuery(tuple(items), True, *rest, span=t.since(word, at))


WindowsAndQualify = tuple[tuple[tuple[n.Name, n.Over], ...], n.Expr | None]


def select_from(
    t: Tokens, at: int, source: n.From, joins: list[n.Join], where: n.Expr | None, group_by: list[Any],
    having: n.Expr | None, rest: WindowsAndQualify | None,
) -> SelectRest:  # fmt: skip
    windows, qualify = rest or ((), None)
    return SelectRest(source, tuple(joins), where, tuple(map(grouped, group_by)), having, windows, qualify)


def windows(t: Tokens, at: int, word: int, named: list[tuple[n.Name, n.Over]]) -> n.WindowClause:
    return n.WindowClause(tuple(named), span=t.since(word, at))


def named_window(
    t: Tokens, at: int, name: n.Name, a: int, opening: int, window: n.Over, c: int
) -> tuple[n.Name, n.Over]:
    span = t.since(opening, at)
    return (name, n.Over(window.base, window.partition_by, window.order_by, window.frame, span=span))


def windows_alone(t: Tokens, at: int, clause: n.WindowClause) -> WindowsAndQualify:
    return (clause.windows, None)


def qualify_alone(t: Tokens, at: int, condition: n.Expr) -> WindowsAndQualify:
    return ((), condition)


def windows_qualify(t: Tokens, at: int, clause: n.WindowClause, condition: n.Expr) -> WindowsAndQualify:
    return (clause.windows, condition)


def qualify_windows(t: Tokens, at: int, condition: n.Expr, clause: n.WindowClause) -> WindowsAndQualify:
    return (clause.windows, condition)


# --- set operations ---------------------------------------------------------------------------------------------------


def set_operand(t: Tokens, at: int, selected: n.SelectQuery) -> ParenQuery:
    return ParenQuery(n.Query(selected, span=selected.span), selected.span)


def set_mode(t: Tokens, at: int, quantifier: int | None, by_name: int | None) -> SetMode:
    kept = None if quantifier is None else cast(Literal["all", "distinct"], t.word(quantifier))
    return SetMode(kept, by_name is not None)


def compound(
    t: Tokens,
    at: int,
    left: n.CompoundQuery | ParenQuery,
    word: int,
    mode: SetMode,
    right: n.CompoundQuery | ParenQuery,
) -> n.CompoundQuery:
    kind = cast(SetKind, t.word(word))
    return n.CompoundQuery(kind, _side(left), _side(right), *mode, span=t.after(left.span, at))


def _side(side: n.CompoundQuery | ParenQuery) -> n.Query:
    """One side of a set operation as a query."""
    return with_parentheses(side) if isinstance(side, ParenQuery) else n.Query(side, span=side.span)


# --- keys of standard queries and of `aggregate` ----------------------------------------------------------------------


def grouped(key: n.Item | n.GroupingSets) -> n.Item | n.GroupingSets:
    """A key of `group by`, where a call of `rollup` or `cube` means several sets of keys."""
    match key:
        case n.Item(n.Call(n.Path((n.Name(text),)), arguments), None, None) if text.lower() in ("rollup", "cube"):
            kind = cast(Literal["rollup", "cube"], text.lower())
            sets = tuple(set_of(argument) for argument in arguments if not isinstance(argument, n.Star))
            return n.GroupingSets(kind, sets, span=key.span)
        case _:
            return key


def set_of(written: n.Expr | n.Item) -> tuple[n.Item, ...]:
    """One set of keys, written as a tuple or alone."""
    match written:
        case n.Tuple(items):
            return tuple(n.Item(part, span=part.span) for part in items)
        case n.Parenthesised(operand):
            return (n.Item(operand, span=operand.span),)
        case n.Item():
            return (written,)
        case _:
            return (n.Item(written, span=written.span),)


BUILDERS: dict[str, Callable[..., Any]] = {
    "query": query, "query_in_parentheses": query_in_parentheses, "rows": rows, "rows_with": rows_with,
    "rows_with_recursive": rows_with_recursive, "paren_query": paren_query, "common_table": common_table,
    "common_table_with_columns": common_table_with_columns, "pipe": pipe, "start": start,
    "start_with_tail": start_with_tail, "tail": tail, "tail_first": tail_first, "from": from_,
    "from_values": from_values, "table_ref": table_ref, "table_ref_as": table_ref_as, "query_ref": query_ref,
    "lateral_ref": lateral_ref, "values": values, "bare_values": bare_values, "values_alias": values_alias,
    "values_alias_with_columns": values_alias_with_columns, "column_def": column_def,
    "typed_column_def": typed_column_def, "unnest": unnest, "offset": offset, "offset_as": offset_as,
    "join_inner": join_inner, "join_kind": join_kind, "join_kind_outer": join_kind, "versioned_ref": versioned_ref,
    "join_on": join_on, "join_using": join_using,
    "join": join, "joined": joined, "joined_ref": joined_ref, "joins_comma": joins_comma,
    "select_query": select_query,
    "select_query_distinct": select_query_distinct, "select_from": select_from, "windows": windows,
    "named_window": named_window, "windows_alone": windows_alone, "qualify_alone": qualify_alone,
    "windows_qualify": windows_qualify, "qualify_windows": qualify_windows, "set_operand": set_operand,
    "set_mode": set_mode, "compound": compound,
}  # fmt: skip

"""What the parser builds for each alternative that is part of a standard query or set operation. See `build_name`."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, cast

from oftra.syntax import nodes as n
from oftra.syntax.build_expression import ParenQuery
from oftra.syntax.build_query import with_parentheses
from oftra.syntax.lexer import Tokens

SetKind = Literal["union", "intersect", "except"]


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


# --- standard queries -------------------------------------------------------------------------------------------------


def select_query(t: Tokens, at: int, word: int, items: list[Any], rest: SelectRest) -> n.SelectQuery:
    return n.SelectQuery(tuple(items), False, *rest, span=t.since(word, at))


def select_query_distinct(t: Tokens, at: int, word: int, d: int, items: list[Any], rest: SelectRest) -> n.SelectQuery:
    return n.SelectQuery(tuple(items), True, *rest, span=t.since(word, at))


def select_alone(t: Tokens, at: int, word: int, items: list[n.Item]) -> n.SelectQuery:
    return n.SelectQuery(tuple(items), span=t.since(word, at))


def select_alone_distinct(t: Tokens, at: int, word: int, d: int, items: list[n.Item]) -> n.SelectQuery:
    return n.SelectQuery(tuple(items), True, span=t.since(word, at))


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


def windows_of_items(t: Tokens, at: int, clause: n.WindowClause) -> list[tuple[n.Name, n.Over]]:
    return list(clause.windows)


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


def table_source(t: Tokens, at: int, word: int, path: n.Path) -> ParenQuery:
    span = t.since(word, at)
    ref = n.TableRef(path, span=path.span)
    return ParenQuery(n.Query(n.From((ref,), span=span), span=span), span)


def set_kind(word: str) -> SetKind:
    """The set operation that a word means."""
    return cast(SetKind, "except" if word == "minus" else word)


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
    kind = set_kind(t.word(word))
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
    "select_query": select_query, "select_query_distinct": select_query_distinct, "select_from": select_from,
    "select_alone": select_alone, "select_alone_distinct": select_alone_distinct, "windows": windows,
    "windows_of_items": windows_of_items, "named_window": named_window, "windows_alone": windows_alone,
    "windows_qualify": windows_qualify, "qualify_windows": qualify_windows, "qualify_alone": qualify_alone,
    "set_operand": set_operand, "table_source": table_source, "set_mode": set_mode, "compound": compound,
}  # fmt: skip

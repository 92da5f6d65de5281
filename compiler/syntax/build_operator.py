"""What the parser builds for each alternative that is an operator, an item or a key. See `build_name`."""

from collections.abc import Callable
from typing import Any, Literal, cast

from oftra.diagnostics.syntax import NotYet, QualifiedStar
from oftra.source import Span
from oftra.syntax import nodes as n
from oftra.syntax.build_expression import ParenQuery
from oftra.syntax.build_name import Dotted, folded
from oftra.syntax.build_query import with_parentheses
from oftra.syntax.build_standard import SetMode, grouped, set_kind, set_of
from oftra.syntax.lexer import Tokens

# --- operators --------------------------------------------------------------------------------------------------------


def where(t: Tokens, at: int, word: int, condition: n.Expr) -> n.Where:
    return n.Where(condition, span=t.since(word, at))


NamedWindows = list[tuple[n.Name, n.Over]]


def select(t: Tokens, at: int, word: int, items: list[Any], keys: list[Any], windows: NamedWindows) -> n.Select:
    return n.Select(tuple(items), False, tuple(map(grouped, keys)), tuple(windows), span=t.since(word, at))


def select_distinct(
    t: Tokens, at: int, word: int, d: int, items: list[Any], keys: list[Any], windows: NamedWindows
) -> n.Select:
    return n.Select(tuple(items), True, tuple(map(grouped, keys)), tuple(windows), span=t.since(word, at))


def extend(t: Tokens, at: int, word: int, items: list[Any]) -> n.Extend:
    return n.Extend(tuple(items), span=t.since(word, at))


def set_(t: Tokens, at: int, word: int, assignments: list[tuple[n.Name, n.Expr]]) -> n.Set:
    return n.Set(tuple(assignments), span=t.since(word, at))


def drop(t: Tokens, at: int, word: int, columns: list[Dotted]) -> n.Drop:
    named = [
        one if isinstance(one, n.Name) else n.Path(tuple(one), span=one[0].span.to(one[-1].span)) for one in columns
    ]
    return n.Drop(tuple(named), span=t.since(word, at))


def rename(t: Tokens, at: int, word: int, pairs: list[tuple[n.Name, n.Name]]) -> n.Rename:
    return n.Rename(tuple(pairs), span=t.since(word, at))


def pair(t: Tokens, at: int, first: Any, between: int, last: Any) -> tuple[Any, Any]:
    return (first, last)


def as_operator(t: Tokens, at: int, word: int, alias: n.Name) -> n.As:
    return n.As(alias, span=t.since(word, at))


def distinct(t: Tokens, at: int, word: int) -> n.Distinct:
    return n.Distinct(span=t.since(word, at))


def order_by(t: Tokens, at: int, word: int, b: int, keys: list[n.SortKey]) -> n.OrderBy:
    return n.OrderBy(tuple(keys), span=t.since(word, at))


def limit(t: Tokens, at: int, word: int, count: n.Expr) -> n.Limit:
    return n.Limit(count, span=t.since(word, at))


def limit_offset(t: Tokens, at: int, word: int, count: n.Expr, o: int, skip: n.Expr) -> n.Limit:
    return n.Limit(count, skip, span=t.since(word, at))


def tablesample(
    t: Tokens, at: int, word: int, o: int, amount: n.Expr, unit: int, c: int, seed: n.Expr | None
) -> n.TableSample:
    kind = cast(Literal["percent", "rows"], t.word(unit))
    return n.TableSample(amount, kind, seed, span=t.since(word, at))


def pivot(
    t: Tokens, at: int, word: int, o: int, aggregates: list[n.Item], f: int, column: n.Expr, i: int, p: int,
    chosen: list[n.Item], q: int, c: int, alias: n.Name | None,
) -> n.Pivot:  # fmt: skip
    return n.Pivot(tuple(aggregates), column, tuple(chosen), alias, span=t.since(word, at))


def unpivot(
    t: Tokens, at: int, word: int, nulls: int | None, o: int, values: list[n.Name], f: int, name: n.Name, i: int,
    p: int, columns: list[n.Item], q: int, c: int, alias: n.Name | None,
) -> n.Unpivot:  # fmt: skip
    included = nulls is not None and t.word(nulls) == "include"
    return n.Unpivot(tuple(values), name, tuple(columns), included, alias, span=t.since(word, at))


def call_operator(
    t: Tokens, at: int, word: int, function: n.Path, arguments: list[n.Expr], keys: list[n.Expr], alias: n.Name | None
) -> n.CallOperator:
    called = n.Path((*function.parts[:-1], folded(function.parts[-1])), span=function.span)
    return n.CallOperator(called, tuple(arguments), tuple(keys), alias, span=t.since(word, at))


def assert_(
    t: Tokens, at: int, word: int, condition: n.Expr, a: int, name: n.Name, on: n.OnViolation | None
) -> n.Assert:
    return n.Assert(condition, name, on, span=t.since(word, at))


def window_operator(t: Tokens, at: int, clause: n.WindowClause) -> n.WindowClause:
    return clause


def match_recognize(t: Tokens, at: int, word: int, opening: int, soup: None, closing: int) -> n.MatchRecognize:
    start, end = t.ends[opening], t.ends[closing] - 1
    # What stands between the parentheses is kept as it is, so a comment there is a part of it.
    t.comments = [comment for comment in t.comments if not start <= comment.span.start < end]
    for offset in [offset for offset in t.descriptions if start <= offset <= end]:
        del t.descriptions[offset]
    text = t.file.text[start:end]
    t.report.add(NotYet("`match_recognize`", span=t.span(word)))
    return n.MatchRecognize(text, span=t.since(word, at))


def soup(t: Tokens, at: int, *pieces: Any) -> None:
    """Text that is kept by its place in the file, not by its pieces."""


def set_operation(t: Tokens, at: int, word: int, mode: SetMode, queries: list[ParenQuery]) -> n.SetOperation:
    kind = set_kind(t.word(word))
    return n.SetOperation(kind, tuple(map(with_parentheses, queries)), *mode, span=t.since(word, at))


# --- items and keys ---------------------------------------------------------------------------------------------------


def item(t: Tokens, at: int, expr: n.Expr) -> n.Item:
    return n.Item(expr, span=expr.span)


def named_item(t: Tokens, at: int, expr: n.Expr, a: int, name: n.Name) -> n.Item:
    return n.Item(expr, name, span=tuple.__new__(Span, (expr.span[0], t.ends[at - 1], t.path)))


def sorted_item(t: Tokens, at: int, plain: n.Item, direction: int) -> n.Item:
    way = cast(Literal["asc", "desc"], t.word(direction))
    return n.Item(plain.expr, plain.name, way, span=t.after(plain.span, at))


def star(t: Tokens, at: int, token: int, excluded: list[n.Name], replaced: list[n.Item]) -> n.Star:
    return n.Star(None, tuple(excluded), tuple(replaced), span=t.since(token, at))


def qualified_star(
    t: Tokens, at: int, qualifier: Dotted, dot: int, token: int, excluded: list[n.Name], replaced: list[n.Item]
) -> n.Star:
    if not isinstance(qualifier, n.Name):
        span = Span(qualifier[0].span[0], t.ends[token], t.path)
        t.report.add(QualifiedStar(".".join(part.text for part in qualifier), span=span))
        qualifier = qualifier[-1]
    return n.Star(qualifier, tuple(excluded), tuple(replaced), span=t.after(qualifier.span, at))


def grouping_set(t: Tokens, at: int, written: n.Expr) -> tuple[n.Item, ...]:
    return set_of(written)


def grouping_sets(t: Tokens, at: int, word: int, s: int, o: int, sets: list[Any], c: int) -> n.GroupingSets:
    return n.GroupingSets("grouping sets", tuple(map(tuple, sets)), span=t.since(word, at))


Grouping = tuple[list[Any], bool]


def group_by(t: Tokens, at: int, g: int, b: int, keys: list[Any]) -> Grouping:
    return (keys, False)


def group_and_order_by(t: Tokens, at: int, g: int, a: int, o: int, b: int, keys: list[Any]) -> Grouping:
    return (keys, True)


def aggregate(t: Tokens, at: int, word: int, items: list[n.Item]) -> n.Aggregate:
    return n.Aggregate(tuple(items), span=t.since(word, at))


def aggregate_by(t: Tokens, at: int, word: int, items: list[n.Item], grouping: Grouping) -> n.Aggregate:
    return n.Aggregate(tuple(items), tuple(map(grouped, grouping[0])), grouping[1], span=t.since(word, at))


def aggregate_keys(t: Tokens, at: int, word: int, grouping: Grouping) -> n.Aggregate:
    return n.Aggregate((), tuple(map(grouped, grouping[0])), grouping[1], span=t.since(word, at))


BUILDERS: dict[str, Callable[..., Any]] = {
    "set_operation": set_operation, "where": where, "select": select, "select_distinct": select_distinct,
    "extend": extend, "set": set_, "drop": drop, "rename": rename, "renaming": pair, "assignment": pair,
    "as_operator": as_operator, "distinct": distinct, "order_by": order_by, "limit": limit,
    "limit_offset": limit_offset, "tablesample": tablesample, "pivot": pivot, "unpivot": unpivot,
    "call_operator": call_operator, "assert": assert_, "window_operator": window_operator,
    "match_recognize": match_recognize, "soup": soup, "item": item, "named_item": named_item,
    "sorted_item": sorted_item, "star": star, "qualified_star": qualified_star, "grouping_set": grouping_set,
    "grouping_sets": grouping_sets, "group_by": group_by, "group_and_order_by": group_and_order_by,
    "aggregate": aggregate, "aggregate_by": aggregate_by, "aggregate_keys": aggregate_keys,
}  # fmt: skip

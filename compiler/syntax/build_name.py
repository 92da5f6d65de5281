"""What the parser builds for lists, for what is optional, and for names; how such functions look.

A function here gets the tokens, the number of the next token, and a value for each symbol of its alternative: the
number of a token, or what another function built. The hottest ones make their span by hand: a call less for each node.
"""

from collections.abc import Callable
from typing import Any

from oftra.source import Span
from oftra.syntax import nodes as n
from oftra.syntax.lexer import Tokens

Dotted = n.Name | list[n.Name]
"""One name, or several joined by dots."""

_span = tuple.__new__

# --- lists and what is optional ---------------------------------------------------------------------------------------


def nothing(t: Tokens, at: int) -> None:
    """What was left out."""


def empty_list(t: Tokens, at: int) -> list[Any]:
    return []


def list_first(t: Tokens, at: int, item: Any) -> list[Any]:
    return [item]


def list_next(t: Tokens, at: int, items: list[Any], comma: int, item: Any) -> list[Any]:
    items.append(item)
    return items


def many(t: Tokens, at: int, items: list[Any], item: Any) -> list[Any]:
    items.append(item)
    return items


def closed(t: Tokens, at: int, items: list[Any], comma: int) -> list[Any]:
    return items


def block(t: Tokens, at: int, opening: int, items: list[Any], closing: int) -> list[Any]:
    return items


def empty_pair(t: Tokens, at: int, opening: int, closing: int) -> list[Any]:
    return []


def second(t: Tokens, at: int, first: Any, wanted: Any, *rest: Any) -> Any:
    return wanted


def third(t: Tokens, at: int, first: Any, between: Any, wanted: Any, *rest: Any) -> Any:
    return wanted


def first_of_two(t: Tokens, at: int, wanted: Any, rest: Any) -> Any:
    return wanted


# --- names ------------------------------------------------------------------------------------------------------------


def name(t: Tokens, at: int, word: int) -> n.Name:
    return n.Name(t.texts[word], span=t.span(word))


def quoted_name(t: Tokens, at: int, word: int) -> n.Name:
    return n.Name(unquoted(t.texts[word]), True, span=t.span(word))


def unquoted(text: str) -> str:
    """The name that stands in backticks (or, by mistake, in double quotes)."""
    mark = text[0]
    return text[1:-1].replace(mark + mark, mark) if mark in '`"' else text


def dotted(t: Tokens, at: int, names: Dotted, dot: int, word: n.Name) -> Dotted:
    if isinstance(names, n.Name):
        return [names, word]
    names.append(word)
    return names


def folded(word: n.Name) -> n.Name:
    """The name of a function: it ignores case, unless it stands in backticks."""
    lower = word.text.lower()
    return word if word.quoted or lower == word.text else n.Name(lower, span=word.span)


def function_path(t: Tokens, at: int, names: Dotted) -> n.Path:
    """The name of a function, perhaps with its folders."""
    if isinstance(names, n.Name):
        return n.Path((folded(names),), span=names.span)
    return n.Path((*names[:-1], folded(names[-1])), span=Span(names[0].span[0], names[-1].span[1], t.path))


def path(t: Tokens, at: int, names: Dotted) -> n.Path:
    if isinstance(names, n.Name):
        return n.Path((names,), span=names.span)
    return n.Path(tuple(names), span=Span(names[0].span[0], names[-1].span[1], t.path))


def column(t: Tokens, at: int, names: Dotted) -> n.Expr:
    if isinstance(names, n.Name):
        return n.Column(names, span=names.span)
    start = names[0].span[0]
    expr: n.Expr = n.Column(names[0], span=names[0].span)
    for part in names[1:]:
        expr = n.Member(expr, part, span=_span(Span, (start, part.span[1], t.path)))
    return expr


def member(t: Tokens, at: int, operand: n.Expr, dot: int, word: n.Name) -> n.Member:
    return n.Member(operand, word, span=t.after(operand.span, at))


def index(t: Tokens, at: int, operand: n.Expr, opening: int, position: n.Expr, closing: int) -> n.Index:
    return n.Index(operand, position, span=t.after(operand.span, at))


BUILDERS: dict[str, Callable[..., Any]] = {
    "none": nothing, "none_list": empty_list, "none_many": empty_list, "none_block": empty_list,
    "list_first": list_first, "list_next": list_next, "many": many, "closed": closed, "block": block,
    "empty_block": empty_pair, "empty_parentheses": empty_pair, "second": second, "second_of_two": second,
    "third": third, "first_of_two": first_of_two, "name": name, "quoted_name": quoted_name, "dotted": dotted,
    "path": path, "column": column, "member": member, "index": index,
}  # fmt: skip

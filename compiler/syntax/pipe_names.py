"""What names and functions in a standard query say by themselves, and expressions with parts replaced."""

from collections.abc import Mapping
from typing import Any

from oftra import functions
from oftra.syntax import nodes as n
from oftra.syntax.rewriting import every, map_parts, parts_of


class NotSure(Exception):
    """What a query means can't be told from its words alone."""


class Names:
    """The names that a query mentions, and new ones beside them."""

    def __init__(self, query: object) -> None:
        functions_called = {id(part.function.parts[-1]) for part in every(query) if isinstance(part, n.Call)}
        names = [part for part in every(query) if isinstance(part, n.Name) and id(part) not in functions_called]
        self.mentioned = {name.text.lower() for name in names}
        self.columns = {part.name.text for part in every(query) if isinstance(part, n.Column | n.Member)}

    def is_mentioned(self, name: str) -> bool:
        """Whether a column is used by that name."""
        return name in self.columns

    def fresh(self, wanted: str) -> str:
        """`wanted`, or with a number behind: a name that nothing has."""
        name, count = wanted, 1
        while name.lower() in self.mentioned:
            count += 1
            name = f"{wanted}_{count}"
        self.mentioned.add(name.lower())
        return name


def name_of(item: n.Item) -> str:
    """What an item's column is called; '' if nobody has said."""
    return item.name.text if item.name is not None else implied(item.expr)


def implied(expr: n.Expr) -> str:
    """The name that an expression brings along: that of the column or field that it is."""
    match expr:
        case n.Column(name) | n.Member(name=name):
            return name.text
        case n.Parenthesised(operand):
            return implied(operand)
        case _:
            return ""


def is_aggregate(node: object) -> bool:
    """Whether an expression is the call of an aggregate function over a group."""
    if not isinstance(node, n.Call) or node.over is not None or len(node.function.parts) != 1:
        return False
    function = functions.lookup(node.function.text)
    return function is not None and function.kind == "aggregate"


def holds_aggregate(node: object) -> bool:
    """Whether an aggregate is in an expression; those of queries inside it don't count."""
    if isinstance(node, n.Query):
        return False
    if is_aggregate(node):
        return True
    return any(holds_aggregate(part) for part in parts_of(node))


def replaced(expr: Any, known: Mapping[Any, n.Expr]) -> Any:
    """`expr` with what is `known` in its place; queries inside stay as they are."""
    if isinstance(expr, n.Query | n.Name | n.Path | str) or expr is None:
        return expr
    if isinstance(expr, tuple):
        return map_parts(expr, lambda part: replaced(part, known))
    if not isinstance(expr, n.Over | n.SortKey | n.Frame | n.FrameBound | n.Item) and expr in known:
        value = known[expr]
        return value if isinstance(value, _ATOMS) else n.Parenthesised(value, span=expr.span)
    return map_parts(expr, lambda part: replaced(part, known))


_ATOMS = (n.Column, n.Member, n.Number, n.String, n.Call, n.Parenthesised, n.Case, n.Cast)

"""Ways through expressions of the SQL tree."""

from collections.abc import Mapping
from typing import TypeVar

from oftra.targets.sql import tree as sql

T = TypeVar("T")

_LEAVES = (sql.Name, sql.Number, sql.Text, sql.Word, sql.Typed, sql.Interval)
_CLOSED = (*_LEAVES, sql.Subquery, sql.Exists, str, bool, type(None))


def is_longer(expr: sql.Expr, most: int) -> bool:
    """Whether an expression has more than so many parts; one with a query in it has."""
    work: list[object] = [expr]
    while work:
        part = work.pop()
        if isinstance(part, tuple):
            work.extend(part)
        elif _is_query(part):
            return True
        elif not isinstance(part, _CLOSED):
            most -= 1
            work.extend([getattr(part, name) for name in part.__slots__])  # type: ignore[attr-defined]
        elif isinstance(part, _LEAVES):
            most -= 1
        if most < 0:
            return True
    return False


def has_query(expr: sql.Expr) -> bool:
    """Whether there is a query in an expression."""
    work: list[object] = [expr]
    while work:
        part = work.pop()
        if _is_query(part):
            return True
        if isinstance(part, tuple):
            work.extend(part)
        elif not isinstance(part, _CLOSED):
            work.extend([getattr(part, name) for name in part.__slots__])  # type: ignore[attr-defined]
    return False


def _is_query(part: object) -> bool:
    if isinstance(part, sql.In):
        return not isinstance(part.items, tuple)
    return isinstance(part, sql.Subquery | sql.Exists)


def replaced(expr: sql.Expr, names: Mapping[sql.Expr, str]) -> sql.Expr:
    """`expr` with names instead of the expressions that they stand for; queries inside are left as they are."""
    return _replaced(expr, names)


def _replaced(part: T, names: Mapping[sql.Expr, str]) -> T:
    if isinstance(part, _CLOSED):
        return part
    if isinstance(part, tuple):
        changed = tuple([_replaced(item, names) for item in part])
        return part if all(a is b for a, b in zip(part, changed)) else changed  # type: ignore[return-value]
    name = names.get(part)  # type: ignore[call-overload]
    if name is not None:
        return sql.Name((name,))  # type: ignore[return-value]
    if isinstance(part, sql.In) and not isinstance(part.items, tuple):
        return sql.In(_replaced(part.operand, names), part.items, part.negated)  # type: ignore[return-value]
    if isinstance(part, sql.Over):
        # Its function is no value of its own, even where one looks the same.
        of = part.function
        arguments, order = _replaced(of.arguments, names), _replaced(of.order_by, names)
        function = sql.Function(of.name, arguments, of.distinct, order, of.ignore_nulls, _replaced(of.filter, names))
        return sql.Over(function, _replaced(part.window, names))  # type: ignore[return-value]
    slots: tuple[str, ...] = getattr(part, "__slots__", ())
    old = [getattr(part, slot) for slot in slots]
    new = [_replaced(value, names) for value in old]
    return part if all(a is b for a, b in zip(old, new)) else type(part)(*new)


def realiased(part: T, old: str, new: str) -> T:
    """`part` with the columns of relation `old` as those of relation `new`; queries inside are left as they are."""
    if isinstance(part, sql.Name):
        is_old = len(part.parts) > 1 and part.parts[0] == old
        return sql.Name((new, *part.parts[1:])) if is_old else part  # type: ignore[return-value]
    if isinstance(part, _CLOSED):
        return part
    if isinstance(part, tuple):
        return tuple([realiased(item, old, new) for item in part])  # type: ignore[return-value]
    if isinstance(part, sql.In) and not isinstance(part.items, tuple):
        return sql.In(realiased(part.operand, old, new), part.items, part.negated)  # type: ignore[return-value]
    return type(part)(*[realiased(getattr(part, slot), old, new) for slot in getattr(part, "__slots__", ())])

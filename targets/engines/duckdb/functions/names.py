"""Names in lambdas: those of entries' own parameters, and parameters of the program's that DuckDB gives otherwise."""

from collections.abc import Mapping
from typing import TypeVar, cast

from oftra.targets.sql import tree as sql

T = TypeVar("T")


def unused(name: str, *around: sql.Expr) -> str:
    """`name`, made longer until nothing in `around` is called so."""
    text = repr(around)
    while repr(name) in text:
        name += "_"
    return name


def instead(part: T, meant: Mapping[str, sql.Expr]) -> T:
    """`part` of a tree with other expressions where it has these names."""
    match part:
        case sql.Name((name, *fields)) if name in meant:
            made = meant[name]
            for field in fields:
                made = sql.Member(made, field)
            return cast(T, made)
        case tuple():
            return cast(T, tuple([instead(one, meant) for one in part]))
        case str() | bool() | int() | None:
            return part
        case _:
            held = [getattr(part, slot) for slot in getattr(part, "__slots__", ())]
            changed = [instead(one, meant) for one in held]
            return part if all(one is other for one, other in zip(held, changed)) else type(part)(*changed)


def over_pairs(function: sql.Expr, first: str | int, second: str | int) -> sql.Lambda:
    """A lambda of two parameters as one of a struct or tuple with these two fields."""
    assert isinstance(function, sql.Lambda)
    pair = unused("pair", function)
    one, other = function.parameters
    meant = {one: _part(pair, first), other: _part(pair, second)}
    return sql.Lambda((pair,), instead(function.body, meant))


def _part(pair: str, field: str | int) -> sql.Expr:
    name = sql.column(pair)
    return sql.Member(name, field) if isinstance(field, str) else sql.Index(name, sql.integer(field))

"""Functions that DuckDB lacks: a script that calls one defines it first."""

from collections.abc import Iterable

from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql

_ABS, _UNIT = "abs(x)", "10e0 ** digits"

ROUND_HALF_UP = q.CreateMacro(
    "round_half_up",
    ("x", "digits"),
    sql.Case(
        (
            (
                sql.Raw((f"{_ABS} * {_UNIT} < 1e15",)),
                sql.Raw(
                    (
                        f"sign(x) * (floor({_ABS} * {_UNIT}) "
                        f"+ if((floor({_ABS} * {_UNIT}) + 0.5) / {_UNIT} <= {_ABS}, 1, 0)) / {_UNIT}",
                    )
                ),
            ),
        ),
        sql.Raw(("coalesce(round(try_cast(cast(x as varchar) as decimal(38, 16)), digits), x)",)),
    ),
    "Rounds a double by the digits that it shows, 1.005 to 1.01: `round` would give 1.0.",
)
"""By the nearest double to half a unit more than the whole units: a multiplication alone loses it. Where 15 digits are
not enough it is by the text; what no decimal holds (NaN, infinity, 1e30) has no digits after the point."""

MACROS = {macro.name: macro for macro in (ROUND_HALF_UP,)}


def macros_in(statements: Iterable[q.Statement]) -> tuple[q.CreateMacro, ...]:
    """The macros that the statements call."""
    found: set[str] = set()
    work: list[object] = list(statements)
    while work:
        part = work.pop()
        if isinstance(part, sql.Function) and part.name in MACROS:
            found.add(part.name)
        if isinstance(part, tuple):
            work.extend(part)
        else:
            work.extend([getattr(part, name) for name in getattr(part, "__slots__", ())])
    return tuple([macro for name, macro in MACROS.items() if name in found])

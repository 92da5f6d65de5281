"""Functions that DuckDB lacks: a script that calls one defines it first."""

from collections.abc import Iterable

from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql

ROUND_HALF_UP = q.CreateMacro(
    "round_half_up",
    ("x", "digits"),
    (
        "case",
        "  when abs(x) * 10e0 ** digits < 1e14 then",
        "    (floor(abs(x) * 10e0 ** digits)",
        "      + if((floor(abs(x) * 10e0 ** digits) + 0.5) / 10e0 ** digits <= abs(x), 1, 0))",
        "    * sign(x) / 10e0 ** digits",
        "  else coalesce(round(try_cast(cast(x as varchar) as decimal(38, 16)), digits), x)",
        "end",
    ),
    "Rounds a double by the digits that it shows, 1.005 to 1.01: `round` would give 1.0.",
)
"""A unit more if `x` is not below the double nearest to the half: a multiplication alone can lose that. Where 14 digits
are not enough it goes by the text; what no decimal holds (NaN, infinity, 1e30) has no digits after the point."""

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

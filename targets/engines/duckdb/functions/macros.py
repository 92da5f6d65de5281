"""Functions that DuckDB lacks: a script that calls one defines it first."""

from collections.abc import Collection

from oftra.targets.engines.duckdb.functions.record_macros import RECORD_MACROS
from oftra.targets.engines.duckdb.functions.time_macros import TIME_MACROS
from oftra.targets.engines.duckdb.functions.wide_products import WIDE_PRODUCTS
from oftra.targets.engines.duckdb.functions.wide_sums import WIDE_SUMS
from oftra.targets.sql import query as q

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

EDIT_DISTANCE = q.CreateMacro(
    "edit_distance",
    ("a", "b"),
    (
        "case",
        "  when strlen(a) = length(a) and strlen(b) = length(b) then levenshtein(a, b)",
        "  when a = '' then length(b)",
        "  else list_reduce(",
        "    string_split(a, ''),",
        "    lambda above, letter: list_transform(",
        "      [list_transform(",
        "        generate_series(0, length(b)),",
        "        lambda place: if(",
        "          place = 0,",
        "          above[1] + 1,",
        "          least(above[place + 1] + 1, above[place] + if(b[place] = letter, 0, 1))",
        "        ) - place",
        "      )],",
        "      lambda reached: list_transform(",
        "        reached, lambda one, place: list_min(reached[1:place]) + place - 1",
        "      )",
        "    )[1],",
        "    generate_series(0, length(b))",
        "  )[-1]",
        "end",
    ),
    "How many letters differ, the shortest way: `levenshtein` would count bytes.",
)
"""A row of the table of distances for each letter of `a`: `reached` is what one step leads to, without those along the
row, whose least is taken then."""

MACROS = {
    macro.name: macro
    for macro in (ROUND_HALF_UP, EDIT_DISTANCE, *WIDE_PRODUCTS, *WIDE_SUMS, *TIME_MACROS, *RECORD_MACROS)
}


def macros_for(called: Collection[str]) -> tuple[q.CreateMacro, ...]:
    """The macros among the functions that are `called`, behind those that they call themselves."""
    found = {name for name in called if name in MACROS}
    for macro in reversed(MACROS.values()):
        if macro.name in found:
            body = "\n".join(macro.body)
            found.update([name for name in MACROS if f"{name}(" in body])
    return tuple([macro for name, macro in MACROS.items() if name in found])

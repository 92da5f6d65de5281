"""Sums of decimals that are longer than 38 digits until they are rounded: DuckDB counts no further."""

from oftra.targets.sql.query import CreateMacro

FRACTION = CreateMacro(
    "fraction",
    ("x",),
    ("x - floor(x)",),
    "What a decimal is above the whole number below it.",
)

WIDE_SUM = CreateMacro(
    "wide_sum",
    ("x", "y", "scale"),
    (
        "floor(x) + floor(y)",
        "  + if(",
        "    floor(x) + floor(y) + floor(fraction(x) + fraction(y)) >= 0,",
        "    round(fraction(x) + fraction(y), scale),",
        "    2 - round(2 - fraction(x) - fraction(y), scale)",
        "  )",
    ),
    "The sum of two decimals without its last digits, rounded: in DuckDB's own all digits have to fit.",
)
"""Halves are rounded away from zero: of a sum below zero, what is above the whole number below is rounded down."""

WIDE_SUMS = (FRACTION, WIDE_SUM)

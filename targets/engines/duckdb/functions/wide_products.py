"""Products of decimals that are longer than 38 digits until they are rounded: DuckDB counts no further."""

from oftra.targets.sql.query import CreateMacro

_LIMB = "10000000000000000000"
_HIGH, _LOW = f"({{0}} // {_LIMB})", f"({{0}} % {_LIMB})"
_A1, _A0, _B1, _B0 = [part.format(name) for name in "ab" for part in (_HIGH, _LOW)]

WHOLE_DIGITS = CreateMacro(
    "whole_digits",
    ("x",),
    ("replace(abs(x)::varchar, '.', '')::uhugeint",),
    "The digits of a decimal as a whole number, without its sign.",
)

MIDDLE_DIGITS = CreateMacro(
    "middle_digits",
    ("a", "b"),
    (f"{_A1} * {_B0} + {_A0} * {_B1}", f"  + {_A0} * {_B0} // {_LIMB}"),
    "What stands at the 20th digit of a product of whole numbers, and above it.",
)

PRODUCT_DIGITS = CreateMacro(
    "product_digits",
    ("a", "b"),
    (
        "lpad(",
        f"  ({_A1} * {_B1} + middle_digits(a, b) // {_LIMB})::varchar",
        f"    || lpad((middle_digits(a, b) % {_LIMB})::varchar, 19, '0')",
        f"    || lpad(({_A0} * {_B0} % {_LIMB})::varchar, 19, '0'),",
        "  77,",
        "  '0'",
        ")",
    ),
    "All digits of a product of whole numbers, each in two parts of 19 digits.",
)

WIDE_PRODUCT = CreateMacro(
    "wide_product",
    ("x", "y", "lost", "scale"),
    (
        "if((x < 0) <> (y < 0), '-', '')",
        "  || regexp_replace(",
        "    lpad(",
        "      (",
        "        product_digits(whole_digits(x), whole_digits(y))[:77 - lost]::hugeint",
        "        + (product_digits(whole_digits(x), whole_digits(y))[78 - lost] >= '5')::integer",
        "      )::varchar,",
        "      39,",
        "      '0'",
        "    ),",
        "    '(.{' || scale || '})$',",
        "    '.\\1'",
        "  )",
    ),
    "The product of two decimals without its last digits, rounded: in DuckDB's own all digits have to fit.",
)

WIDE_PRODUCTS = (WHOLE_DIGITS, MIDDLE_DIGITS, PRODUCT_DIGITS, WIDE_PRODUCT)

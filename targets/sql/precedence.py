"""How tightly each form of an expression binds: where parentheses stand follows from this alone.

A level holds what binds equally; an operand that binds less tightly than its place asks for stands in parentheses. The
order is that of PostgreSQL's grammar, which DuckDB follows; where engines differ, the stricter reading is taken.
"""

OR, AND, NOT, IS, COMPARE, MATCH, OTHER, ADD, MULTIPLY, POWER, SIGN, CAST, POSTFIX, ATOM = range(1, 15)

LOWEST = OR

BINARY = {
    "=": COMPARE,
    "<>": COMPARE,
    "<": COMPARE,
    ">": COMPARE,
    "<=": COMPARE,
    ">=": COMPARE,
    "is distinct from": IS,
    "is not distinct from": IS,
    "||": OTHER,
    "&&": OTHER,
    "@>": OTHER,
    "->": OTHER,
    "->>": OTHER,
    "&": OTHER,
    "|": OTHER,
    "<<": OTHER,
    ">>": OTHER,
    "+": ADD,
    "-": ADD,
    "*": MULTIPLY,
    "/": MULTIPLY,
    "//": MULTIPLY,
    "%": MULTIPLY,
    "**": POWER,
    "at time zone": POWER,
}
"""The level of each operator between two operands. Any other operator is `OTHER`."""

CHAIN = {"or": OR, "and": AND, "||": OTHER}

LEFT_ASSOCIATIVE = frozenset({OTHER, ADD, MULTIPLY})
"""Levels at which `a - b - c` reads as `(a - b) - c`; elsewhere both operands must bind more tightly."""

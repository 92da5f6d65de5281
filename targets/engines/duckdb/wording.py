"""How a function of the language is said in DuckDB: the shape of an entry of the table in `functions/`.

`functions/` offers two mappings by registry name: `SCALARS`, and `AGGREGATES` (which holds the window functions too).
An entry gets its arguments as SQL of exactly the DuckDB type of their Oftra type (`datatypes.type_name`), and gives
SQL of the DuckDB type of the call's Oftra type. Where DuckDB gives another type (`sum` of integers is HUGEINT) and
every value is right nevertheless, the entry returns `Said(expr, None)`: the cast is then written only where the type
is seen.

`and`, `or`, `not`, arithmetic and comparisons are in `operators`, since what they correct depends on the types that
DuckDB gives to their operands.
"""

from collections.abc import Callable
from typing import TypeAlias

from oftra.ir.expr import AggregateCall, Call, WindowCall
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.said import Said as Said

Scalar: TypeAlias = Callable[[Call, tuple[sql.Expr, ...]], "sql.Expr | Said"]
"""An entry of `SCALARS`: the call and its arguments."""

Make: TypeAlias = Callable[[sql.Function], sql.Expr]
"""Gives a function what its call has besides arguments: distinct, order by, filter, over."""

Aggregate: TypeAlias = Callable[[AggregateCall | WindowCall, tuple[sql.Expr, ...], Make], "sql.Expr | Said"]
"""An entry of `AGGREGATES`: `lambda call, arguments, make: make(Function("bool_and", arguments))`."""

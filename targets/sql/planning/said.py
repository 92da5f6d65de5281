"""An expression of the SQL tree, with the type that its engine gives it."""

from typing import NamedTuple

from oftra.datatypes import DataType
from oftra.targets.sql import tree as sql


class Said(NamedTuple):
    """SQL, and the type of the language whose type of the engine it has; None for any other (DuckDB's HUGEINT)."""

    expr: sql.Expr
    type: DataType | None

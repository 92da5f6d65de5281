"""What DuckDB says for each function of the registry: `wording` tells what an entry is.

Operators of logic, comparison and arithmetic are in `operators`.
"""

from oftra.targets.engines.duckdb.functions import (
    aggregates,
    brackets,
    calendar,
    conditional,
    mathematics,
    nested,
    numbers,
    text,
)
from oftra.targets.engines.duckdb.wording import Aggregate, Scalar

SCALARS: dict[str, Scalar] = {
    **brackets.SCALARS,
    **numbers.SCALARS,
    **mathematics.SCALARS,
    **text.SCALARS,
    **calendar.SCALARS,
    **conditional.SCALARS,
    **nested.SCALARS,
}

AGGREGATES: dict[str, Aggregate] = aggregates.AGGREGATES

__all__ = ["AGGREGATES", "SCALARS"]

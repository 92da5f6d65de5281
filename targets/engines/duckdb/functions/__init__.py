"""What DuckDB says for each function of the registry: `wording` tells what an entry is.

Operators of logic, comparison and arithmetic are in `operators`.
"""

from oftra.targets.engines.duckdb.functions import (
    aggregates,
    brackets,
    calendar,
    codes,
    collecting,
    conditional,
    documents,
    elements,
    maps,
    mathematics,
    moments,
    nested,
    numbers,
    pieces,
    statistics,
    text,
)
from oftra.targets.engines.duckdb.wording import Aggregate, Scalar

SCALARS: dict[str, Scalar] = {
    **brackets.SCALARS,
    **numbers.SCALARS,
    **mathematics.SCALARS,
    **text.SCALARS,
    **pieces.SCALARS,
    **codes.SCALARS,
    **documents.SCALARS,
    **calendar.SCALARS,
    **moments.SCALARS,
    **conditional.SCALARS,
    **nested.SCALARS,
    **elements.SCALARS,
    **maps.SCALARS,
}

AGGREGATES: dict[str, Aggregate] = {**aggregates.AGGREGATES, **collecting.AGGREGATES, **statistics.AGGREGATES}

__all__ = ["AGGREGATES", "SCALARS"]

"""What Spark says for each function of the registry: `wording` tells what an entry is.

Operators of logic, comparison and arithmetic are in `operators`.
"""

from oftra.targets.engines.spark.functions import (
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
    patterns,
    pieces,
    text,
    windows,
)
from oftra.targets.engines.spark.wording import Aggregate, Scalar

SCALARS: dict[str, Scalar] = {
    **brackets.SCALARS,
    **numbers.SCALARS,
    **mathematics.SCALARS,
    **text.SCALARS,
    **patterns.SCALARS,
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

AGGREGATES: dict[str, Aggregate] = {**aggregates.AGGREGATES, **collecting.AGGREGATES, **windows.AGGREGATES}

__all__ = ["AGGREGATES", "SCALARS"]

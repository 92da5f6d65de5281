"""What Spark says for each function of the registry: `wording` tells what an entry is.

Operators of logic, comparison and arithmetic are in `operators`.
"""

from oftra.targets.engines.spark.functions import (
    aggregates,
    brackets,
    calendar,
    conditional,
    mathematics,
    nested,
    numbers,
    patterns,
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
    **calendar.SCALARS,
    **conditional.SCALARS,
    **nested.SCALARS,
}

AGGREGATES: dict[str, Aggregate] = {**aggregates.AGGREGATES, **windows.AGGREGATES}

__all__ = ["AGGREGATES", "SCALARS"]

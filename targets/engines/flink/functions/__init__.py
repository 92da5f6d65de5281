"""What Flink says for each function of the registry that it has words for: `wording` tells what an entry is.

What is in no table is refused. Operators of logic, comparison and arithmetic are in `operators`.
"""

from oftra.targets.engines.flink.functions import (
    aggregates,
    calendar,
    documents,
    mathematics,
    nested,
    numbers,
    parsing,
    regression,
    text,
    windows,
)
from oftra.targets.engines.flink.wording import Aggregate, Scalar

SCALARS: dict[str, Scalar] = {
    **numbers.SCALARS,
    **mathematics.SCALARS,
    **text.SCALARS,
    **documents.SCALARS,
    **calendar.SCALARS,
    **parsing.SCALARS,
    **nested.SCALARS,
}

AGGREGATES: dict[str, Aggregate] = {**aggregates.AGGREGATES, **regression.AGGREGATES, **windows.AGGREGATES}

__all__ = ["AGGREGATES", "SCALARS"]

"""What an engine does not do as the language means it. A mark fails once its case passes: none outlives its reason."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Gap:
    """Why a call differs: ours to mend (`todo`), a bug of the engine (`upstream`), or nothing that could be helped."""

    kind: Literal["todo", "upstream", "never"]
    reason: str


ENGINES = ("duckdb", "spark")
"""The engines that every example runs on."""

GAPS: dict[tuple[str, str], Gap] = {
    (
        "spark",
        "from readings |> select sensor, at, sum(level) over (partition by sensor order by at "
        "rows between 1 preceding and 1 following exclude current row) as others",
    ): Gap("todo", "Spark's windows leave nothing out: refused as OF0631"),
}
"""By engine and the call, or the query, that differs."""

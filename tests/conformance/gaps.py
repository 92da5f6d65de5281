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
    ("duckdb", "upper('ß')"): Gap("never", "DuckDB's capitals are one character each: `ß` becomes `ẞ`, elsewhere `SS`"),
}
"""By engine and call."""

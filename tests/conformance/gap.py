"""A mark: where an engine differs, and why."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Gap:
    """Why a call differs: ours to mend (`todo`), a bug of the engine (`upstream`), or nothing that could be helped.

    `stages` are the forms of a question that it differs in, if it is not all of them.
    """

    kind: Literal["todo", "upstream", "never"]
    reason: str
    stages: tuple[str, ...] = ()

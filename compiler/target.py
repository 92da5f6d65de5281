"""What a target must offer: the compiler asks it for files, and knows nothing else about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from oftra.diagnostics import Report
from oftra.ir.program import Program
from oftra.ir.rel import Rel

Stage = Literal["lowered", "plan"]


@dataclass(frozen=True)
class Request:
    """What is asked of a target: the program, optimized, and the options of its `[targets.NAME]`."""

    program: Program
    options: Mapping[str, object]


class Target(Protocol):
    """A packaging of programs for an engine. An instance stands behind an entry point of the group `oftra.targets`."""

    @property
    def name(self) -> str:
        """The word after `--target`."""

    @property
    def engine(self) -> str:
        """The engine whose words its files are written in."""

    def compile(self, request: Request, report: Report) -> Mapping[str, str]:
        """The files: path below the target's folder (with `/`) to text. What it can't do goes to `report` first."""

    def show(self, request: Request, stage: Stage, report: Report) -> str:
        """The program after this target's own stages, as text for people."""

    def query(self, program: Program, rel: Rel) -> str:
        """The engine's text of one ad hoc query over the program."""

"""What a target and an engine must offer: the compiler asks them for files and rows, and knows nothing else of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from oftra.diagnostics import Report
from oftra.ir.expr import Expr
from oftra.ir.program import Program
from oftra.ir.rel import Rel

if TYPE_CHECKING:  # pyarrow is heavy, and only a run needs it
    import pyarrow

Stage = Literal["lowered", "plan"]


@dataclass(frozen=True)
class Request:
    """What is asked of a target: the optimized program, the options of its `[targets.NAME]`, the relations wanted.

    `only` are full names of tables and sinks; None is all of the program.
    """

    program: Program
    options: Mapping[str, object] = field(default_factory=dict)
    only: tuple[str, ...] | None = None


class Target(Protocol):
    """A packaging of programs for an engine. An instance stands behind an entry point of the group `oftra.targets`."""

    @property
    def name(self) -> str:
        """The word after `--target`."""

    @property
    def engine(self) -> str:
        """The engine whose words its files are written in."""

    def compile(self, request: Request, report: Report) -> Mapping[str, str]:
        """The files: path below the target's folder (with `/`) to text; none if there was a thing to `report`."""

    def show(self, request: Request, stage: Stage, report: Report) -> str:
        """The program after one of this target's own stages, as text for people."""


@dataclass(frozen=True)
class RelationRun:
    """What happened to one stored relation (or sink) in a run. `seconds` is wall time."""

    name: str
    rows: int
    seconds: float
    warnings: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a run did, relation by relation."""

    relations: tuple[RelationRun, ...]


Progress = Callable[[str], None]
"""Told the name of each relation as its work begins."""


class RunError(Exception):
    """The engine could not do it: a message for people, and the relation that it was about if that is known."""

    def __init__(self, message: str, relation: str | None = None) -> None:
        super().__init__(message)
        self.relation = relation


class Session(Protocol):
    """An engine that is up. Programs given to it are optimized."""

    def query(self, program: Program, rel: Rel, values: Mapping[str, Expr]) -> "pyarrow.Table":
        """The rows of `rel`, whose scans are of the program's relations: stored tables are computed anew, not read."""

    def run(
        self, program: Program, only: tuple[str, ...] | None, values: Mapping[str, Expr], progress: Progress
    ) -> Outcome:
        """Build the program's tables and sinks (or `only` these and what they need)."""

    def read(self, program: Program, relation: str, limit: int | None = None) -> "pyarrow.Table":
        """The rows of a stored table as the last run left them; no more than the first `limit`."""

    def close(self) -> None:
        """Give back what it holds."""


class Engine(Protocol):
    """Something that runs programs. An instance stands behind an entry point of the group `oftra.engines`."""

    @property
    def name(self) -> str:
        """The word after `--engine`."""

    def open(self, root: str) -> Session:
        """Start it; relative paths of the program are below `root`."""

"""What a module is made of: its functions, and what a run does with them, move by move."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from oftra.ir.expr import Runtime
from oftra.ir.gates import Required
from oftra.ir.program import Program, Relation
from oftra.targets.pyspark.version import DEFAULT
from oftra.targets.python import tree as py

CATALOGS = ("delta", "iceberg")


@dataclass(frozen=True)
class Function:
    """A function of the module, and what it has to be given: rows of relations, values of the run."""

    definition: py.Def
    relations: tuple[str, ...] = ()
    runtimes: Mapping[str, Runtime] = field(default_factory=dict)
    needs_spark: bool = False


@dataclass(frozen=True)
class Reading:
    """The rows `name` are read: by a function, or by `rows`, which needs none; `is_kept` until the run ends.

    As a stream another function reads them; where no output is made in batch, that alone.
    """

    name: str
    relation: Relation
    function: Function | None
    rows: py.Expr = py.NONE
    is_kept: bool = False
    stream: Function | None = None


@dataclass(frozen=True)
class Making:
    """The rows `name` are computed; `is_kept` until the run ends."""

    name: str
    relation: Relation
    function: Function
    is_kept: bool = False


@dataclass(frozen=True)
class Naming:
    """The rows `name` are those of another name."""

    name: str
    other: str


@dataclass(frozen=True)
class Narrowing:
    """The rows `name` are those of another name without some columns: `rows` of what the other is called."""

    name: str
    other: str
    rows: py.Expr


@dataclass(frozen=True)
class Judging:
    """What breaks rules is counted: by `counts`, or of the rows `judged`, which have beside them what they break.

    `rules` name the constant that holds a contract's; those of an `assertion` in a query stand where they are used.
    Without them all rules fail the run, in the order in which they are counted.
    """

    relation: Relation
    counts: Function | None
    judged: str | None
    rules: str | Mapping[str, str] | None
    assertion: str | None


@dataclass(frozen=True)
class Splitting:
    """The rows `name` are those of a stream's source that came late, by their event `time`; they are counted."""

    name: str
    relation: Relation
    time: str


@dataclass(frozen=True)
class Storing:
    """A table's rows, or a sink's, are written; `rows` are another relation's, or what `make` computes."""

    name: str
    relation: str
    connection: str
    write: Function
    make: Function | None = None


@dataclass(frozen=True)
class Gating:
    """A gate is judged, by the row that a function gives: what waits for it comes behind it."""

    required: Required
    function: Function


Move: TypeAlias = Reading | Making | Naming | Narrowing | Judging | Splitting | Storing | Gating


@dataclass
class Module:
    """The functions, and what a run does.

    `schemas` and `rules` are constants by name; `called` is what relations are called, `owners` are the relations that
    rows under other names belong to. It is for a `version` of Spark.
    """

    program: Program
    called: Mapping[str, str]
    functions: list[Function] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    schemas: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rules: dict[str, Mapping[str, str]] = field(default_factory=dict)
    afresh: bool = False
    version: tuple[int, int] = DEFAULT
    owners: dict[str, str] = field(default_factory=dict)

    @property
    def readings(self) -> list[Reading]:
        """All that is read."""
        return [move for move in self.moves if isinstance(move, Reading)]

    @property
    def connections(self) -> set[str]:
        """The connections with a catalog of their own that rows come from or go to."""
        used = {move.relation.connection for move in self.readings}
        used |= {move.connection for move in self.moves if isinstance(move, Storing)}
        return {name for name in used if name is not None and self.program.connections[name].kind in CATALOGS}

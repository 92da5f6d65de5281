"""What a target and an engine must offer: the compiler asks them for files and rows, and knows nothing else of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from oftra.diagnostics import Report
from oftra.ir.expr import Expr
from oftra.ir.program import Arrival, Program
from oftra.ir.rel import Rel
from oftra.source import NOWHERE

if TYPE_CHECKING:  # pyarrow is heavy, and only a run needs it
    import pyarrow

Stage = Literal["lowered", "plan"]


@dataclass(frozen=True)
class Request:
    """What is asked of a target: the optimized program, the options of its `[targets.NAME]`, the relations wanted.

    `only` are full names of tables and sinks; None is all of the program. `typed` is the program as it was written,
    with all its relations and all their columns, for who tells of it.
    """

    program: Program
    options: Mapping[str, object] = field(default_factory=dict)
    only: tuple[str, ...] | None = None
    typed: Program | None = None


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


@runtime_checkable
class RunsTasks(Protocol):
    """A target that has tasks done, too: work that is no query. What others would leave out is refused."""

    @property
    def tasks(self) -> Collection[str]:
        """The kinds of work that it has done."""


@runtime_checkable
class Choosing(Protocol):
    """A target that is written for one of several engines: the option `engine` says for which."""

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines, the one that is taken without a word first."""


@dataclass(frozen=True)
class ByCopy:
    """Files that run where they lie: those in the folder `below` are copied.

    `places` are environment variables that say where to, the first that is set, with what stands behind its value.
    """

    below: str
    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ByTool:
    """Files that a tool of their own takes to where they run: its calls in their folder, each as arguments.

    `plan` says what would change, `apply` changes it, `agreed` is added to the last call for no question to be asked.
    `where` tells people where the tool is had.
    """

    tool: str
    where: str
    plan: tuple[tuple[str, ...], ...]
    apply: tuple[tuple[str, ...], ...]
    agreed: tuple[str, ...] = ()


Deployment = ByCopy | ByTool


@runtime_checkable
class Deployable(Protocol):
    """A target whose files are brought somewhere to run."""

    def deployment(self, options: Mapping[str, object], env: str | None) -> Deployment:
        """How that is done, by the options of its `[targets.NAME]` and for an environment."""


@dataclass(frozen=True)
class BrokenRule:
    """How many records break a rule; with none, it was judged all the same."""

    name: str
    action: str
    records: int


@dataclass(frozen=True)
class Judged:
    """What became of the records that rules judged: of those read, what is neither dropped nor quarantined passed."""

    read: int
    dropped: int = 0
    quarantined: int = 0
    rules: tuple[BrokenRule, ...] = ()

    @property
    def passed(self) -> int:
        """The records that went on."""
        return self.read - self.dropped - self.quarantined


@dataclass(frozen=True)
class RelationRun:
    """What happened to one relation (or sink) in a run.

    `rows` are those that it holds now, or, of a table that isn't made whole, those that were written; `seconds` is wall
    time. `judged` is by its contract, None if it has no rule; `assertions` are those in its query, by name. `since` is
    where a run without a window began, if it went on from another one.
    """

    name: str
    rows: int
    seconds: float
    judged: Judged | None = None
    assertions: Mapping[str, Judged] = field(default_factory=dict)
    is_stored: bool = True
    since: str | None = None

    @property
    def warnings(self) -> Mapping[str, int]:
        """How many records break each rule that only warns, of those that are broken."""
        all_ = [self.judged] if self.judged is not None else []
        broken = [rule for one in (*all_, *self.assertions.values()) for rule in one.rules if rule.action == "warn"]
        return {rule.name: rule.records for rule in broken if rule.records}


@dataclass(frozen=True)
class GateRun:
    """A gate that was judged: what it asks, on which `line` of which file; whether it holds, and what was measured."""

    gate: str
    pipeline: str
    file: str
    line: int
    action: str
    holds: bool
    measured: Mapping[str, object] = field(default_factory=dict)

    @property
    def found(self) -> str:
        """What was measured, for people."""
        return ", ".join([f"{text} is {'null' if value is None else value}" for text, value in self.measured.items()])


@dataclass(frozen=True)
class TaskRun:
    """A task that was run, declared on a `line` of a file, for a pipeline; `role` says as what, `task` if as itself.

    It ended `well` or not, its last try with `status`, None where nothing says one. `output` are its last lines,
    `counts` what it counted.
    """

    task: str
    role: str
    pipeline: str
    file: str
    line: int
    well: bool
    status: int | None
    tries: int
    seconds: float
    output: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a run did, relation by relation, the gates that it judged, and the tasks that it ran."""

    relations: tuple[RelationRun, ...]
    gates: tuple[GateRun, ...] = ()
    tasks: tuple[TaskRun, ...] = ()

    def report(self, program: Program, error: "RunError | None" = None) -> dict[str, object]:
        """The run report, as JSON will hold it: one shape for all engines and all that they generate.

        docs/reports.md tells what each part says.
        """
        status = "well" if error is None else "stopped" if error.is_rule else "failed"
        said = None
        if error is not None:
            file, line = error.place(program)
            said = {"relation": error.relation, "file": file, "line": line, "message": str(error)}
        relations = [_relation_report(run) for run in self.relations]
        gates = [{**vars(gate), "measured": dict(gate.measured)} for gate in self.gates]
        parts = {"status": status, "error": said, "relations": relations, "gates": gates}
        tasks = [
            {**vars(one), "seconds": round(one.seconds, 3), "output": [*one.output], "counts": dict(one.counts)}
            for one in self.tasks
        ]
        return {"program": program.name, **parts, **({"tasks": tasks} if tasks else {})}


def _relation_report(run: RelationRun) -> dict[str, object]:
    found: dict[str, object] = {"name": run.name, "stored": run.is_stored, "rows": run.rows}
    found |= _judged_report(run.judged or Judged(run.rows))
    found["assertions"] = [{"name": name, **_judged_report(judged)} for name, judged in run.assertions.items()]
    found["seconds"] = round(run.seconds, 3)
    return found


def _judged_report(judged: Judged) -> dict[str, object]:
    return {
        "read": judged.read,
        "passed": judged.passed,
        "dropped": judged.dropped,
        "quarantined": judged.quarantined,
        "late": 0,
        "rules": [{"rule": rule.name, "action": rule.action, "records": rule.records} for rule in judged.rules],
    }


Progress = Callable[[str], None]
"""Told the name of each relation as its work begins."""


class RunError(Exception):
    """The engine could not do it: a message for people, and the relation that it was about if that is known.

    `is_rule` says that a broken rule stopped it; `outcome` is what was done before. `span` is the place of the program
    that it comes from, if the engine tells more of it than the relation.
    """

    def __init__(self, message: str, relation: str | None = None, is_rule: bool = False) -> None:
        super().__init__(message)
        self.relation = relation
        self.is_rule = is_rule
        self.span = NOWHERE
        self.outcome = Outcome(())

    def place(self, program: Program) -> tuple[str | None, int | None]:
        """The file and the line that it comes from: where its relation is declared, if no more is known."""
        if self.span != NOWHERE:
            return self.span.file, program.line_of(self.span)
        return program.declared.get(self.relation or "", (None, None))


class CannotRun(RunError):
    """The program says what the engine can't do: `report` tells what, and where."""

    def __init__(self, report: Report) -> None:
        super().__init__("; ".join(dict.fromkeys([one.title for one in report if one.severity == "error"])))
        self.report = report


class GateClosed(RunError):
    """A gate does not hold, and what waits for it may not be done."""

    def __init__(self, gate: GateRun) -> None:
        found = f": {gate.found}" if gate.found else ""
        super().__init__(f"`{gate.gate}` does not hold{found} ({gate.file}:{gate.line})", None, is_rule=True)
        self.gate = gate


def stopped_by(name: str, judged: Judged) -> RunError | None:
    """The error of rules that fail, if one is broken: which they are, and how many records break each."""
    broken = [rule for rule in judged.rules if rule.action == "fail" and rule.records]
    if not broken:
        return None
    said = [f"{one.records:,} {'row breaks' if one.records == 1 else 'rows break'} `{one.name}`" for one in broken]
    return RunError(", ".join(said), name, is_rule=True)


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

    def wording(self, program: Program, rel: Rel) -> str:
        """The text that `query` gives the engine for `rel`."""

    def raw(self, text: str) -> "pyarrow.Table":
        """The rows of a query in the engine's own SQL, as somebody would get them who has the engine alone."""

    def close(self) -> None:
        """Give back what it holds."""


@runtime_checkable
class StreamSession(Protocol):
    """An engine that is up and runs streams too: tests in which time advances are run as streams there."""

    def stream(
        self, program: Program, rel: Rel, arrivals: Sequence[Arrival], values: Mapping[str, Expr]
    ) -> "pyarrow.Table":
        """The rows that a stream of `rel` comes to once all of `arrivals` came to the program's sources, in order."""


class Engine(Protocol):
    """Something that runs programs. An instance stands behind an entry point of the group `oftra.engines`."""

    @property
    def name(self) -> str:
        """The word after `--engine`."""

    @property
    def quote(self) -> str:
        """What stands around a name in the engine's SQL that is no plain word."""

    def open(self, root: str) -> Session:
        """Start it; relative paths of the program are below `root`."""

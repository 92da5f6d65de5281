"""Spark in this process: executes the very modules that a compile writes, and answers queries by modules like them."""

import argparse
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from oftra.diagnostics import Report
from oftra.ir.expr import Expr
from oftra.ir.program import Program
from oftra.ir.refresh import BEGAN, Refreshed
from oftra.ir.rel import Rel
from oftra.ir.until import starting
from oftra.source import NOWHERE, Span
from oftra.target import BrokenRule, GateClosed, GateRun, Judged, Outcome, Progress, RelationRun, RunError
from oftra.targets.document import Printed
from oftra.targets.limits import stop_at
from oftra.targets.needs import Survey, findings
from oftra.targets.pyspark import jars
from oftra.targets.pyspark.arrow import collected
from oftra.targets.pyspark.file import answering, file_of, reading_of
from oftra.targets.pyspark.local import quiet, started
from oftra.targets.pyspark.runtimes import constant, shown
from oftra.targets.pyspark.support import LIMITS
from oftra.targets.pyspark.version import DEFAULT

if TYPE_CHECKING:  # heavy, and only a run needs them
    import pyarrow
    from pyspark.sql import DataFrame


BEGINNINGS = frozenset({"%s begins", "%s is judged"})
"""What a module logs when it comes to a relation, before that relation's name."""


class SparkEngine:
    """Spark on this machine."""

    name = "spark"
    quote = "`"

    def open(self, root: str) -> "SparkRoot":
        """Start it; relative paths of the program are below `root`."""
        return SparkRoot(os.path.abspath(root))


@dataclass
class SparkRoot:
    """The session of this process, for programs whose relative paths are below `root`."""

    root: str
    told: str | None = field(default=None, init=False)
    judged: list[dict[str, Any]] = field(default_factory=list, init=False)
    began: datetime | None = field(default=None, init=False)

    def query(self, program: Program, rel: Rel, values: Mapping[str, Expr]) -> "pyarrow.Table":
        """The rows of `rel` over the program's relations, all computed afresh."""
        text = self.wording(program, rel)
        with self._failures():
            rows = self._run(text, program, None, values, {}, lambda _: None)
            return collected(rows, rel.columns)

    def wording(self, program: Program, rel: Rel) -> str:
        """The module that answers `rel`."""
        survey = Survey(program)
        names = survey.needed(findings(rel).scans, quarantines=False)
        report = Report()
        LIMITS.refuse(survey, names, report, stores=False)
        stop_at(report)
        text = answering(survey, names, rel, DEFAULT, report)
        stop_at(report)
        return text

    def raw(self, text: str) -> "pyarrow.Table":
        """The rows of a query in Spark's own SQL."""
        with self._failures():
            return started().sql(text).toArrow()

    def run(
        self, program: Program, only: tuple[str, ...] | None, values: Mapping[str, Expr], progress: Progress
    ) -> Outcome:
        """Build the program's tables and sinks (or `only` these and what they need), all in batch."""
        program = replace(program, streams=frozenset())
        survey = Survey(program)
        names = survey.asked(only)
        report = Report()
        LIMITS.refuse(survey, names, report)
        stop_at(report)
        printed = file_of(survey, names, DEFAULT, report)
        stop_at(report)
        told: dict[str, dict[str, Any]] = {}
        try:
            with self._failures():
                self._run(printed.text, program, only, values, told, progress, bool(starting(program, names)))
        except RunError as error:
            error.outcome = outcome_of(told, self.judged)
            error.span = place_in(printed, file_called(program), error)
            raise
        done = outcome_of(told, self.judged)
        return replace(done, relations=tuple([self._since(one, program) for one in done.relations]))

    def read(self, program: Program, relation: str, limit: int | None = None) -> "pyarrow.Table":
        """The rows of a stored table as the last run left them; no more than the first `limit`."""
        table = program.by_name[relation]
        if table.kind != "table" or program.connections.get(table.connection or "") is None:
            raise RunError("it is stored nowhere", relation)
        report = Report()
        text = reading_of(program, table, report)
        stop_at(report)
        with self._failures(relation):
            rows = self._run(text, program, None, {}, {}, lambda _: None)
            return collected(rows if limit is None else rows.limit(limit), table.columns)

    def close(self) -> None:
        """Let go of what was kept for a run; the session stays for others."""
        if started.cache_info().currsize:
            started().catalog.clearCache()

    # ------------------------------------------------------------------------------------------------- how it is done

    def _run(
        self,
        text: str,
        program: Program,
        only: tuple[str, ...] | None,
        values: Mapping[str, Expr],
        told: dict[str, dict[str, Any]],
        progress: Progress,
        goes_on: bool = False,
    ) -> "DataFrame":
        """Execute a module, and call its `main`; without a window it `goes_on` where its tables end."""
        kinds = {connection.kind for connection in program.connections.values()}
        reached = [kind for kind in jars.OF_KINDS if kind in kinds]
        jars.fetched(reached)
        spark = started()
        jars.add(spark, reached)
        module: dict[str, Any] = {"__name__": program.name}
        exec(compile(text, file_called(program), "exec"), module)
        self.judged = module.get("GATES", [])
        if "session" in module:
            spark = module["session"]()
        start, end = (_instant(values.get(f"run.{name}")) for name in ("start", "end"))
        began, first = _instant(values.get(BEGAN)) or datetime.now(UTC), datetime(1, 1, 1, tzinfo=UTC)
        has_window = end is not None or start not in (None, first)
        args = argparse.Namespace(
            start=start or (None if goes_on and not has_window else first),
            end=end or began,
            until=end or began if has_window else datetime(9999, 12, 31, tzinfo=UTC),
            only=list(module.get("OUTPUTS", ()) if only is None else only),
            param=_params(program, values),
            root=self.root,
        )
        with _following(program.name, self._tell(progress)):
            rows: DataFrame = module["main"](spark, args, told)
        self.began = args.start if goes_on and not has_window and args.start > first else None
        return rows

    def _since(self, run: RelationRun, program: Program) -> RelationRun:
        """The same with where the run went on from, of a table that is made in parts."""
        is_part = self.began is not None and isinstance(program.by_name.get(run.name), Refreshed)
        return replace(run, since=f"{self.began:%Y-%m-%d %H:%M:%S}Z") if is_part else run

    def _tell(self, progress: Progress) -> Progress:
        def tell(name: str) -> None:
            self.told = name
            progress(name)

        return tell

    @contextmanager
    def _failures(self, relation: str | None = None) -> Iterator[None]:
        """Turns what Spark and the module report into an error for people, about the relation at hand."""
        self.told = relation
        try:
            with quiet():
                yield
        except RunError:
            raise
        except Exception as error:
            if type(error).__name__ in ("Closed", "Skipped"):
                raise GateClosed(GateRun(**self.judged[-1])) from error
            if type(error).__name__ in ("Broken", "Failed"):
                name, message = error.args
                is_rule = type(error).__name__ == "Broken"
                if isinstance(error.__cause__, Exception):
                    message = message_of(error.__cause__)
                raise RunError(message, name, is_rule=is_rule) from error
            raise RunError(message_of(error), self.told) from error
        finally:
            # By its plan alone Spark would take what is kept of a file for what the next run finds in it.
            self.close()


def _instant(value: Expr | None) -> datetime | None:
    literal = constant(value)
    return literal.value if literal is not None and isinstance(literal.value, datetime) else None


def _params(program: Program, values: Mapping[str, Expr]) -> dict[str, str]:
    """The params that are given, as a command line would give them."""
    found: dict[str, str] = {}
    for param in program.params:
        literal = constant(values.get(param.name))
        if literal is not None and literal.value is not None:
            found[param.name] = shown(literal.value, param.type)
    return found


@contextmanager
def _following(name: str, progress: Progress) -> Iterator[None]:
    """Tell which relation a module is at, by what it logs."""
    log = logging.getLogger(name)
    handler = _Follower(progress)
    before, propagates = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before)
        log.propagate = propagates


class _Follower(logging.Handler):
    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self.progress = progress

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg in BEGINNINGS and isinstance(record.args, tuple):
            self.progress(str(record.args[0]))


def outcome_of(told: Mapping[str, dict[str, Any]], judged: Sequence[dict[str, Any]]) -> Outcome:
    """What a module told of its run."""
    return Outcome(tuple([_relation_of(one) for one in told.values()]), tuple([GateRun(**one) for one in judged]))


def _relation_of(one: dict[str, Any]) -> RelationRun:
    judged = _judged_of(one) if one["rules"] else None
    assertions = {each["name"]: _judged_of(each) for each in one["assertions"]}
    return RelationRun(one["name"], one["rows"], one["seconds"], judged, assertions, one["stored"])


def _judged_of(one: dict[str, Any]) -> Judged:
    rules = tuple([BrokenRule(rule["rule"], rule["action"], rule["records"]) for rule in one["rules"]])
    return Judged(one["read"], one["dropped"], one["quarantined"], rules)


def file_called(program: Program) -> str:
    """What the module of a program is called while it runs here."""
    return f"{program.name}.py"


def place_in(printed: Printed, name: str, error: BaseException) -> Span:
    """Where in the program an error comes from: Spark tells by which line of the module, `name`, something was said."""
    while error.__cause__ is not None:
        error = error.__cause__
    if not (found := re.search(rf"\n{re.escape(name)}:(\d+)", str(error))):
        return NOWHERE
    around = [one for one in printed.origins if one.first <= int(found[1]) <= one.last]
    return min(around, key=lambda one: one.last - one.first).span if around else NOWHERE


def message_of(error: Exception) -> str:
    """What an error says, without the plan and the stack that Spark shows behind it."""
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        return f"{error.strerror or error}{where}"
    said = str(error)
    if causes := re.findall(r"\nCaused by: [\w.$]+: (.+)", said):
        # What Java wraps around an error tells less than the error.
        return str(causes[-1])
    for mark in ("\n== ", "\n\nJVM stacktrace:", "\n\tat "):
        said = said.partition(mark)[0]
    # Behind the state's code there may be a plan.
    said = re.sub(r"( SQLSTATE: \w{5}).*", r"\1", said, flags=re.DOTALL)
    return said.strip() or type(error).__name__


ENGINE = SparkEngine()

"""What a run says meanwhile, on the standard error: to people, or as the records that generated code logs."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:  # the compiler comes once there is something to run
    from oftra.ir.expr import Expr
    from oftra.ir.program import Program
    from oftra.target import Outcome, RelationRun, RunError

Form = Literal["text", "json"]
HEAD = ("relation", "read", "written", "dropped", "quarantined", "late", "seconds")

LOG = click.option(
    "--log",
    "form",
    type=click.Choice(("text", "json")),
    help="Log what is done with each relation, as generated modules do: as text, or each record as JSON on a line.",
)

_current: "list[Log]" = []


@contextmanager
def logged(form: Form | None, program: "Program", values: "Mapping[str, Expr]") -> "Iterator[Log]":
    """While the block runs, what is said goes to a log, if a `form` is given for one."""
    log = Log(form, program, values)
    _current.append(log)
    try:
        yield log
    finally:
        _current.remove(log)


def say(text: str, level: str = "INFO", before: str = "") -> None:
    """Say something to people, who read a word `before` it, or to the log that there is."""
    if _current and _current[-1].form == "json":
        _current[-1].record(level, text)
    else:
        click.echo(before + text, err=True)


def warn(text: str) -> None:
    """Say what is no reason for a run to fail."""
    say(text, "WARNING", "warning: ")


def say_done(runs: "Iterable[RelationRun]", begun: Mapping[str, datetime]) -> None:
    """Log what was done with relations, which had `begun` at a time."""
    if _current:
        _current[-1].relations(runs, begun)


class Log:
    """Records of one run of a program; without a `form` there are none."""

    def __init__(self, form: Form | None, program: "Program", values: "Mapping[str, Expr]") -> None:
        self.form, self.program = form, program
        self.since = perf_counter()
        self.told: dict[int, RelationRun] = {}
        self.run: dict[str, str] = {}
        if form is None:
            return
        from uuid import uuid4  # needed by a log alone

        start, end = (getattr(values.get(f"run.{word}"), "value", None) for word in ("start", "end"))
        self.run = {
            "run": str(uuid4()),
            "start": str(start or datetime(1, 1, 1, tzinfo=UTC)),
            "end": str(end or datetime.now(UTC)),
        }

    def record(self, level: str, message: str, at: datetime | None = None, **told: Any) -> None:
        """Write a record, of now or of a time that is over."""
        if self.form == "text":
            click.echo(message, err=True)
        elif self.form == "json":
            from json import dumps  # needed by this form alone

            line = {"time": str(at or datetime.now(UTC)), "level": level, "message": message, **self.run, **told}
            click.echo(dumps(line, ensure_ascii=False), err=True)

    def begin(self) -> None:
        """The run begins."""
        if self.form is not None:
            self.record("INFO", "run {run}, from {start} to {end}".format(**self.run))

    def relations(self, runs: "Iterable[RelationRun]", begun: Mapping[str, datetime]) -> None:
        """Those that were judged or written, each once; they had `begun` at a time."""
        if self.form is None:
            return
        from oftra.target import Outcome  # the compiler is there by now

        new = [run for run in runs if id(run) not in self.told]
        if new:
            self.told.update([(id(run), run) for run in new])
            report: Any = Outcome(tuple(new)).report(self.program)
            for run, told in zip(new, report["relations"]):
                counts = _counted(told)
                at = begun[run.name] + timedelta(seconds=run.seconds) if run.name in begun else None
                self.record("INFO", " ".join([f"{word}={count}" for word, count in counts.items()]), at, **counts)

    def end(self, outcome: "Outcome", begun: Mapping[str, datetime], error: "RunError | None" = None) -> None:
        """The run has ended: what was done in all, and why it failed."""
        if self.form is None:
            return
        self.relations(outcome.relations, begun)
        report: Any = outcome.report(self.program, error)
        status, seconds = report["status"], perf_counter() - self.since
        done = [_counted(one) for one in report["relations"]]
        lines = [HEAD, *[tuple([str(one.get(word, "-")) for word in HEAD]) for one in done]]
        widths = [max(map(len, column)) for column in zip(*lines)]
        table = ["  ".join([word.ljust(width) for word, width in zip(line, widths)]) for line in lines]
        text = "\n".join([*table, f"{status} in {seconds:.1f} s"])
        self.record("INFO", text, status=status, seconds=round(seconds, 3), relations=done)
        if self.form == "json" and error is not None:  # people are shown the place
            told = report["error"]
            words = f"in {told['relation']} " if told["relation"] else ""
            words += f"({told['file']}:{told['line']})" if told["file"] else ""
            self.record("ERROR", f"{status}: {words.strip()}{', ' if words else ''}{told['message']}")


def _counted(told: Mapping[str, Any]) -> dict[str, Any]:
    """What is logged of a relation, of what the report tells of it."""
    written = {"written": told["rows"]} if told["stored"] else {}
    counts = {word: told[word] for word in ("dropped", "quarantined", "late", "seconds")}
    return {"relation": told["name"], "read": told["read"], **written, **counts}

"""Tasks of a run: work that is no query, each in a process of its own, its output told and its end judged."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic, sleep
from typing import IO, TYPE_CHECKING

from oftra.cli.log import say

if TYPE_CHECKING:  # the compiler comes once there is something to run
    from oftra.diagnostics import Report
    from oftra.ir.expr import Expr
    from oftra.ir.program import Pipeline, Program, Task
    from oftra.target import Session, TaskRun

KEPT = 20
"""How many of a task's last lines a report holds."""

PATIENCE = 10.0
"""How many seconds a task that is told to end has for that."""

CALL = """\
import runpy, sys
file, function, folder = sys.argv[1:]
sys.argv[:] = [file]
sys.path.insert(0, folder)
runpy.run_path(file)[function]()
"""
"""Calls the function of a file, given the file, the function, and the folder that it imports from."""


def refuse_tasks(program: "Program", engine: str, report: "Report") -> None:
    """Report the tasks in the words of another engine, and files that are lost."""
    for task in program.tasks:
        if task.file is not None:
            from oftra.ir.task_files import refuse_lost_file  # few tasks run a file

            refuse_lost_file(task, report)
        if task.engine is not None and task.engine != engine:
            from oftra.diagnostics.tasks import UnsupportedTask  # the compiler is there by now

            report.add(UnsupportedTask(task.name, engine, span=task.span))


def with_tasks(program: "Program", only: tuple[str, ...] | None) -> "Program":
    """What is needed to make all tables and sinks, or `only` these, with the tasks that this takes and their data."""
    from dataclasses import replace  # as above

    from oftra.driver import optimized
    from oftra.ir.gates import Graph

    graph = Graph(program)
    asked = graph.outputs if only is None else tuple(only)
    needed = graph.closure(graph.needed(asked))
    taken = optimized(program, tuple([name for name in graph.outputs if name in needed]))
    tasks = tuple([task for task in program.tasks if task.is_step or task.name in needed])
    return replace(taken, tasks=tasks)


@dataclass
class Tasks:
    """Runs the tasks of a program in the folder `root`, with the `values` of the run.

    What they `counted` are values of the run, too, by the names of their params.
    """

    program: "Program"
    root: str
    session: "Session"
    values: "Mapping[str, Expr]"
    started: str = field(default_factory=lambda: now())
    counted: "dict[str, Expr]" = field(default_factory=dict)

    def run(self, task: "Task", role: str, pipeline: "Pipeline", done: "list[TaskRun]") -> None:
        """Run a task until it ends well, as often as it may be tried; a RunError if it doesn't."""
        from oftra.target import RunError, TaskRun  # as above

        again = task.options.get("retries", pipeline.options.get("retries"))
        tries, begun = again + 1 if isinstance(again, int) else 1, monotonic()
        place = f"{task.span.file}:{task.line}"
        environment, hidden = self._environment(task)
        for number in range(1, tries + 1):
            output = _Output(task.name, hidden)
            counts: dict[str, int] = {}
            why, status = self._tried(task, environment, output, counts)
            if not why or number == tries:
                break
            left = tries - number
            times = f"{left} more time{'' if left == 1 else 's'}"
            say(f"retry, {times}: the task `{task.name}` failed: {why} ({place})", "WARNING")
            sleep(seconds_of(task.options.get("retry_delay", pipeline.options.get("retry_delay"))) or 0)
        took, last = monotonic() - begun, tuple(output.lines)
        run = TaskRun(
            task.name, role, pipeline.name, task.span.file, task.line, not why, status, number, took, last, counts
        )
        done.append(run)
        self._keep(task, counts)
        if why:
            raise RunError(f"the task `{task.name}` failed: {why} ({place})")

    def _keep(self, task: "Task", counts: Mapping[str, int]) -> None:
        from oftra.datatypes import BIGINT  # as above
        from oftra.ir.counts import counts_of, param_of
        from oftra.ir.expr import Literal

        for name in counts_of(task):
            self.counted[param_of(task.name, name)] = Literal(counts.get(name), BIGINT)

    def _tried(
        self, task: "Task", environment: Mapping[str, str], output: "_Output", counts: dict[str, int]
    ) -> tuple[str, int | None]:
        """Why it failed, if it did, and with which status it ended. What it counted is added to `counts`."""
        if task.kind == "sql":
            from oftra.target import RunError  # as above

            try:
                self.session.raw(task.text or "")
            except RunError as error:
                return str(error), None
            return "", None
        from oftra.ir.counts import VARIABLE, counts_of  # as above

        limit, names = seconds_of(task.options.get("timeout")), counts_of(task)
        with TemporaryDirectory() as folder:
            path = os.path.join(folder, "counts.json")
            given = {**environment, VARIABLE: path} if names else environment
            try:
                status = _end_of(command_of(task, self.root, folder), self.root, given, limit, output)
            except OSError as error:
                return f"it can't be started: {error.strerror}", None
            if status is None:
                return f"it was stopped after {limit:g} s", None
            why = f"it ended with status {status}" if status else ""
            return why or _counted(path, names, counts), status

    def _environment(self, task: "Task") -> tuple[dict[str, str], list[str]]:
        """The environment of a task, and the secrets in it."""
        given, hidden = dict(os.environ), list[str]()
        for name, value in task.variables.items():
            given[name] = self._text(value)
            if getattr(value, "kind", "") == "secret" and given[name]:
                hidden.append(given[name])
        return given, hidden

    def _text(self, value: object) -> str:
        """A value as an environment variable holds it."""
        from oftra.ir.expr import Literal, Runtime  # as above
        from oftra.ir.options import variable_of
        from oftra.ir.texts import text_of
        from oftra.target import RunError

        match value:
            case Literal(constant):
                return text_of(constant)
            case Runtime("param", name, _, default):
                declared = next((one.default for one in self.program.params if one.name == name), None)
                given = self.values.get(name) or default or declared
                if not isinstance(given, Literal):
                    why = "has no value" if given is None else "is computed by the engine"
                    raise RunError(f"the param `{name}`, which a task is given, {why}: give it with --param")
                return text_of(given.value)
            case Runtime("run", "start"):
                return self._text(self.values["run.start"]) if "run.start" in self.values else ""
            case Runtime("run"):
                return self._text(self.values["run.end"]) if "run.end" in self.values else self.started
            case Runtime("env" | "secret" as kind, name, _, default):
                variable = name if kind == "env" else variable_of(name)
                found = os.environ.get(variable)
                if found is None and default is None:
                    said = f"`{name}` is" if kind == "env" else f"the secret `{name}` is"
                    raise RunError(f"{said} read from the environment variable {variable}, which is not set")
                return self._text(default) if found is None else found
            case _:
                return text_of(value)


def _counted(path: str, names: tuple[str, ...], counts: dict[str, int]) -> str:
    """Add what a task counted to `counts`; gives what is wrong with the file in which it says so, if there is one."""
    from json import loads  # needed by tasks that count alone

    if not names or not os.path.exists(path):
        return ""
    try:
        with open(path, encoding="utf-8") as file:
            found = loads(file.read())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return "what it counted is no object of JSON"
    for name in names:
        value = found.get(name)
        if type(value) is int and abs(value) < 2**63:
            counts[name] = value
        elif value is not None:
            return f"what it counted as `{name}` is no whole number"
    return ""


def now() -> str:
    """The moment, in the language's own words."""
    from datetime import UTC, datetime  # as above

    from oftra.ir.texts import text_of

    return text_of(datetime.now(UTC).replace(microsecond=0))


def command_of(task: "Task", root: str, folder: str) -> list[str]:
    """What is started for a task: a shell that ends at the first command that fails, or Python.

    What that reads, but for files of the project, is put in `folder`.
    """
    from textwrap import dedent  # as above

    if task.kind == "shell":
        return ["/bin/sh", "-e", "-c", task.text or ""]
    if task.kind == "notebook":
        return _executing(task, root, folder)
    if task.text is not None:
        return [sys.executable, "-c", dedent(task.text)]
    file, function = os.path.join(root, str(task.options["file"])), task.options.get("function")
    called = ["-c", CALL, file, str(function), os.path.dirname(os.path.abspath(file))]
    return [sys.executable, *(called if function is not None else [file])]


def _executing(task: "Task", root: str, folder: str) -> list[str]:
    """What executes a notebook."""
    from oftra.ir.task_files import EXECUTE  # few tasks are notebooks

    command = [sys.executable, "-c", EXECUTE, os.path.join(root, str(task.options["file"]))]
    if task.text:
        path = os.path.join(folder, "parameters.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(task.text)
        command += ["--parameters", path]
    output = task.options.get("output")
    return command + (["--output", str(output)] if output is not None else [])


@dataclass
class _Output:
    """What a task says, line by line as it comes. Secrets that it was given are not among it."""

    task: str
    hidden: list[str]
    lines: list[str] = field(default_factory=list)

    def read(self, stream: IO[str]) -> None:
        """Tell of all there is until it ends."""
        for line in stream:
            text = line.rstrip("\n")
            for secret in self.hidden:
                text = text.replace(secret, "***")
            say(f"{self.task}: {text}")
            self.lines = [*self.lines[1 - KEPT :], text]


def _end_of(
    command: list[str], root: str, environment: Mapping[str, str], limit: float | None, output: _Output
) -> int | None:
    """The status that a command ends with; None if it was stopped at its limit. Nothing of it is left running."""
    process = subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    assert process.stdout is not None
    reader = Thread(target=output.read, args=(process.stdout,), daemon=True)
    reader.start()
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        return None
    finally:
        # Also what it started behind its back, and all of it where the run itself is interrupted.
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(PATIENCE)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        reader.join()
        process.stdout.close()


def seconds_of(time: object) -> float | None:
    """How long an interval is; None if it is none."""
    micros = getattr(time, "micros", None)
    return None if micros is None else micros / 1_000_000
